-- What the migrations add up to. Written by `npm run schema`, checked by the tests; never edit it, write a migration.

CREATE OR REPLACE FUNCTION public.audit_entry_is_append_only()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'audit_entry is append-only';
end $function$;

CREATE OR REPLACE FUNCTION public.holdfast_create_partition(parent text, child text, from_at timestamp with time zone, to_at timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  if to_regclass(child) is null then
    execute format('create table %I partition of %I for values from (%L) to (%L)', child, parent, from_at, to_at);
  end if;
end $function$;

create table account (
  id bigint generated always as identity not null,
  name text not null,
  role text not null,
  locale text default 'zh-CN'::text not null,
  password text,
  disabled boolean default false not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint account_pkey PRIMARY KEY (id),
  constraint account_role_check CHECK (role = ANY (ARRAY['admin'::text, 'operator'::text, 'warehouse'::text, 'finance'::text, 'viewer'::text]))
);
CREATE UNIQUE INDEX account_name ON account USING btree (lower(name));

create table account_session (
  token_hash bytea not null,
  account_id bigint not null,
  created_at timestamp with time zone not null,
  seen_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  address text not null,
  agent text not null,
  constraint account_session_pkey PRIMARY KEY (token_hash)
);
CREATE INDEX account_session_account ON account_session USING btree (account_id);
CREATE INDEX account_session_expiry ON account_session USING btree (expires_at);

create table api_key (
  id text not null,
  name text not null,
  secret_hash bytea not null,
  scopes text[] not null,
  created_by text not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone,
  last_used_at timestamp with time zone,
  revoked_at timestamp with time zone,
  constraint api_key_pkey PRIMARY KEY (id)
);

create table audit_entry (
  id bigint generated always as identity not null,
  at timestamp with time zone not null,
  actor_kind text not null,
  actor_id text not null,
  actor_name text not null,
  action text not null,
  subject text,
  detail jsonb not null,
  address text,
  constraint audit_entry_pkey PRIMARY KEY (id),
  constraint audit_entry_actor_kind_check CHECK (actor_kind = ANY (ARRAY['user'::text, 'key'::text, 'system'::text]))
);

create table connection (
  id text not null,
  kind text not null,
  name text not null,
  settings jsonb default '{}'::jsonb not null,
  secrets bytea not null,
  zone text,
  callback_token text not null,
  paused boolean default false not null,
  stream_state text,
  stream_words text,
  last_test jsonb,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null,
  constraint connection_pkey PRIMARY KEY (id),
  constraint connection_callback_token_key UNIQUE (callback_token)
);

create table connection_cursor (
  connection_id text not null,
  polled_to timestamp with time zone not null,
  updated_at timestamp with time zone default now() not null,
  constraint connection_cursor_pkey PRIMARY KEY (connection_id)
);

create table drift (
  order_id bigint not null,
  field text not null,
  cause text not null,
  since timestamp with time zone,
  until timestamp with time zone,
  claims jsonb not null,
  constraint drift_pkey PRIMARY KEY (order_id, field)
);
CREATE INDEX drift_open ON drift USING btree (since) WHERE (until IS NULL);
CREATE INDEX drift_since ON drift USING btree (since, order_id);

create table fact (
  subject text not null,
  id uuid not null,
  kind text not null,
  at timestamp with time zone,
  at_raw text not null,
  at_zone text,
  at_provenance text not null,
  source text not null,
  code text not null,
  detail jsonb not null,
  tracking_no text,
  message_id text not null,
  received_at timestamp with time zone not null,
  constraint fact_pkey PRIMARY KEY (subject, id),
  constraint fact_at_provenance_check CHECK (at_provenance = ANY (ARRAY['explicit_offset'::text, 'carrier_zone'::text, 'place_zone'::text, 'ambiguous'::text]))
) partition by HASH (subject);
CREATE INDEX fact_tracking ON ONLY fact USING btree (tracking_no) WHERE (tracking_no IS NOT NULL);

create table fact_0 partition of fact FOR VALUES WITH (modulus 4, remainder 0);

create table fact_1 partition of fact FOR VALUES WITH (modulus 4, remainder 1);

create table fact_2 partition of fact FOR VALUES WITH (modulus 4, remainder 2);

create table fact_3 partition of fact FOR VALUES WITH (modulus 4, remainder 3);

create table import_error (
  run_id bigint not null,
  row_no integer not null,
  column_name text not null,
  code text not null,
  value text not null,
  message text not null,
  constraint import_error_pkey PRIMARY KEY (run_id, row_no, column_name, code)
);

create table import_file (
  id text not null,
  name text not null,
  bytes bigint not null,
  format text not null,
  encoding text,
  stored boolean not null,
  uploaded_by text not null,
  uploaded_at timestamp with time zone not null,
  last_used_at timestamp with time zone not null,
  constraint import_file_pkey PRIMARY KEY (id),
  constraint import_file_format_check CHECK (format = ANY (ARRAY['csv'::text, 'xlsx'::text]))
);
CREATE INDEX import_file_stored ON import_file USING btree (last_used_at) WHERE stored;

create table import_order (
  connection_id text not null,
  order_no text collate "C" not null,
  digest uuid not null,
  uploaded_at timestamp with time zone not null,
  constraint import_order_pkey PRIMARY KEY (connection_id, order_no, digest)
);

create table import_row (
  run_id bigint not null,
  order_no text collate "C" not null,
  row_no integer not null,
  cells text not null,
  constraint import_row_pkey PRIMARY KEY (run_id, order_no, row_no)
);

create table import_run (
  id bigint generated always as identity not null,
  job_id bigint,
  dry_run boolean not null,
  file_id text not null,
  connection_id text,
  template jsonb not null,
  created_by text not null,
  created_at timestamp with time zone not null,
  staged_row integer default 0 not null,
  staged boolean default false not null,
  counted_to text collate "C" default ''::text not null,
  sent_to text collate "C" default ''::text not null,
  tally jsonb default '{}'::jsonb not null,
  result jsonb,
  ended_at timestamp with time zone,
  constraint import_run_pkey PRIMARY KEY (id),
  constraint import_run_job_id_key UNIQUE (job_id)
);
CREATE INDEX import_run_open ON import_run USING btree (created_at) WHERE (ended_at IS NULL);

create table import_template (
  id bigint generated always as identity not null,
  name text not null,
  template jsonb not null,
  updated_by text not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint import_template_pkey PRIMARY KEY (id),
  constraint import_template_name_key UNIQUE (name)
);

create table inbox_key (
  key uuid not null,
  message_id bigint not null,
  day date not null,
  constraint inbox_key_pkey PRIMARY KEY (key)
);
CREATE INDEX inbox_key_day ON inbox_key USING brin (day);

create table inbox_message (
  id bigint generated always as identity not null,
  received_at timestamp with time zone not null,
  connection_id text not null,
  transport text not null,
  topic text not null,
  dedup_key text not null,
  order_no text,
  headers text not null,
  body bytea not null,
  verdict text not null,
  refusal_code text,
  refusal_detail text,
  response_status integer not null,
  response_body text not null,
  latency_us integer not null,
  constraint inbox_message_pkey PRIMARY KEY (id, received_at),
  constraint inbox_message_transport_check CHECK (transport = ANY (ARRAY['http'::text, 'stream'::text, 'poll'::text, 'fetch'::text, 'file'::text, 'api'::text])),
  constraint inbox_message_verdict_check CHECK (verdict = ANY (ARRAY['accepted'::text, 'duplicate'::text, 'challenge'::text, 'rejected'::text]))
) partition by RANGE (received_at);
CREATE INDEX inbox_message_connection ON ONLY inbox_message USING btree (connection_id, id DESC);
CREATE INDEX inbox_message_order ON ONLY inbox_message USING btree (order_no, id DESC) WHERE (order_no IS NOT NULL);
CREATE INDEX inbox_message_refused ON ONLY inbox_message USING btree (verdict, id DESC) WHERE (verdict = ANY (ARRAY['rejected'::text, 'challenge'::text]));

create table inbox_subject (
  subject text not null,
  message_id bigint not null,
  received_at timestamp with time zone not null,
  constraint inbox_subject_pkey PRIMARY KEY (subject, message_id, received_at)
) partition by RANGE (received_at);
CREATE INDEX inbox_subject_message ON ONLY inbox_subject USING brin (message_id) WITH (pages_per_range='16', autosummarize='on');

create table inbox_task (
  message_id bigint not null,
  received_at timestamp with time zone not null,
  lane text not null,
  replay boolean default false not null,
  state text default 'pending'::text not null,
  attempts integer default 0 not null,
  park_code text,
  park_detail text,
  parked_at timestamp with time zone,
  constraint inbox_task_pkey PRIMARY KEY (message_id),
  constraint inbox_task_state_check CHECK (state = ANY (ARRAY['pending'::text, 'parked'::text]))
);
CREATE INDEX inbox_task_parked ON inbox_task USING btree (park_code, message_id DESC) WHERE (state = 'parked'::text);
CREATE INDEX inbox_task_pending ON inbox_task USING btree (replay, message_id) WHERE (state = 'pending'::text);

create table job (
  id bigint generated always as identity not null,
  kind text not null,
  key text,
  state text default 'queued'::text not null,
  payload jsonb not null,
  progress bigint default 0 not null,
  total bigint,
  result jsonb,
  error text,
  attempts integer default 0 not null,
  not_before timestamp with time zone default now() not null,
  heartbeat_at timestamp with time zone,
  created_by text not null,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null,
  constraint job_pkey PRIMARY KEY (id),
  constraint job_key_key UNIQUE (key),
  constraint job_state_check CHECK (state = ANY (ARRAY['queued'::text, 'running'::text, 'done'::text, 'failed'::text, 'cancelled'::text]))
);
CREATE INDEX job_due ON job USING btree (not_before) WHERE (state = ANY (ARRAY['queued'::text, 'running'::text]));
CREATE INDEX job_recent ON job USING btree (id DESC);

create table journal (
  id bigint generated always as identity not null,
  at timestamp with time zone default now() not null,
  kind text not null,
  order_id bigint,
  data jsonb not null,
  constraint journal_pkey PRIMARY KEY (id, at)
) partition by RANGE (at);
CREATE INDEX journal_order ON ONLY journal USING btree (order_id, id DESC) WHERE (order_id IS NOT NULL);

create table mapping_unknown (
  kind text not null,
  connection_id text not null,
  code text not null,
  seen bigint not null,
  first_at timestamp with time zone not null,
  last_at timestamp with time zone not null,
  sample_message text not null,
  constraint mapping_unknown_pkey PRIMARY KEY (kind, connection_id, code)
);

create table mapping_version (
  id bigint generated always as identity not null,
  kind text not null,
  connection_id text,
  version integer not null,
  state text not null,
  rules jsonb not null,
  note text not null,
  author text not null,
  created_at timestamp with time zone default now() not null,
  published_at timestamp with time zone,
  constraint mapping_version_pkey PRIMARY KEY (id),
  constraint mapping_version_state_check CHECK (state = ANY (ARRAY['draft'::text, 'live'::text, 'retired'::text]))
);
CREATE UNIQUE INDEX mapping_version_live ON mapping_version USING btree (kind, COALESCE(connection_id, ''::text)) WHERE (state = 'live'::text);
CREATE UNIQUE INDEX mapping_version_number ON mapping_version USING btree (kind, COALESCE(connection_id, ''::text), version);

create table order_key (
  id bigint generated always as identity not null,
  connection_id text not null,
  order_no text not null,
  constraint order_key_pkey PRIMARY KEY (id),
  constraint order_key_connection_id_order_no_key UNIQUE (connection_id, order_no)
);
CREATE INDEX order_key_no ON order_key USING btree (order_no);

create table order_line (
  order_id bigint not null,
  line_id text not null,
  connection_id text not null,
  shop_sku text not null,
  stock_sku text,
  title text not null,
  quantity integer not null,
  gift boolean not null,
  constraint order_line_pkey PRIMARY KEY (order_id, line_id),
  constraint order_line_quantity_check CHECK (quantity > 0)
);
CREATE INDEX order_line_stock_sku ON order_line USING btree (stock_sku) WHERE (stock_sku IS NOT NULL);
CREATE INDEX order_line_unmatched ON order_line USING btree (connection_id, shop_sku) WHERE (stock_sku IS NULL);

create table order_register (
  order_id bigint not null,
  part text not null,
  version numeric not null,
  hash bytea not null,
  value bytea not null,
  message_id text not null,
  received_at timestamp with time zone not null,
  constraint order_register_pkey PRIMARY KEY (order_id, part)
);

create table order_subject (
  subject text not null,
  order_id bigint not null,
  constraint order_subject_pkey PRIMARY KEY (subject, order_id)
);
CREATE INDEX order_subject_order ON order_subject USING btree (order_id);

create table order_tally (
  connection_id text not null,
  status text not null,
  slot smallint not null,
  count bigint not null,
  constraint order_tally_pkey PRIMARY KEY (connection_id, status, slot)
);

create table outbox_intent (
  id bigint generated always as identity not null,
  key text not null,
  effect text not null,
  connection_id text not null,
  order_id bigint,
  payload jsonb not null,
  state text default 'pending'::text not null,
  attempts integer default 0 not null,
  not_before timestamp with time zone default now() not null,
  last_code text,
  last_detail text,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null,
  constraint outbox_intent_pkey PRIMARY KEY (id),
  constraint outbox_intent_key_key UNIQUE (key),
  constraint outbox_intent_state_check CHECK (state = ANY (ARRAY['pending'::text, 'sending'::text, 'unknown'::text, 'done'::text, 'refused'::text, 'moot'::text, 'dead'::text]))
);
CREATE INDEX outbox_intent_due ON outbox_intent USING btree (not_before) WHERE (state = ANY (ARRAY['pending'::text, 'sending'::text, 'unknown'::text]));
CREATE INDEX outbox_intent_order ON outbox_intent USING btree (order_id) WHERE (order_id IS NOT NULL);
CREATE INDEX outbox_intent_state ON outbox_intent USING btree (state, id DESC);

create table sales_order (
  id bigint generated by default as identity not null,
  connection_id text not null,
  order_no text not null,
  status text not null,
  placed_at timestamp with time zone,
  paid_at timestamp with time zone,
  shipped_at timestamp with time zone,
  delivered_at timestamp with time zone,
  ship_by timestamp with time zone,
  currency text,
  payable_minor bigint,
  item_count integer default 0 not null,
  parcel_count integer default 0 not null,
  unmatched_lines integer default 0 not null,
  drift_count integer default 0 not null,
  after_sale text default 'none'::text not null,
  report text default 'none'::text not null,
  region text,
  recipient_masked text,
  buyer_note text,
  seller_note text,
  first_title text,
  sort_at timestamp with time zone not null,
  record jsonb not null,
  digest bytea not null,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null,
  constraint sales_order_pkey PRIMARY KEY (id),
  constraint sales_order_connection_id_order_no_key UNIQUE (connection_id, order_no),
  constraint sales_order_report_check CHECK (report = ANY (ARRAY['none'::text, 'due'::text, 'accepted'::text, 'refused'::text, 'unknown'::text]))
);
CREATE INDEX sales_order_after_sale ON sales_order USING btree (sort_at DESC, id DESC) WHERE (after_sale = 'requested'::text);
CREATE INDEX sales_order_connection ON sales_order USING btree (connection_id, status, sort_at DESC, id DESC);
CREATE INDEX sales_order_drift ON sales_order USING btree (sort_at DESC, id DESC) WHERE (drift_count > 0);
CREATE INDEX sales_order_drift_status ON sales_order USING btree (status, sort_at DESC, id DESC) WHERE (drift_count > 0);
CREATE INDEX sales_order_due ON sales_order USING btree (status, ship_by, id) WHERE (ship_by IS NOT NULL);
CREATE INDEX sales_order_no ON sales_order USING btree (order_no text_pattern_ops);
CREATE INDEX sales_order_recent ON sales_order USING btree (sort_at DESC, id DESC);
CREATE INDEX sales_order_report ON sales_order USING btree (report, sort_at DESC, id DESC) WHERE (report = ANY (ARRAY['due'::text, 'refused'::text, 'unknown'::text]));
CREATE INDEX sales_order_status ON sales_order USING btree (status, sort_at DESC, id DESC);
CREATE INDEX sales_order_unmatched ON sales_order USING btree (sort_at DESC, id DESC) WHERE (unmatched_lines > 0);

create table saved_view (
  id bigint generated always as identity not null,
  owner text not null,
  name text not null,
  filter jsonb not null,
  shared boolean default false not null,
  created_at timestamp with time zone default now() not null,
  constraint saved_view_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX saved_view_name ON saved_view USING btree (owner, name);

create table schema_migration (
  name text not null,
  sha256 text not null,
  applied_at timestamp with time zone default now() not null,
  constraint schema_migration_pkey PRIMARY KEY (name)
);

create table setting (
  name text not null,
  value jsonb not null,
  updated_at timestamp with time zone default now() not null,
  constraint setting_pkey PRIMARY KEY (name)
);

create table sign_in_failure (
  key text not null,
  failures integer not null,
  first_at timestamp with time zone not null,
  blocked_until timestamp with time zone not null,
  constraint sign_in_failure_pkey PRIMARY KEY (key)
);
CREATE INDEX sign_in_failure_age ON sign_in_failure USING btree (first_at);

create table sign_in_link (
  token_hash bytea not null,
  account_id bigint not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  used_at timestamp with time zone,
  constraint sign_in_link_pkey PRIMARY KEY (token_hash)
);

create table sku_mapping (
  connection_id text not null,
  shop_sku text not null,
  stock_sku text not null,
  updated_by text not null,
  updated_at timestamp with time zone default now() not null,
  constraint sku_mapping_pkey PRIMARY KEY (connection_id, shop_sku)
);

alter table account_session add constraint account_session_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id);

alter table connection_cursor add constraint connection_cursor_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES connection(id) ON DELETE CASCADE;

alter table import_error add constraint import_error_run_id_fkey FOREIGN KEY (run_id) REFERENCES import_run(id) ON DELETE CASCADE;

alter table import_row add constraint import_row_run_id_fkey FOREIGN KEY (run_id) REFERENCES import_run(id) ON DELETE CASCADE;

alter table import_run add constraint import_run_file_id_fkey FOREIGN KEY (file_id) REFERENCES import_file(id);

alter table sign_in_link add constraint sign_in_link_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id);

CREATE TRIGGER audit_entry_append_only BEFORE DELETE OR UPDATE ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_entry_is_append_only();

CREATE TRIGGER audit_entry_no_truncate BEFORE TRUNCATE ON audit_entry FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_is_append_only();
