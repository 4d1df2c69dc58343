-- What a stock SKU weighs, how much room it takes and how it has to be handled: told by people, read by rules and plans.
create table sku_profile (
  sku text primary key,
  title text not null default '',
  -- Of one piece; null: nobody told, and what needs it goes to a person.
  weight_g int check (weight_g between 0 and 10000000),
  volume_cm3 int check (volume_cm3 between 0 and 1000000000),
  -- False: worked out from the measures below.
  volume_told boolean not null default false,
  -- Outer measures.
  length_mm int check (length_mm between 1 and 100000),
  width_mm int check (width_mm between 1 and 100000),
  height_mm int check (height_mm between 1 and 100000),
  -- frozen, hazmat, fragile... and the shop's own.
  tags text[] not null default '{}',
  -- What one piece is declared or insured at.
  value_minor bigint check (value_minor >= 0),
  value_currency text,
  -- Grows with each save: a stale one is refused.
  revision int not null default 1,
  updated_by text not null,
  updated_at timestamptz not null,
  check ((value_minor is null) = (value_currency is null))
);
create index sku_profile_tags on sku_profile using gin (tags);
