-- What freight rules lean on (levels of customers, remote areas), and the freight that orders were quoted.
create table customer_tier (
  name text primary key check (name ~ '^[a-z][a-z0-9_]{0,39}$'),
  label text not null,
  -- Orders of the same buyer in the same shop, paid before.
  min_orders int not null check (min_orders between 0 and 1000000),
  -- Spent on them; null: any.
  min_spent_minor bigint check (min_spent_minor >= 0),
  currency text not null,
  -- The highest that fits is the customer's.
  priority int not null unique,
  updated_by text not null,
  updated_at timestamptz not null
);
insert into customer_tier (name, label, min_orders, currency, priority, updated_by, updated_at) values
  ('new', '新客', 0, 'CNY', 0, 'hub', now()),
  ('old', '老客', 1, 'CNY', 10, 'hub', now());
create table remote_area (
  id bigint generated always as identity primary key,
  province text not null,
  -- Empty: all of the province.
  city text not null default '',
  -- Empty: all of the city.
  district text not null default '',
  class text not null check (class in ('remote', 'hmt', 'mainland')),
  note text not null default '',
  updated_by text not null,
  updated_at timestamptz not null,
  unique (province, city, district),
  check (city <> '' or district = '')
);
insert into remote_area (province, class, note, updated_by, updated_at)
select province, case when province in ('香港', '澳门', '台湾') then 'hmt' else 'remote' end, '默认，请按承运商清单核对', 'hub', now()
from unnest(array['新疆', '西藏', '内蒙古', '青海', '宁夏', '甘肃', '海南', '香港', '澳门', '台湾']) as province;
create table freight_quote (
  id bigint generated always as identity primary key,
  order_id bigint not null,
  order_no text not null,
  connection_id text not null,
  currency text not null,
  amount_minor bigint not null check (amount_minor >= 0),
  -- [{"node","label","amount"}] in minor units as text; they add up to the amount.
  parts jsonb not null,
  carrier text,
  set_id bigint not null,
  version_id bigint not null,
  -- The version's number within its set.
  number int not null,
  arm text not null check (arm in ('live', 'gray')),
  parcels int not null check (parcels >= 1),
  -- Numbers of the orders that it was quoted together with.
  joint_with text[] not null default '{}',
  quoted_at timestamptz not null,
  -- One per order; what it replaced is kept beside it.
  is_current boolean not null
);
create unique index freight_quote_current on freight_quote (order_id) where is_current;
create index freight_quote_order on freight_quote (order_id, id desc);
