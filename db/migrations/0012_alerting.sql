-- Whom alarms are told, and what was told.

create table alarm_route (
  id bigint generated always as identity primary key,
  name text not null unique,
  -- Rules this route takes, with `*` for any run of characters: `callback.*`; empty takes all.
  rules text[] not null default '{}',
  least_severity text not null check (least_severity in ('info', 'warning', 'critical')),
  -- Connections that notify: ids of notifier connections.
  targets text[] not null,
  -- Told as well when nobody acknowledged in time.
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
  language text not null default 'zh' check (language in ('zh', 'en', 'both')),
  active boolean not null default true,
  updated_by text not null,
  updated_at timestamptz not null default now(),
  check ((quiet_from is null) = (quiet_to is null)),
  check (escalate_after_minutes is null or cardinality(escalate_to) > 0)
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

-- One row per notice and target; the call itself is an outbox intent, except what was told past a database that was away.
create table alarm_delivery (
  id bigint generated always as identity primary key,
  notice_id uuid not null,
  route_id bigint,
  target text not null,
  kind text not null,
  rule text not null,
  alarm_ids bigint[] not null,
  -- Known without an alarm's id where the database was away.
  subjects text[] not null,
  severity text not null,
  direct boolean not null default false,
  state text not null check (state in ('queued', 'delivered', 'refused', 'failed', 'unknown')),
  words text,
  notice jsonb not null,
  created_at timestamptz not null,
  settled_at timestamptz,
  unique (notice_id, target)
);
create index alarm_delivery_recent on alarm_delivery (id desc);
create index alarm_delivery_open on alarm_delivery (target) where state in ('queued', 'unknown');
create index alarm_delivery_target on alarm_delivery (target, settled_at desc);
create index alarm_delivery_alarms on alarm_delivery using gin (alarm_ids);
create index alarm_delivery_direct on alarm_delivery (created_at) where direct;

-- Which alarms a route has told already, to whom, and how far it went.
create table alarm_told (
  alarm_id bigint not null references alarm (id) on delete cascade,
  route_id bigint not null references alarm_route (id) on delete cascade,
  severity text not null,
  targets text[] not null,
  told_at timestamptz not null,
  reminded_at timestamptz not null,
  escalated_at timestamptz,
  resolved_told boolean not null default false,
  primary key (alarm_id, route_id)
);
create index alarm_told_open on alarm_told (alarm_id) where not resolved_told;
create index alarm_told_recent on alarm_told (told_at);

create index alarm_opened on alarm (opened_at);
create index alarm_resolved on alarm (resolved_at) where state = 'resolved';

-- Since when a listening connection has not been open; null while it is.
alter table connection add column stream_down_since timestamptz;
