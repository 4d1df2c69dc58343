-- Look back 回看: raw messages of some days read again with today's readers, compared with what was made of them then.
create table look_back (
  id bigint generated always as identity primary key,
  -- reading (messages), weighing (orders), ready, applying, applied, cancelled, failed.
  state text not null check (state in ('reading', 'weighing', 'ready', 'applying', 'applied', 'cancelled', 'failed')),
  reason text not null,
  connections text[] not null,
  from_at timestamptz not null,
  to_at timestamptz not null,
  -- Only messages with smaller numbers: what came after the person asked was read by today's readers already.
  before_number bigint not null,
  -- How far the reading is: connections[cursor_place], messages up to cursor_number.
  cursor_place int not null default 1,
  cursor_number bigint not null default 0,
  messages bigint not null default 0,
  total bigint not null default 0,
  changed_messages bigint not null default 0,
  -- Messages that today's readers refuse, by code; nothing is taken back for them.
  unreadable jsonb not null default '{}',
  unknown_codes text[] not null default '{}',
  orders bigint not null default 0,
  -- {"reports": n, "reships": n}: what applying would newly do to the world.
  effects jsonb not null default '{}',
  applied_messages bigint not null default 0,
  stale_messages bigint not null default 0,
  error text,
  job_id bigint,
  created_by text not null,
  created_at timestamptz not null,
  finished_at timestamptz,
  applied_by text,
  applied_at timestamptz,
  updated_at timestamptz not null
);
create index look_back_recent on look_back (id desc);
create table look_back_difference (
  id bigint generated always as identity,
  run_id bigint not null references look_back (id) on delete cascade,
  message_number bigint not null,
  received_at timestamptz not null,
  connection_id text not null,
  subject text not null,
  -- added, removed, moved (same event, another instant), rekinded (same event, another fact), reworded (same instant, other detail).
  what text not null check (what in ('added', 'removed', 'moved', 'rekinded', 'reworded')),
  code text not null,
  before_id uuid,
  after_id uuid,
  before_kind text,
  after_kind text,
  before_at timestamptz,
  after_at timestamptz,
  before_raw text,
  after_raw text,
  after_zone text,
  after_provenance text,
  after_detail jsonb,
  -- What the differences of one cause have in common: `moved +7:00 carrier_zone>explicit_offset`.
  cause text not null,
  -- The message also says what others prove: it may be what keeps a fact that one of them no longer says.
  repeats boolean not null default true,
  applied_at timestamptz,
  primary key (id)
);
create index look_back_difference_of on look_back_difference (run_id, id);
create index look_back_difference_message on look_back_difference (run_id, message_number);
create index look_back_difference_subject on look_back_difference (run_id, subject);
create table look_back_order (
  run_id bigint not null references look_back (id) on delete cascade,
  order_id bigint not null,
  connection_id text not null,
  order_no text not null,
  differences int not null,
  causes text[] not null,
  status_before text not null,
  status_after text not null,
  -- Instants by name, before and after, only those that change.
  times jsonb not null,
  -- Parcels whose shipment would newly be told to the channel.
  reports text[] not null default '{}',
  -- Whether a re-ship would be proven: before, after.
  proof_before text,
  proof_after text,
  -- Parcels newly proven not to have arrived; '' stands for the whole order.
  reships text[] not null default '{}',
  changes boolean not null,
  applied_at timestamptz,
  primary key (run_id, order_id)
);
create index look_back_order_list on look_back_order (run_id, changes desc, order_id);
create table look_back_link (
  run_id bigint not null references look_back (id) on delete cascade,
  subject text not null,
  order_id bigint not null,
  primary key (run_id, subject, order_id)
);
create index look_back_link_order on look_back_link (run_id, order_id);
-- Facts of a span are found by when their message came: they lie on disk in about that order.
create index fact_received on fact using brin (received_at) with (pages_per_range = 16, autosummarize = on);
