-- The fallback poll: who was asked about, when, with what answer.
create table fallback_ask (
  -- `order:<order id>` or `parcel:<tracking number>`
  subject text primary key,
  order_id bigint not null,
  connection_id text not null,
  asked_at timestamptz not null,
  next_at timestamptz not null,
  asks int not null default 1,
  fruitless int not null default 0,
  outcome text not null,
  words text
);
create index fallback_ask_order on fallback_ask (order_id);
create index fallback_ask_recent on fallback_ask (asked_at desc);
