-- Whom alarms are told, and what was told.

create table alarm_route (
  id bigint generated always as identity primary key,
  name text not null unique,
  -- Rules this route takes, with `*` for any end: `callback.*`; empty takes all.
  rules text[] not null default '{}',
  least_severity text not null check (least_severity in ('info', 'warning', 'critical')),
  -- Connections that notify: ids of notifier connections.
  targets text[] not null,
  -- Told instead when nobody acknowledged in time.
  escalate_to text[] not null default '{}',
  escalate_after_minutes int check (escalate_after_minutes between 1 and 1440),
  -- Wall-clock times between which only critical alarms go out, in the route's zone.
  quiet_from time,
  quiet_to time,
  zone text,
  -- Alarms of one rule that open within this many seconds become one notice.
  group_seconds int not null default 30 check (group_seconds between 0 and 3600),
  repeat_minutes int check (repeat_minutes between 5 and 10080),
  tell_resolved boolean not null default true,
  active boolean not null default true,
  updated_by text not null,
  updated_at timestamptz not null default now()
);

create table alarm_silence (
  id bigint generated always as identity primary key,
  rules text[] not null default '{}',
  subjects text[] not null default '{}',
  reason text not null,
  until timestamptz not null,
  created_by text not null,
  created_at timestamptz not null default now(),
  ended_at timestamptz
);

-- One row per notice and target; the call itself is an outbox intent.
create table alarm_delivery (
  id bigint generated always as identity primary key,
  notice_id uuid not null,
  route_id bigint,
  target text not null,
  kind text not null,
  rule text not null,
  alarm_ids bigint[] not null,
  state text not null check (state in ('held', 'queued', 'delivered', 'refused', 'failed', 'unknown')),
  held_until timestamptz,
  words text,
  notice jsonb not null,
  created_at timestamptz not null,
  settled_at timestamptz,
  unique (notice_id, target)
);
create index alarm_delivery_recent on alarm_delivery (id desc);
create index alarm_delivery_held on alarm_delivery (held_until) where state = 'held';

-- Which alarms a route has told already, and how far it went.
create table alarm_told (
  alarm_id bigint not null references alarm (id) on delete cascade,
  route_id bigint not null references alarm_route (id) on delete cascade,
  severity text not null,
  told_at timestamptz not null,
  escalated_at timestamptz,
  resolved_told boolean not null default false,
  primary key (alarm_id, route_id)
);
