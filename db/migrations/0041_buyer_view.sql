-- Events told to the outside 外发事件 by Standard Webhooks: who takes which, what was sent, and how it went.
create table webhook_endpoint (
  id bigint generated always as identity primary key,
  name text not null unique,
  url text not null,
  -- Secrets as whsec_..., sealed; the former one signs too until it is dropped.
  secret bytea not null,
  former_secret bytea,
  -- Types of events; empty: all.
  types text[] not null default '{}',
  -- Shops (connections); empty: all.
  shops text[] not null default '{}',
  active boolean not null default true,
  -- Why the hub itself stopped it: gone (410), failing.
  stopped_code text,
  stopped_at timestamptz,
  -- Failures in a row, and since when.
  failures int not null default 0,
  failing_since timestamptz,
  last_ok_at timestamptz,
  created_by text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create table webhook_event (
  id bigint generated always as identity primary key,
  -- `webhook-id`: the same for one event however often it is sent.
  message_id text not null unique,
  type text not null,
  shop text,
  order_id bigint,
  order_no text,
  tracking_no text,
  body text not null,
  at timestamptz not null
);
create index webhook_event_at on webhook_event (at desc, id desc);
create index webhook_event_order on webhook_event (order_no) where order_no is not null;
create index webhook_event_parcel on webhook_event (tracking_no) where tracking_no is not null;
create table webhook_delivery (
  id bigint generated always as identity primary key,
  endpoint_id bigint not null references webhook_endpoint (id) on delete cascade,
  event_id bigint not null references webhook_event (id) on delete cascade,
  -- pending, done, failed (given up, or refused).
  state text not null check (state in ('pending', 'done', 'failed')),
  attempts int not null default 0,
  -- How often people sent it again.
  replays int not null default 0,
  last_status int,
  last_words text not null default '',
  last_ms int,
  last_at timestamptz,
  created_at timestamptz not null,
  unique (endpoint_id, event_id)
);
create index webhook_delivery_list on webhook_delivery (id desc);
create index webhook_delivery_of on webhook_delivery (endpoint_id, id desc);
create index webhook_delivery_failed on webhook_delivery (endpoint_id, id) where state = 'failed';
-- Questions of buyers that named an order and the wrong phone: how often an order may be guessed at.
create table buyer_guess (
  order_no text not null,
  minute timestamptz not null,
  wrong int not null default 0,
  primary key (order_no, minute)
);
create index buyer_guess_old on buyer_guess (minute);
