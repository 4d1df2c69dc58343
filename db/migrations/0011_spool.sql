-- How far each spool file was merged, written in the transaction that merged it.
create table spool_checkpoint (
  -- The segment's own id (or the hash of a document): a copy is the same file, the same name on another machine is another.
  file text primary key,
  "offset" bigint not null,
  done boolean not null default false,
  updated_at timestamptz not null default now()
);

-- One merge of a folder, with what came of it so far.
create table spool_run (
  id text primary key,
  source text not null,
  started_at timestamptz not null,
  updated_at timestamptz not null,
  finished_at timestamptz,
  files bigint not null default 0,
  accepted bigint not null default 0,
  duplicate bigint not null default 0,
  conflict bigint not null default 0,
  rejected bigint not null default 0,
  -- Places in the files that hold no whole record.
  damaged bigint not null default 0
);
create index spool_run_recent on spool_run (started_at desc, id desc);

-- What became of every message that was kept on disk while the database was away.
create table spool_receipt (
  id bigint generated always as identity primary key,
  run text not null,
  file text not null,
  "offset" bigint not null,
  connection_id text not null,
  order_no text,
  topic text not null,
  received_at timestamptz not null,
  outcome text not null check (outcome in ('accepted', 'duplicate', 'conflict', 'rejected')),
  -- The message that it became, or the one that it repeats or contradicts.
  message_id text,
  -- Under which number its own body is kept, where that is another.
  own_message_id text,
  body_hash bytea not null,
  detail text,
  merged_at timestamptz not null,
  -- A person's word on a conflict.
  decision text check (decision in ('ours', 'theirs')),
  decided_at timestamptz,
  decided_by text,
  unique (file, "offset")
);
create index spool_receipt_run on spool_receipt (run, id);
create index spool_receipt_conflict on spool_receipt (id desc) where outcome = 'conflict';
create index spool_receipt_open on spool_receipt (id) where outcome = 'conflict' and decision is null;
create index spool_receipt_order on spool_receipt (order_no) where order_no is not null;
create index spool_receipt_merged on spool_receipt using brin (merged_at);
