-- What several rooms of the intake stand on: alarms, sweeps, and a journal that can be followed without a gap.

-- One row per trouble; it is open until it is resolved, and the same trouble later is a new row.
create table alarm (
  id bigint generated always as identity primary key,
  rule text not null,
  subject text not null,
  severity text not null check (severity in ('info', 'warning', 'critical')),
  previous_severity text,
  state text not null default 'open' check (state in ('open', 'acknowledged', 'resolved')),
  zh text not null,
  en text not null,
  evidence jsonb not null,
  link text,
  times int not null default 1,
  opened_at timestamptz not null,
  last_at timestamptz not null,
  acknowledged_at timestamptz,
  acknowledged_by text,
  note text,
  resolved_at timestamptz,
  resolved_by text
);
create unique index alarm_open on alarm (rule, subject) where state <> 'resolved';
create index alarm_recent on alarm (id desc);

create function severity_rank(severity text) returns int language sql immutable as $$
  select case severity when 'critical' then 3 when 'warning' then 2 when 'info' then 1 else 0 end
$$;

-- When each sweep last ran, so that several processes share one rhythm.
create table sweep_run (
  name text primary key,
  last_at timestamptz not null
);

-- Ids are given before their transaction commits. Rows of transactions that were still open at a reading are told by this.
alter table journal add column xact xid8 not null default pg_current_xact_id();

-- How far each reader of the journal has come.
create table journal_reader (
  name text primary key,
  last_id bigint not null,
  updated_at timestamptz not null default now()
);
