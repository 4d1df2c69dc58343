-- What callbacks, streams and polls brought each connection per minute, added up over processes. Requests to an address that no
-- connection has are counted under the id "unknown".
create table callback_minute (
  connection_id text not null,
  minute timestamptz not null,
  accepted bigint not null default 0,
  duplicate bigint not null default 0,
  challenge bigint not null default 0,
  rejected bigint not null default 0,
  -- Rejected because of a signature, a time stamp or a token.
  forged bigint not null default 0,
  -- Answered "come back later".
  unavailable bigint not null default 0,
  -- Answered after the platform's deadline.
  late bigint not null default 0,
  latency_us_sum bigint not null default 0,
  latency_us_max bigint not null default 0,
  -- When the last accepted or repeated message of this minute came.
  last_at timestamptz,
  -- Counts by answered status, and rejections by code: {"200": 12}, {"shopify.signature_wrong": 3}.
  statuses jsonb not null default '{}',
  codes jsonb not null default '{}',
  -- Scheme and host under which the platform called us, with counts: {"http://old.example": 4}.
  origins jsonb not null default '{}',
  primary key (connection_id, minute)
);
create index callback_minute_minute on callback_minute (minute);

-- Adds two objects of counts, name by name.
create function holdfast_add_counts(a jsonb, b jsonb) returns jsonb language sql immutable as $$
  select case when a = '{}' then b when b = '{}' then a else (
    select jsonb_object_agg(name, total) from (
      select name, sum(value::bigint) as total
      from (select * from jsonb_each_text(a) union all select * from jsonb_each_text(b)) as both_sides (name, value)
      group by name) as added) end
$$;

-- The rhythm learned: messages to expect in each hour of the week, in the hub's zone.
create table callback_rhythm (
  connection_id text not null,
  hour_of_week smallint not null check (hour_of_week between 0 and 167),
  expected_per_hour double precision not null,
  weeks int not null,
  learned_at timestamptz not null,
  primary key (connection_id, hour_of_week)
);

-- What an operator set for one connection, and what the platform has on record.
create table callback_watch (
  connection_id text primary key references connection (id) on delete cascade,
  watched boolean not null default true,
  -- Silence of this many minutes is alarmed whatever was learned; null leaves it to the rhythm.
  silence_minutes int check (silence_minutes between 1 and 10080),
  -- The callback addresses that the platform has; it may have one per topic.
  registered_urls jsonb not null default '[]',
  registered_read_at timestamptz,
  -- 'platform' or the name of the person who typed them.
  registered_by text,
  -- Why the platform could not be asked, last time: a code and words.
  read_problem text
);

-- The last look at the certificate of each public address.
create table tls_probe (
  address text primary key,
  at timestamptz not null,
  outcome jsonb not null
);
