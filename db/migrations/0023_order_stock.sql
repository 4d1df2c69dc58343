-- Which warehouses serve a channel until sourcing rules do, and how the stock of every order stands.
create table stock_route (
  id bigint generated always as identity primary key,
  name text not null unique,
  -- Connector kind or `*`; one connection of it, or null for all. The closest rule wins.
  kind text not null,
  connection_id text,
  -- Warehouse codes, the first that can goes first.
  warehouses text[] not null,
  -- `never`: one warehouse for all lines or none. `lines`: a line from one. `units`: pieces from several.
  spread text not null default 'lines' check (spread in ('never', 'lines', 'units')),
  draw_safety boolean not null default true,
  active boolean not null default true,
  updated_by text not null,
  updated_at timestamptz not null default now()
);
create table order_stock (
  order_id bigint primary key,
  connection_id text not null,
  -- none: nothing to lock (unpaid, ended, already away). waiting: a line without stock SKU or no route. short, locked, committed, released, returned.
  state text not null check (state in ('none', 'waiting', 'short', 'locked', 'committed', 'released', 'returned')),
  -- Raised when the demand changed: part of the hold's key.
  generation int not null default 1,
  hold_key text,
  -- Hash of the demand that the hold covers.
  demand text not null default '',
  -- What lacks: [{"sku","wanted","had","available":[{"warehouse","available"}]}]
  shortage jsonb,
  -- Of what was committed, the pieces that came back: [{"sku","warehouse","quantity"}]
  restored jsonb not null default '[]',
  -- What the bundles among its lines were made of when it was locked: a later recipe does not change what has left.
  bundles jsonb not null default '{}',
  code text,
  tries int not null default 0,
  next_try_at timestamptz,
  since timestamptz not null,
  updated_at timestamptz not null
);
create index order_stock_due on order_stock (next_try_at, order_id) where next_try_at is not null;
create index order_stock_state on order_stock (state, since, order_id) where state in ('waiting', 'short');
create index order_stock_shortage on order_stock using gin (shortage jsonb_path_ops) where state = 'short';
