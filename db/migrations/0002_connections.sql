-- Shops, carrier accounts and feeds. `secrets` is the encrypted JSON of the secret settings.
create table connection (
  id text primary key,
  kind text not null,
  name text not null,
  settings jsonb not null default '{}',
  secrets bytea not null,
  zone text,
  callback_token text not null unique,
  paused boolean not null default false,
  stream_state text,
  stream_words text,
  last_test jsonb,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

-- How far the increment poll of a connection has read.
create table connection_cursor (
  connection_id text primary key references connection (id) on delete cascade,
  polled_to timestamptz not null,
  updated_at timestamptz not null default now()
);
