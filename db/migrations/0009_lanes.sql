-- Lanes keep one channel's flood from delaying another.

create table lane (
  -- A channel's name as the `x-channel` header gives it, or a connection's own lane.
  name text primary key,
  class text not null check (class in ('low_latency', 'high_throughput')),
  -- Share of the work while several lanes wait: 1 to 100.
  weight int not null check (weight between 1 and 100),
  -- Batches of this lane that are interpreted at the same time, over all processes.
  concurrency int not null check (concurrency between 1 and 32),
  -- Messages that may wait; beyond it senders are told to come back.
  depth_limit int not null check (depth_limit between 100 and 10000000),
  -- Messages that may wait before an alarm goes out and workers are added.
  alarm_depth int not null default 500 check (alarm_depth between 1 and 10000000),
  updated_by text not null,
  updated_at timestamptz not null default now()
);

-- The lane of a connection's messages; without a row the hub names it after the connection.
create table lane_of_connection (
  connection_id text primary key references connection (id) on delete cascade,
  lane text not null
);

drop index inbox_task_pending;
create index inbox_task_pending on inbox_task (lane, replay, message_id) where state = 'pending';

-- What came into and went out of each lane, per minute, added up over processes.
create table lane_minute (
  lane text not null,
  minute timestamptz not null,
  arrived bigint not null default 0,
  interpreted bigint not null default 0,
  parked bigint not null default 0,
  refused bigint not null default 0,
  primary key (lane, minute)
);
create index lane_minute_minute on lane_minute (minute);
