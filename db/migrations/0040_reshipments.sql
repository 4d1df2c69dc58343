-- Re-ships 补发, intercepts 拦截, duplicate shipments and disputes 签收争议.
create table reshipment (
  id bigint generated always as identity primary key,
  order_id bigint not null,
  reason text not null check (reason in ('missing', 'lost', 'damaged', 'disputed', 'other')),
  words text not null,
  -- [{"lineId","quantity"}], at least one.
  pieces jsonb not null,
  -- The parcels that failed; empty: all of the order.
  tracking_nos text[] not null default '{}',
  -- waiting for approval; proven (by facts, valid while they stand); approved; rejected; withdrawn; sent.
  state text not null check (state in ('waiting', 'proven', 'approved', 'rejected', 'withdrawn', 'sent')),
  proof jsonb not null default '[]',
  parcel_no text,
  asked_by text not null,
  asked_by_id text not null,
  asked_at timestamptz not null,
  decided_by text,
  decided_at timestamptz,
  decision_words text,
  sent_at timestamptz,
  send_code text,
  send_detail text,
  updated_at timestamptz not null
);
create index reshipment_order on reshipment (order_id, id desc);
create index reshipment_list on reshipment (state, id desc);
create table dispute (
  id bigint generated always as identity primary key,
  order_id bigint not null,
  tracking_no text not null,
  words text not null,
  -- upheld: it was not delivered, which is proof; dismissed: it was.
  state text not null check (state in ('open', 'upheld', 'dismissed', 'withdrawn')),
  opened_by text not null,
  opened_by_id text not null,
  opened_at timestamptz not null,
  decided_by text,
  decided_at timestamptz,
  decision_words text
);
create unique index dispute_open on dispute (tracking_no) where state = 'open';
create index dispute_order on dispute (order_id, id desc);
create index dispute_list on dispute (state, id desc);
create table duplicate_shipment (
  id bigint generated always as identity primary key,
  order_id bigint not null,
  -- open; kept (a person lets it go); gone (by itself, or intercepted).
  state text not null check (state in ('open', 'kept', 'gone')),
  tracking_nos text[] not null,
  -- Which of them to stop, where one can be.
  stop_no text,
  pieces jsonb not null,
  found_at timestamptz not null,
  decided_by text,
  decided_at timestamptz,
  words text
);
create unique index duplicate_shipment_open on duplicate_shipment (order_id) where state = 'open';
create index duplicate_shipment_order on duplicate_shipment (order_id, id desc);
create index duplicate_shipment_list on duplicate_shipment (state, id desc);
create table duplicate_look (
  one boolean primary key default true check (one),
  seen_until timestamptz not null,
  seen_id bigint not null default 0
);
create index sales_order_many_parcels on sales_order (updated_at, id) where parcel_count > 1;
create table intercept (
  id bigint generated always as identity primary key,
  -- Stable across retries.
  request_id text not null unique,
  order_id bigint not null,
  tracking_no text not null,
  carrier text not null,
  connection_id text not null,
  via text not null check (via in ('carrier', 'partner')),
  reason text not null,
  -- wanted (not answered yet), unknown (no answer: being asked after), accepted (they try), refused, too_late, returning, back,
  -- delivered (in spite of it), withdrawn (never asked).
  state text not null check (state in ('wanted', 'unknown', 'accepted', 'refused', 'too_late', 'returning', 'back', 'delivered', 'withdrawn')),
  code text,
  detail text,
  asked_by text not null,
  asked_at timestamptz not null,
  answered_at timestamptz,
  ended_at timestamptz,
  looks int not null default 0,
  next_look_at timestamptz,
  updated_at timestamptz not null
);
-- One attempt at a time to stop a parcel.
create unique index intercept_open on intercept (tracking_no) where state in ('wanted', 'unknown', 'accepted', 'returning');
create index intercept_order on intercept (order_id, id desc);
create index intercept_list on intercept (state, id desc);
create index intercept_due on intercept (next_look_at) where state in ('unknown', 'accepted', 'returning');
create table reshipment_event (
  id bigint generated always as identity primary key,
  -- reshipment:1, intercept:1, dispute:1, duplicate:1
  subject text not null,
  at timestamptz not null,
  what text not null,
  actor text not null,
  words text not null default '',
  detail jsonb not null default '{}'
);
create index reshipment_event_of on reshipment_event (subject, id desc);
