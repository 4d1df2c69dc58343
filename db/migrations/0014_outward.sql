-- The way out: budgets of platform accounts and breakers of connections, shared by all processes.

-- GCRA: the theoretical arrival time of the next call of an account.
create table rate_budget (
  account text primary key,
  tat timestamptz not null,
  -- Share of the allowed rate in use, 0.05 to 1: halved when the platform says "too many", recovered step by step.
  factor double precision not null default 1,
  factor_at timestamptz not null default now(),
  blocked_until timestamptz,
  waited bigint not null default 0,
  refused bigint not null default 0
);

-- An operator's figures for one account; without a row the connector's own hold.
create table rate_limit (
  account text primary key,
  per_second double precision not null check (per_second > 0 and per_second <= 10000),
  burst int not null check (burst between 1 and 10000),
  updated_by text not null,
  updated_at timestamptz not null default now()
);

create table breaker (
  connection_id text primary key,
  state text not null check (state in ('closed', 'open', 'half_open')),
  -- Set by a person until `forced_until`.
  forced text check (forced in ('open', 'closed')),
  forced_until timestamptz,
  forced_by text,
  forced_reason text,
  reason text not null,
  since timestamptz not null,
  probe_at timestamptz,
  -- Claimed one by one, so that all processes together send no more than are wanted.
  probes_sent int not null default 0,
  probes_ok int not null default 0,
  probes_failed int not null default 0,
  backoff_seconds int not null default 30,
  updated_at timestamptz not null
);

-- Calls and errors in aligned minutes, added up over processes. `codes` counts errors, and refused credentials, by code.
create table breaker_bucket (
  connection_id text not null,
  at timestamptz not null,
  calls int not null default 0,
  errors int not null default 0,
  slow int not null default 0,
  codes jsonb not null default '{}',
  primary key (connection_id, at)
);
create index breaker_bucket_at on breaker_bucket (at);

-- The same in seconds, for the rule of the last ten; kept for two minutes.
create table breaker_second (
  connection_id text not null,
  at timestamptz not null,
  calls int not null default 0,
  errors int not null default 0,
  primary key (connection_id, at)
) with (fillfactor = 70);
create index breaker_second_at on breaker_second (at);

-- Processes that make calls: what each may spend when the database is away is its share of them.
create table outward_process (
  id text primary key,
  seen_at timestamptz not null
);

create table breaker_event (
  id bigint generated always as identity primary key,
  connection_id text not null,
  at timestamptz not null,
  from_state text not null,
  to_state text not null,
  cause text not null,
  actor text not null,
  evidence jsonb not null
);
create index breaker_event_connection on breaker_event (connection_id, id desc);

-- Where a capability goes while a connection's breaker is open.
create table outward_backup (
  connection_id text not null,
  capability text not null,
  backup_id text not null,
  updated_by text not null,
  updated_at timestamptz not null default now(),
  primary key (connection_id, capability)
);

-- Which connection did the work and why not the usual one.
create table route_decision (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  capability text not null,
  wanted text not null,
  taken text not null,
  order_id bigint,
  subject text,
  reason text not null
);
create index route_decision_order on route_decision (order_id) where order_id is not null;
create index route_decision_recent on route_decision (id desc);
