-- Rules that people change: sets of versions, what is live where, test cases, what was decided by which version.
create table rule_set (
  id bigint generated always as identity primary key,
  kind text not null,
  name text not null,
  note text not null default '',
  -- `*`: all orders; a connector kind; one connection of it. The closest live set decides.
  connector_kind text not null default '*',
  connection_id text,
  -- Two people: who wrote or checked a version cannot publish it alone.
  needs_approval boolean not null default false,
  -- Retired sets decide nothing and are kept.
  active boolean not null default true,
  live_version bigint,
  -- The version that decided before the live one: where one click goes back to.
  previous_version bigint,
  gray_version bigint,
  -- Parts of ten thousand of the orders that the gray version decides.
  gray_bps int not null default 0 check (gray_bps between 0 and 10000),
  gray_salt text,
  -- This publication to a share: what its guards add up is kept under it.
  gray_watch text,
  gray_started_at timestamptz,
  -- Promoted by itself then, if no guard objects; null: a person promotes.
  gray_until timestamptz,
  -- Why it was not promoted when its time was over; null before.
  gray_waits text,
  -- Raised with every change of what decides: processes keep the order of publications by it.
  revision bigint not null default 0,
  created_by text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  check (connection_id is null or connector_kind <> '*'),
  check ((gray_version is null) = (gray_salt is null)),
  check ((gray_version is null) = (gray_watch is null)),
  check ((gray_version is null) = (gray_started_at is null)),
  check (gray_version is not null or (gray_until is null and gray_waits is null and gray_bps = 0))
);
create unique index rule_set_place on rule_set (kind, connector_kind, coalesce(connection_id, '')) where active;
create unique index rule_set_name on rule_set (kind, name) where active;
create table rule_version (
  id bigint generated always as identity primary key,
  set_id bigint not null references rule_set (id),
  number int not null,
  state text not null check (state in ('draft', 'checked', 'gray', 'live', 'retired')),
  -- The decision model, and its hash without the places of its nodes.
  model jsonb not null,
  hash text not null,
  note text not null default '',
  author text not null,
  author_id text not null,
  -- Everybody who wrote, saved or checked it: where two people are asked for, none of them publishes it alone.
  hands text[] not null default '{}',
  -- Grows with each save of a draft: a stale save is refused.
  revision int not null default 1,
  based_on int,
  -- Findings, how much was tried; null until it is checked. A save of other content takes it away.
  checked jsonb,
  cases_passed boolean,
  -- The dry run that passed for this very hash.
  dry_run_id bigint,
  -- waiting, approved, rejected; null where nobody asked.
  approval text check (approval in ('waiting', 'approved', 'rejected')),
  approval_asked_by text,
  approval_asked_by_id text,
  -- What was asked for: {"do":"gray","bps":500} or {"do":"live"}.
  approval_asks jsonb,
  approval_by text,
  approval_words text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  published_at timestamptz,
  -- When it first decided for everybody: only such a version can be gone back to.
  live_at timestamptz,
  retired_at timestamptz,
  -- Why it left: promoted over, rolled back by whom or by which guard.
  retired_words text,
  unique (set_id, number)
);
create unique index rule_version_live on rule_version (set_id) where state = 'live';
create unique index rule_version_gray on rule_version (set_id) where state = 'gray';
create unique index rule_version_open on rule_version (set_id) where state in ('draft', 'checked');
create table rule_case (
  id bigint generated always as identity primary key,
  set_id bigint not null references rule_set (id) on delete cascade,
  name text not null,
  input jsonb not null,
  expected jsonb not null,
  -- template, boundary, order, person.
  origin text not null,
  created_by text not null,
  updated_at timestamptz not null,
  unique (set_id, name)
);
create table rule_event (
  id bigint generated always as identity primary key,
  set_id bigint not null references rule_set (id),
  version_id bigint,
  at timestamptz not null,
  -- drafted, saved, checked, approval_asked, approved, rejected, gray, share, promoted, published, rolled_back, retired...
  what text not null,
  actor text not null,
  zh text not null default '',
  en text not null default '',
  detail jsonb not null default '{}'
);
create index rule_event_of on rule_event (set_id, id desc);
create index rule_event_rolled_back on rule_event (at) where what = 'rolled_back';
-- What the guards add up, per version since it went gray, and of the live one beside it. `slot` keeps writers out of each other's way.
create table rule_tally (
  set_id bigint not null,
  -- The gray version's publication that is watched.
  watch text not null,
  version_id bigint not null,
  metric text not null,
  slot int not null,
  n bigint not null default 0,
  bad bigint not null default 0,
  total numeric not null default 0,
  -- Of each observation's sum: how far they scatter.
  squares numeric not null default 0,
  updated_at timestamptz not null,
  primary key (set_id, watch, version_id, metric, slot)
);
-- How far the sequential test of each guard has come, and with how many observations.
create table rule_guard (
  set_id bigint not null,
  watch text not null,
  metric text not null,
  n bigint not null,
  bad bigint not null,
  -- Logarithm of how much likelier the figures are under "broken" than under "healthy".
  evidence double precision not null,
  verdict text not null check (verdict in ('watching', 'healthy', 'broken')),
  updated_at timestamptz not null,
  primary key (set_id, watch, metric)
);
-- Versions that a process cannot decide with, told again every few seconds while that is so.
create table rule_not_loaded (
  process text not null,
  set_id bigint not null,
  version_id bigint not null,
  words text not null,
  seen_at timestamptz not null,
  primary key (process, version_id)
);
-- Every decision that had an effect: which version, by which way, from what, to what.
create table rule_decision (
  id bigint generated always as identity,
  at timestamptz not null,
  -- The database's own clock, which partitions go by.
  recorded_at timestamptz not null default now(),
  kind text not null,
  set_id bigint not null,
  version_id bigint not null,
  number int not null,
  arm text not null check (arm in ('live', 'gray')),
  order_id bigint,
  order_no text not null,
  connection_id text not null,
  outcome text not null check (outcome in ('decided', 'review')),
  code text,
  reason_zh text not null default '',
  reason_en text not null default '',
  path jsonb not null,
  nodes text[] not null,
  input jsonb not null,
  decision_values jsonb not null,
  actions jsonb not null,
  result jsonb not null
) partition by range (recorded_at);
create index rule_decision_id on rule_decision (id);
create index rule_decision_order on rule_decision (order_id, id desc);
-- By the beginning of a number too.
create index rule_decision_order_no on rule_decision (order_no text_pattern_ops, id desc);
create index rule_decision_set on rule_decision (set_id, id desc);
create index rule_decision_review on rule_decision (set_id, id desc) where outcome = 'review';
