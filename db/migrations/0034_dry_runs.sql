-- Dry runs 试跑: what a version would have decided on the orders of the last days, beside what decides now.
create table rule_dry_run (
  id bigint generated always as identity primary key,
  set_id bigint not null references rule_set (id),
  version_id bigint not null references rule_version (id) on delete cascade,
  -- Of the content that was tried: a pass counts for this hash only.
  hash text not null,
  -- Null: nothing decided before.
  against_version bigint,
  against_number int,
  from_at timestamptz not null,
  to_at timestamptz not null,
  job_id bigint not null,
  -- Orders up to this id are done: a run that was killed goes on behind it.
  place bigint not null default 0,
  -- Null until somebody counted.
  total bigint,
  done bigint not null default 0,
  changed bigint not null default 0,
  same bigint not null default 0,
  reviews_before bigint not null default 0,
  reviews_after bigint not null default 0,
  -- Orders that were decided and would go to a person now.
  newly_review bigint not null default 0,
  rows_kept int not null default 0,
  -- {name: {"before": "123", "after": "124", "n": "10"}}, and per group with its count.
  figures jsonb not null default '{}',
  groups jsonb not null default '[]',
  -- Null while it runs; false: a person has to accept what changes.
  passed boolean,
  pass_zh text not null default '',
  pass_en text not null default '',
  pass_by text,
  error text,
  created_by text not null,
  created_at timestamptz not null,
  ended_at timestamptz
);
create index rule_dry_run_of on rule_dry_run (set_id, id desc);
create index rule_dry_run_version on rule_dry_run (version_id, id desc);
-- Orders of a dry run whose outcome changes.
create table rule_dry_run_row (
  run_id bigint not null references rule_dry_run (id) on delete cascade,
  order_id bigint not null,
  order_no text not null,
  connection_id text not null,
  change_group text not null,
  -- {"zh","en","figures"}; null: nothing decided.
  before jsonb,
  after jsonb,
  primary key (run_id, order_id)
);
create index rule_dry_run_row_group on rule_dry_run_row (run_id, change_group, order_id);
-- What review rules leave on an order beside a hold: tags, and cases for the workbench.
create table order_mark (
  order_id bigint not null,
  what text not null check (what in ('tag', 'case')),
  set_id bigint not null,
  node text not null,
  connection_id text not null,
  order_no text not null,
  version_id bigint not null,
  -- The tag, or why there is a case.
  words text not null,
  severity text check (severity in ('info', 'warning', 'critical')),
  since timestamptz not null,
  primary key (order_id, what, set_id, node)
);
create index order_mark_case on order_mark (since, order_id) where what = 'case';
create index order_mark_tag on order_mark (words, order_id) where what = 'tag';
-- What promise rules decided for an order last; kept once its goods are on the way.
create table promise_ruling (
  order_id bigint primary key,
  set_id bigint not null,
  version_id bigint not null,
  -- Null: a person has to decide, and the promise rules of the channel hold meanwhile.
  keeps text,
  ship_minutes int,
  warn_minutes int,
  platform_first boolean not null default true,
  code text,
  updated_at timestamptz not null
);
