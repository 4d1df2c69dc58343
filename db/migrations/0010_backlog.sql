-- Depth of every lane and outside queue as the backlog watch saw it.
create table backlog_sample (
  subject text not null,
  at timestamptz not null,
  depth bigint not null,
  dead bigint not null,
  oldest_seconds int not null,
  primary key (subject, at)
);
create index backlog_sample_at on backlog_sample (at);
