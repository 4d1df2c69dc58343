-- Waybills 电子面单: which account makes them, what became of each, and what was said about it.
create table ship_from (
  warehouse text primary key references warehouse (code) on delete cascade,
  name text not null,
  phone text not null,
  company text not null default '',
  country text not null default 'CN',
  province text not null,
  city text not null,
  district text not null default '',
  address text not null,
  postal_code text not null default '',
  updated_by text not null,
  updated_at timestamptz not null
);
create table carrier_account (
  id bigint generated always as identity primary key,
  connection_id text not null,
  -- Canonical carrier code.
  carrier text not null,
  name text not null,
  service text,
  -- Values of the connector's waybill.accountFields, sealed as one document.
  sealed bytea not null,
  -- Warehouses that it serves; empty: all.
  warehouses text[] not null default '{}',
  priority int not null default 100 check (priority between 0 and 10000),
  -- auto: asked as soon as a plan stands; by_hand: a person asks.
  mode text not null default 'auto' check (mode in ('auto', 'by_hand')),
  active boolean not null default true,
  -- Why the hub itself does not use it now: pool_empty, credential_expired...
  blocked_code text,
  blocked_at timestamptz,
  updated_by text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  unique (name)
);
create table waybill (
  id bigint generated always as identity primary key,
  -- Our own reference, the carrier's idempotency key: never used twice.
  reference text not null unique,
  parcel_no text not null,
  -- 1, and one more each time that the parcel gets another waybill.
  generation int not null default 1,
  lead_id bigint not null,
  warehouse text,
  -- Null until one was chosen.
  account_id bigint references carrier_account (id),
  connection_id text,
  carrier text,
  service text,
  -- Rules or a person named the carrier: no other one stands in for it.
  carrier_named boolean not null default false,
  pieces int not null default 1 check (pieces between 1 and 50),
  -- wanted: to be asked; asking: the carrier is being asked, the outcome may be unknown; review: refused, a person decides; issued; cancelling; cancelled; void: never asked for.
  state text not null check (state in ('wanted', 'asking', 'review', 'issued', 'cancelling', 'cancelled', 'void')),
  tracking_no text,
  child_nos text[] not null default '{}',
  carrier_waybill_id text,
  routing jsonb not null default '{}',
  -- A label of the carrier's own, or print data that only a platform's component opens; sealed.
  document bytea,
  document_kind text check (document_kind in ('pdf', 'png', 'zpl', 'sealed')),
  code text,
  detail text,
  zh text not null default '',
  en text not null default '',
  -- What it was asked for: pieces of goods by line, so that its facts name them. [{"connection","orderNo","lines":[{"lineId","quantity"}]}]
  orders jsonb not null,
  order_ids bigint[] not null,
  attempts int not null default 0,
  -- Another one was wanted for the parcel while this one is being cancelled.
  replaced boolean not null default false,
  chosen_because text not null default '',
  wanted_at timestamptz not null,
  asked_at timestamptz,
  issued_at timestamptz,
  printed_at timestamptz,
  cancelled_at timestamptz,
  updated_at timestamptz not null
);
-- A parcel has one waybill at a time.
create unique index waybill_of_parcel on waybill (parcel_no) where state not in ('cancelled', 'void') and not replaced;
create unique index waybill_number on waybill (carrier, tracking_no) where tracking_no is not null;
create index waybill_tracking on waybill (tracking_no) where tracking_no is not null;
create index waybill_orders on waybill using gin (order_ids);
create index waybill_lead on waybill (lead_id);
create index waybill_list on waybill (state, id desc);
create index waybill_recent on waybill (issued_at desc, id desc) where state = 'issued';
create index waybill_unprinted on waybill (issued_at) where state = 'issued' and printed_at is null;
create table waybill_event (
  id bigint generated always as identity primary key,
  waybill_id bigint not null references waybill (id) on delete cascade,
  at timestamptz not null,
  what text not null,
  actor text not null,
  words text not null default '',
  detail jsonb not null default '{}'
);
create index waybill_event_of on waybill_event (waybill_id, id desc);
