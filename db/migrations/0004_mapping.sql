-- Versions of the status mapping of a connector kind (connection_id null) or of one connection.
create table mapping_version (
  id bigint generated always as identity primary key,
  kind text not null,
  connection_id text,
  version int not null,
  state text not null check (state in ('draft', 'live', 'retired')),
  rules jsonb not null,
  note text not null,
  author text not null,
  created_at timestamptz not null default now(),
  published_at timestamptz
);
create unique index mapping_version_number on mapping_version (kind, coalesce(connection_id, ''), version);
create unique index mapping_version_live on mapping_version (kind, coalesce(connection_id, '')) where state = 'live';

-- Upstream codes nobody has decided yet: parked, counted, never guessed.
create table mapping_unknown (
  kind text not null,
  connection_id text not null,
  code text not null,
  seen bigint not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  sample_message text not null,
  primary key (kind, connection_id, code)
);
