-- How far each spool file was merged, written in the transaction that merged it.
create table spool_checkpoint (
  -- Node and file: the same name on another machine is another file.
  file text primary key,
  "offset" bigint not null,
  done boolean not null default false,
  updated_at timestamptz not null default now()
);

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
  body_hash bytea not null,
  merged_at timestamptz not null,
  unique (file, "offset")
);
create index spool_receipt_run on spool_receipt (run, id);
create index spool_receipt_conflict on spool_receipt (id desc) where outcome = 'conflict';
create index spool_receipt_order on spool_receipt (order_no) where order_no is not null;
