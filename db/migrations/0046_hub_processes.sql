-- The processes of the hub 进程: who lives, what it does, and whose work has to be taken over. A process also holds the advisory lock
-- `holdfast.process.<id>` for as long as it has a connection, so that the others see it gone before its silence is long.
create table hub_process (
  id text primary key,
  roles text[] not null,
  version text not null,
  host text not null,
  pid int not null,
  -- Which machine and which room of process numbers on it; the same text means that `pid` can be looked up from there.
  home text not null,
  -- Tells the process from a later one with the same number; empty where the machine does not say.
  pid_mark text not null default '',
  url text not null default '',
  state text not null default 'running' check (state in ('running', 'draining')),
  started_at timestamptz not null,
  -- By the clock of the database, like `gone_at`.
  seen_at timestamptz not null,
  -- Since when the others take it for dead; null again should it turn up.
  gone_at timestamptz,
  cpu_percent real not null default 0,
  memory_bytes bigint not null default 0,
  loop_delay_ms real not null default 0,
  accepted_per_second real not null default 0,
  interpreted_per_second real not null default 0,
  effects_per_second real not null default 0
);
-- Whose call, whose job: what its process left behind is freed as soon as that is gone, and not when a long lease is over.
alter table outbox_intent add column owner text;
alter table job add column owner text;
