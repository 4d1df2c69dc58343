-- Fulfilment plans 履约计划: which parcels an order leaves in, from where, and why.
create table order_group (
  id bigint generated always as identity primary key,
  state text not null check (state in ('open', 'ended')),
  reason text not null,
  created_by text not null,
  created_at timestamptz not null,
  ended_by text,
  ended_at timestamptz,
  ended_words text
);
create table order_group_member (
  group_id bigint not null references order_group (id),
  order_id bigint not null,
  left_at timestamptz,
  primary key (group_id, order_id)
);
-- An order travels with one group at most.
create unique index order_group_member_now on order_group_member (order_id) where left_at is null;
create table order_plan (
  order_id bigint primary key,
  connection_id text not null,
  order_no text not null,
  -- The order under which the parcels are kept: itself, or the first of those it is merged with.
  lead_id bigint not null,
  group_id bigint,
  -- held (a rule or a person stops it), review (cannot be decided), unmatched, short, planned (no stock is counted), locked, left (on its way: the plan is closed), ended.
  state text not null check (state in ('held', 'review', 'unmatched', 'short', 'planned', 'locked', 'left', 'ended')),
  -- Where in the pipeline it stands: hold, split, source, lock, ship.
  step text not null,
  code text,
  zh text not null default '',
  en text not null default '',
  -- Of all that the plan was made from: another one means a new plan.
  fingerprint text not null,
  -- Raised with every new plan; a person's change from an older one is refused.
  revision int not null default 1,
  -- The versions that decided, kept while they may still decide.
  review_version bigint,
  split_version bigint,
  sourcing_version bigint,
  freight_version bigint,
  -- Score, whether it is proven, the rejected alternatives, warehouses that were out, bindings.
  answer jsonb not null default '{}',
  -- Parcels as a person arranged them: [{"pieces":[{"unit","quantity"}],"warehouse"}]; null: the rules decide.
  manual jsonb,
  -- Warehouses that a person excluded for this order.
  excluded text[] not null default '{}',
  planned_at timestamptz not null,
  updated_at timestamptz not null
);
create index order_plan_lead on order_plan (lead_id);
create index order_plan_list on order_plan (state, updated_at desc, order_id desc);
create index order_plan_waiting on order_plan (planned_at, order_id) where state in ('held', 'review', 'short');
create table plan_parcel (
  id bigint generated always as identity primary key,
  lead_id bigint not null,
  seq int not null,
  parcel_no text not null unique,
  -- Null while it waits for goods.
  warehouse text,
  state text not null check (state in ('planned', 'left', 'void')),
  waits boolean not null default false,
  reasons jsonb not null default '[]',
  planned_at timestamptz not null
);
create index plan_parcel_of on plan_parcel (lead_id, seq) where state <> 'void';
create index plan_parcel_warehouse on plan_parcel (warehouse, planned_at) where state <> 'void';
create table plan_piece (
  parcel_id bigint not null references plan_parcel (id) on delete cascade,
  unit text not null,
  order_id bigint not null,
  line_id text not null,
  sku text not null,
  title text not null,
  gift boolean not null,
  quantity int not null check (quantity > 0),
  value_minor bigint not null,
  weight_g int,
  primary key (parcel_id, unit)
);
create index plan_piece_order on plan_piece (order_id);
create table plan_hold (
  id bigint generated always as identity primary key,
  order_id bigint not null,
  -- rule, person.
  placed_by_kind text not null check (placed_by_kind in ('rule', 'person')),
  placed_by text not null,
  reason text not null,
  kind text,
  set_id bigint,
  version_id bigint,
  node text,
  at timestamptz not null,
  released_at timestamptz,
  released_by text,
  released_words text
);
create index plan_hold_order on plan_hold (order_id, id desc);
create index plan_hold_open on plan_hold (at, order_id) where released_at is null;
-- A rule holds an order once: released by a person, the same node of the same set does not hold it again.
create unique index plan_hold_rule on plan_hold (order_id, set_id, node) where placed_by_kind = 'rule';
create table plan_event (
  id bigint generated always as identity primary key,
  order_id bigint not null,
  at timestamptz not null,
  what text not null,
  actor text not null,
  reason text not null default '',
  detail jsonb not null default '{}'
);
create index plan_event_of on plan_event (order_id, id desc);
