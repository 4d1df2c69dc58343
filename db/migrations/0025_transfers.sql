-- Transfer orders 调拨单 between warehouses.
create sequence transfer_no;
create table transfer (
  id bigint generated always as identity primary key,
  transfer_no text not null unique,
  -- The caller's own: the same key twice is one transfer.
  request_key text not null unique,
  from_warehouse text not null references warehouse (code),
  to_warehouse text not null references warehouse (code),
  -- instructed (lock not standing yet), locked, dispatched, part_received, received, short_closed, cancelled, failed.
  state text not null check (state in ('instructed', 'locked', 'dispatched', 'part_received', 'received', 'short_closed', 'cancelled', 'failed')),
  reason text not null default '',
  note text not null default '',
  -- The order whose lock moves with the goods, where it is for one.
  order_id bigint,
  instructed_at timestamptz not null,
  -- By when the lock must stand; flagged where it does not.
  lock_due_at timestamptz not null,
  locked_at timestamptz,
  flagged_at timestamptz,
  dispatched_at timestamptz,
  expected_at timestamptz,
  ended_at timestamptz,
  hold_key text,
  tries int not null default 0,
  next_try_at timestamptz,
  code text,
  words text not null default '',
  created_by text not null,
  updated_at timestamptz not null
);
create index transfer_list on transfer (instructed_at desc, id desc);
create index transfer_open on transfer (state, lock_due_at) where state in ('instructed', 'locked', 'dispatched', 'part_received');
create index transfer_due on transfer (next_try_at) where next_try_at is not null;
create index transfer_order on transfer (order_id) where order_id is not null;
create table transfer_line (
  transfer_id bigint not null references transfer (id),
  sku text not null,
  quantity int not null check (quantity > 0),
  dispatched int not null default 0,
  received int not null default 0,
  damaged int not null default 0,
  lost int not null default 0,
  primary key (transfer_id, sku),
  check (received + damaged + lost <= quantity)
);
create table transfer_event (
  id bigint generated always as identity primary key,
  transfer_id bigint not null references transfer (id),
  at timestamptz not null,
  kind text not null,
  actor text not null,
  detail jsonb not null default '{}'
);
create index transfer_event_of on transfer_event (transfer_id, id);
