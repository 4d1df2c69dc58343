-- Depth of every lane (`lane:<name>`) and outside queue (`queue:<connection>`) as the backlog watch saw it, the deepest of every
-- quarter of a minute, and beside it how many batches each process interpreted at a time (`workers:<process>`).
create table backlog_sample (
  subject text not null,
  at timestamptz not null,
  depth bigint not null,
  dead bigint not null,
  oldest_seconds int not null,
  primary key (subject, at)
);
create index backlog_sample_at on backlog_sample (at);

-- Dead letters are counted and put back lane by lane and reason by reason.
create index inbox_task_dead on inbox_task (lane, park_code, message_id desc) where state = 'parked';
