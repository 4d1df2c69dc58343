-- Parcels' standing 包裹现状: what the facts of one tracking number say, kept for lists, watches and figures. A pure function of the
-- facts but for `heard_at`, `quiet_since` (when we heard) and what the watch and people note beside it.
create table parcel_standing (
  id bigint generated always as identity primary key,
  tracking_no text not null unique,
  -- Canonical code, or the source's own behind `other:`; null until somebody names it.
  carrier text,
  -- The connection that made the waybill or told the latest of it.
  connection_id text,
  order_ids bigint[] not null default '{}',
  shop_id text,
  warehouse text,
  -- Whether our own waybill stands behind it.
  ours boolean not null default false,
  -- info_received, picked_up, in_transit, out_for_delivery, ready_for_pickup, delivered, delivery_failed, exception, returning, returned, cancelled.
  state text not null,
  -- Something is still to come of it.
  open boolean not null,
  waybill_at timestamptz,
  first_scan_at timestamptz,
  last_at timestamptz,
  delivered_at timestamptz,
  returned_at timestamptz,
  -- The latest event: kind, code, source, four-part time, place, words, reason.
  last jsonb,
  events int not null default 0,
  -- Events whose time nobody knows.
  ambiguous int not null default 0,
  failures int not null default 0,
  deliveries int not null default 0,
  revoked int not null default 0,
  -- 改单号: it travels on under that number, or came from this one.
  moved_to text,
  moved_from text,
  -- The latest event is one of the customs.
  at_customs boolean not null default false,
  heard_at timestamptz,
  -- From when on its silence counts.
  quiet_since timestamptz,
  -- What is wrong, or null: disputed, customs, wrong_way, delivery_failed, exception, returning, no_first_scan, stalled.
  finding text,
  finding_since timestamptz,
  -- Why, in a word or two of the evidence.
  finding_why text not null default '',
  -- A person said of this finding (by its beginning) that nothing is to be done.
  answered_finding text,
  answered_since timestamptz,
  -- A person says that the buyer has not got it.
  disputed_at timestamptz,
  disputed_by text,
  disputed_words text,
  digest text not null,
  first_seen_at timestamptz not null,
  updated_at timestamptz not null
);
create index parcel_standing_recent on parcel_standing (first_seen_at desc, id desc);
create index parcel_standing_state on parcel_standing (state, first_seen_at desc, id desc);
create index parcel_standing_orders on parcel_standing using gin (order_ids);
create index parcel_standing_unscanned on parcel_standing (waybill_at) where open and finding is null and first_scan_at is null and waybill_at is not null;
create index parcel_standing_moved on parcel_standing (moved_to) where moved_to is not null;
create index parcel_standing_quiet on parcel_standing (quiet_since) where open and finding is null and first_scan_at is not null;
create index parcel_standing_finding on parcel_standing (finding, finding_since) where finding is not null;
create index parcel_standing_waybill_at on parcel_standing (waybill_at);
create index parcel_standing_delivered on parcel_standing (delivered_at) where delivered_at is not null;

-- Who pushes the events of a number to us. One row a number.
create table tracking_subscription (
  tracking_no text primary key,
  carrier text not null,
  -- Null: nobody can be asked.
  connection_id text,
  -- wanted (an intent is under way), subscribed, account (the carrier pushes by account, nothing to ask), refused, none (nobody takes it), ended.
  state text not null check (state in ('wanted', 'subscribed', 'account', 'refused', 'none', 'ended')),
  because text not null default '',
  -- One more each time that it is asked for: the intent's key.
  generation int not null default 1,
  -- Asked anew because the parcel was silent; bounded.
  renewed int not null default 0,
  tried text[] not null default '{}',
  asked_at timestamptz not null,
  subscribed_at timestamptz,
  expires_at timestamptz,
  code text,
  words text not null default '',
  updated_at timestamptz not null
);
create index tracking_subscription_list on tracking_subscription (state, asked_at desc, tracking_no);
create index tracking_subscription_recent on tracking_subscription (asked_at desc, tracking_no);
create index tracking_subscription_expiry on tracking_subscription (expires_at) where state = 'subscribed' and expires_at is not null;
create index tracking_subscription_none on tracking_subscription (updated_at) where state in ('none', 'refused');

-- Which numbers belong to which carrier or connection: the first rule that fits, by position.
create table tracking_route (
  id bigint generated always as identity primary key,
  position int not null,
  -- `#` a digit, `@` a letter, `?` either, a `*` at the end whatever follows, the rest as it stands.
  pattern text not null,
  carrier text,
  connection_id text,
  note text not null default '',
  updated_by text not null,
  updated_at timestamptz not null
);

-- Hours after which silence counts; `*` stands for every carrier or warehouse. The most particular row holds.
create table tracking_threshold (
  carrier text not null,
  warehouse text not null,
  first_scan_hours int check (first_scan_hours between 1 and 720),
  stalled_hours int check (stalled_hours between 1 and 1440),
  customs_hours int check (customs_hours between 1 and 1440),
  updated_by text not null,
  updated_at timestamptz not null,
  primary key (carrier, warehouse)
);

-- Aggregators in the order in which they are asked; one row.
create table tracking_setting (
  one boolean primary key default true check (one),
  aggregators text[] not null default '{}',
  updated_by text not null,
  updated_at timestamptz not null
);

-- Events heard, by hour, carrier and warehouse: what completeness is a share of.
create table tracking_hour (
  hour timestamptz not null,
  carrier text not null,
  warehouse text not null,
  events bigint not null,
  primary key (hour, carrier, warehouse)
);
