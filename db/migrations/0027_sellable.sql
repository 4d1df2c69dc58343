-- Gifts, bundles, policies per channel, and what each channel was told.
create table sku_bundle (
  bundle_sku text not null,
  part_sku text not null,
  quantity int not null check (quantity between 1 and 10000),
  updated_by text not null,
  updated_at timestamptz not null default now(),
  primary key (bundle_sku, part_sku),
  check (bundle_sku <> part_sku)
);
create index sku_bundle_part on sku_bundle (part_sku);
-- A gift's sellable stock follows its main product's: numerator gifts for every denominator pieces.
create table sku_gift (
  gift_sku text primary key,
  main_sku text not null,
  numerator int not null check (numerator between 1 and 10000),
  denominator int not null check (denominator between 1 and 10000),
  -- `hard`: leaves from the warehouse of its main product. `soft`: may leave from another one.
  binding text not null default 'hard' check (binding in ('hard', 'soft')),
  updated_by text not null,
  updated_at timestamptz not null default now(),
  check (gift_sku <> main_sku)
);
create index sku_gift_main on sku_gift (main_sku);
create table channel_policy (
  id bigint generated always as identity primary key,
  connection_id text not null,
  -- One SKU, or `*`.
  sku text not null default '*',
  -- None: every active one.
  warehouses text[] not null default '{}',
  -- Parts of ten thousand of what is sellable; then floor and cap in pieces; at `zero_at` or less the channel sees nothing.
  share_bps int not null default 10000 check (share_bps between 0 and 10000),
  floor_units int not null default 0 check (floor_units >= 0),
  cap_units int check (cap_units >= 0),
  zero_at int not null default 0 check (zero_at >= 0),
  push boolean not null default false,
  active boolean not null default true,
  updated_by text not null,
  updated_at timestamptz not null default now(),
  unique (connection_id, sku)
);
-- Every wish, and every intent that carries wishes out, has a number of its own: the same figure wished again is another wish.
create sequence channel_stock_generation as bigint;
-- What a channel calls a stock SKU when its stock is set, where the shop's own SKU code is not enough.
create table channel_listing (
  connection_id text not null,
  stock_sku text not null,
  shop_sku text not null,
  -- Ids as the platform's stock call wants them (item, sku, inventory item, location), by its own names.
  ids jsonb not null default '{}',
  -- What was wanted last; null: the channel is not to be told of it.
  wanted int,
  wanted_at timestamptz,
  generation bigint not null default 0,
  -- What the channel confirmed last; null: nothing, or nobody knows what it has.
  told int,
  told_at timestamptz,
  state text not null default 'idle' check (state in ('idle', 'due', 'asked', 'refused', 'unknown')),
  -- Which intent is asking the channel, and until when nobody else does.
  asked_by bigint,
  asked_until timestamptz,
  code text,
  words text not null default '',
  updated_at timestamptz not null default now(),
  primary key (connection_id, stock_sku, shop_sku),
  unique (connection_id, shop_sku)
);
create index channel_listing_open on channel_listing (connection_id, wanted_at) where state <> 'idle';
create index channel_listing_sku on channel_listing (stock_sku);
-- Nights on which every channel was told everything again.
create table channel_retell (
  day date primary key,
  at timestamptz not null,
  listings int not null
);
