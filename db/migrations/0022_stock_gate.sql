-- Redis in front of the ledger: one row, raised whenever what Redis holds must be built anew.
create table stock_gate (
  id int primary key check (id = 1),
  -- Redis admits only under this number; a copy of Redis with another one is not believed.
  epoch bigint not null check (epoch > 0),
  -- Part of every key in Redis, so that two hubs may share one.
  namespace text not null default substr(gen_random_uuid()::text, 1, 8),
  -- Run ids of the masters it was built in, and which database: a restarted or promoted server is another one and may hold older figures.
  servers text,
  -- Snapshot: everything committed before it is in Redis. Moved on by the one process that follows the movements.
  followed text,
  -- Null while it is being built.
  built_at timestamptz,
  places bigint not null default 0,
  took_ms int not null default 0,
  updated_at timestamptz not null default now()
);
insert into stock_gate (id, epoch) values (1, 1);
