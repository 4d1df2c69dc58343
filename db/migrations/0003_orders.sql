-- Facts are only ever added. The subject's text is the key, so that a parcel's facts wait for an order that comes later.
create table fact (
  subject text not null,
  id uuid not null,
  kind text not null,
  at timestamptz,
  at_raw text not null,
  at_zone text,
  at_provenance text not null check (at_provenance in ('explicit_offset', 'carrier_zone', 'place_zone', 'ambiguous')),
  source text not null,
  code text not null,
  detail jsonb not null,
  message_id text not null,
  received_at timestamptz not null,
  primary key (subject, id)
) partition by hash (subject);
create table fact_0 partition of fact for values with (modulus 4, remainder 0);
create table fact_1 partition of fact for values with (modulus 4, remainder 1);
create table fact_2 partition of fact for values with (modulus 4, remainder 2);
create table fact_3 partition of fact for values with (modulus 4, remainder 3);

-- The derived record of one channel order: a pure function of its facts and registers, kept for lists and searches.
create table sales_order (
  id bigint generated always as identity primary key,
  connection_id text not null,
  order_no text not null,
  status text not null,
  placed_at timestamptz,
  paid_at timestamptz,
  shipped_at timestamptz,
  delivered_at timestamptz,
  ship_by timestamptz,
  currency text,
  payable_minor bigint,
  item_count int not null default 0,
  parcel_count int not null default 0,
  unmatched_lines int not null default 0,
  drift_count int not null default 0,
  after_sale text not null default 'none',
  report text not null default 'none' check (report in ('none', 'due', 'accepted', 'refused', 'unknown')),
  region text,
  recipient_masked text,
  buyer_note text,
  seller_note text,
  first_title text,
  sort_at timestamptz not null,
  record jsonb not null,
  digest bytea not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (connection_id, order_no)
);
create index sales_order_no on sales_order (order_no);
create index sales_order_recent on sales_order (sort_at desc, id desc);
create index sales_order_status on sales_order (status, sort_at desc, id desc);
create index sales_order_connection on sales_order (connection_id, sort_at desc, id desc);
create index sales_order_due on sales_order (ship_by, id) where status in ('awaiting_shipment', 'partially_shipped');
create index sales_order_drift on sales_order (sort_at desc, id desc) where drift_count > 0;
create index sales_order_unmatched on sales_order (sort_at desc, id desc) where unmatched_lines > 0;
create index sales_order_report on sales_order (report, sort_at desc, id desc) where report in ('due', 'refused', 'unknown');
create index sales_order_after_sale on sales_order (sort_at desc, id desc) where after_sale <> 'none';

-- Which subjects an order is made of: its own, its order number as quoted by others, and its parcels.
create table order_subject (
  subject text not null,
  order_id bigint not null references sales_order (id) on delete cascade,
  primary key (subject, order_id)
);
create index order_subject_order on order_subject (order_id);

-- Content that may change: the higher version of the source wins, ties broken by content hash.
create table order_register (
  order_id bigint not null references sales_order (id) on delete cascade,
  part text not null,
  version numeric not null,
  hash bytea not null,
  value bytea not null,
  message_id text not null,
  received_at timestamptz not null,
  primary key (order_id, part)
);

create table order_line (
  order_id bigint not null references sales_order (id) on delete cascade,
  line_id text not null,
  connection_id text not null,
  shop_sku text not null,
  stock_sku text,
  title text not null,
  quantity int not null check (quantity > 0),
  gift boolean not null,
  primary key (order_id, line_id)
);
create index order_line_unmatched on order_line (connection_id, shop_sku) where stock_sku is null;
create index order_line_stock_sku on order_line (stock_sku) where stock_sku is not null;

-- Shop SKU code -> our stock SKU. `connection_id` '*' holds for every shop; a shop's own row goes before it.
create table sku_mapping (
  connection_id text not null,
  shop_sku text not null,
  stock_sku text not null,
  updated_by text not null,
  updated_at timestamptz not null default now(),
  primary key (connection_id, shop_sku)
);

-- Where sources disagree: what each says, since when, and the likely cause. Derived, kept for queries.
create table drift (
  order_id bigint not null references sales_order (id) on delete cascade,
  field text not null,
  cause text not null,
  since timestamptz,
  until timestamptz,
  claims jsonb not null,
  primary key (order_id, field)
);
create index drift_open on drift (since) where until is null;

-- Orders per connection and status, added up over slots so that workers never wait for one hot row.
create table order_tally (
  connection_id text not null,
  status text not null,
  slot smallint not null,
  count bigint not null,
  primary key (connection_id, status, slot)
);

-- A person's named filter over the order list.
create table saved_view (
  id bigint generated always as identity primary key,
  owner text not null,
  name text not null,
  filter jsonb not null,
  shared boolean not null default false,
  created_at timestamptz not null default now()
);
