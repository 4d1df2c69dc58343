-- The fallback poll: which orders and parcels it watches, and when each is to be looked at next.
create table fallback_ask (
  -- `order:<order id>` or `parcel:<tracking number>`
  subject text primary key,
  order_id bigint not null,
  -- The shop of an order; of a parcel too, for lists. Which carrier connection is asked is chosen when it is asked.
  shop_id text not null,
  -- A parcel's canonical carrier; null for an order.
  carrier text,
  rule text not null check (rule in ('no_event', 'silent', 'order_silent', 'report_unknown')),
  due_at timestamptz not null,
  -- A person asked for it: asked even where nothing is missing.
  forced boolean not null default false,
  -- Held by the process that is asking until then; a process that dies leaves it to the next.
  held_until timestamptz,
  asked_at timestamptz,
  asks int not null default 0,
  fruitless int not null default 0,
  outcome text,
  words text
);
-- One look takes the first few of every shop and carrier that can be asked; those that nobody can be asked about cost nothing.
create index fallback_ask_shop on fallback_ask (shop_id, due_at) where carrier is null;
create index fallback_ask_carrier on fallback_ask (carrier, due_at) where carrier is not null;
create index fallback_ask_order on fallback_ask (order_id);

-- What was asked and what came of it; rows are dropped after some days.
create table fallback_log (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  -- Who was asked.
  connection_id text not null,
  -- `increment`: found by an increment poll, without a question about this order.
  rule text not null,
  subject text not null,
  order_id bigint,
  -- Of an increment poll's find, whose order may not be known yet.
  order_no text,
  -- `kept`: a new message lies in the inbox and is not read yet; `found`: it proved facts that no push had brought.
  outcome text not null check (outcome in ('kept', 'found', 'nothing_new', 'unchanged', 'nothing_yet', 'refused', 'outage')),
  code text,
  words text not null,
  message_id text,
  facts int not null default 0
);
create index fallback_log_connection on fallback_log (connection_id, id desc);
create index fallback_log_order on fallback_log (order_id, id desc) where order_id is not null;
create index fallback_log_kept on fallback_log (id) where outcome = 'kept';
create index fallback_log_at on fallback_log using brin (at);

-- Settings of polls that a person changed; `*` holds for all connections.
create table fallback_setting (
  connection_id text primary key,
  value jsonb not null,
  updated_by text not null,
  updated_at timestamptz not null default now()
);
create table poll_setting (
  connection_id text primary key references connection (id) on delete cascade,
  every_seconds int not null,
  overlap_seconds int not null,
  lag_seconds int not null,
  updated_by text not null,
  updated_at timestamptz not null default now()
);

-- How the last increment poll of each connection went, and whether a person wants one now.
create table poll_run (
  connection_id text primary key references connection (id) on delete cascade,
  ran_at timestamptz,
  windows int not null default 0,
  messages int not null default 0,
  fresh int not null default 0,
  trouble text,
  -- Since when the trouble has lasted.
  trouble_since timestamptz,
  wanted_at timestamptz
);

-- A reader of the journal stands at a transaction and a row in it: ids alone are given before their transaction commits, so a
-- smaller one can appear after a larger one was read.
alter table journal_reader add column last_xact xid8 not null default '0';
alter table journal_reader add column stuck_id bigint;
alter table journal_reader add column stuck_attempts int not null default 0;
create index journal_xact on journal (xact, id);

-- Rows that a reader could not handle however often it tried; it went on without them.
create table journal_skipped (
  name text not null,
  journal_id bigint not null,
  at timestamptz not null default now(),
  words text not null,
  primary key (name, journal_id)
);
