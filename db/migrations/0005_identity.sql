-- Who may enter: people, their sessions and one-time links, programs' keys, and what was done by whom.

create table account (
  id bigint generated always as identity primary key,
  name text not null,
  role text not null check (role in ('admin', 'operator', 'warehouse', 'finance', 'viewer')),
  locale text not null default 'zh-CN',
  -- scrypt with its parameters and salt; null until the person has set one by a sign-in link.
  password text,
  disabled boolean not null default false,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create unique index account_name on account (lower(name));

-- Only hashes of tokens are stored: a copy of this table opens no session.
create table account_session (
  token_hash bytea primary key,
  account_id bigint not null references account (id),
  created_at timestamptz not null,
  seen_at timestamptz not null,
  expires_at timestamptz not null,
  address text not null,
  agent text not null
);
create index account_session_account on account_session (account_id);
create index account_session_expiry on account_session (expires_at);

create table sign_in_link (
  token_hash bytea primary key,
  account_id bigint not null references account (id),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz
);

-- Failed sign-ins per name and per address; rows older than the window are swept by the next failure.
create table sign_in_failure (
  key text primary key,
  failures int not null,
  first_at timestamptz not null,
  blocked_until timestamptz not null
);
create index sign_in_failure_age on sign_in_failure (first_at);

create table api_key (
  id text primary key,
  name text not null,
  secret_hash bytea not null,
  scopes text[] not null,
  created_by text not null,
  created_at timestamptz not null,
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz
);

-- Append-only, enforced below for every role that goes through SQL.
create table audit_entry (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  actor_kind text not null check (actor_kind in ('user', 'key', 'system')),
  actor_id text not null,
  actor_name text not null,
  action text not null,
  subject text,
  detail jsonb not null,
  address text
);

create function audit_entry_is_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'audit_entry is append-only';
end $$;
create trigger audit_entry_append_only before update or delete on audit_entry
  for each row execute function audit_entry_is_append_only();
create trigger audit_entry_no_truncate before truncate on audit_entry
  for each statement execute function audit_entry_is_append_only();
