-- Drills 演练: who trained on which incident, how it went, and what was asked of the process that runs it.
create table drill_run (
  id bigint generated always as identity primary key,
  scenario_id text not null,
  -- {"zh","en"}, as offered then: an own scenario may be gone by now.
  title jsonb not null,
  -- [{"id","words"}], to choose from.
  causes jsonb not null,
  -- [{"id","words"}], what others can be asked to do outside the hub.
  actions jsonb not null,
  -- Alarm rules that it trains.
  rules text[] not null,
  minutes int not null,
  hints int not null,
  actor_kind text not null,
  actor_id text not null,
  actor_name text not null,
  -- Virtual seconds per second.
  speed double precision not null,
  state text not null check (state in ('starting', 'running', 'ended', 'failed')),
  -- The hub process that holds the sandbox.
  process text not null,
  started_at timestamptz not null,
  -- When that process last looked at it.
  seen_at timestamptz not null,
  ended_at timestamptz,
  -- [{"cause","right"}] in the order given.
  answers jsonb not null default '[]',
  -- The last look: goals, hints, timeline, score, debrief.
  look jsonb,
  points int,
  to_notice double precision,
  to_find double precision,
  to_fix double precision,
  orders_hurt int,
  problem text
);
-- One running drill a person.
create unique index drill_run_open on drill_run (actor_kind, actor_id) where state in ('starting', 'running');
create index drill_run_of on drill_run (actor_kind, actor_id, scenario_id, id desc);
-- What came to another process than the one with the sandbox.
create table drill_ask (
  id bigint generated always as identity primary key,
  run_id bigint not null references drill_run (id) on delete cascade,
  -- {"what":"hint"} {"what":"answer","cause"} {"what":"act","action"} {"what":"speed","speed"} {"what":"end"}
  command jsonb not null,
  -- {"kind","id","name"}
  actor jsonb not null,
  asked_at timestamptz not null,
  answer jsonb
);
create index drill_ask_open on drill_ask (run_id, id) where answer is null;
