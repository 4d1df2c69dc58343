-- What connections live by 凭证: ends that a person typed, how refreshing went, and who said no.
create table credential_term (
  connection_id text not null references connection (id) on delete cascade,
  field text not null,
  expires_at timestamptz not null,
  note text not null default '',
  updated_by text not null,
  updated_at timestamptz not null,
  primary key (connection_id, field)
);
create table credential_refresh (
  connection_id text primary key references connection (id) on delete cascade,
  -- One process at a time makes the call; a dead one's turn ends by itself.
  leased_until timestamptz,
  tried_at timestamptz,
  refreshed_at timestamptz,
  -- How long the last ones lived, as their protocol said.
  expires_at timestamptz,
  failures int not null default 0,
  failing_since timestamptz,
  code text,
  detail text
);
-- Who refused us, by side and kind of trouble; one row as long as it lasts, kept a while after.
create table credential_refusal (
  connection_id text not null references connection (id) on delete cascade,
  -- outward: the system refused our call; inward: we refused its push.
  side text not null check (side in ('outward', 'inward')),
  trouble text not null check (trouble in ('ip_refused', 'signature_refused', 'expired', 'refused', 'no_permission')),
  -- Name of the call; empty for pushes.
  call text not null default '',
  code text not null,
  detail text not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  times bigint not null,
  -- The last time that it went well after it.
  well_at timestamptz,
  primary key (connection_id, side, trouble, call)
);
