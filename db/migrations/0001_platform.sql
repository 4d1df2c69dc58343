-- The rooms that every feature stands on: settings, inbox, journal, outbox, jobs.

create table setting (
  name text primary key,
  value jsonb not null,
  updated_at timestamptz not null default now()
);

-- Every request and fetched message, verbatim; written once, never updated, dropped a day at a time.
create table inbox_message (
  id bigint generated always as identity,
  received_at timestamptz not null,
  connection_id text not null,
  transport text not null check (transport in ('http', 'stream', 'poll', 'fetch', 'file', 'api')),
  topic text not null,
  dedup_key text not null,
  order_no text,
  headers text not null,
  body bytea not null,
  verdict text not null check (verdict in ('accepted', 'duplicate', 'challenge', 'rejected')),
  refusal_code text,
  refusal_detail text,
  response_status int not null,
  response_body text not null,
  latency_us int not null,
  primary key (id, received_at)
) partition by range (received_at);
create index inbox_message_order on inbox_message (order_no, id desc) where order_no is not null;
create index inbox_message_connection on inbox_message (connection_id, id desc);

-- One row per message that was ever accepted: the unique key that makes a redelivery a duplicate.
create table inbox_key (
  key uuid primary key,
  message_id bigint not null,
  day date not null
);
-- Rows are written in the order of days; a few pages of summary find the old ones.
create index inbox_key_day on inbox_key using brin (day);

-- What is still to be interpreted, or was parked with its reason; gone once interpreted.
create table inbox_task (
  message_id bigint primary key,
  received_at timestamptz not null,
  lane text not null,
  replay boolean not null default false,
  state text not null default 'pending' check (state in ('pending', 'parked')),
  attempts int not null default 0,
  park_code text,
  park_detail text,
  parked_at timestamptz
);
create index inbox_task_pending on inbox_task (replay, message_id) where state = 'pending';
create index inbox_task_parked on inbox_task (park_code, message_id desc) where state = 'parked';

-- Which orders and parcels a message spoke of, learned when it was read.
create table inbox_subject (
  subject text not null,
  message_id bigint not null,
  received_at timestamptz not null,
  primary key (subject, message_id, received_at)
) partition by range (received_at);

-- What changed, in the order in which it was committed; features and the console read it.
create table journal (
  id bigint generated always as identity,
  at timestamptz not null default now(),
  kind text not null,
  order_id bigint,
  data jsonb not null,
  primary key (id, at)
) partition by range (at);
create index journal_order on journal (order_id, id desc) where order_id is not null;

-- Everything the hub does to the world. `key` is derived from facts, so a replay or a second worker cannot make it twice.
create table outbox_intent (
  id bigint generated always as identity primary key,
  key text not null unique,
  effect text not null,
  connection_id text not null,
  order_id bigint,
  payload jsonb not null,
  state text not null default 'pending' check (state in ('pending', 'sending', 'unknown', 'done', 'refused', 'moot', 'dead')),
  attempts int not null default 0,
  not_before timestamptz not null default now(),
  last_code text,
  last_detail text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index outbox_intent_due on outbox_intent (not_before) where state in ('pending', 'sending', 'unknown');
create index outbox_intent_order on outbox_intent (order_id) where order_id is not null;
create index outbox_intent_state on outbox_intent (state, id desc);

-- Long work that a person started or a schedule owes: progress, interruption, resumption.
create table job (
  id bigint generated always as identity primary key,
  kind text not null,
  key text unique,
  state text not null default 'queued' check (state in ('queued', 'running', 'done', 'failed', 'cancelled')),
  payload jsonb not null,
  progress bigint not null default 0,
  total bigint,
  result jsonb,
  error text,
  attempts int not null default 0,
  not_before timestamptz not null default now(),
  heartbeat_at timestamptz,
  created_by text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index job_due on job (not_before) where state in ('queued', 'running');
create index job_recent on job (id desc);

-- Makes one partition of a table that is cut by day, unless it is there.
create function holdfast_create_partition(parent text, child text, from_at timestamptz, to_at timestamptz) returns void
language plpgsql as $$
begin
  if to_regclass(child) is null then
    execute format('create table %I partition of %I for values from (%L) to (%L)', child, parent, from_at, to_at);
  end if;
end $$;
