-- Warehouses, and the stock ledger per SKU and warehouse: levels, holds, movements.
create table warehouse (
  -- The seller's own short code; never changed, every level and hold carries it.
  code text primary key check (code ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$'),
  name text not null unique,
  province text not null default '',
  city text not null default '',
  address text not null default '',
  contact text not null default '',
  -- Smaller goes first where a rule names no order of its own.
  priority int not null default 100 check (priority between 0 and 10000),
  -- Whether goods on their way to this warehouse may be sold.
  counts_in_transit boolean not null default true,
  -- `own`: the ledger counts by itself. `captured`: the warehouse's own system says what is there.
  figures text not null default 'own' check (figures in ('own', 'captured')),
  -- An inactive one takes no new lock; what it holds stays.
  active boolean not null default true,
  updated_by text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table stock_level (
  sku text not null,
  warehouse text not null references warehouse (code),
  -- Pieces on the shelf as far as the hub knows. A warehouse may report less than is locked: then `available` is negative.
  physical int not null default 0,
  -- Sum of the open lines of locks; of reservations (transfers, quotas' remainders, findings).
  locked int not null default 0 check (locked >= 0),
  reserved int not null default 0 check (reserved >= 0),
  in_transit int not null default 0 check (in_transit >= 0),
  -- Kept back against errors of counting: not sold to anyone who does not ask for it by name.
  safety int not null default 0 check (safety >= 0),
  -- The warehouse's switch, copied so that `available` is a column.
  transit_counts boolean not null default true,
  available int not null generated always as
    (physical - locked - reserved + case when transit_counts then in_transit else 0 end) stored,
  -- Captured warehouses: what their system said last, under which version of it, and what the hub knows to have left since.
  source_quantity int,
  source_version bigint,
  unseen_out int not null default 0 check (unseen_out >= 0),
  -- Counts the changes of this row; whoever keeps a copy knows by it which is newer.
  version bigint not null default 0,
  updated_at timestamptz not null default now(),
  primary key (sku, warehouse)
) with (fillfactor = 60);
create index stock_level_warehouse on stock_level (warehouse, sku);

-- The last guard, whatever the code above it believes: no change that takes goods for somebody may go below nothing.
create function stock_oversold() returns trigger language plpgsql as $$
begin
  -- A repair sets counters to what is truly held, even where that is more than there is: this guards against new takers.
  if current_setting('holdfast.repair', true) = 'on' then return null; end if;
  raise exception 'stock of % at % would be oversold by %', new.sku, new.warehouse, -new.available
    using errcode = 'HF001';
end $$;
create trigger stock_level_never_oversold after update on stock_level for each row
  when (new.available < 0 and (new.locked + new.reserved > old.locked + old.reserved)) execute function stock_oversold();

-- Units set aside for one channel at one warehouse. `left_over` of them are not drawn yet and stand in `reserved`.
create table stock_quota (
  sku text not null,
  warehouse text not null,
  -- Connection id.
  channel text not null,
  granted int not null check (granted >= 0),
  left_over int not null check (left_over >= 0),
  updated_by text not null,
  updated_at timestamptz not null default now(),
  primary key (sku, warehouse, channel),
  foreign key (sku, warehouse) references stock_level (sku, warehouse)
);

create sequence stock_hold_id as bigint increment by 1000;
create table stock_hold (
  id bigint primary key,
  -- The caller's own: the same key twice is one hold.
  key text not null unique,
  kind text not null check (kind in ('lock', 'reservation')),
  state text not null check (state in ('held', 'released', 'committed')),
  -- Who it is for: `order` (id of the record), `api`, `transfer`, `finding`, `person`; and how people call it.
  owner_kind text not null,
  owner text not null,
  reference text not null default '',
  -- Connection id of the channel that sold it.
  channel text,
  reason text not null,
  actor text not null,
  -- Hash of what was asked for: the same key for something else is refused.
  asked text not null,
  created_at timestamptz not null,
  deadline_at timestamptz not null,
  heartbeat_at timestamptz not null,
  -- What happens at the deadline: a person is asked, or the goods are free again.
  on_deadline text not null default 'ask' check (on_deadline in ('ask', 'release')),
  ended_at timestamptz,
  ended_by text,
  ended_reason text
);
create index stock_hold_owner on stock_hold (owner_kind, owner);
create index stock_hold_deadline on stock_hold (deadline_at, id) where state = 'held';
create index stock_hold_ended on stock_hold (ended_at) where ended_at is not null;

create table stock_hold_line (
  hold_id bigint not null,
  sku text not null,
  warehouse text not null,
  kind text not null check (kind in ('lock', 'reservation')),
  quantity int not null check (quantity > 0),
  -- What of it is still held; committed and released parts are gone.
  open int not null check (open between 0 and quantity),
  committed int not null default 0 check (committed between 0 and quantity),
  -- How much of the open part was drawn from the channel's quota, and goes back there.
  from_quota int not null default 0 check (from_quota between 0 and quantity),
  primary key (hold_id, sku, warehouse)
);
create index stock_hold_line_open on stock_hold_line (sku, warehouse, hold_id) where open > 0;

-- Every change of a level: signed parts, what was available after it, why, by whom, and the proof.
create table stock_movement (
  id bigint generated always as identity,
  at timestamptz not null,
  -- The database's own clock, which partitions go by: no jump of a hub's clock can leave a movement without a place.
  recorded_at timestamptz not null default now(),
  xact xid8 not null default pg_current_xact_id(),
  sku text not null,
  warehouse text not null,
  cause text not null,
  physical int not null,
  locked int not null,
  reserved int not null,
  in_transit int not null,
  safety int not null,
  available_after int not null,
  hold_id bigint,
  actor text not null,
  evidence jsonb
) partition by range (recorded_at);
create index stock_movement_of on stock_movement (sku, warehouse, id);
create index stock_movement_xact on stock_movement (xact, id);

-- Changes that came with a key of their own (a movement of a warehouse, a leg of a transfer, a row of a file): each takes effect once.
create table stock_applied (
  key text primary key,
  at timestamptz not null
);
create index stock_applied_at on stock_applied using brin (at);

-- Where a follower of the movements stands.
create table stock_reader (
  name text primary key,
  xact xid8 not null,
  id bigint not null
);
