-- Redis in front of the ledger: raised whenever what it holds must be built anew.
create table stock_gate (
  id int primary key check (id = 1),
  epoch bigint not null,
  built_at timestamptz,
  updated_at timestamptz not null default now()
);
insert into stock_gate (id, epoch) values (1, 1);
