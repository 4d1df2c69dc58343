-- Transfer orders 调拨单 between warehouses, and of quota between channels at one warehouse.
create sequence transfer_no;
create table transfer (
  id bigint generated always as identity primary key,
  transfer_no text not null unique,
  -- The caller's own: the same key twice is one transfer; for something else it is refused (`asked` is a hash of what it was for).
  request_key text not null unique,
  asked text not null,
  -- `warehouse`: goods move. `channel`: quota moves between two channels at one warehouse; nothing is carried.
  kind text not null check (kind in ('warehouse', 'channel')),
  from_warehouse text not null references warehouse (code),
  to_warehouse text not null references warehouse (code),
  -- instructed (lock not standing yet), locked, dispatched, part_received, received, short_closed, cancelled, failed.
  state text not null check (state in ('instructed', 'locked', 'dispatched', 'part_received', 'received', 'short_closed', 'cancelled', 'failed')),
  reason text not null default '',
  note text not null default '',
  -- The order whose lock moves with the goods, where it is for one.
  order_id bigint,
  -- The transfer whose goods this one brings back.
  return_of bigint references transfer (id),
  draw_safety boolean not null default false,
  instructed_at timestamptz not null,
  -- By when the lock must stand; flagged where it does not. After `lock_until` it is not tried any more.
  lock_due_at timestamptz not null,
  lock_until timestamptz not null,
  locked_at timestamptz,
  flagged_at timestamptz,
  dispatched_at timestamptz,
  expected_at timestamptz,
  ended_at timestamptz,
  -- Part of the reservation's key: one more after each reservation that was lost.
  hold_no int not null default 1,
  tries int not null default 0,
  next_try_at timestamptz,
  code text,
  words text not null default '',
  created_by text not null,
  updated_at timestamptz not null,
  check ((kind = 'channel') = (from_warehouse = to_warehouse))
);
create index transfer_list on transfer (instructed_at desc, id desc);
create index transfer_open on transfer (state, lock_due_at) where state in ('instructed', 'locked', 'dispatched', 'part_received');
create index transfer_due on transfer (next_try_at) where next_try_at is not null;
create index transfer_order on transfer (order_id) where order_id is not null;
create index transfer_failed on transfer (ended_at) where state = 'failed';
create table transfer_line (
  transfer_id bigint not null references transfer (id),
  line int not null,
  sku text not null,
  -- Connection ids: the quota it comes out of, and the one it goes into.
  from_channel text,
  to_channel text,
  quantity int not null check (quantity > 0),
  dispatched int not null default 0,
  received int not null default 0,
  damaged int not null default 0,
  lost int not null default 0,
  -- Turned round on the way.
  returned int not null default 0,
  -- Of the received ones, those that the order's lock has followed.
  handed_over int not null default 0,
  primary key (transfer_id, line),
  unique nulls not distinct (transfer_id, sku, from_channel, to_channel),
  check (dispatched <= quantity and received + damaged + lost + returned <= dispatched and handed_over <= received)
);
create index transfer_line_sku on transfer_line (sku);
create index transfer_line_waits on transfer_line (transfer_id) where handed_over < received;
create table transfer_event (
  id bigint generated always as identity primary key,
  transfer_id bigint not null references transfer (id),
  at timestamptz not null,
  kind text not null,
  actor text not null,
  -- The caller's own for this step; the same one twice is one step.
  key text,
  asked text not null default '',
  detail jsonb not null default '{}'
);
create index transfer_event_of on transfer_event (transfer_id, id);
create unique index transfer_event_key on transfer_event (transfer_id, key) where key is not null;
