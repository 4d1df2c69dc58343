-- Stock figures of warehouses as their own systems tell them.
create table stock_feed (
  id bigint generated always as identity primary key,
  -- The connection (role warehouse) that reads it.
  connection_id text not null,
  name text not null unique,
  -- draft (in the wizard), dry_run (compared, nothing written), live, paused.
  state text not null check (state in ('draft', 'dry_run', 'live', 'paused')),
  -- Table, columns, modes and warehouse codes, as `domain/stock-feed.ts` has them.
  mapping jsonb not null,
  mapping_hash text not null,
  -- What happens to a difference that no change explains: a person decides, or the warehouse is believed (and it is on record).
  on_drift text not null default 'ask' check (on_drift in ('ask', 'accept')),
  position text,
  snapshot_at timestamptz,
  -- Newest commit of the source that is in the ledger, and when it came to be there.
  source_at timestamptz,
  applied_at timestamptz,
  changes bigint not null default 0,
  status text not null default 'stopped',
  words text not null default '',
  updated_by text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create table stock_feed_warehouse (
  feed_id bigint not null references stock_feed (id),
  -- What the source calls it; empty where the feed is of one warehouse.
  source_code text not null,
  warehouse text not null references warehouse (code),
  primary key (feed_id, source_code)
);
-- Lag per warehouse and minute: changes, and milliseconds from the source's commit to the ledger.
create table capture_minute (
  minute timestamptz not null,
  warehouse text not null,
  feed_id bigint not null,
  changes bigint not null default 0,
  lag_ms_sum bigint not null default 0,
  lag_ms_most int not null default 0,
  primary key (minute, warehouse, feed_id)
);
create table stock_finding (
  id bigint generated always as identity primary key,
  -- drift (capture against ledger), conflict (two channels, one version, two figures), unknown_sku, unknown_warehouse, unseen_out, negative, ledger_sum.
  kind text not null,
  feed_id bigint,
  sku text not null,
  warehouse text not null,
  ledger int,
  captured int,
  evidence jsonb not null default '{}',
  -- The reservation that keeps the doubtful pieces from being sold meanwhile.
  hold_key text,
  state text not null default 'open' check (state in ('open', 'accepted', 'kept', 'gone')),
  opened_at timestamptz not null,
  ended_at timestamptz,
  ended_by text,
  ended_words text
);
create unique index stock_finding_open on stock_finding (kind, sku, warehouse) where state = 'open';
create index stock_finding_list on stock_finding (state, opened_at desc, id desc);
