-- Forced unlock 强制解锁: who asks, who approves, what it frees and what it endangers.
create table unlock_request (
  id bigint generated always as identity primary key,
  hold_id bigint not null,
  hold_key text not null,
  state text not null check (state in ('waiting', 'approved', 'rejected', 'withdrawn', 'moot')),
  reason text not null,
  -- What the asker was shown: lines, order, buyer's promise, what is short.
  frees jsonb not null,
  endangers jsonb not null,
  asked_by text not null,
  asked_by_id text not null,
  asked_at timestamptz not null,
  decided_by text,
  decided_at timestamptz,
  decision_words text,
  -- The same figures as they were when it was decided.
  decided_figures jsonb
);
create unique index unlock_request_open on unlock_request (hold_id) where state = 'waiting';
create index unlock_request_list on unlock_request (state, asked_at desc, id desc);
-- What the hourly look at the ledger found and what a repair did.
create table ledger_check (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  took_ms int not null,
  levels bigint not null,
  holds bigint not null,
  faults jsonb not null,
  repaired_at timestamptz,
  repaired_by text,
  repair jsonb
);
create index ledger_check_at on ledger_check (at desc);
