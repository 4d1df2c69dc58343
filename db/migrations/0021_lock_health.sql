-- How locks went, by warehouse and hour (跨仓锁库成功率), and the ones that failed.
create table lock_hour (
  hour timestamptz not null,
  warehouse text not null,
  asked bigint not null default 0,
  locked bigint not null default 0,
  refused bigint not null default 0,
  timed_out bigint not null default 0,
  -- Sum and greatest of the milliseconds that answers took.
  took_ms_sum bigint not null default 0,
  took_ms_most int not null default 0,
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
  warehouse text not null,
  sku text not null,
  wanted int not null,
  available int not null,
  took_ms int not null
);
create index lock_failure_place on lock_failure (warehouse, at desc, id desc);
create index lock_failure_at on lock_failure (at desc, id desc);
create index lock_failure_key on lock_failure (key);
