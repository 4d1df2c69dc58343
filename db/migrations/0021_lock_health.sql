-- How locks went, by warehouse and hour (跨仓锁库成功率), and the ones that failed.
create table lock_hour (
  hour timestamptz not null,
  -- A warehouse's code; `*` counts every lock once, however many warehouses it touched.
  warehouse text not null,
  -- locked + refused + timed_out.
  asked bigint not null default 0,
  locked bigint not null default 0,
  -- Not enough there: an answer, not a failure of the hub.
  refused bigint not null default 0,
  timed_out bigint not null default 0,
  -- What the caller did wrong (an unknown warehouse, a key used twice): in no rate.
  invalid bigint not null default 0,
  -- Sum and greatest of the milliseconds that answers took.
  took_ms_sum double precision not null default 0,
  took_ms_most double precision not null default 0,
  primary key (hour, warehouse)
);
create table lock_failure (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  key text not null,
  owner_kind text not null,
  owner text not null,
  reference text not null,
  channel text,
  code text not null,
  detail text not null default '',
  warehouse text not null,
  sku text not null,
  wanted int not null,
  available int not null,
  -- Where how many of it were at that moment: [{"warehouse","available"}].
  elsewhere jsonb not null default '[]',
  took_ms int not null
);
create index lock_failure_place on lock_failure (warehouse, at desc, id desc);
create index lock_failure_at on lock_failure (at desc, id desc);
create index lock_failure_key on lock_failure (key);
