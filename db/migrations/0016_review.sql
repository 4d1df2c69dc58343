-- The exception workbench: one queue for every kind of trouble.
create table review_case (
  id bigint generated always as identity primary key,
  rule text not null,
  -- `order:<id>`, `intent:<id>`, `message:<id>`, `receipt:<id>`: what it is about.
  subject text not null,
  order_id bigint,
  connection_id text,
  state text not null default 'open' check (state in ('open', 'snoozed', 'resolved')),
  severity text not null check (severity in ('info', 'warning', 'critical')),
  zh text not null,
  en text not null,
  evidence jsonb not null,
  next_action text not null,
  -- Id of an account; null: nobody has taken it.
  owner text,
  -- When the trouble began, by its own clock; the case opened later, when the rule's minutes were over.
  since timestamptz not null,
  due_at timestamptz not null,
  snoozed_until timestamptz check (state <> 'snoozed' or snoozed_until is not null),
  note text,
  outcome text check ((outcome is not null) = (state = 'resolved')),
  resolved_by text,
  resolved_at timestamptz,
  -- A person keeps it open whatever the hub sees: set by reopening.
  kept boolean not null default false,
  -- The condition is over. An open case with it waits for a person's decision only.
  gone_at timestamptz,
  -- Resolved by a person while the condition still holds: no new case before this; null: not before the condition was gone once.
  answered_until timestamptz,
  -- Counts every change, so that a change made from a stale view is refused.
  revision int not null default 1,
  opened_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index review_case_open on review_case (rule, subject) where state <> 'resolved';
-- Answered by a person, and still so: what keeps the sweep from asking again.
create index review_case_answered on review_case (rule, subject) where state = 'resolved' and gone_at is null;
create index review_case_due on review_case (due_at, id) where state <> 'resolved';
create index review_case_snoozed on review_case (snoozed_until) where state = 'snoozed';
create index review_case_owner on review_case (owner, due_at) where state <> 'resolved';
create index review_case_order on review_case (order_id) where order_id is not null;
create index review_case_recent on review_case (opened_at desc, id desc);
create index review_case_resolved on review_case (resolved_at desc, id desc) where state = 'resolved';

create table review_event (
  id bigint generated always as identity primary key,
  case_id bigint not null references review_case (id),
  at timestamptz not null,
  -- A person's or key's name, or `hub`.
  actor text not null,
  kind text not null,
  words text not null
);
create index review_event_case on review_event (case_id, id);

-- Settings of a rule: for every channel ('*') or one connection. What is null comes from '*', then from the rule itself.
create table review_rule_setting (
  rule text not null,
  connection_id text not null,
  active boolean,
  minutes int check (minutes between 0 and 100000),
  severity text check (severity in ('info', 'warning', 'critical')),
  -- Minutes from its opening within which somebody should have acted.
  due_minutes int check (due_minutes between 1 and 100000),
  owner text,
  updated_by text not null,
  updated_at timestamptz not null default now(),
  primary key (rule, connection_id)
);

-- Orders that still wait for their first waybill, by payment time (by arrival where nobody told it): what the two-hour rule asks.
create index sales_order_waiting on sales_order (coalesce(paid_at, sort_at), id) where status = 'awaiting_shipment';
