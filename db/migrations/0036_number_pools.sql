-- Stocks of waybill numbers 号段与余额: our own segments, balances at carriers, and how fast they go.
create table number_pool (
  account_id bigint primary key references carrier_account (id) on delete cascade,
  -- segment: out of number_segment; balance: the carrier counts.
  kind text not null check (kind in ('segment', 'balance')),
  -- Numbers left below which it is low; null: the setting.
  low_at int check (low_at between 0 and 100000000),
  -- The account that is used instead while this one is low.
  fail_over_to bigint references carrier_account (id) on delete set null,
  -- What happens when it is low: none, a record that people are told of, or a call to the branch's own address.
  refill text not null default 'notice' check (refill in ('none', 'notice', 'post')),
  refill_count int not null default 5000 check (refill_count between 1 and 10000000),
  refill_url text,
  -- Sealed; signs the call.
  refill_secret bytea,
  -- What the last look found; the figures of the moment are reckoned from these.
  rate_per_hour double precision not null default 0,
  threshold int not null default 500,
  threshold_hours int not null default 2,
  looked_at timestamptz,
  -- A balance as the carrier told it last, and how the last question ended.
  balance int,
  balance_unlimited boolean not null default false,
  balance_at timestamptz,
  asked_at timestamptz,
  ask_code text,
  ask_detail text,
  ask_failing_since timestamptz,
  updated_by text not null,
  updated_at timestamptz not null,
  check (fail_over_to is null or fail_over_to <> account_id),
  check (refill <> 'post' or (refill_url is not null and refill_secret is not null))
);
create table number_segment (
  id bigint generated always as identity primary key,
  account_id bigint not null references carrier_account (id),
  carrier text not null,
  -- As printed: prefix, serial of `width` digits, check digit by its rule, suffix.
  prefix text not null default '' check (prefix ~ '^[A-Z0-9]{0,12}$'),
  suffix text not null default '' check (suffix ~ '^[A-Z]{0,4}$'),
  width int not null check (width between 1 and 17),
  check_rule text not null check (check_rule in ('none', 's10', 'mod7', 'gs1')),
  first_serial bigint not null check (first_serial >= 0),
  last_serial bigint not null,
  -- The one that is given out next; last_serial + 1 when all are gone.
  next_serial bigint not null,
  state text not null default 'active' check (state in ('active', 'retired')),
  -- The digits of its numbers as they are printed, those at the end of the prefix and the check digit with them, and what stands before
  -- them: two segments of a carrier with equal stem, suffix and number of digits must not cross.
  stem text not null,
  digits int not null,
  printed_from bigint not null,
  printed_to bigint not null,
  note text not null default '',
  application_id bigint,
  added_by text not null,
  added_at timestamptz not null,
  retired_by text,
  retired_at timestamptz,
  check (first_serial <= last_serial and next_serial between first_serial and last_serial + 1)
);
create index number_segment_open on number_segment (account_id, id) where state = 'active' and next_serial <= last_serial;
create index number_segment_shape on number_segment (carrier, stem, suffix, digits);
create index number_segment_list on number_segment (account_id, id desc);
-- Which reference got which number, for ever: asked again, it gets the same; and the database itself refuses to give one twice.
create table number_taken (
  reference text not null,
  account_id bigint not null,
  carrier text not null,
  segment_id bigint not null references number_segment (id),
  serial bigint not null,
  tracking_no text not null,
  taken_at timestamptz not null,
  primary key (reference, account_id),
  unique (segment_id, serial),
  unique (carrier, tracking_no)
);
create index number_taken_recent on number_taken (account_id, taken_at);
create table number_balance (
  account_id bigint not null references carrier_account (id) on delete cascade,
  at timestamptz not null,
  -- Null: without limit.
  left_count int,
  -- What the reckoning said just before; null at the first one.
  reckoned int,
  primary key (account_id, at)
);
-- Asking a branch for more: no carrier has a public interface for it, so it is a record that people see, and where the branch gave an
-- address, a call to it.
create table number_application (
  id bigint generated always as identity primary key,
  account_id bigint not null references carrier_account (id) on delete cascade,
  -- open: people are told; sending: the branch's address is being called; taken: it said yes, the numbers are on their way; refused: it
  -- said no, a person goes after it; filled: the numbers are here; closed: not needed any more.
  state text not null check (state in ('open', 'sending', 'taken', 'refused', 'filled', 'closed')),
  wanted int not null check (wanted > 0),
  left_count int,
  because text not null check (because in ('low', 'empty', 'by_hand')),
  note text not null default '',
  code text,
  detail text,
  asked_by text not null,
  asked_at timestamptz not null,
  updated_at timestamptz not null,
  ended_at timestamptz
);
create unique index number_application_one on number_application (account_id) where state in ('open', 'sending', 'taken', 'refused');
create index number_application_list on number_application (account_id, id desc);
-- Numbers that a balance lost since the carrier told it, and how fast.
create index waybill_of_account on waybill (account_id, issued_at) where issued_at is not null;
