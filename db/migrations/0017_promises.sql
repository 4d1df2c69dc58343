-- Ship-by promises: rules, calendars, and the clock of every order.
create table business_calendar (
  id bigint generated always as identity primary key,
  name text not null unique,
  zone text not null,
  -- Opening hours per weekday, Monday first: [{"from":"09:00","to":"18:00"}, ..., null, null]
  week jsonb not null,
  -- Closed days and days worked instead: [{"date":"2026-10-01","open":false,"name":"国庆节"}]
  exceptions jsonb not null default '[]',
  updated_by text not null,
  updated_at timestamptz not null default now()
);

create table promise_rule (
  id bigint generated always as identity primary key,
  name text not null unique,
  -- Connector kind, or `*`; and one connection of it, or null for all.
  kind text not null,
  connection_id text,
  -- The fact whose instant starts the clock, and the one that keeps the promise.
  starts text not null check (starts in ('placed', 'paid', 'waybill_issued', 'dispatched')),
  keeps text not null check (keeps in ('waybill_issued', 'dispatched', 'picked_up', 'delivered')),
  minutes int not null check (minutes between 1 and 527040),
  calendar_id bigint references business_calendar (id),
  -- Orders that start after this time of the calendar's day start at its next opening.
  cutoff time,
  -- The platform's own deadline field wins where it gives one.
  platform_first boolean not null default true,
  warn_minutes int not null default 60 check (warn_minutes between 1 and 100000),
  -- What a breach costs: a fixed amount in minor units, or parts of ten thousand of what the buyer pays.
  penalty_currency text not null default 'CNY',
  penalty_minor bigint check (penalty_minor >= 0),
  penalty_bps int check (penalty_bps between 0 and 10000),
  penalty_cap_minor bigint check (penalty_cap_minor >= 0),
  active boolean not null default true,
  updated_by text not null,
  updated_at timestamptz not null default now()
);

create table order_promise (
  order_id bigint not null,
  -- `rule:<id>` or `platform:ship_by`
  source text not null,
  connection_id text not null,
  keeps text not null,
  starts_at timestamptz,
  due_at timestamptz not null,
  warn_at timestamptz not null,
  kept_at timestamptz,
  state text not null check (state in ('running', 'kept', 'late', 'breached', 'void')),
  penalty_minor bigint,
  currency text,
  updated_at timestamptz not null,
  primary key (order_id, source)
);
create index order_promise_due on order_promise (due_at, order_id) where state in ('running', 'breached');
create index order_promise_warn on order_promise (warn_at) where state = 'running';
create index order_promise_penalty on order_promise (penalty_minor desc nulls last, due_at, order_id) where state in ('running', 'breached');
create index order_promise_connection on order_promise (connection_id, due_at) where state in ('running', 'breached');
