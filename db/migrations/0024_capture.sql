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
  -- What becomes of figures of a SKU that neither a level nor a shop's mapping knows.
  on_unknown_sku text not null default 'create' check (on_unknown_sku in ('create', 'ignore', 'ask')),
  position text,
  -- Under which mapping the position was reached: another one begins with a snapshot.
  position_mapping text,
  snapshot_at timestamptz,
  -- A snapshot under way: read into `capture_seen`, then compared; where to follow from once it is compared.
  wants_snapshot boolean not null default false,
  snapshot_stage text check (snapshot_stage in ('reading', 'comparing')),
  snapshot_position text,
  snapshot_started_at timestamptz,
  snapshot_rows bigint not null default 0,
  snapshot_total bigint,
  -- Counts the runs: what an earlier run still wants to write is refused.
  run_no bigint not null default 0,
  -- When the process that runs it last said so, and when the source last showed that it is there.
  heartbeat_at timestamptz,
  seen_at timestamptz,
  -- Missed changes, and a table that is not what it was; null once they are made up for.
  gap_at timestamptz,
  gap_words text,
  gap_words_en text,
  schema_at timestamptz,
  schema_usable boolean,
  schema_words text,
  schema_words_en text,
  -- Movements: numeric ids up to which all are known (an hour behind), the next such mark, and the highest seen.
  id_low numeric,
  id_mark numeric,
  id_mark_at timestamptz,
  id_high numeric,
  -- Newest commit of the source that is in the ledger, and when it came to be there.
  source_at timestamptz,
  applied_at timestamptz,
  changes bigint not null default 0,
  -- stopped, connecting, snapshot, comparing, following, waiting (to connect again), blocked (a person must act).
  status text not null default 'stopped',
  status_since timestamptz not null default now(),
  words text not null default '',
  words_en text not null default '',
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
-- Rows of a snapshot under way, until it is compared with the ledger.
create table capture_seen (
  feed_id bigint not null references stock_feed (id),
  warehouse text not null,
  sku text not null,
  quantity int not null,
  version bigint,
  -- How many rows of the source say something of this place; more than one cannot be followed.
  times int not null default 1,
  primary key (feed_id, warehouse, sku)
);
-- Who told the ledger of a place last, so that his own order of changes decides there; and the newest word that the ledger passed over as
-- older: a place where that goes on is frozen by a version that was too high.
create table capture_place (
  sku text not null,
  warehouse text not null,
  -- The feed; null: somebody whose changes come in no order (a push, a file).
  told_by bigint,
  late_feed bigint,
  late_quantity int,
  late_version bigint,
  -- First and last time, and how often with a version above the one before.
  late_since timestamptz,
  late_at timestamptz,
  late_times int not null default 0,
  primary key (sku, warehouse)
);
create index capture_place_late on capture_place (late_since) where late_since is not null;
create table stock_finding (
  id bigint generated always as identity primary key,
  -- drift (capture against ledger), conflict (two channels, one version, two figures; or a place frozen by too high a version), duplicate_row, unknown_sku, unknown_warehouse,
  -- own_figures, unreadable, unseen_out, negative.
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
  ended_words text,
  -- Null while it still rules its place: open, or kept and the difference is still the same.
  settled_at timestamptz
);
create unique index stock_finding_open on stock_finding (kind, sku, warehouse) where settled_at is null;
create index stock_finding_place on stock_finding (sku, warehouse) where settled_at is null;
create index stock_finding_list on stock_finding (state, opened_at desc, id desc);

-- A file of figures: read and compared on upload, written by a job once a person has looked at it.
create table capture_upload (
  id bigint generated always as identity primary key,
  name text not null,
  -- The feed whose file it is, or the one warehouse that it is about where it names none.
  feed_id bigint references stock_feed (id),
  warehouse text,
  rows int not null default 0,
  faults int not null default 0,
  -- report: the warehouse's word of now; compare: differences become findings.
  mode text check (mode in ('report', 'compare')),
  state text not null check (state in ('looked', 'queued', 'done')),
  done_row int not null default 0,
  changed int not null default 0,
  findings int not null default 0,
  job_id bigint,
  created_by text not null,
  created_at timestamptz not null
);
create table capture_upload_row (
  upload_id bigint not null references capture_upload (id) on delete cascade,
  row int not null,
  warehouse text not null,
  sku text not null,
  quantity int,
  version bigint,
  -- What is wrong with it, by column; null for a good row.
  fault_column text,
  fault_code text,
  fault_detail text,
  primary key (upload_id, row)
);
