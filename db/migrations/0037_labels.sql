-- Labels 面单打印: templates, print batches, the queue of the printers, and what the fonts of an uploaded PDF are.
create table label_template (
  id bigint generated always as identity primary key,
  name text not null,
  size text not null check (size in ('76x130', '100x150', '100x180')),
  -- Canonical carrier codes that it is taken for by itself; empty: only where a person chooses it.
  carriers text[] not null default '{}',
  version int not null default 1,
  active boolean not null default true,
  created_by text not null,
  created_at timestamptz not null,
  updated_by text not null,
  updated_at timestamptz not null
);
create unique index label_template_name on label_template (name) where active;
-- What a label was drawn by stays readable: a version is written once.
create table label_template_version (
  template_id bigint not null references label_template (id),
  version int not null,
  body jsonb not null,
  note text not null default '',
  saved_by text not null,
  saved_at timestamptz not null,
  primary key (template_id, version)
);
create table label_batch (
  id bigint generated always as identity primary key,
  -- 面单批次号, as it stands on the label and in the facts.
  batch_no text not null unique,
  -- waiting, rendering: a job is at it; ready: the PDF is there; failed: not one label could be made; dropped: its files are gone.
  state text not null check (state in ('waiting', 'rendering', 'ready', 'failed', 'dropped')),
  -- Null: each label by the template of its carrier.
  template text,
  size text not null check (size in ('76x130', '100x150', '100x180')),
  -- Why labels that were made before are made again; null where none was.
  reason text,
  -- Characters that the font lacks and what stands for them, as a person decided.
  substitutes jsonb not null default '{}',
  device_id bigint,
  items int not null,
  rendered int not null default 0,
  failed int not null default 0,
  -- Not drawn by us: print data of a platform or a printer's own language, handed on as they are.
  passed int not null default 0,
  pages int not null default 0,
  reprints int not null default 0,
  pdf bytea,
  pdf_bytes int not null default 0,
  job_id bigint,
  created_by text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index label_batch_recent on label_batch (id desc);
create table label_item (
  batch_id bigint not null references label_batch (id) on delete cascade,
  position int not null,
  waybill_id bigint not null,
  -- 1: the waybill's own number, then its child numbers.
  piece int not null,
  tracking_no text not null default '',
  carrier text not null default '',
  state text not null default 'waiting' check (state in ('waiting', 'rendered', 'failed', 'passed')),
  -- Which time this waybill's label is made; 1: the first.
  print_no int not null default 1,
  template text,
  pages int not null default 0,
  chunk int,
  code text,
  detail text,
  data jsonb,
  primary key (batch_id, position),
  unique (batch_id, waybill_id, piece)
);
create index label_item_waybill on label_item (waybill_id, batch_id desc);
create index label_item_failed on label_item (batch_id, position) where state = 'failed';
-- Pages that are done: a job that died goes on behind them. Sealed, as addresses are on them.
create table label_chunk (
  batch_id bigint not null references label_batch (id) on delete cascade,
  chunk int not null,
  pages int not null,
  labels int not null,
  pdf bytea not null,
  made_at timestamptz not null,
  primary key (batch_id, chunk)
);
create table print_device (
  id bigint generated always as identity primary key,
  -- 打印设备ID, as it stands in the facts.
  code text not null unique,
  name text not null,
  warehouse text,
  -- What it takes: pdf, zpl, and the print components that run beside it.
  takes text[] not null,
  key_id text,
  -- Keys that were renewed or taken away: they open nothing else either.
  past_keys text[] not null default '{}',
  active boolean not null default true,
  last_seen_at timestamptz,
  last_words text not null default '',
  created_by text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index print_device_key on print_device (key_id) where key_id is not null;
create table print_task (
  id bigint generated always as identity primary key,
  batch_id bigint not null references label_batch (id),
  device_id bigint not null references print_device (id),
  kind text not null check (kind in ('pdf', 'zpl', 'cainiao', 'pinduoduo', 'douyin')),
  -- Pages of a batch, or one document that is handed on as it is.
  chunk int,
  waybill_id bigint,
  -- Waybills whose label comes out with it.
  waybill_ids bigint[] not null,
  labels int not null,
  state text not null default 'queued' check (state in ('queued', 'handed_out', 'printed', 'failed', 'stuck', 'dropped')),
  lease text,
  lease_until timestamptz,
  -- How often a printer was given it: from the second on the copy is marked.
  deliveries int not null default 0,
  -- A printer said "printed" more than once, of different deliveries.
  printed_times int not null default 0,
  words text not null default '',
  queued_at timestamptz not null,
  handed_at timestamptz,
  ended_at timestamptz,
  updated_at timestamptz not null
);
create index print_task_next on print_task (device_id, id) where state = 'queued';
create index print_task_out on print_task (lease_until) where state = 'handed_out';
create index print_task_open on print_task (queued_at) where state in ('queued', 'handed_out', 'stuck');
create index print_task_batch on print_task (batch_id, id);
create table print_event (
  id bigint generated always as identity primary key,
  task_id bigint not null references print_task (id) on delete cascade,
  at timestamptz not null,
  what text not null,
  -- The printer, where it is one.
  actor text not null,
  words text not null default '',
  -- Of a delivery, and of the answer to it: a printer that lost the task may still have its paper.
  lease text
);
create index print_event_task on print_event (task_id, id);
create table font_check (
  id bigint generated always as identity primary key,
  name text not null,
  sha256 text not null,
  bytes int not null,
  pages int not null,
  verdict text not null check (verdict in ('good', 'doubtful', 'bad')),
  fonts jsonb not null,
  took_ms int not null,
  created_by text not null,
  created_at timestamptz not null
);
create index font_check_recent on font_check (id desc);
