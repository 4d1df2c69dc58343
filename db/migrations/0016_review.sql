-- The exception workbench: one queue for every kind of trouble.
create table review_case (
  id bigint generated always as identity primary key,
  rule text not null,
  -- `order:<id>`, `intent:<id>`, `connection:<id>`: what it is about.
  subject text not null,
  order_id bigint,
  connection_id text,
  state text not null default 'open' check (state in ('open', 'snoozed', 'resolved')),
  severity text not null check (severity in ('info', 'warning', 'critical')),
  zh text not null,
  en text not null,
  evidence jsonb not null,
  next_action text not null,
  owner text,
  due_at timestamptz,
  snoozed_until timestamptz,
  note text,
  outcome text,
  resolved_by text,
  resolved_at timestamptz,
  opened_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index review_case_open on review_case (rule, subject) where state <> 'resolved';
create index review_case_due on review_case (due_at, id) where state <> 'resolved';
create index review_case_owner on review_case (owner, due_at) where state <> 'resolved';
create index review_case_order on review_case (order_id) where order_id is not null;
create index review_case_recent on review_case (id desc);

create table review_event (
  id bigint generated always as identity primary key,
  case_id bigint not null references review_case (id),
  at timestamptz not null,
  actor text not null,
  kind text not null,
  words text not null
);
create index review_event_case on review_event (case_id, id);

-- Settings of a rule: for every channel ('*') or one connection.
create table review_rule_setting (
  rule text not null,
  connection_id text not null,
  active boolean not null default true,
  minutes int check (minutes between 1 and 100000),
  severity text check (severity in ('info', 'warning', 'critical')),
  owner text,
  updated_by text not null,
  updated_at timestamptz not null default now(),
  primary key (rule, connection_id)
);

-- Orders that still wait for their waybill, by payment time: what the two-hour rule asks.
create index sales_order_waiting on sales_order (paid_at, id) where status in ('awaiting_shipment', 'partially_shipped');
