-- Imports of order files. The bytes lie in DATA_DIR/imports; these rows say what they are and how far each run has got.

-- A file is its content: the same bytes under another name are the same file. The row outlives the bytes, because
-- the first upload's time is part of the version of what the file says.
create table import_file (
  id text primary key,
  name text not null,
  bytes bigint not null,
  format text not null check (format in ('csv', 'xlsx')),
  encoding text,
  stored boolean not null,
  uploaded_by text not null,
  uploaded_at timestamptz not null,
  last_used_at timestamptz not null
);
create index import_file_stored on import_file (last_used_at) where stored;

create table import_template (
  id bigint generated always as identity primary key,
  name text not null unique,
  template jsonb not null,
  updated_by text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);

-- One import or dry run. Rows up to `staged_row` of the file are staged; orders up to `counted_to` are counted, up to
-- `sent_to` they are in the inbox.
create table import_run (
  id bigint generated always as identity primary key,
  job_id bigint unique,
  dry_run boolean not null,
  file_id text not null references import_file (id),
  connection_id text,
  template jsonb not null,
  created_by text not null,
  created_at timestamptz not null,
  staged_row int not null default 0,
  staged boolean not null default false,
  counted_to text collate "C" not null default '',
  sent_to text collate "C" not null default '',
  tally jsonb not null default '{}',
  result jsonb,
  ended_at timestamptz
);
create index import_run_open on import_run (created_at) where ended_at is null;

-- Mapped cells of a run until its orders are sent: rows of one order come together, wherever they stand in the file.
create table import_row (
  run_id bigint not null references import_run (id) on delete cascade,
  order_no text collate "C" not null,
  row_no int not null,
  cells text not null,
  primary key (run_id, order_no, row_no)
);

create table import_error (
  run_id bigint not null references import_run (id) on delete cascade,
  row_no int not null,
  column_name text not null,
  code text not null,
  value text not null,
  message text not null,
  primary key (run_id, row_no, column_name, code)
);

-- Every content that an order was ever imported with, and when its file first came: what makes a second import "unchanged".
create table import_order (
  connection_id text not null,
  order_no text collate "C" not null,
  digest uuid not null,
  uploaded_at timestamptz not null,
  primary key (connection_id, order_no, digest)
);
