-- What a warehouse can do, and how long and dear its way to a place is: what sourcing 寻源 weighs.
create table warehouse_service (
  warehouse text primary key references warehouse (code) on delete cascade,
  -- Tags that it takes beside ordinary goods: frozen, hazmat...
  takes text[] not null default '{}',
  -- Parcels that it can send in a day; null: without limit.
  capacity_per_day int check (capacity_per_day between 1 and 10000000),
  -- When the day's last parcels leave, by its own clock; null: nobody told.
  cutoff time,
  -- IANA name; null: the hub's.
  zone text,
  updated_by text not null,
  updated_at timestamptz not null
);
-- The closest row of a warehouse decides: city, else province, else `*`.
create table sourcing_lane (
  warehouse text not null references warehouse (code) on delete cascade,
  -- Short names without 省, 市; `*`: anywhere.
  province text not null check (province <> ''),
  city text not null check (city <> ''),
  -- From handing over to the buyer.
  hours int check (hours between 0 and 2000),
  first_kg_minor bigint check (first_kg_minor between 0 and 100000000),
  further_kg_minor bigint check (further_kg_minor between 0 and 100000000),
  currency text not null default 'CNY' check (currency ~ '^[A-Z]{3}$'),
  updated_by text not null,
  updated_at timestamptz not null,
  primary key (warehouse, province, city),
  check (province <> '*' or city = '*')
);
