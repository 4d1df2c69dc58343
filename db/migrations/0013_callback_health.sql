-- What callbacks, streams and polls brought each connection per minute, added up over processes.
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
  -- Counts by answered status, and rejections by code: {"200": 12}, {"shopify.signature_wrong": 3}.
  statuses jsonb not null default '{}',
  codes jsonb not null default '{}',
  -- Scheme and host under which the platform called us, with counts: {"http://old.example": 4}.
  origins jsonb not null default '{}',
  primary key (connection_id, minute)
);
create index callback_minute_minute on callback_minute (minute);

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
  registered_url text,
  registered_read_at timestamptz,
  registered_by text
);

-- The last look at the certificate of each public address.
create table tls_probe (
  address text primary key,
  at timestamptz not null,
  outcome jsonb not null
);
