-- What the migrations add up to. Written by `npm run schema`, checked by the tests; never edit it, write a migration.

CREATE OR REPLACE FUNCTION public.audit_entry_is_append_only()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'audit_entry is append-only';
end $function$;

CREATE OR REPLACE FUNCTION public.holdfast_add_counts(a jsonb, b jsonb)
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select case when a = '{}' then b when b = '{}' then a else (
    select jsonb_object_agg(name, total) from (
      select name, sum(value::bigint) as total
      from (select * from jsonb_each_text(a) union all select * from jsonb_each_text(b)) as both_sides (name, value)
      group by name) as added) end
$function$;

CREATE OR REPLACE FUNCTION public.holdfast_create_partition(parent text, child text, from_at timestamp with time zone, to_at timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  if to_regclass(child) is null then
    execute format('create table %I partition of %I for values from (%L) to (%L)', child, parent, from_at, to_at);
  end if;
end $function$;

CREATE OR REPLACE FUNCTION public.plan_is_held(lead bigint, orders bigint[])
 RETURNS boolean
 LANGUAGE plpgsql
 STABLE
AS $function$
begin
  return exists (select from order_plan where lead_id = lead and state = 'held')
    or exists (select from sales_order where id = any(orders) and status = 'on_hold')
    or exists (
      select from plan_hold h join order_plan p on p.order_id = h.order_id
      where p.lead_id = lead and p.state <> 'ended' and h.released_at is null);
end $function$;

CREATE OR REPLACE FUNCTION public.severity_rank(severity text)
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select case severity when 'critical' then 3 when 'warning' then 2 when 'info' then 1 else 0 end
$function$;

CREATE OR REPLACE FUNCTION public.stock_oversold()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  -- A repair sets counters to what is truly held, even where that is more than there is: this guards against new takers.
  if current_setting('holdfast.repair', true) = 'on' then return null; end if;
  raise exception 'stock of % at % would be oversold by %', new.sku, new.warehouse, -new.available
    using errcode = 'HF001';
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
  shops text[],
  constraint account_pkey PRIMARY KEY (id),
  constraint account_role_check CHECK (role = ANY (ARRAY['admin'::text, 'operator'::text, 'warehouse'::text, 'finance'::text, 'viewer'::text])),
  constraint account_shops_check CHECK (shops IS NULL OR cardinality(shops) >= 1 AND cardinality(shops) <= 200 AND role <> 'admin'::text)
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

create table alarm (
  id bigint generated always as identity not null,
  rule text not null,
  subject text not null,
  severity text not null,
  previous_severity text,
  state text default 'open'::text not null,
  zh text not null,
  en text not null,
  evidence jsonb not null,
  link text,
  times integer default 1 not null,
  opened_at timestamp with time zone not null,
  last_at timestamp with time zone not null,
  acknowledged_at timestamp with time zone,
  acknowledged_by text,
  note text,
  resolved_at timestamp with time zone,
  resolved_by text,
  constraint alarm_pkey PRIMARY KEY (id),
  constraint alarm_severity_check CHECK (severity = ANY (ARRAY['info'::text, 'warning'::text, 'critical'::text])),
  constraint alarm_state_check CHECK (state = ANY (ARRAY['open'::text, 'acknowledged'::text, 'resolved'::text]))
);
CREATE UNIQUE INDEX alarm_open ON alarm USING btree (rule, subject) WHERE (state <> 'resolved'::text);
CREATE INDEX alarm_opened ON alarm USING btree (opened_at);
CREATE INDEX alarm_recent ON alarm USING btree (id DESC);
CREATE INDEX alarm_resolved ON alarm USING btree (resolved_at) WHERE (state = 'resolved'::text);

create table alarm_delivery (
  id bigint generated always as identity not null,
  notice_id uuid not null,
  route_id bigint,
  target text not null,
  kind text not null,
  rule text not null,
  alarm_ids bigint[] not null,
  subjects text[] not null,
  severity text not null,
  direct boolean default false not null,
  state text not null,
  words text,
  notice jsonb not null,
  created_at timestamp with time zone not null,
  settled_at timestamp with time zone,
  constraint alarm_delivery_pkey PRIMARY KEY (id),
  constraint alarm_delivery_notice_id_target_key UNIQUE (notice_id, target),
  constraint alarm_delivery_state_check CHECK (state = ANY (ARRAY['queued'::text, 'delivered'::text, 'refused'::text, 'failed'::text, 'unknown'::text]))
);
CREATE INDEX alarm_delivery_alarms ON alarm_delivery USING gin (alarm_ids);
CREATE INDEX alarm_delivery_direct ON alarm_delivery USING btree (created_at) WHERE direct;
CREATE INDEX alarm_delivery_open ON alarm_delivery USING btree (target) WHERE (state = ANY (ARRAY['queued'::text, 'unknown'::text]));
CREATE INDEX alarm_delivery_recent ON alarm_delivery USING btree (id DESC);
CREATE INDEX alarm_delivery_target ON alarm_delivery USING btree (target, settled_at DESC);

create table alarm_route (
  id bigint generated always as identity not null,
  name text not null,
  rules text[] default '{}'::text[] not null,
  least_severity text not null,
  targets text[] not null,
  escalate_to text[] default '{}'::text[] not null,
  escalate_after_minutes integer,
  quiet_from time without time zone,
  quiet_to time without time zone,
  zone text,
  group_seconds integer default 30 not null,
  repeat_minutes integer,
  tell_resolved boolean default true not null,
  language text default 'zh'::text not null,
  active boolean default true not null,
  updated_by text not null,
  updated_at timestamp with time zone default now() not null,
  constraint alarm_route_pkey PRIMARY KEY (id),
  constraint alarm_route_name_key UNIQUE (name),
  constraint alarm_route_check CHECK ((quiet_from IS NULL) = (quiet_to IS NULL)),
  constraint alarm_route_check1 CHECK (escalate_after_minutes IS NULL OR cardinality(escalate_to) > 0),
  constraint alarm_route_escalate_after_minutes_check CHECK (escalate_after_minutes >= 1 AND escalate_after_minutes <= 1440),
  constraint alarm_route_group_seconds_check CHECK (group_seconds >= 0 AND group_seconds <= 3600),
  constraint alarm_route_language_check CHECK (language = ANY (ARRAY['zh'::text, 'en'::text, 'both'::text])),
  constraint alarm_route_least_severity_check CHECK (least_severity = ANY (ARRAY['info'::text, 'warning'::text, 'critical'::text])),
  constraint alarm_route_repeat_minutes_check CHECK (repeat_minutes >= 5 AND repeat_minutes <= 10080)
);

create table alarm_silence (
  id bigint generated always as identity not null,
  rules text[] default '{}'::text[] not null,
  subjects text[] default '{}'::text[] not null,
  reason text not null,
  until timestamp with time zone not null,
  created_by text not null,
  created_at timestamp with time zone default now() not null,
  ended_at timestamp with time zone,
  constraint alarm_silence_pkey PRIMARY KEY (id)
);

create table alarm_told (
  alarm_id bigint not null,
  route_id bigint not null,
  severity text not null,
  targets text[] not null,
  told_at timestamp with time zone not null,
  reminded_at timestamp with time zone not null,
  escalated_at timestamp with time zone,
  resolved_told boolean default false not null,
  constraint alarm_told_pkey PRIMARY KEY (alarm_id, route_id)
);
CREATE INDEX alarm_told_open ON alarm_told USING btree (alarm_id) WHERE (NOT resolved_told);
CREATE INDEX alarm_told_recent ON alarm_told USING btree (told_at);

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
  shops text[],
  constraint api_key_pkey PRIMARY KEY (id),
  constraint api_key_shops_check CHECK (shops IS NULL OR cardinality(shops) >= 1 AND cardinality(shops) <= 200)
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

create table backlog_sample (
  subject text not null,
  at timestamp with time zone not null,
  depth bigint not null,
  dead bigint not null,
  oldest_seconds integer not null,
  constraint backlog_sample_pkey PRIMARY KEY (subject, at)
);
CREATE INDEX backlog_sample_at ON backlog_sample USING btree (at);

create table breaker (
  connection_id text not null,
  state text not null,
  forced text,
  forced_until timestamp with time zone,
  forced_by text,
  forced_reason text,
  reason text not null,
  since timestamp with time zone not null,
  probe_at timestamp with time zone,
  probes_sent integer default 0 not null,
  probes_ok integer default 0 not null,
  probes_failed integer default 0 not null,
  backoff_seconds integer default 30 not null,
  updated_at timestamp with time zone not null,
  constraint breaker_pkey PRIMARY KEY (connection_id),
  constraint breaker_forced_check CHECK (forced = ANY (ARRAY['open'::text, 'closed'::text])),
  constraint breaker_state_check CHECK (state = ANY (ARRAY['closed'::text, 'open'::text, 'half_open'::text]))
);

create table breaker_bucket (
  connection_id text not null,
  at timestamp with time zone not null,
  calls integer default 0 not null,
  errors integer default 0 not null,
  slow integer default 0 not null,
  codes jsonb default '{}'::jsonb not null,
  constraint breaker_bucket_pkey PRIMARY KEY (connection_id, at)
);
CREATE INDEX breaker_bucket_at ON breaker_bucket USING btree (at);

create table breaker_event (
  id bigint generated always as identity not null,
  connection_id text not null,
  at timestamp with time zone not null,
  from_state text not null,
  to_state text not null,
  cause text not null,
  actor text not null,
  evidence jsonb not null,
  constraint breaker_event_pkey PRIMARY KEY (id)
);
CREATE INDEX breaker_event_connection ON breaker_event USING btree (connection_id, id DESC);

create table breaker_second (
  connection_id text not null,
  at timestamp with time zone not null,
  calls integer default 0 not null,
  errors integer default 0 not null,
  constraint breaker_second_pkey PRIMARY KEY (connection_id, at)
) with (fillfactor=70);
CREATE INDEX breaker_second_at ON breaker_second USING btree (at);

create table business_calendar (
  id bigint generated always as identity not null,
  name text not null,
  zone text not null,
  week jsonb not null,
  exceptions jsonb default '[]'::jsonb not null,
  updated_by text not null,
  updated_at timestamp with time zone default now() not null,
  constraint business_calendar_pkey PRIMARY KEY (id),
  constraint business_calendar_name_key UNIQUE (name)
);

create table buyer_guess (
  order_no text not null,
  minute timestamp with time zone not null,
  wrong integer default 0 not null,
  constraint buyer_guess_pkey PRIMARY KEY (order_no, minute)
);
CREATE INDEX buyer_guess_old ON buyer_guess USING btree (minute);

create table callback_minute (
  connection_id text not null,
  minute timestamp with time zone not null,
  accepted bigint default 0 not null,
  duplicate bigint default 0 not null,
  challenge bigint default 0 not null,
  rejected bigint default 0 not null,
  forged bigint default 0 not null,
  unavailable bigint default 0 not null,
  late bigint default 0 not null,
  latency_us_sum bigint default 0 not null,
  latency_us_max bigint default 0 not null,
  last_at timestamp with time zone,
  statuses jsonb default '{}'::jsonb not null,
  codes jsonb default '{}'::jsonb not null,
  origins jsonb default '{}'::jsonb not null,
  constraint callback_minute_pkey PRIMARY KEY (connection_id, minute)
);
CREATE INDEX callback_minute_minute ON callback_minute USING btree (minute);

create table callback_rhythm (
  connection_id text not null,
  hour_of_week smallint not null,
  expected_per_hour double precision not null,
  weeks integer not null,
  learned_at timestamp with time zone not null,
  constraint callback_rhythm_pkey PRIMARY KEY (connection_id, hour_of_week),
  constraint callback_rhythm_hour_of_week_check CHECK (hour_of_week >= 0 AND hour_of_week <= 167)
);

create table callback_watch (
  connection_id text not null,
  watched boolean default true not null,
  silence_minutes integer,
  registered_urls jsonb default '[]'::jsonb not null,
  registered_read_at timestamp with time zone,
  registered_by text,
  read_problem text,
  constraint callback_watch_pkey PRIMARY KEY (connection_id),
  constraint callback_watch_silence_minutes_check CHECK (silence_minutes >= 1 AND silence_minutes <= 10080)
);

create table capture_minute (
  minute timestamp with time zone not null,
  warehouse text not null,
  feed_id bigint not null,
  changes bigint default 0 not null,
  lag_ms_sum bigint default 0 not null,
  lag_ms_most integer default 0 not null,
  constraint capture_minute_pkey PRIMARY KEY (minute, warehouse, feed_id)
);

create table capture_place (
  sku text not null,
  warehouse text not null,
  told_by bigint,
  late_feed bigint,
  late_quantity integer,
  late_version bigint,
  late_since timestamp with time zone,
  late_at timestamp with time zone,
  late_times integer default 0 not null,
  constraint capture_place_pkey PRIMARY KEY (sku, warehouse)
);
CREATE INDEX capture_place_late ON capture_place USING btree (late_since) WHERE (late_since IS NOT NULL);

create table capture_seen (
  feed_id bigint not null,
  warehouse text not null,
  sku text not null,
  quantity integer not null,
  version bigint,
  times integer default 1 not null,
  constraint capture_seen_pkey PRIMARY KEY (feed_id, warehouse, sku)
);

create table capture_upload (
  id bigint generated always as identity not null,
  name text not null,
  feed_id bigint,
  warehouse text,
  rows integer default 0 not null,
  faults integer default 0 not null,
  mode text,
  state text not null,
  done_row integer default 0 not null,
  changed integer default 0 not null,
  findings integer default 0 not null,
  job_id bigint,
  created_by text not null,
  created_at timestamp with time zone not null,
  constraint capture_upload_pkey PRIMARY KEY (id),
  constraint capture_upload_mode_check CHECK (mode = ANY (ARRAY['report'::text, 'compare'::text])),
  constraint capture_upload_state_check CHECK (state = ANY (ARRAY['looked'::text, 'queued'::text, 'done'::text]))
);

create table capture_upload_row (
  upload_id bigint not null,
  "row" integer not null,
  warehouse text not null,
  sku text not null,
  quantity integer,
  version bigint,
  fault_column text,
  fault_code text,
  fault_detail text,
  constraint capture_upload_row_pkey PRIMARY KEY (upload_id, "row")
);

create table carrier_account (
  id bigint generated always as identity not null,
  connection_id text not null,
  carrier text not null,
  name text not null,
  service text,
  sealed bytea not null,
  warehouses text[] default '{}'::text[] not null,
  priority integer default 100 not null,
  mode text default 'auto'::text not null,
  active boolean default true not null,
  blocked_code text,
  blocked_at timestamp with time zone,
  updated_by text not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint carrier_account_pkey PRIMARY KEY (id),
  constraint carrier_account_name_key UNIQUE (name),
  constraint carrier_account_mode_check CHECK (mode = ANY (ARRAY['auto'::text, 'by_hand'::text])),
  constraint carrier_account_priority_check CHECK (priority >= 0 AND priority <= 10000)
);

create table channel_listing (
  connection_id text not null,
  stock_sku text not null,
  shop_sku text not null,
  ids jsonb default '{}'::jsonb not null,
  wanted integer,
  wanted_at timestamp with time zone,
  generation bigint default 0 not null,
  told integer,
  told_at timestamp with time zone,
  state text default 'idle'::text not null,
  asked_by bigint,
  asked_until timestamp with time zone,
  code text,
  words text default ''::text not null,
  updated_at timestamp with time zone default now() not null,
  constraint channel_listing_pkey PRIMARY KEY (connection_id, stock_sku, shop_sku),
  constraint channel_listing_connection_id_shop_sku_key UNIQUE (connection_id, shop_sku),
  constraint channel_listing_state_check CHECK (state = ANY (ARRAY['idle'::text, 'due'::text, 'asked'::text, 'refused'::text, 'unknown'::text]))
);
CREATE INDEX channel_listing_open ON channel_listing USING btree (connection_id, wanted_at) WHERE (state <> 'idle'::text);
CREATE INDEX channel_listing_sku ON channel_listing USING btree (stock_sku);

create table channel_policy (
  id bigint generated always as identity not null,
  connection_id text not null,
  sku text default '*'::text not null,
  warehouses text[] default '{}'::text[] not null,
  share_bps integer default 10000 not null,
  floor_units integer default 0 not null,
  cap_units integer,
  zero_at integer default 0 not null,
  push boolean default false not null,
  active boolean default true not null,
  updated_by text not null,
  updated_at timestamp with time zone default now() not null,
  constraint channel_policy_pkey PRIMARY KEY (id),
  constraint channel_policy_connection_id_sku_key UNIQUE (connection_id, sku),
  constraint channel_policy_cap_units_check CHECK (cap_units >= 0),
  constraint channel_policy_floor_units_check CHECK (floor_units >= 0),
  constraint channel_policy_share_bps_check CHECK (share_bps >= 0 AND share_bps <= 10000),
  constraint channel_policy_zero_at_check CHECK (zero_at >= 0)
);

create table channel_retell (
  day date not null,
  at timestamp with time zone not null,
  listings integer not null,
  constraint channel_retell_pkey PRIMARY KEY (day)
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
  stream_down_since timestamp with time zone,
  constraint connection_pkey PRIMARY KEY (id),
  constraint connection_callback_token_key UNIQUE (callback_token)
);

create table connection_cursor (
  connection_id text not null,
  polled_to timestamp with time zone not null,
  updated_at timestamp with time zone default now() not null,
  steady_to timestamp with time zone,
  catching_up boolean default false not null,
  window_seconds integer,
  ahead_at timestamp with time zone,
  overflow_at timestamp with time zone,
  overflow_from timestamp with time zone,
  constraint connection_cursor_pkey PRIMARY KEY (connection_id),
  constraint connection_cursor_window_seconds_check CHECK (window_seconds >= 1)
);

create table credential_refresh (
  connection_id text not null,
  leased_until timestamp with time zone,
  tried_at timestamp with time zone,
  refreshed_at timestamp with time zone,
  expires_at timestamp with time zone,
  failures integer default 0 not null,
  failing_since timestamp with time zone,
  code text,
  detail text,
  constraint credential_refresh_pkey PRIMARY KEY (connection_id)
);

create table credential_refusal (
  connection_id text not null,
  side text not null,
  trouble text not null,
  call text default ''::text not null,
  code text not null,
  detail text not null,
  first_at timestamp with time zone not null,
  last_at timestamp with time zone not null,
  times bigint not null,
  well_at timestamp with time zone,
  constraint credential_refusal_pkey PRIMARY KEY (connection_id, side, trouble, call),
  constraint credential_refusal_side_check CHECK (side = ANY (ARRAY['outward'::text, 'inward'::text])),
  constraint credential_refusal_trouble_check CHECK (trouble = ANY (ARRAY['ip_refused'::text, 'signature_refused'::text, 'expired'::text, 'refused'::text, 'no_permission'::text]))
);

create table credential_term (
  connection_id text not null,
  field text not null,
  expires_at timestamp with time zone not null,
  note text default ''::text not null,
  updated_by text not null,
  updated_at timestamp with time zone not null,
  constraint credential_term_pkey PRIMARY KEY (connection_id, field)
);

create table customer_tier (
  name text not null,
  label text not null,
  min_orders integer not null,
  min_spent_minor bigint,
  currency text not null,
  priority integer not null,
  updated_by text not null,
  updated_at timestamp with time zone not null,
  constraint customer_tier_pkey PRIMARY KEY (name),
  constraint customer_tier_priority_key UNIQUE (priority),
  constraint customer_tier_min_orders_check CHECK (min_orders >= 0 AND min_orders <= 1000000),
  constraint customer_tier_min_spent_minor_check CHECK (min_spent_minor >= 0),
  constraint customer_tier_name_check CHECK (name ~ '^[a-z][a-z0-9_]{0,39}$'::text)
);

create table dispute (
  id bigint generated always as identity not null,
  order_id bigint not null,
  tracking_no text not null,
  words text not null,
  state text not null,
  opened_by text not null,
  opened_by_id text not null,
  opened_at timestamp with time zone not null,
  decided_by text,
  decided_at timestamp with time zone,
  decision_words text,
  constraint dispute_pkey PRIMARY KEY (id),
  constraint dispute_state_check CHECK (state = ANY (ARRAY['open'::text, 'upheld'::text, 'dismissed'::text, 'withdrawn'::text]))
);
CREATE INDEX dispute_list ON dispute USING btree (state, id DESC);
CREATE UNIQUE INDEX dispute_open ON dispute USING btree (tracking_no) WHERE (state = 'open'::text);
CREATE INDEX dispute_order ON dispute USING btree (order_id, id DESC);

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

create table drill_ask (
  id bigint generated always as identity not null,
  run_id bigint not null,
  command jsonb not null,
  actor jsonb not null,
  asked_at timestamp with time zone not null,
  answer jsonb,
  constraint drill_ask_pkey PRIMARY KEY (id)
);
CREATE INDEX drill_ask_open ON drill_ask USING btree (run_id, id) WHERE (answer IS NULL);

create table drill_run (
  id bigint generated always as identity not null,
  scenario_id text not null,
  title jsonb not null,
  causes jsonb not null,
  actions jsonb not null,
  rules text[] not null,
  minutes integer not null,
  hints integer not null,
  actor_kind text not null,
  actor_id text not null,
  actor_name text not null,
  speed double precision not null,
  state text not null,
  process text not null,
  started_at timestamp with time zone not null,
  seen_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  answers jsonb default '[]'::jsonb not null,
  look jsonb,
  points integer,
  to_notice double precision,
  to_find double precision,
  to_fix double precision,
  orders_hurt integer,
  problem text,
  constraint drill_run_pkey PRIMARY KEY (id),
  constraint drill_run_state_check CHECK (state = ANY (ARRAY['starting'::text, 'running'::text, 'ended'::text, 'failed'::text]))
);
CREATE INDEX drill_run_of ON drill_run USING btree (actor_kind, actor_id, scenario_id, id DESC);
CREATE UNIQUE INDEX drill_run_open ON drill_run USING btree (actor_kind, actor_id) WHERE (state = ANY (ARRAY['starting'::text, 'running'::text]));

create table duplicate_shipment (
  id bigint generated always as identity not null,
  order_id bigint not null,
  state text not null,
  tracking_nos text[] not null,
  stop_no text,
  pieces jsonb not null,
  found_at timestamp with time zone not null,
  decided_by text,
  decided_at timestamp with time zone,
  words text,
  constraint duplicate_shipment_pkey PRIMARY KEY (id),
  constraint duplicate_shipment_state_check CHECK (state = ANY (ARRAY['open'::text, 'kept'::text, 'gone'::text]))
);
CREATE INDEX duplicate_shipment_list ON duplicate_shipment USING btree (state, id DESC);
CREATE UNIQUE INDEX duplicate_shipment_open ON duplicate_shipment USING btree (order_id) WHERE (state = 'open'::text);
CREATE INDEX duplicate_shipment_order ON duplicate_shipment USING btree (order_id, id DESC);

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
CREATE INDEX fact_received ON ONLY fact USING brin (received_at) WITH (pages_per_range='16', autosummarize='on');
CREATE INDEX fact_tracking ON ONLY fact USING btree (tracking_no) WHERE (tracking_no IS NOT NULL);

create table fact_0 partition of fact FOR VALUES WITH (modulus 4, remainder 0);

create table fact_1 partition of fact FOR VALUES WITH (modulus 4, remainder 1);

create table fact_2 partition of fact FOR VALUES WITH (modulus 4, remainder 2);

create table fact_3 partition of fact FOR VALUES WITH (modulus 4, remainder 3);

create table fallback_ask (
  subject text not null,
  order_id bigint not null,
  shop_id text not null,
  carrier text,
  rule text not null,
  due_at timestamp with time zone not null,
  forced boolean default false not null,
  held_until timestamp with time zone,
  asked_at timestamp with time zone,
  asks integer default 0 not null,
  fruitless integer default 0 not null,
  outcome text,
  words text,
  constraint fallback_ask_pkey PRIMARY KEY (subject),
  constraint fallback_ask_rule_check CHECK (rule = ANY (ARRAY['no_event'::text, 'silent'::text, 'order_silent'::text, 'report_unknown'::text]))
);
CREATE INDEX fallback_ask_carrier ON fallback_ask USING btree (carrier, due_at) WHERE (carrier IS NOT NULL);
CREATE INDEX fallback_ask_order ON fallback_ask USING btree (order_id);
CREATE INDEX fallback_ask_shop ON fallback_ask USING btree (shop_id, due_at) WHERE (carrier IS NULL);

create table fallback_log (
  id bigint generated always as identity not null,
  at timestamp with time zone not null,
  connection_id text not null,
  rule text not null,
  subject text not null,
  order_id bigint,
  order_no text,
  outcome text not null,
  code text,
  words text not null,
  message_id text,
  facts integer default 0 not null,
  constraint fallback_log_pkey PRIMARY KEY (id),
  constraint fallback_log_outcome_check CHECK (outcome = ANY (ARRAY['kept'::text, 'found'::text, 'nothing_new'::text, 'unchanged'::text, 'nothing_yet'::text, 'refused'::text, 'outage'::text]))
);
CREATE INDEX fallback_log_at ON fallback_log USING brin (at);
CREATE INDEX fallback_log_connection ON fallback_log USING btree (connection_id, id DESC);
CREATE INDEX fallback_log_kept ON fallback_log USING btree (id) WHERE (outcome = 'kept'::text);
CREATE INDEX fallback_log_order ON fallback_log USING btree (order_id, id DESC) WHERE (order_id IS NOT NULL);

create table fallback_setting (
  connection_id text not null,
  value jsonb not null,
  updated_by text not null,
  updated_at timestamp with time zone default now() not null,
  constraint fallback_setting_pkey PRIMARY KEY (connection_id)
);

create table font_check (
  id bigint generated always as identity not null,
  name text not null,
  sha256 text not null,
  bytes integer not null,
  pages integer not null,
  verdict text not null,
  fonts jsonb not null,
  took_ms integer not null,
  created_by text not null,
  created_at timestamp with time zone not null,
  constraint font_check_pkey PRIMARY KEY (id),
  constraint font_check_verdict_check CHECK (verdict = ANY (ARRAY['good'::text, 'doubtful'::text, 'bad'::text]))
);
CREATE INDEX font_check_recent ON font_check USING btree (id DESC);

create table freight_quote (
  id bigint generated always as identity not null,
  order_id bigint not null,
  order_no text not null,
  connection_id text not null,
  currency text not null,
  amount_minor bigint not null,
  parts jsonb not null,
  carrier text,
  set_id bigint not null,
  version_id bigint not null,
  number integer not null,
  arm text not null,
  parcels integer not null,
  joint_with text[] default '{}'::text[] not null,
  quoted_at timestamp with time zone not null,
  is_current boolean not null,
  constraint freight_quote_pkey PRIMARY KEY (id),
  constraint freight_quote_amount_minor_check CHECK (amount_minor >= 0),
  constraint freight_quote_arm_check CHECK (arm = ANY (ARRAY['live'::text, 'gray'::text])),
  constraint freight_quote_parcels_check CHECK (parcels >= 1)
);
CREATE UNIQUE INDEX freight_quote_current ON freight_quote USING btree (order_id) WHERE is_current;
CREATE INDEX freight_quote_order ON freight_quote USING btree (order_id, id DESC);

create table hub_process (
  id text not null,
  roles text[] not null,
  version text not null,
  host text not null,
  pid integer not null,
  home text not null,
  pid_mark text default ''::text not null,
  url text default ''::text not null,
  state text default 'running'::text not null,
  started_at timestamp with time zone not null,
  seen_at timestamp with time zone not null,
  gone_at timestamp with time zone,
  cpu_percent real default 0 not null,
  memory_bytes bigint default 0 not null,
  loop_delay_ms real default 0 not null,
  accepted_per_second real default 0 not null,
  interpreted_per_second real default 0 not null,
  effects_per_second real default 0 not null,
  constraint hub_process_pkey PRIMARY KEY (id),
  constraint hub_process_state_check CHECK (state = ANY (ARRAY['running'::text, 'draining'::text]))
);

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
CREATE INDEX inbox_message_connection ON ONLY inbox_message USING btree (connection_id, id DESC, received_at);
CREATE INDEX inbox_message_connection_topic ON ONLY inbox_message USING btree (connection_id, topic, id DESC, received_at);
CREATE INDEX inbox_message_order ON ONLY inbox_message USING btree (order_no, id DESC) WHERE (order_no IS NOT NULL);
CREATE INDEX inbox_message_topic ON ONLY inbox_message USING btree (topic, id DESC, received_at);
CREATE INDEX inbox_message_verdict ON ONLY inbox_message USING btree (verdict, id DESC, received_at) WHERE (verdict <> 'accepted'::text);
CREATE INDEX inbox_message_verdict_both ON ONLY inbox_message USING btree (connection_id, verdict, topic, id DESC, received_at) WHERE (verdict <> 'accepted'::text);
CREATE INDEX inbox_message_verdict_connection ON ONLY inbox_message USING btree (connection_id, verdict, id DESC, received_at) WHERE (verdict <> 'accepted'::text);
CREATE INDEX inbox_message_verdict_topic ON ONLY inbox_message USING btree (verdict, topic, id DESC, received_at) WHERE (verdict <> 'accepted'::text);

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
CREATE INDEX inbox_task_dead ON inbox_task USING btree (lane, park_code, message_id DESC) WHERE (state = 'parked'::text);
CREATE INDEX inbox_task_parked ON inbox_task USING btree (park_code, message_id DESC) WHERE (state = 'parked'::text);
CREATE INDEX inbox_task_pending ON inbox_task USING btree (lane, replay, message_id) WHERE (state = 'pending'::text);

create table intercept (
  id bigint generated always as identity not null,
  request_id text not null,
  order_id bigint not null,
  tracking_no text not null,
  carrier text not null,
  connection_id text not null,
  via text not null,
  reason text not null,
  state text not null,
  code text,
  detail text,
  asked_by text not null,
  asked_at timestamp with time zone not null,
  answered_at timestamp with time zone,
  ended_at timestamp with time zone,
  looks integer default 0 not null,
  next_look_at timestamp with time zone,
  updated_at timestamp with time zone not null,
  constraint intercept_pkey PRIMARY KEY (id),
  constraint intercept_request_id_key UNIQUE (request_id),
  constraint intercept_state_check CHECK (state = ANY (ARRAY['wanted'::text, 'unknown'::text, 'accepted'::text, 'refused'::text, 'too_late'::text, 'returning'::text, 'back'::text, 'delivered'::text, 'withdrawn'::text])),
  constraint intercept_via_check CHECK (via = ANY (ARRAY['carrier'::text, 'partner'::text]))
);
CREATE INDEX intercept_due ON intercept USING btree (next_look_at) WHERE (state = ANY (ARRAY['unknown'::text, 'accepted'::text, 'returning'::text]));
CREATE INDEX intercept_list ON intercept USING btree (state, id DESC);
CREATE UNIQUE INDEX intercept_open ON intercept USING btree (tracking_no) WHERE (state = ANY (ARRAY['wanted'::text, 'unknown'::text, 'accepted'::text, 'returning'::text]));
CREATE INDEX intercept_order ON intercept USING btree (order_id, id DESC);

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
  owner text,
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
  xact xid8 default pg_current_xact_id() not null,
  constraint journal_pkey PRIMARY KEY (id, at)
) partition by RANGE (at);
CREATE INDEX journal_order ON ONLY journal USING btree (order_id, id DESC) WHERE (order_id IS NOT NULL);
CREATE INDEX journal_xact ON ONLY journal USING btree (xact, id);

create table journal_reader (
  name text not null,
  last_id bigint not null,
  updated_at timestamp with time zone default now() not null,
  last_xact xid8 default '0'::xid8 not null,
  stuck_id bigint,
  stuck_attempts integer default 0 not null,
  constraint journal_reader_pkey PRIMARY KEY (name)
);

create table journal_skipped (
  name text not null,
  journal_id bigint not null,
  at timestamp with time zone default now() not null,
  words text not null,
  constraint journal_skipped_pkey PRIMARY KEY (name, journal_id)
);

create table label_batch (
  id bigint generated always as identity not null,
  batch_no text not null,
  state text not null,
  template text,
  size text not null,
  reason text,
  substitutes jsonb default '{}'::jsonb not null,
  device_id bigint,
  items integer not null,
  rendered integer default 0 not null,
  failed integer default 0 not null,
  passed integer default 0 not null,
  pages integer default 0 not null,
  reprints integer default 0 not null,
  pdf bytea,
  pdf_bytes integer default 0 not null,
  job_id bigint,
  created_by text not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint label_batch_pkey PRIMARY KEY (id),
  constraint label_batch_batch_no_key UNIQUE (batch_no),
  constraint label_batch_size_check CHECK (size = ANY (ARRAY['76x130'::text, '100x150'::text, '100x180'::text])),
  constraint label_batch_state_check CHECK (state = ANY (ARRAY['waiting'::text, 'rendering'::text, 'ready'::text, 'failed'::text, 'dropped'::text]))
);
CREATE INDEX label_batch_recent ON label_batch USING btree (id DESC);

create table label_chunk (
  batch_id bigint not null,
  chunk integer not null,
  pages integer not null,
  labels integer not null,
  pdf bytea not null,
  made_at timestamp with time zone not null,
  constraint label_chunk_pkey PRIMARY KEY (batch_id, chunk)
);

create table label_item (
  batch_id bigint not null,
  "position" integer not null,
  waybill_id bigint not null,
  piece integer not null,
  tracking_no text default ''::text not null,
  carrier text default ''::text not null,
  state text default 'waiting'::text not null,
  print_no integer default 1 not null,
  template text,
  pages integer default 0 not null,
  chunk integer,
  code text,
  detail text,
  data jsonb,
  constraint label_item_pkey PRIMARY KEY (batch_id, "position"),
  constraint label_item_batch_id_waybill_id_piece_key UNIQUE (batch_id, waybill_id, piece),
  constraint label_item_state_check CHECK (state = ANY (ARRAY['waiting'::text, 'rendered'::text, 'failed'::text, 'passed'::text]))
);
CREATE INDEX label_item_failed ON label_item USING btree (batch_id, "position") WHERE (state = 'failed'::text);
CREATE INDEX label_item_waybill ON label_item USING btree (waybill_id, batch_id DESC);

create table label_template (
  id bigint generated always as identity not null,
  name text not null,
  size text not null,
  carriers text[] default '{}'::text[] not null,
  version integer default 1 not null,
  active boolean default true not null,
  created_by text not null,
  created_at timestamp with time zone not null,
  updated_by text not null,
  updated_at timestamp with time zone not null,
  constraint label_template_pkey PRIMARY KEY (id),
  constraint label_template_size_check CHECK (size = ANY (ARRAY['76x130'::text, '100x150'::text, '100x180'::text]))
);
CREATE UNIQUE INDEX label_template_name ON label_template USING btree (name) WHERE active;

create table label_template_version (
  template_id bigint not null,
  version integer not null,
  body jsonb not null,
  note text default ''::text not null,
  saved_by text not null,
  saved_at timestamp with time zone not null,
  constraint label_template_version_pkey PRIMARY KEY (template_id, version)
);

create table lane (
  name text not null,
  class text not null,
  weight integer not null,
  concurrency integer not null,
  depth_limit integer not null,
  alarm_depth integer default 500 not null,
  updated_by text not null,
  updated_at timestamp with time zone default now() not null,
  constraint lane_pkey PRIMARY KEY (name),
  constraint lane_alarm_depth_check CHECK (alarm_depth >= 1 AND alarm_depth <= 10000000),
  constraint lane_class_check CHECK (class = ANY (ARRAY['low_latency'::text, 'high_throughput'::text])),
  constraint lane_concurrency_check CHECK (concurrency >= 1 AND concurrency <= 32),
  constraint lane_depth_limit_check CHECK (depth_limit >= 100 AND depth_limit <= 10000000),
  constraint lane_weight_check CHECK (weight >= 1 AND weight <= 100)
);

create table lane_minute (
  lane text not null,
  minute timestamp with time zone not null,
  arrived bigint default 0 not null,
  interpreted bigint default 0 not null,
  parked bigint default 0 not null,
  refused bigint default 0 not null,
  constraint lane_minute_pkey PRIMARY KEY (lane, minute)
);
CREATE INDEX lane_minute_minute ON lane_minute USING btree (minute);

create table lane_of_connection (
  connection_id text not null,
  lane text not null,
  constraint lane_of_connection_pkey PRIMARY KEY (connection_id)
);

create table ledger_check (
  id bigint generated always as identity not null,
  at timestamp with time zone not null,
  took_ms integer not null,
  levels bigint not null,
  holds bigint not null,
  faults jsonb not null,
  repaired_at timestamp with time zone,
  repaired_by text,
  repair jsonb,
  constraint ledger_check_pkey PRIMARY KEY (id)
);
CREATE INDEX ledger_check_at ON ledger_check USING btree (at DESC);

create table lock_failure (
  id bigint generated always as identity not null,
  at timestamp with time zone not null,
  key text not null,
  owner_kind text not null,
  owner text not null,
  reference text not null,
  channel text,
  code text not null,
  detail text default ''::text not null,
  warehouse text not null,
  sku text not null,
  wanted integer not null,
  available integer not null,
  elsewhere jsonb default '[]'::jsonb not null,
  took_ms integer not null,
  constraint lock_failure_pkey PRIMARY KEY (id)
);
CREATE INDEX lock_failure_at ON lock_failure USING btree (at DESC, id DESC);
CREATE INDEX lock_failure_key ON lock_failure USING btree (key);
CREATE INDEX lock_failure_place ON lock_failure USING btree (warehouse, at DESC, id DESC);

create table lock_hour (
  hour timestamp with time zone not null,
  warehouse text not null,
  asked bigint default 0 not null,
  locked bigint default 0 not null,
  refused bigint default 0 not null,
  timed_out bigint default 0 not null,
  invalid bigint default 0 not null,
  took_ms_sum double precision default 0 not null,
  took_ms_most double precision default 0 not null,
  constraint lock_hour_pkey PRIMARY KEY (hour, warehouse)
);

create table look_back (
  id bigint generated always as identity not null,
  state text not null,
  reason text not null,
  connections text[] not null,
  from_at timestamp with time zone not null,
  to_at timestamp with time zone not null,
  before_number bigint not null,
  cursor_place integer default 1 not null,
  cursor_number bigint default 0 not null,
  messages bigint default 0 not null,
  total bigint default 0 not null,
  changed_messages bigint default 0 not null,
  unreadable jsonb default '{}'::jsonb not null,
  unknown_codes text[] default '{}'::text[] not null,
  orders bigint default 0 not null,
  effects jsonb default '{}'::jsonb not null,
  applied_messages bigint default 0 not null,
  stale_messages bigint default 0 not null,
  error text,
  job_id bigint,
  created_by text not null,
  created_at timestamp with time zone not null,
  finished_at timestamp with time zone,
  applied_by text,
  applied_at timestamp with time zone,
  updated_at timestamp with time zone not null,
  constraint look_back_pkey PRIMARY KEY (id),
  constraint look_back_state_check CHECK (state = ANY (ARRAY['reading'::text, 'weighing'::text, 'ready'::text, 'applying'::text, 'applied'::text, 'cancelled'::text, 'failed'::text]))
);
CREATE INDEX look_back_recent ON look_back USING btree (id DESC);

create table look_back_difference (
  id bigint generated always as identity not null,
  run_id bigint not null,
  message_number bigint not null,
  received_at timestamp with time zone not null,
  connection_id text not null,
  subject text not null,
  what text not null,
  code text not null,
  before_id uuid,
  after_id uuid,
  before_kind text,
  after_kind text,
  before_at timestamp with time zone,
  after_at timestamp with time zone,
  before_raw text,
  after_raw text,
  after_zone text,
  after_provenance text,
  after_detail jsonb,
  cause text not null,
  repeats boolean default true not null,
  applied_at timestamp with time zone,
  constraint look_back_difference_pkey PRIMARY KEY (id),
  constraint look_back_difference_what_check CHECK (what = ANY (ARRAY['added'::text, 'removed'::text, 'moved'::text, 'rekinded'::text, 'reworded'::text]))
);
CREATE INDEX look_back_difference_message ON look_back_difference USING btree (run_id, message_number);
CREATE INDEX look_back_difference_of ON look_back_difference USING btree (run_id, id);
CREATE INDEX look_back_difference_subject ON look_back_difference USING btree (run_id, subject);

create table look_back_link (
  run_id bigint not null,
  subject text not null,
  order_id bigint not null,
  constraint look_back_link_pkey PRIMARY KEY (run_id, subject, order_id)
);
CREATE INDEX look_back_link_order ON look_back_link USING btree (run_id, order_id);

create table look_back_order (
  run_id bigint not null,
  order_id bigint not null,
  connection_id text not null,
  order_no text not null,
  differences integer not null,
  causes text[] not null,
  status_before text not null,
  status_after text not null,
  times jsonb not null,
  reports text[] default '{}'::text[] not null,
  proof_before text,
  proof_after text,
  reships text[] default '{}'::text[] not null,
  changes boolean not null,
  applied_at timestamp with time zone,
  constraint look_back_order_pkey PRIMARY KEY (run_id, order_id)
);
CREATE INDEX look_back_order_list ON look_back_order USING btree (run_id, changes DESC, order_id);

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

create table number_application (
  id bigint generated always as identity not null,
  account_id bigint not null,
  state text not null,
  wanted integer not null,
  left_count integer,
  because text not null,
  note text default ''::text not null,
  code text,
  detail text,
  asked_by text not null,
  asked_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  constraint number_application_pkey PRIMARY KEY (id),
  constraint number_application_because_check CHECK (because = ANY (ARRAY['low'::text, 'empty'::text, 'by_hand'::text])),
  constraint number_application_state_check CHECK (state = ANY (ARRAY['open'::text, 'sending'::text, 'taken'::text, 'refused'::text, 'filled'::text, 'closed'::text])),
  constraint number_application_wanted_check CHECK (wanted > 0)
);
CREATE INDEX number_application_list ON number_application USING btree (account_id, id DESC);
CREATE UNIQUE INDEX number_application_one ON number_application USING btree (account_id) WHERE (state = ANY (ARRAY['open'::text, 'sending'::text, 'taken'::text, 'refused'::text]));

create table number_balance (
  account_id bigint not null,
  at timestamp with time zone not null,
  left_count integer,
  reckoned integer,
  constraint number_balance_pkey PRIMARY KEY (account_id, at)
);

create table number_pool (
  account_id bigint not null,
  kind text not null,
  low_at integer,
  fail_over_to bigint,
  refill text default 'notice'::text not null,
  refill_count integer default 5000 not null,
  refill_url text,
  refill_secret bytea,
  rate_per_hour double precision default 0 not null,
  threshold integer default 500 not null,
  threshold_hours integer default 2 not null,
  looked_at timestamp with time zone,
  balance integer,
  balance_unlimited boolean default false not null,
  balance_at timestamp with time zone,
  asked_at timestamp with time zone,
  ask_code text,
  ask_detail text,
  ask_failing_since timestamp with time zone,
  updated_by text not null,
  updated_at timestamp with time zone not null,
  constraint number_pool_pkey PRIMARY KEY (account_id),
  constraint number_pool_check CHECK (fail_over_to IS NULL OR fail_over_to <> account_id),
  constraint number_pool_check1 CHECK (refill <> 'post'::text OR refill_url IS NOT NULL AND refill_secret IS NOT NULL),
  constraint number_pool_kind_check CHECK (kind = ANY (ARRAY['segment'::text, 'balance'::text])),
  constraint number_pool_low_at_check CHECK (low_at >= 0 AND low_at <= 100000000),
  constraint number_pool_refill_check CHECK (refill = ANY (ARRAY['none'::text, 'notice'::text, 'post'::text])),
  constraint number_pool_refill_count_check CHECK (refill_count >= 1 AND refill_count <= 10000000)
);

create table number_segment (
  id bigint generated always as identity not null,
  account_id bigint not null,
  carrier text not null,
  prefix text default ''::text not null,
  suffix text default ''::text not null,
  width integer not null,
  check_rule text not null,
  first_serial bigint not null,
  last_serial bigint not null,
  next_serial bigint not null,
  state text default 'active'::text not null,
  stem text not null,
  digits integer not null,
  printed_from bigint not null,
  printed_to bigint not null,
  note text default ''::text not null,
  application_id bigint,
  added_by text not null,
  added_at timestamp with time zone not null,
  retired_by text,
  retired_at timestamp with time zone,
  constraint number_segment_pkey PRIMARY KEY (id),
  constraint number_segment_check CHECK (first_serial <= last_serial AND next_serial >= first_serial AND next_serial <= (last_serial + 1)),
  constraint number_segment_check_rule_check CHECK (check_rule = ANY (ARRAY['none'::text, 's10'::text, 'mod7'::text, 'gs1'::text])),
  constraint number_segment_first_serial_check CHECK (first_serial >= 0),
  constraint number_segment_prefix_check CHECK (prefix ~ '^[A-Z0-9]{0,12}$'::text),
  constraint number_segment_state_check CHECK (state = ANY (ARRAY['active'::text, 'retired'::text])),
  constraint number_segment_suffix_check CHECK (suffix ~ '^[A-Z]{0,4}$'::text),
  constraint number_segment_width_check CHECK (width >= 1 AND width <= 17)
);
CREATE INDEX number_segment_list ON number_segment USING btree (account_id, id DESC);
CREATE INDEX number_segment_open ON number_segment USING btree (account_id, id) WHERE ((state = 'active'::text) AND (next_serial <= last_serial));
CREATE INDEX number_segment_shape ON number_segment USING btree (carrier, stem, suffix, digits);

create table number_taken (
  reference text not null,
  account_id bigint not null,
  carrier text not null,
  segment_id bigint not null,
  serial bigint not null,
  tracking_no text not null,
  taken_at timestamp with time zone not null,
  constraint number_taken_pkey PRIMARY KEY (reference, account_id),
  constraint number_taken_carrier_tracking_no_key UNIQUE (carrier, tracking_no),
  constraint number_taken_segment_id_serial_key UNIQUE (segment_id, serial)
);
CREATE INDEX number_taken_recent ON number_taken USING btree (account_id, taken_at);

create table order_group (
  id bigint generated always as identity not null,
  state text not null,
  reason text not null,
  created_by text not null,
  created_at timestamp with time zone not null,
  ended_by text,
  ended_at timestamp with time zone,
  ended_words text,
  constraint order_group_pkey PRIMARY KEY (id),
  constraint order_group_state_check CHECK (state = ANY (ARRAY['open'::text, 'ended'::text]))
);

create table order_group_member (
  group_id bigint not null,
  order_id bigint not null,
  left_at timestamp with time zone,
  constraint order_group_member_pkey PRIMARY KEY (group_id, order_id)
);
CREATE UNIQUE INDEX order_group_member_now ON order_group_member USING btree (order_id) WHERE (left_at IS NULL);

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

create table order_mark (
  order_id bigint not null,
  what text not null,
  set_id bigint not null,
  node text not null,
  connection_id text not null,
  order_no text not null,
  version_id bigint not null,
  words text not null,
  severity text,
  since timestamp with time zone not null,
  constraint order_mark_pkey PRIMARY KEY (order_id, what, set_id, node),
  constraint order_mark_severity_check CHECK (severity = ANY (ARRAY['info'::text, 'warning'::text, 'critical'::text])),
  constraint order_mark_what_check CHECK (what = ANY (ARRAY['tag'::text, 'case'::text]))
);
CREATE INDEX order_mark_case ON order_mark USING btree (since, order_id) WHERE (what = 'case'::text);
CREATE INDEX order_mark_tag ON order_mark USING btree (words, order_id) WHERE (what = 'tag'::text);

create table order_plan (
  order_id bigint not null,
  connection_id text not null,
  order_no text not null,
  lead_id bigint not null,
  group_id bigint,
  state text not null,
  step text not null,
  code text,
  zh text default ''::text not null,
  en text default ''::text not null,
  fingerprint text not null,
  revision integer default 1 not null,
  review_version bigint,
  split_version bigint,
  sourcing_version bigint,
  freight_version bigint,
  answer jsonb default '{}'::jsonb not null,
  manual jsonb,
  excluded text[] default '{}'::text[] not null,
  planned_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint order_plan_pkey PRIMARY KEY (order_id),
  constraint order_plan_state_check CHECK (state = ANY (ARRAY['held'::text, 'review'::text, 'unmatched'::text, 'short'::text, 'planned'::text, 'locked'::text, 'left'::text, 'ended'::text]))
);
CREATE INDEX order_plan_lead ON order_plan USING btree (lead_id);
CREATE INDEX order_plan_list ON order_plan USING btree (state, updated_at DESC, order_id DESC);
CREATE INDEX order_plan_waiting ON order_plan USING btree (planned_at, order_id) WHERE (state = ANY (ARRAY['held'::text, 'review'::text, 'short'::text]));

create table order_promise (
  order_id bigint not null,
  source text not null,
  connection_id text not null,
  keeps text not null,
  starts_at timestamp with time zone,
  due_at timestamp with time zone not null,
  warn_at timestamp with time zone not null,
  kept_at timestamp with time zone,
  state text not null,
  penalty_minor bigint,
  currency text,
  updated_at timestamp with time zone not null,
  constraint order_promise_pkey PRIMARY KEY (order_id, source),
  constraint order_promise_state_check CHECK (state = ANY (ARRAY['running'::text, 'kept'::text, 'late'::text, 'breached'::text, 'void'::text]))
);
CREATE INDEX order_promise_connection ON order_promise USING btree (connection_id, due_at) WHERE (state = ANY (ARRAY['running'::text, 'breached'::text]));
CREATE INDEX order_promise_due ON order_promise USING btree (due_at, order_id) WHERE (state = ANY (ARRAY['running'::text, 'breached'::text]));
CREATE INDEX order_promise_penalty ON order_promise USING btree (penalty_minor DESC NULLS LAST, due_at, order_id) WHERE (state = ANY (ARRAY['running'::text, 'breached'::text]));
CREATE INDEX order_promise_warn ON order_promise USING btree (warn_at) WHERE (state = 'running'::text);

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

create table order_stock (
  order_id bigint not null,
  connection_id text not null,
  state text not null,
  generation integer default 1 not null,
  hold_key text,
  demand text default ''::text not null,
  shortage jsonb,
  restored jsonb default '[]'::jsonb not null,
  bundles jsonb default '{}'::jsonb not null,
  code text,
  tries integer default 0 not null,
  next_try_at timestamp with time zone,
  since timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint order_stock_pkey PRIMARY KEY (order_id),
  constraint order_stock_state_check CHECK (state = ANY (ARRAY['none'::text, 'waiting'::text, 'short'::text, 'locked'::text, 'committed'::text, 'released'::text, 'returned'::text]))
);
CREATE INDEX order_stock_due ON order_stock USING btree (next_try_at, order_id) WHERE (next_try_at IS NOT NULL);
CREATE INDEX order_stock_shortage ON order_stock USING gin (shortage jsonb_path_ops) WHERE (state = 'short'::text);
CREATE INDEX order_stock_state ON order_stock USING btree (state, since, order_id) WHERE (state = ANY (ARRAY['waiting'::text, 'short'::text]));

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
  owner text,
  constraint outbox_intent_pkey PRIMARY KEY (id),
  constraint outbox_intent_key_key UNIQUE (key),
  constraint outbox_intent_state_check CHECK (state = ANY (ARRAY['pending'::text, 'sending'::text, 'unknown'::text, 'done'::text, 'refused'::text, 'moot'::text, 'dead'::text]))
);
CREATE INDEX outbox_intent_due ON outbox_intent USING btree (connection_id, not_before, id) WHERE (state = ANY (ARRAY['pending'::text, 'sending'::text, 'unknown'::text]));
CREATE INDEX outbox_intent_order ON outbox_intent USING btree (order_id) WHERE (order_id IS NOT NULL);
CREATE INDEX outbox_intent_state ON outbox_intent USING btree (state, id DESC);

create table outward_backup (
  connection_id text not null,
  capability text not null,
  backup_id text not null,
  updated_by text not null,
  updated_at timestamp with time zone default now() not null,
  constraint outward_backup_pkey PRIMARY KEY (connection_id, capability)
);

create table outward_process (
  id text not null,
  seen_at timestamp with time zone not null,
  constraint outward_process_pkey PRIMARY KEY (id)
);

create table parcel_standing (
  id bigint generated always as identity not null,
  tracking_no text not null,
  carrier text,
  connection_id text,
  order_ids bigint[] default '{}'::bigint[] not null,
  shop_id text,
  warehouse text,
  ours boolean default false not null,
  state text not null,
  open boolean not null,
  waybill_at timestamp with time zone,
  first_scan_at timestamp with time zone,
  last_at timestamp with time zone,
  delivered_at timestamp with time zone,
  returned_at timestamp with time zone,
  last jsonb,
  events integer default 0 not null,
  ambiguous integer default 0 not null,
  failures integer default 0 not null,
  deliveries integer default 0 not null,
  revoked integer default 0 not null,
  moved_to text,
  moved_from text,
  at_customs boolean default false not null,
  heard_at timestamp with time zone,
  quiet_since timestamp with time zone,
  finding text,
  finding_since timestamp with time zone,
  finding_why text default ''::text not null,
  answered_finding text,
  answered_since timestamp with time zone,
  disputed_at timestamp with time zone,
  disputed_by text,
  disputed_words text,
  digest text not null,
  first_seen_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint parcel_standing_pkey PRIMARY KEY (id),
  constraint parcel_standing_tracking_no_key UNIQUE (tracking_no)
);
CREATE INDEX parcel_standing_delivered ON parcel_standing USING btree (delivered_at) WHERE (delivered_at IS NOT NULL);
CREATE INDEX parcel_standing_finding ON parcel_standing USING btree (finding, finding_since) WHERE (finding IS NOT NULL);
CREATE INDEX parcel_standing_moved ON parcel_standing USING btree (moved_to) WHERE (moved_to IS NOT NULL);
CREATE INDEX parcel_standing_orders ON parcel_standing USING gin (order_ids);
CREATE INDEX parcel_standing_quiet ON parcel_standing USING btree (quiet_since) WHERE (open AND (finding IS NULL) AND (first_scan_at IS NOT NULL));
CREATE INDEX parcel_standing_recent ON parcel_standing USING btree (first_seen_at DESC, id DESC);
CREATE INDEX parcel_standing_state ON parcel_standing USING btree (state, first_seen_at DESC, id DESC);
CREATE INDEX parcel_standing_unscanned ON parcel_standing USING btree (waybill_at) WHERE (open AND (finding IS NULL) AND (first_scan_at IS NULL) AND (waybill_at IS NOT NULL));
CREATE INDEX parcel_standing_waybill_at ON parcel_standing USING btree (waybill_at);

create table plan_event (
  id bigint generated always as identity not null,
  order_id bigint not null,
  at timestamp with time zone not null,
  what text not null,
  actor text not null,
  reason text default ''::text not null,
  detail jsonb default '{}'::jsonb not null,
  constraint plan_event_pkey PRIMARY KEY (id)
);
CREATE INDEX plan_event_of ON plan_event USING btree (order_id, id DESC);

create table plan_hold (
  id bigint generated always as identity not null,
  order_id bigint not null,
  placed_by_kind text not null,
  placed_by text not null,
  reason text not null,
  kind text,
  set_id bigint,
  version_id bigint,
  node text,
  at timestamp with time zone not null,
  released_at timestamp with time zone,
  released_by text,
  released_words text,
  constraint plan_hold_pkey PRIMARY KEY (id),
  constraint plan_hold_placed_by_kind_check CHECK (placed_by_kind = ANY (ARRAY['rule'::text, 'person'::text]))
);
CREATE INDEX plan_hold_open ON plan_hold USING btree (at, order_id) WHERE (released_at IS NULL);
CREATE INDEX plan_hold_order ON plan_hold USING btree (order_id, id DESC);
CREATE UNIQUE INDEX plan_hold_rule ON plan_hold USING btree (order_id, set_id, node) WHERE (placed_by_kind = 'rule'::text);

create table plan_parcel (
  id bigint generated always as identity not null,
  lead_id bigint not null,
  seq integer not null,
  parcel_no text not null,
  warehouse text,
  state text not null,
  waits boolean default false not null,
  reasons jsonb default '[]'::jsonb not null,
  planned_at timestamp with time zone not null,
  constraint plan_parcel_pkey PRIMARY KEY (id),
  constraint plan_parcel_parcel_no_key UNIQUE (parcel_no),
  constraint plan_parcel_state_check CHECK (state = ANY (ARRAY['planned'::text, 'left'::text, 'void'::text]))
);
CREATE INDEX plan_parcel_of ON plan_parcel USING btree (lead_id, seq) WHERE (state <> 'void'::text);
CREATE INDEX plan_parcel_warehouse ON plan_parcel USING btree (warehouse, planned_at) WHERE (state <> 'void'::text);

create table plan_piece (
  parcel_id bigint not null,
  unit text not null,
  order_id bigint not null,
  line_id text not null,
  sku text not null,
  title text not null,
  gift boolean not null,
  quantity integer not null,
  value_minor bigint not null,
  weight_g integer,
  constraint plan_piece_pkey PRIMARY KEY (parcel_id, unit),
  constraint plan_piece_quantity_check CHECK (quantity > 0)
);
CREATE INDEX plan_piece_order ON plan_piece USING btree (order_id);

create table poll_run (
  connection_id text not null,
  ran_at timestamp with time zone,
  windows integer default 0 not null,
  messages integer default 0 not null,
  fresh integer default 0 not null,
  trouble text,
  trouble_since timestamp with time zone,
  wanted_at timestamp with time zone,
  begun_at timestamp with time zone,
  constraint poll_run_pkey PRIMARY KEY (connection_id)
);

create table poll_setting (
  connection_id text not null,
  every_seconds integer not null,
  overlap_seconds integer not null,
  lag_seconds integer not null,
  updated_by text not null,
  updated_at timestamp with time zone default now() not null,
  constraint poll_setting_pkey PRIMARY KEY (connection_id)
);

create table print_device (
  id bigint generated always as identity not null,
  code text not null,
  name text not null,
  warehouse text,
  takes text[] not null,
  key_id text,
  past_keys text[] default '{}'::text[] not null,
  active boolean default true not null,
  last_seen_at timestamp with time zone,
  last_words text default ''::text not null,
  created_by text not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint print_device_pkey PRIMARY KEY (id),
  constraint print_device_code_key UNIQUE (code)
);
CREATE UNIQUE INDEX print_device_key ON print_device USING btree (key_id) WHERE (key_id IS NOT NULL);

create table print_event (
  id bigint generated always as identity not null,
  task_id bigint not null,
  at timestamp with time zone not null,
  what text not null,
  actor text not null,
  words text default ''::text not null,
  lease text,
  constraint print_event_pkey PRIMARY KEY (id)
);
CREATE INDEX print_event_task ON print_event USING btree (task_id, id);

create table print_task (
  id bigint generated always as identity not null,
  batch_id bigint not null,
  device_id bigint not null,
  kind text not null,
  chunk integer,
  waybill_id bigint,
  waybill_ids bigint[] not null,
  labels integer not null,
  state text default 'queued'::text not null,
  lease text,
  lease_until timestamp with time zone,
  deliveries integer default 0 not null,
  printed_times integer default 0 not null,
  words text default ''::text not null,
  queued_at timestamp with time zone not null,
  handed_at timestamp with time zone,
  ended_at timestamp with time zone,
  updated_at timestamp with time zone not null,
  constraint print_task_pkey PRIMARY KEY (id),
  constraint print_task_kind_check CHECK (kind = ANY (ARRAY['pdf'::text, 'zpl'::text, 'cainiao'::text, 'pinduoduo'::text, 'douyin'::text])),
  constraint print_task_state_check CHECK (state = ANY (ARRAY['queued'::text, 'handed_out'::text, 'printed'::text, 'failed'::text, 'stuck'::text, 'dropped'::text]))
);
CREATE INDEX print_task_batch ON print_task USING btree (batch_id, id);
CREATE INDEX print_task_next ON print_task USING btree (device_id, id) WHERE (state = 'queued'::text);
CREATE INDEX print_task_open ON print_task USING btree (queued_at) WHERE (state = ANY (ARRAY['queued'::text, 'handed_out'::text, 'stuck'::text]));
CREATE INDEX print_task_out ON print_task USING btree (lease_until) WHERE (state = 'handed_out'::text);

create table promise_rule (
  id bigint generated always as identity not null,
  name text not null,
  kind text not null,
  connection_id text,
  starts text not null,
  keeps text not null,
  minutes integer not null,
  calendar_id bigint,
  cutoff time without time zone,
  platform_first boolean default true not null,
  warn_minutes integer default 60 not null,
  penalty_currency text default 'CNY'::text not null,
  penalty_minor bigint,
  penalty_bps integer,
  penalty_cap_minor bigint,
  active boolean default true not null,
  updated_by text not null,
  updated_at timestamp with time zone default now() not null,
  constraint promise_rule_pkey PRIMARY KEY (id),
  constraint promise_rule_name_key UNIQUE (name),
  constraint promise_rule_keeps_check CHECK (keeps = ANY (ARRAY['waybill_issued'::text, 'dispatched'::text, 'picked_up'::text, 'delivered'::text])),
  constraint promise_rule_minutes_check CHECK (minutes >= 1 AND minutes <= 527040),
  constraint promise_rule_penalty_bps_check CHECK (penalty_bps >= 0 AND penalty_bps <= 10000),
  constraint promise_rule_penalty_cap_minor_check CHECK (penalty_cap_minor >= 0),
  constraint promise_rule_penalty_minor_check CHECK (penalty_minor >= 0),
  constraint promise_rule_starts_check CHECK (starts = ANY (ARRAY['placed'::text, 'paid'::text, 'waybill_issued'::text, 'dispatched'::text])),
  constraint promise_rule_warn_minutes_check CHECK (warn_minutes >= 1 AND warn_minutes <= 100000)
);

create table promise_ruling (
  order_id bigint not null,
  set_id bigint not null,
  version_id bigint not null,
  keeps text,
  ship_minutes integer,
  warn_minutes integer,
  platform_first boolean default true not null,
  code text,
  updated_at timestamp with time zone not null,
  constraint promise_ruling_pkey PRIMARY KEY (order_id)
);

create table rate_budget (
  account text not null,
  tat timestamp with time zone not null,
  factor double precision default 1 not null,
  factor_at timestamp with time zone default now() not null,
  blocked_until timestamp with time zone,
  waited bigint default 0 not null,
  refused bigint default 0 not null,
  constraint rate_budget_pkey PRIMARY KEY (account)
);

create table rate_limit (
  account text not null,
  per_second double precision not null,
  burst integer not null,
  updated_by text not null,
  updated_at timestamp with time zone default now() not null,
  constraint rate_limit_pkey PRIMARY KEY (account),
  constraint rate_limit_burst_check CHECK (burst >= 1 AND burst <= 10000),
  constraint rate_limit_per_second_check CHECK (per_second > 0::double precision AND per_second <= 10000::double precision)
);

create table remote_area (
  id bigint generated always as identity not null,
  province text not null,
  city text default ''::text not null,
  district text default ''::text not null,
  class text not null,
  note text default ''::text not null,
  updated_by text not null,
  updated_at timestamp with time zone not null,
  constraint remote_area_pkey PRIMARY KEY (id),
  constraint remote_area_province_city_district_key UNIQUE (province, city, district),
  constraint remote_area_check CHECK (city <> ''::text OR district = ''::text),
  constraint remote_area_class_check CHECK (class = ANY (ARRAY['remote'::text, 'hmt'::text, 'mainland'::text]))
);

create table reshipment (
  id bigint generated always as identity not null,
  order_id bigint not null,
  reason text not null,
  words text not null,
  pieces jsonb not null,
  tracking_nos text[] default '{}'::text[] not null,
  state text not null,
  proof jsonb default '[]'::jsonb not null,
  parcel_no text,
  asked_by text not null,
  asked_by_id text not null,
  asked_at timestamp with time zone not null,
  decided_by text,
  decided_at timestamp with time zone,
  decision_words text,
  sent_at timestamp with time zone,
  send_code text,
  send_detail text,
  updated_at timestamp with time zone not null,
  constraint reshipment_pkey PRIMARY KEY (id),
  constraint reshipment_reason_check CHECK (reason = ANY (ARRAY['missing'::text, 'lost'::text, 'damaged'::text, 'disputed'::text, 'other'::text])),
  constraint reshipment_state_check CHECK (state = ANY (ARRAY['waiting'::text, 'proven'::text, 'approved'::text, 'rejected'::text, 'withdrawn'::text, 'sent'::text]))
);
CREATE INDEX reshipment_list ON reshipment USING btree (state, id DESC);
CREATE INDEX reshipment_order ON reshipment USING btree (order_id, id DESC);

create table reshipment_event (
  id bigint generated always as identity not null,
  subject text not null,
  at timestamp with time zone not null,
  what text not null,
  actor text not null,
  words text default ''::text not null,
  detail jsonb default '{}'::jsonb not null,
  constraint reshipment_event_pkey PRIMARY KEY (id)
);
CREATE INDEX reshipment_event_of ON reshipment_event USING btree (subject, id DESC);

create table review_case (
  id bigint generated always as identity not null,
  rule text not null,
  subject text not null,
  order_id bigint,
  connection_id text,
  state text default 'open'::text not null,
  severity text not null,
  zh text not null,
  en text not null,
  evidence jsonb not null,
  next_action text not null,
  owner text,
  since timestamp with time zone not null,
  due_at timestamp with time zone not null,
  snoozed_until timestamp with time zone,
  note text,
  outcome text,
  resolved_by text,
  resolved_at timestamp with time zone,
  kept boolean default false not null,
  gone_at timestamp with time zone,
  answered_until timestamp with time zone,
  revision integer default 1 not null,
  opened_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint review_case_pkey PRIMARY KEY (id),
  constraint review_case_check CHECK (state <> 'snoozed'::text OR snoozed_until IS NOT NULL),
  constraint review_case_check1 CHECK ((outcome IS NOT NULL) = (state = 'resolved'::text)),
  constraint review_case_severity_check CHECK (severity = ANY (ARRAY['info'::text, 'warning'::text, 'critical'::text])),
  constraint review_case_state_check CHECK (state = ANY (ARRAY['open'::text, 'snoozed'::text, 'resolved'::text]))
);
CREATE INDEX review_case_answered ON review_case USING btree (rule, subject) WHERE ((state = 'resolved'::text) AND (gone_at IS NULL));
CREATE INDEX review_case_due ON review_case USING btree (due_at, id) WHERE (state <> 'resolved'::text);
CREATE UNIQUE INDEX review_case_open ON review_case USING btree (rule, subject) WHERE (state <> 'resolved'::text);
CREATE INDEX review_case_order ON review_case USING btree (order_id) WHERE (order_id IS NOT NULL);
CREATE INDEX review_case_owner ON review_case USING btree (owner, due_at) WHERE (state <> 'resolved'::text);
CREATE INDEX review_case_recent ON review_case USING btree (opened_at DESC, id DESC);
CREATE INDEX review_case_resolved ON review_case USING btree (resolved_at DESC, id DESC) WHERE (state = 'resolved'::text);
CREATE INDEX review_case_snoozed ON review_case USING btree (snoozed_until) WHERE (state = 'snoozed'::text);

create table review_event (
  id bigint generated always as identity not null,
  case_id bigint not null,
  at timestamp with time zone not null,
  actor text not null,
  kind text not null,
  words text not null,
  constraint review_event_pkey PRIMARY KEY (id)
);
CREATE INDEX review_event_case ON review_event USING btree (case_id, id);

create table review_rule_setting (
  rule text not null,
  connection_id text not null,
  active boolean,
  minutes integer,
  severity text,
  due_minutes integer,
  owner text,
  updated_by text not null,
  updated_at timestamp with time zone default now() not null,
  constraint review_rule_setting_pkey PRIMARY KEY (rule, connection_id),
  constraint review_rule_setting_due_minutes_check CHECK (due_minutes >= 1 AND due_minutes <= 100000),
  constraint review_rule_setting_minutes_check CHECK (minutes >= 0 AND minutes <= 100000),
  constraint review_rule_setting_severity_check CHECK (severity = ANY (ARRAY['info'::text, 'warning'::text, 'critical'::text]))
);

create table route_decision (
  id bigint generated always as identity not null,
  at timestamp with time zone not null,
  capability text not null,
  wanted text not null,
  taken text not null,
  order_id bigint,
  subject text,
  reason text not null,
  constraint route_decision_pkey PRIMARY KEY (id)
);
CREATE INDEX route_decision_order ON route_decision USING btree (order_id) WHERE (order_id IS NOT NULL);
CREATE INDEX route_decision_recent ON route_decision USING btree (id DESC);

create table rule_case (
  id bigint generated always as identity not null,
  set_id bigint not null,
  name text not null,
  input jsonb not null,
  expected jsonb not null,
  origin text not null,
  created_by text not null,
  updated_at timestamp with time zone not null,
  constraint rule_case_pkey PRIMARY KEY (id),
  constraint rule_case_set_id_name_key UNIQUE (set_id, name)
);

create table rule_decision (
  id bigint generated always as identity not null,
  at timestamp with time zone not null,
  recorded_at timestamp with time zone default now() not null,
  kind text not null,
  set_id bigint not null,
  version_id bigint not null,
  number integer not null,
  arm text not null,
  order_id bigint,
  order_no text not null,
  connection_id text not null,
  outcome text not null,
  code text,
  reason_zh text default ''::text not null,
  reason_en text default ''::text not null,
  path jsonb not null,
  nodes text[] not null,
  input jsonb not null,
  decision_values jsonb not null,
  actions jsonb not null,
  result jsonb not null,
  constraint rule_decision_arm_check CHECK (arm = ANY (ARRAY['live'::text, 'gray'::text])),
  constraint rule_decision_outcome_check CHECK (outcome = ANY (ARRAY['decided'::text, 'review'::text]))
) partition by RANGE (recorded_at);
CREATE INDEX rule_decision_id ON ONLY rule_decision USING btree (id);
CREATE INDEX rule_decision_order ON ONLY rule_decision USING btree (order_id, id DESC);
CREATE INDEX rule_decision_order_no ON ONLY rule_decision USING btree (order_no text_pattern_ops, id DESC);
CREATE INDEX rule_decision_review ON ONLY rule_decision USING btree (set_id, id DESC) WHERE (outcome = 'review'::text);
CREATE INDEX rule_decision_set ON ONLY rule_decision USING btree (set_id, id DESC);

create table rule_dry_run (
  id bigint generated always as identity not null,
  set_id bigint not null,
  version_id bigint not null,
  hash text not null,
  against_version bigint,
  against_number integer,
  from_at timestamp with time zone not null,
  to_at timestamp with time zone not null,
  job_id bigint not null,
  place bigint default 0 not null,
  total bigint,
  done bigint default 0 not null,
  changed bigint default 0 not null,
  same bigint default 0 not null,
  reviews_before bigint default 0 not null,
  reviews_after bigint default 0 not null,
  newly_review bigint default 0 not null,
  rows_kept integer default 0 not null,
  figures jsonb default '{}'::jsonb not null,
  groups jsonb default '[]'::jsonb not null,
  passed boolean,
  pass_zh text default ''::text not null,
  pass_en text default ''::text not null,
  pass_by text,
  error text,
  created_by text not null,
  created_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  constraint rule_dry_run_pkey PRIMARY KEY (id)
);
CREATE INDEX rule_dry_run_of ON rule_dry_run USING btree (set_id, id DESC);
CREATE INDEX rule_dry_run_version ON rule_dry_run USING btree (version_id, id DESC);

create table rule_dry_run_row (
  run_id bigint not null,
  order_id bigint not null,
  order_no text not null,
  connection_id text not null,
  change_group text not null,
  before jsonb,
  after jsonb,
  constraint rule_dry_run_row_pkey PRIMARY KEY (run_id, order_id)
);
CREATE INDEX rule_dry_run_row_group ON rule_dry_run_row USING btree (run_id, change_group, order_id);

create table rule_event (
  id bigint generated always as identity not null,
  set_id bigint not null,
  version_id bigint,
  at timestamp with time zone not null,
  what text not null,
  actor text not null,
  zh text default ''::text not null,
  en text default ''::text not null,
  detail jsonb default '{}'::jsonb not null,
  constraint rule_event_pkey PRIMARY KEY (id)
);
CREATE INDEX rule_event_of ON rule_event USING btree (set_id, id DESC);
CREATE INDEX rule_event_rolled_back ON rule_event USING btree (at) WHERE (what = 'rolled_back'::text);

create table rule_guard (
  set_id bigint not null,
  watch text not null,
  metric text not null,
  n bigint not null,
  bad bigint not null,
  evidence double precision not null,
  verdict text not null,
  updated_at timestamp with time zone not null,
  constraint rule_guard_pkey PRIMARY KEY (set_id, watch, metric),
  constraint rule_guard_verdict_check CHECK (verdict = ANY (ARRAY['watching'::text, 'healthy'::text, 'broken'::text]))
);

create table rule_not_loaded (
  process text not null,
  set_id bigint not null,
  version_id bigint not null,
  words text not null,
  seen_at timestamp with time zone not null,
  constraint rule_not_loaded_pkey PRIMARY KEY (process, version_id)
);

create table rule_set (
  id bigint generated always as identity not null,
  kind text not null,
  name text not null,
  note text default ''::text not null,
  connector_kind text default '*'::text not null,
  connection_id text,
  needs_approval boolean default false not null,
  active boolean default true not null,
  live_version bigint,
  previous_version bigint,
  gray_version bigint,
  gray_bps integer default 0 not null,
  gray_salt text,
  gray_watch text,
  gray_started_at timestamp with time zone,
  gray_until timestamp with time zone,
  gray_waits text,
  revision bigint default 0 not null,
  created_by text not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint rule_set_pkey PRIMARY KEY (id),
  constraint rule_set_check CHECK (connection_id IS NULL OR connector_kind <> '*'::text),
  constraint rule_set_check1 CHECK ((gray_version IS NULL) = (gray_salt IS NULL)),
  constraint rule_set_check2 CHECK ((gray_version IS NULL) = (gray_watch IS NULL)),
  constraint rule_set_check3 CHECK ((gray_version IS NULL) = (gray_started_at IS NULL)),
  constraint rule_set_check4 CHECK (gray_version IS NOT NULL OR gray_until IS NULL AND gray_waits IS NULL AND gray_bps = 0),
  constraint rule_set_gray_bps_check CHECK (gray_bps >= 0 AND gray_bps <= 10000)
);
CREATE UNIQUE INDEX rule_set_name ON rule_set USING btree (kind, name) WHERE active;
CREATE UNIQUE INDEX rule_set_place ON rule_set USING btree (kind, connector_kind, COALESCE(connection_id, ''::text)) WHERE active;

create table rule_tally (
  set_id bigint not null,
  watch text not null,
  version_id bigint not null,
  metric text not null,
  slot integer not null,
  n bigint default 0 not null,
  bad bigint default 0 not null,
  total numeric default 0 not null,
  squares numeric default 0 not null,
  updated_at timestamp with time zone not null,
  constraint rule_tally_pkey PRIMARY KEY (set_id, watch, version_id, metric, slot)
);

create table rule_version (
  id bigint generated always as identity not null,
  set_id bigint not null,
  number integer not null,
  state text not null,
  model jsonb not null,
  hash text not null,
  note text default ''::text not null,
  author text not null,
  author_id text not null,
  hands text[] default '{}'::text[] not null,
  revision integer default 1 not null,
  based_on integer,
  checked jsonb,
  cases_passed boolean,
  dry_run_id bigint,
  approval text,
  approval_asked_by text,
  approval_asked_by_id text,
  approval_asks jsonb,
  approval_by text,
  approval_words text,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  published_at timestamp with time zone,
  live_at timestamp with time zone,
  retired_at timestamp with time zone,
  retired_words text,
  constraint rule_version_pkey PRIMARY KEY (id),
  constraint rule_version_set_id_number_key UNIQUE (set_id, number),
  constraint rule_version_approval_check CHECK (approval = ANY (ARRAY['waiting'::text, 'approved'::text, 'rejected'::text])),
  constraint rule_version_state_check CHECK (state = ANY (ARRAY['draft'::text, 'checked'::text, 'gray'::text, 'live'::text, 'retired'::text]))
);
CREATE UNIQUE INDEX rule_version_gray ON rule_version USING btree (set_id) WHERE (state = 'gray'::text);
CREATE UNIQUE INDEX rule_version_live ON rule_version USING btree (set_id) WHERE (state = 'live'::text);
CREATE UNIQUE INDEX rule_version_open ON rule_version USING btree (set_id) WHERE (state = ANY (ARRAY['draft'::text, 'checked'::text]));

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
  ship_country text,
  ship_province text,
  ship_city text,
  ship_district text,
  recipient_key text,
  buyer_id text,
  constraint sales_order_pkey PRIMARY KEY (id),
  constraint sales_order_connection_id_order_no_key UNIQUE (connection_id, order_no),
  constraint sales_order_report_check CHECK (report = ANY (ARRAY['none'::text, 'due'::text, 'accepted'::text, 'refused'::text, 'unknown'::text]))
);
CREATE INDEX sales_order_after_sale ON sales_order USING btree (sort_at DESC, id DESC) WHERE (after_sale = 'requested'::text);
CREATE INDEX sales_order_buyer ON sales_order USING btree (connection_id, buyer_id, paid_at) WHERE ((buyer_id IS NOT NULL) AND (paid_at IS NOT NULL));
CREATE INDEX sales_order_connection ON sales_order USING btree (connection_id, status, sort_at DESC, id DESC);
CREATE INDEX sales_order_drift ON sales_order USING btree (sort_at DESC, id DESC) WHERE (drift_count > 0);
CREATE INDEX sales_order_drift_status ON sales_order USING btree (status, sort_at DESC, id DESC) WHERE (drift_count > 0);
CREATE INDEX sales_order_due ON sales_order USING btree (status, ship_by, id) WHERE (ship_by IS NOT NULL);
CREATE INDEX sales_order_no ON sales_order USING btree (order_no text_pattern_ops);
CREATE INDEX sales_order_recent ON sales_order USING btree (sort_at DESC, id DESC);
CREATE INDEX sales_order_recipient ON sales_order USING btree (recipient_key, id) WHERE ((recipient_key IS NOT NULL) AND (status = ANY (ARRAY['on_hold'::text, 'awaiting_shipment'::text])));
CREATE INDEX sales_order_report ON sales_order USING btree (report, sort_at DESC, id DESC) WHERE (report = ANY (ARRAY['due'::text, 'refused'::text, 'unknown'::text]));
CREATE INDEX sales_order_status ON sales_order USING btree (status, sort_at DESC, id DESC);
CREATE INDEX sales_order_unmatched ON sales_order USING btree (sort_at DESC, id DESC) WHERE (unmatched_lines > 0);
CREATE INDEX sales_order_waiting ON sales_order USING btree (COALESCE(paid_at, sort_at), id) WHERE (status = 'awaiting_shipment'::text);

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

create table ship_from (
  warehouse text not null,
  name text not null,
  phone text not null,
  company text default ''::text not null,
  country text default 'CN'::text not null,
  province text not null,
  city text not null,
  district text default ''::text not null,
  address text not null,
  postal_code text default ''::text not null,
  updated_by text not null,
  updated_at timestamp with time zone not null,
  constraint ship_from_pkey PRIMARY KEY (warehouse)
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

create table sku_bundle (
  bundle_sku text not null,
  part_sku text not null,
  quantity integer not null,
  updated_by text not null,
  updated_at timestamp with time zone default now() not null,
  constraint sku_bundle_pkey PRIMARY KEY (bundle_sku, part_sku),
  constraint sku_bundle_check CHECK (bundle_sku <> part_sku),
  constraint sku_bundle_quantity_check CHECK (quantity >= 1 AND quantity <= 10000)
);
CREATE INDEX sku_bundle_part ON sku_bundle USING btree (part_sku);

create table sku_gift (
  gift_sku text not null,
  main_sku text not null,
  numerator integer not null,
  denominator integer not null,
  binding text default 'hard'::text not null,
  updated_by text not null,
  updated_at timestamp with time zone default now() not null,
  constraint sku_gift_pkey PRIMARY KEY (gift_sku),
  constraint sku_gift_binding_check CHECK (binding = ANY (ARRAY['hard'::text, 'soft'::text])),
  constraint sku_gift_check CHECK (gift_sku <> main_sku),
  constraint sku_gift_denominator_check CHECK (denominator >= 1 AND denominator <= 10000),
  constraint sku_gift_numerator_check CHECK (numerator >= 1 AND numerator <= 10000)
);
CREATE INDEX sku_gift_main ON sku_gift USING btree (main_sku);

create table sku_mapping (
  connection_id text not null,
  shop_sku text not null,
  stock_sku text not null,
  updated_by text not null,
  updated_at timestamp with time zone default now() not null,
  constraint sku_mapping_pkey PRIMARY KEY (connection_id, shop_sku)
);

create table sku_profile (
  sku text not null,
  title text default ''::text not null,
  weight_g integer,
  volume_cm3 integer,
  volume_told boolean default false not null,
  length_mm integer,
  width_mm integer,
  height_mm integer,
  tags text[] default '{}'::text[] not null,
  value_minor bigint,
  value_currency text,
  revision integer default 1 not null,
  updated_by text not null,
  updated_at timestamp with time zone not null,
  constraint sku_profile_pkey PRIMARY KEY (sku),
  constraint sku_profile_check CHECK ((value_minor IS NULL) = (value_currency IS NULL)),
  constraint sku_profile_height_mm_check CHECK (height_mm >= 1 AND height_mm <= 100000),
  constraint sku_profile_length_mm_check CHECK (length_mm >= 1 AND length_mm <= 100000),
  constraint sku_profile_value_minor_check CHECK (value_minor >= 0),
  constraint sku_profile_volume_cm3_check CHECK (volume_cm3 >= 0 AND volume_cm3 <= 1000000000),
  constraint sku_profile_weight_g_check CHECK (weight_g >= 0 AND weight_g <= 10000000),
  constraint sku_profile_width_mm_check CHECK (width_mm >= 1 AND width_mm <= 100000)
);
CREATE INDEX sku_profile_tags ON sku_profile USING gin (tags);

create table sourcing_lane (
  warehouse text not null,
  province text not null,
  city text not null,
  hours integer,
  first_kg_minor bigint,
  further_kg_minor bigint,
  currency text default 'CNY'::text not null,
  updated_by text not null,
  updated_at timestamp with time zone not null,
  constraint sourcing_lane_pkey PRIMARY KEY (warehouse, province, city),
  constraint sourcing_lane_check CHECK (province <> '*'::text OR city = '*'::text),
  constraint sourcing_lane_city_check CHECK (city <> ''::text),
  constraint sourcing_lane_currency_check CHECK (currency ~ '^[A-Z]{3}$'::text),
  constraint sourcing_lane_first_kg_minor_check CHECK (first_kg_minor >= 0 AND first_kg_minor <= 100000000),
  constraint sourcing_lane_further_kg_minor_check CHECK (further_kg_minor >= 0 AND further_kg_minor <= 100000000),
  constraint sourcing_lane_hours_check CHECK (hours >= 0 AND hours <= 2000),
  constraint sourcing_lane_province_check CHECK (province <> ''::text)
);

create table spool_checkpoint (
  file text not null,
  "offset" bigint not null,
  done boolean default false not null,
  updated_at timestamp with time zone default now() not null,
  damaged_at bigint,
  constraint spool_checkpoint_pkey PRIMARY KEY (file)
);

create table spool_receipt (
  id bigint generated always as identity not null,
  run text not null,
  file text not null,
  "offset" bigint not null,
  connection_id text not null,
  order_no text,
  topic text not null,
  received_at timestamp with time zone not null,
  outcome text not null,
  message_id text,
  own_message_id text,
  body_hash bytea not null,
  detail text,
  merged_at timestamp with time zone not null,
  decision text,
  decided_at timestamp with time zone,
  decided_by text,
  constraint spool_receipt_pkey PRIMARY KEY (id),
  constraint spool_receipt_file_offset_key UNIQUE (file, "offset"),
  constraint spool_receipt_decision_check CHECK (decision = ANY (ARRAY['ours'::text, 'theirs'::text])),
  constraint spool_receipt_outcome_check CHECK (outcome = ANY (ARRAY['accepted'::text, 'duplicate'::text, 'conflict'::text, 'rejected'::text]))
);
CREATE INDEX spool_receipt_conflict ON spool_receipt USING btree (id DESC) WHERE (outcome = 'conflict'::text);
CREATE INDEX spool_receipt_merged ON spool_receipt USING brin (merged_at);
CREATE INDEX spool_receipt_open ON spool_receipt USING btree (id) WHERE ((outcome = 'conflict'::text) AND (decision IS NULL));
CREATE INDEX spool_receipt_order ON spool_receipt USING btree (order_no) WHERE (order_no IS NOT NULL);
CREATE INDEX spool_receipt_run ON spool_receipt USING btree (run, id);

create table spool_run (
  id text not null,
  source text not null,
  started_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  finished_at timestamp with time zone,
  files bigint default 0 not null,
  accepted bigint default 0 not null,
  duplicate bigint default 0 not null,
  conflict bigint default 0 not null,
  rejected bigint default 0 not null,
  damaged bigint default 0 not null,
  constraint spool_run_pkey PRIMARY KEY (id)
);
CREATE INDEX spool_run_recent ON spool_run USING btree (started_at DESC, id DESC);

create table stock_applied (
  key text not null,
  at timestamp with time zone not null,
  constraint stock_applied_pkey PRIMARY KEY (key)
);
CREATE INDEX stock_applied_at ON stock_applied USING brin (at);

create table stock_feed (
  id bigint generated always as identity not null,
  connection_id text not null,
  name text not null,
  state text not null,
  mapping jsonb not null,
  mapping_hash text not null,
  on_drift text default 'ask'::text not null,
  on_unknown_sku text default 'create'::text not null,
  "position" text,
  position_mapping text,
  snapshot_at timestamp with time zone,
  wants_snapshot boolean default false not null,
  snapshot_stage text,
  snapshot_position text,
  snapshot_started_at timestamp with time zone,
  snapshot_rows bigint default 0 not null,
  snapshot_total bigint,
  run_no bigint default 0 not null,
  heartbeat_at timestamp with time zone,
  seen_at timestamp with time zone,
  gap_at timestamp with time zone,
  gap_words text,
  gap_words_en text,
  schema_at timestamp with time zone,
  schema_usable boolean,
  schema_words text,
  schema_words_en text,
  id_low numeric,
  id_mark numeric,
  id_mark_at timestamp with time zone,
  id_high numeric,
  source_at timestamp with time zone,
  applied_at timestamp with time zone,
  changes bigint default 0 not null,
  status text default 'stopped'::text not null,
  status_since timestamp with time zone default now() not null,
  words text default ''::text not null,
  words_en text default ''::text not null,
  updated_by text not null,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null,
  constraint stock_feed_pkey PRIMARY KEY (id),
  constraint stock_feed_name_key UNIQUE (name),
  constraint stock_feed_on_drift_check CHECK (on_drift = ANY (ARRAY['ask'::text, 'accept'::text])),
  constraint stock_feed_on_unknown_sku_check CHECK (on_unknown_sku = ANY (ARRAY['create'::text, 'ignore'::text, 'ask'::text])),
  constraint stock_feed_snapshot_stage_check CHECK (snapshot_stage = ANY (ARRAY['reading'::text, 'comparing'::text])),
  constraint stock_feed_state_check CHECK (state = ANY (ARRAY['draft'::text, 'dry_run'::text, 'live'::text, 'paused'::text]))
);

create table stock_feed_warehouse (
  feed_id bigint not null,
  source_code text not null,
  warehouse text not null,
  constraint stock_feed_warehouse_pkey PRIMARY KEY (feed_id, source_code)
);

create table stock_finding (
  id bigint generated always as identity not null,
  kind text not null,
  feed_id bigint,
  sku text not null,
  warehouse text not null,
  ledger integer,
  captured integer,
  evidence jsonb default '{}'::jsonb not null,
  hold_key text,
  state text default 'open'::text not null,
  opened_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  ended_by text,
  ended_words text,
  settled_at timestamp with time zone,
  constraint stock_finding_pkey PRIMARY KEY (id),
  constraint stock_finding_state_check CHECK (state = ANY (ARRAY['open'::text, 'accepted'::text, 'kept'::text, 'gone'::text]))
);
CREATE INDEX stock_finding_list ON stock_finding USING btree (state, opened_at DESC, id DESC);
CREATE UNIQUE INDEX stock_finding_open ON stock_finding USING btree (kind, sku, warehouse) WHERE (settled_at IS NULL);
CREATE INDEX stock_finding_place ON stock_finding USING btree (sku, warehouse) WHERE (settled_at IS NULL);

create table stock_gate (
  id integer not null,
  epoch bigint not null,
  namespace text default substr((gen_random_uuid())::text, 1, 8) not null,
  servers text,
  followed text,
  built_at timestamp with time zone,
  places bigint default 0 not null,
  took_ms integer default 0 not null,
  updated_at timestamp with time zone default now() not null,
  constraint stock_gate_pkey PRIMARY KEY (id),
  constraint stock_gate_epoch_check CHECK (epoch > 0),
  constraint stock_gate_id_check CHECK (id = 1)
);

create table stock_hold (
  id bigint not null,
  key text not null,
  kind text not null,
  state text not null,
  owner_kind text not null,
  owner text not null,
  reference text default ''::text not null,
  channel text,
  reason text not null,
  actor text not null,
  asked text not null,
  created_at timestamp with time zone not null,
  deadline_at timestamp with time zone not null,
  heartbeat_at timestamp with time zone not null,
  on_deadline text default 'ask'::text not null,
  ended_at timestamp with time zone,
  ended_by text,
  ended_reason text,
  constraint stock_hold_pkey PRIMARY KEY (id),
  constraint stock_hold_key_key UNIQUE (key),
  constraint stock_hold_kind_check CHECK (kind = ANY (ARRAY['lock'::text, 'reservation'::text])),
  constraint stock_hold_on_deadline_check CHECK (on_deadline = ANY (ARRAY['ask'::text, 'release'::text])),
  constraint stock_hold_state_check CHECK (state = ANY (ARRAY['held'::text, 'released'::text, 'committed'::text]))
);
CREATE INDEX stock_hold_deadline ON stock_hold USING btree (deadline_at, id) WHERE (state = 'held'::text);
CREATE INDEX stock_hold_ended ON stock_hold USING btree (ended_at) WHERE (ended_at IS NOT NULL);
CREATE INDEX stock_hold_owner ON stock_hold USING btree (owner_kind, owner);

create table stock_hold_line (
  hold_id bigint not null,
  sku text not null,
  warehouse text not null,
  kind text not null,
  quantity integer not null,
  open integer not null,
  committed integer default 0 not null,
  from_quota integer default 0 not null,
  constraint stock_hold_line_pkey PRIMARY KEY (hold_id, sku, warehouse),
  constraint stock_hold_line_check CHECK (open >= 0 AND open <= quantity),
  constraint stock_hold_line_check1 CHECK (committed >= 0 AND committed <= quantity),
  constraint stock_hold_line_check2 CHECK (from_quota >= 0 AND from_quota <= quantity),
  constraint stock_hold_line_kind_check CHECK (kind = ANY (ARRAY['lock'::text, 'reservation'::text])),
  constraint stock_hold_line_quantity_check CHECK (quantity > 0)
);
CREATE INDEX stock_hold_line_open ON stock_hold_line USING btree (sku, warehouse, hold_id) WHERE (open > 0);

create table stock_level (
  sku text not null,
  warehouse text not null,
  physical integer default 0 not null,
  locked integer default 0 not null,
  reserved integer default 0 not null,
  in_transit integer default 0 not null,
  safety integer default 0 not null,
  transit_counts boolean default true not null,
  available integer generated always as ((((physical - locked) - reserved) +
CASE
    WHEN transit_counts THEN in_transit
    ELSE 0
END)) stored not null,
  source_quantity integer,
  source_version bigint,
  unseen_out integer default 0 not null,
  version bigint default 0 not null,
  updated_at timestamp with time zone default now() not null,
  constraint stock_level_pkey PRIMARY KEY (sku, warehouse),
  constraint stock_level_in_transit_check CHECK (in_transit >= 0),
  constraint stock_level_locked_check CHECK (locked >= 0),
  constraint stock_level_reserved_check CHECK (reserved >= 0),
  constraint stock_level_safety_check CHECK (safety >= 0),
  constraint stock_level_unseen_out_check CHECK (unseen_out >= 0)
) with (fillfactor=60);
CREATE INDEX stock_level_warehouse ON stock_level USING btree (warehouse, sku);

create table stock_movement (
  id bigint generated always as identity not null,
  at timestamp with time zone not null,
  recorded_at timestamp with time zone default now() not null,
  xact xid8 default pg_current_xact_id() not null,
  sku text not null,
  warehouse text not null,
  cause text not null,
  physical integer not null,
  locked integer not null,
  reserved integer not null,
  in_transit integer not null,
  safety integer not null,
  available_after integer not null,
  hold_id bigint,
  actor text not null,
  evidence jsonb
) partition by RANGE (recorded_at);
CREATE INDEX stock_movement_of ON ONLY stock_movement USING btree (sku, warehouse, id);
CREATE INDEX stock_movement_xact ON ONLY stock_movement USING btree (xact, id);

create table stock_quota (
  sku text not null,
  warehouse text not null,
  channel text not null,
  granted integer not null,
  left_over integer not null,
  updated_by text not null,
  updated_at timestamp with time zone default now() not null,
  constraint stock_quota_pkey PRIMARY KEY (sku, warehouse, channel),
  constraint stock_quota_granted_check CHECK (granted >= 0),
  constraint stock_quota_left_over_check CHECK (left_over >= 0)
);

create table stock_reader (
  name text not null,
  xact xid8 not null,
  id bigint not null,
  constraint stock_reader_pkey PRIMARY KEY (name)
);

create table stock_route (
  id bigint generated always as identity not null,
  name text not null,
  kind text not null,
  connection_id text,
  warehouses text[] not null,
  spread text default 'lines'::text not null,
  draw_safety boolean default true not null,
  active boolean default true not null,
  updated_by text not null,
  updated_at timestamp with time zone default now() not null,
  constraint stock_route_pkey PRIMARY KEY (id),
  constraint stock_route_name_key UNIQUE (name),
  constraint stock_route_spread_check CHECK (spread = ANY (ARRAY['never'::text, 'lines'::text, 'units'::text]))
);

create table sweep_run (
  name text not null,
  last_at timestamp with time zone not null,
  constraint sweep_run_pkey PRIMARY KEY (name)
);

create table tls_probe (
  address text not null,
  at timestamp with time zone not null,
  outcome jsonb not null,
  constraint tls_probe_pkey PRIMARY KEY (address)
);

create table tracking_hour (
  hour timestamp with time zone not null,
  carrier text not null,
  warehouse text not null,
  events bigint not null,
  constraint tracking_hour_pkey PRIMARY KEY (hour, carrier, warehouse)
);

create table tracking_route (
  id bigint generated always as identity not null,
  "position" integer not null,
  pattern text not null,
  carrier text,
  connection_id text,
  note text default ''::text not null,
  updated_by text not null,
  updated_at timestamp with time zone not null,
  constraint tracking_route_pkey PRIMARY KEY (id)
);

create table tracking_setting (
  one boolean default true not null,
  aggregators text[] default '{}'::text[] not null,
  updated_by text not null,
  updated_at timestamp with time zone not null,
  constraint tracking_setting_pkey PRIMARY KEY (one),
  constraint tracking_setting_one_check CHECK (one)
);

create table tracking_subscription (
  tracking_no text not null,
  carrier text not null,
  connection_id text,
  state text not null,
  because text default ''::text not null,
  generation integer default 1 not null,
  renewed integer default 0 not null,
  tried text[] default '{}'::text[] not null,
  asked_at timestamp with time zone not null,
  subscribed_at timestamp with time zone,
  expires_at timestamp with time zone,
  code text,
  words text default ''::text not null,
  updated_at timestamp with time zone not null,
  constraint tracking_subscription_pkey PRIMARY KEY (tracking_no),
  constraint tracking_subscription_state_check CHECK (state = ANY (ARRAY['wanted'::text, 'subscribed'::text, 'account'::text, 'refused'::text, 'none'::text, 'ended'::text]))
);
CREATE INDEX tracking_subscription_expiry ON tracking_subscription USING btree (expires_at) WHERE ((state = 'subscribed'::text) AND (expires_at IS NOT NULL));
CREATE INDEX tracking_subscription_list ON tracking_subscription USING btree (state, asked_at DESC, tracking_no);
CREATE INDEX tracking_subscription_none ON tracking_subscription USING btree (updated_at) WHERE (state = ANY (ARRAY['none'::text, 'refused'::text]));
CREATE INDEX tracking_subscription_recent ON tracking_subscription USING btree (asked_at DESC, tracking_no);

create table tracking_threshold (
  carrier text not null,
  warehouse text not null,
  first_scan_hours integer,
  stalled_hours integer,
  customs_hours integer,
  updated_by text not null,
  updated_at timestamp with time zone not null,
  constraint tracking_threshold_pkey PRIMARY KEY (carrier, warehouse),
  constraint tracking_threshold_customs_hours_check CHECK (customs_hours >= 1 AND customs_hours <= 1440),
  constraint tracking_threshold_first_scan_hours_check CHECK (first_scan_hours >= 1 AND first_scan_hours <= 720),
  constraint tracking_threshold_stalled_hours_check CHECK (stalled_hours >= 1 AND stalled_hours <= 1440)
);

create table transfer (
  id bigint generated always as identity not null,
  transfer_no text not null,
  request_key text not null,
  asked text not null,
  kind text not null,
  from_warehouse text not null,
  to_warehouse text not null,
  state text not null,
  reason text default ''::text not null,
  note text default ''::text not null,
  order_id bigint,
  return_of bigint,
  draw_safety boolean default false not null,
  instructed_at timestamp with time zone not null,
  lock_due_at timestamp with time zone not null,
  lock_until timestamp with time zone not null,
  locked_at timestamp with time zone,
  flagged_at timestamp with time zone,
  dispatched_at timestamp with time zone,
  expected_at timestamp with time zone,
  ended_at timestamp with time zone,
  hold_no integer default 1 not null,
  tries integer default 0 not null,
  next_try_at timestamp with time zone,
  code text,
  words text default ''::text not null,
  created_by text not null,
  updated_at timestamp with time zone not null,
  constraint transfer_pkey PRIMARY KEY (id),
  constraint transfer_request_key_key UNIQUE (request_key),
  constraint transfer_transfer_no_key UNIQUE (transfer_no),
  constraint transfer_check CHECK ((kind = 'channel'::text) = (from_warehouse = to_warehouse)),
  constraint transfer_kind_check CHECK (kind = ANY (ARRAY['warehouse'::text, 'channel'::text])),
  constraint transfer_state_check CHECK (state = ANY (ARRAY['instructed'::text, 'locked'::text, 'dispatched'::text, 'part_received'::text, 'received'::text, 'short_closed'::text, 'cancelled'::text, 'failed'::text]))
);
CREATE INDEX transfer_due ON transfer USING btree (next_try_at) WHERE (next_try_at IS NOT NULL);
CREATE INDEX transfer_failed ON transfer USING btree (ended_at) WHERE (state = 'failed'::text);
CREATE INDEX transfer_list ON transfer USING btree (instructed_at DESC, id DESC);
CREATE INDEX transfer_open ON transfer USING btree (state, lock_due_at) WHERE (state = ANY (ARRAY['instructed'::text, 'locked'::text, 'dispatched'::text, 'part_received'::text]));
CREATE INDEX transfer_order ON transfer USING btree (order_id) WHERE (order_id IS NOT NULL);

create table transfer_event (
  id bigint generated always as identity not null,
  transfer_id bigint not null,
  at timestamp with time zone not null,
  kind text not null,
  actor text not null,
  key text,
  asked text default ''::text not null,
  detail jsonb default '{}'::jsonb not null,
  constraint transfer_event_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX transfer_event_key ON transfer_event USING btree (transfer_id, key) WHERE (key IS NOT NULL);
CREATE INDEX transfer_event_of ON transfer_event USING btree (transfer_id, id);

create table transfer_line (
  transfer_id bigint not null,
  line integer not null,
  sku text not null,
  from_channel text,
  to_channel text,
  quantity integer not null,
  dispatched integer default 0 not null,
  received integer default 0 not null,
  damaged integer default 0 not null,
  lost integer default 0 not null,
  returned integer default 0 not null,
  handed_over integer default 0 not null,
  constraint transfer_line_pkey PRIMARY KEY (transfer_id, line),
  constraint transfer_line_transfer_id_sku_from_channel_to_channel_key UNIQUE NULLS NOT DISTINCT (transfer_id, sku, from_channel, to_channel),
  constraint transfer_line_check CHECK (dispatched <= quantity AND (received + damaged + lost + returned) <= dispatched AND handed_over <= received),
  constraint transfer_line_quantity_check CHECK (quantity > 0)
);
CREATE INDEX transfer_line_sku ON transfer_line USING btree (sku);
CREATE INDEX transfer_line_waits ON transfer_line USING btree (transfer_id) WHERE (handed_over < received);

create table unlock_request (
  id bigint generated always as identity not null,
  hold_id bigint not null,
  hold_key text not null,
  state text not null,
  reason text not null,
  frees jsonb not null,
  endangers jsonb not null,
  asked_by text not null,
  asked_by_id text not null,
  asked_at timestamp with time zone not null,
  decided_by text,
  decided_at timestamp with time zone,
  decision_words text,
  decided_figures jsonb,
  constraint unlock_request_pkey PRIMARY KEY (id),
  constraint unlock_request_state_check CHECK (state = ANY (ARRAY['waiting'::text, 'approved'::text, 'rejected'::text, 'withdrawn'::text, 'moot'::text]))
);
CREATE INDEX unlock_request_list ON unlock_request USING btree (state, asked_at DESC, id DESC);
CREATE UNIQUE INDEX unlock_request_open ON unlock_request USING btree (hold_id) WHERE (state = 'waiting'::text);

create table warehouse (
  code text not null,
  name text not null,
  province text default ''::text not null,
  city text default ''::text not null,
  address text default ''::text not null,
  contact text default ''::text not null,
  priority integer default 100 not null,
  counts_in_transit boolean default true not null,
  figures text default 'own'::text not null,
  active boolean default true not null,
  updated_by text not null,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null,
  constraint warehouse_pkey PRIMARY KEY (code),
  constraint warehouse_name_key UNIQUE (name),
  constraint warehouse_code_check CHECK (code ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$'::text),
  constraint warehouse_figures_check CHECK (figures = ANY (ARRAY['own'::text, 'captured'::text])),
  constraint warehouse_priority_check CHECK (priority >= 0 AND priority <= 10000)
);

create table warehouse_service (
  warehouse text not null,
  takes text[] default '{}'::text[] not null,
  capacity_per_day integer,
  cutoff time without time zone,
  zone text,
  updated_by text not null,
  updated_at timestamp with time zone not null,
  constraint warehouse_service_pkey PRIMARY KEY (warehouse),
  constraint warehouse_service_capacity_per_day_check CHECK (capacity_per_day >= 1 AND capacity_per_day <= 10000000)
);

create table waybill (
  id bigint generated always as identity not null,
  reference text not null,
  parcel_no text not null,
  generation integer default 1 not null,
  lead_id bigint not null,
  warehouse text,
  account_id bigint,
  connection_id text,
  carrier text,
  service text,
  carrier_named boolean default false not null,
  pieces integer default 1 not null,
  state text not null,
  tracking_no text,
  child_nos text[] default '{}'::text[] not null,
  carrier_waybill_id text,
  routing jsonb default '{}'::jsonb not null,
  document bytea,
  document_kind text,
  code text,
  detail text,
  zh text default ''::text not null,
  en text default ''::text not null,
  orders jsonb not null,
  order_ids bigint[] not null,
  attempts integer default 0 not null,
  replaced boolean default false not null,
  chosen_because text default ''::text not null,
  wanted_at timestamp with time zone not null,
  asked_at timestamp with time zone,
  issued_at timestamp with time zone,
  printed_at timestamp with time zone,
  cancelled_at timestamp with time zone,
  updated_at timestamp with time zone not null,
  doubtful_account_id bigint,
  told_recipient text,
  held_until timestamp with time zone,
  constraint waybill_pkey PRIMARY KEY (id),
  constraint waybill_reference_key UNIQUE (reference),
  constraint waybill_document_kind_check CHECK (document_kind = ANY (ARRAY['pdf'::text, 'png'::text, 'zpl'::text, 'sealed'::text])),
  constraint waybill_pieces_check CHECK (pieces >= 1 AND pieces <= 50),
  constraint waybill_state_check CHECK (state = ANY (ARRAY['wanted'::text, 'asking'::text, 'review'::text, 'issued'::text, 'cancelling'::text, 'cancelled'::text, 'void'::text]))
);
CREATE INDEX waybill_lead ON waybill USING btree (lead_id);
CREATE INDEX waybill_list ON waybill USING btree (state, id DESC);
CREATE UNIQUE INDEX waybill_number ON waybill USING btree (carrier, tracking_no) WHERE (tracking_no IS NOT NULL);
CREATE INDEX waybill_of_account ON waybill USING btree (account_id, issued_at) WHERE (issued_at IS NOT NULL);
CREATE UNIQUE INDEX waybill_of_parcel ON waybill USING btree (parcel_no) WHERE ((state <> ALL (ARRAY['cancelled'::text, 'void'::text])) AND (NOT replaced));
CREATE INDEX waybill_orders ON waybill USING gin (order_ids);
CREATE INDEX waybill_recent ON waybill USING btree (issued_at DESC, id DESC) WHERE (state = 'issued'::text);
CREATE INDEX waybill_tracking ON waybill USING btree (tracking_no) WHERE (tracking_no IS NOT NULL);
CREATE INDEX waybill_unprinted ON waybill USING btree (issued_at) WHERE ((state = 'issued'::text) AND (printed_at IS NULL));

create table waybill_event (
  id bigint generated always as identity not null,
  waybill_id bigint not null,
  at timestamp with time zone not null,
  what text not null,
  actor text not null,
  words text default ''::text not null,
  detail jsonb default '{}'::jsonb not null,
  constraint waybill_event_pkey PRIMARY KEY (id)
);
CREATE INDEX waybill_event_of ON waybill_event USING btree (waybill_id, id DESC);

create table webhook_delivery (
  id bigint generated always as identity not null,
  endpoint_id bigint not null,
  event_id bigint not null,
  state text not null,
  attempts integer default 0 not null,
  replays integer default 0 not null,
  last_status integer,
  last_words text default ''::text not null,
  last_ms integer,
  last_at timestamp with time zone,
  created_at timestamp with time zone not null,
  constraint webhook_delivery_pkey PRIMARY KEY (id),
  constraint webhook_delivery_endpoint_id_event_id_key UNIQUE (endpoint_id, event_id),
  constraint webhook_delivery_state_check CHECK (state = ANY (ARRAY['pending'::text, 'done'::text, 'failed'::text]))
);
CREATE INDEX webhook_delivery_failed ON webhook_delivery USING btree (endpoint_id, id) WHERE (state = 'failed'::text);
CREATE INDEX webhook_delivery_list ON webhook_delivery USING btree (id DESC);
CREATE INDEX webhook_delivery_of ON webhook_delivery USING btree (endpoint_id, id DESC);

create table webhook_endpoint (
  id bigint generated always as identity not null,
  name text not null,
  url text not null,
  secret bytea not null,
  former_secret bytea,
  types text[] default '{}'::text[] not null,
  shops text[] default '{}'::text[] not null,
  active boolean default true not null,
  stopped_code text,
  stopped_at timestamp with time zone,
  failures integer default 0 not null,
  failing_since timestamp with time zone,
  last_ok_at timestamp with time zone,
  created_by text not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  constraint webhook_endpoint_pkey PRIMARY KEY (id),
  constraint webhook_endpoint_name_key UNIQUE (name)
);

create table webhook_event (
  id bigint generated always as identity not null,
  message_id text not null,
  type text not null,
  shop text,
  order_id bigint,
  order_no text,
  tracking_no text,
  body text not null,
  at timestamp with time zone not null,
  constraint webhook_event_pkey PRIMARY KEY (id),
  constraint webhook_event_message_id_key UNIQUE (message_id)
);
CREATE INDEX webhook_event_at ON webhook_event USING btree (at DESC, id DESC);
CREATE INDEX webhook_event_order ON webhook_event USING btree (order_no) WHERE (order_no IS NOT NULL);
CREATE INDEX webhook_event_parcel ON webhook_event USING btree (tracking_no) WHERE (tracking_no IS NOT NULL);

alter table account_session add constraint account_session_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id);

alter table alarm_told add constraint alarm_told_alarm_id_fkey FOREIGN KEY (alarm_id) REFERENCES alarm(id) ON DELETE CASCADE;

alter table alarm_told add constraint alarm_told_route_id_fkey FOREIGN KEY (route_id) REFERENCES alarm_route(id) ON DELETE CASCADE;

alter table callback_watch add constraint callback_watch_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES connection(id) ON DELETE CASCADE;

alter table capture_seen add constraint capture_seen_feed_id_fkey FOREIGN KEY (feed_id) REFERENCES stock_feed(id);

alter table capture_upload add constraint capture_upload_feed_id_fkey FOREIGN KEY (feed_id) REFERENCES stock_feed(id);

alter table capture_upload_row add constraint capture_upload_row_upload_id_fkey FOREIGN KEY (upload_id) REFERENCES capture_upload(id) ON DELETE CASCADE;

alter table connection_cursor add constraint connection_cursor_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES connection(id) ON DELETE CASCADE;

alter table credential_refresh add constraint credential_refresh_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES connection(id) ON DELETE CASCADE;

alter table credential_refusal add constraint credential_refusal_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES connection(id) ON DELETE CASCADE;

alter table credential_term add constraint credential_term_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES connection(id) ON DELETE CASCADE;

alter table drill_ask add constraint drill_ask_run_id_fkey FOREIGN KEY (run_id) REFERENCES drill_run(id) ON DELETE CASCADE;

alter table import_error add constraint import_error_run_id_fkey FOREIGN KEY (run_id) REFERENCES import_run(id) ON DELETE CASCADE;

alter table import_row add constraint import_row_run_id_fkey FOREIGN KEY (run_id) REFERENCES import_run(id) ON DELETE CASCADE;

alter table import_run add constraint import_run_file_id_fkey FOREIGN KEY (file_id) REFERENCES import_file(id);

alter table label_chunk add constraint label_chunk_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES label_batch(id) ON DELETE CASCADE;

alter table label_item add constraint label_item_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES label_batch(id) ON DELETE CASCADE;

alter table label_template_version add constraint label_template_version_template_id_fkey FOREIGN KEY (template_id) REFERENCES label_template(id);

alter table lane_of_connection add constraint lane_of_connection_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES connection(id) ON DELETE CASCADE;

alter table look_back_difference add constraint look_back_difference_run_id_fkey FOREIGN KEY (run_id) REFERENCES look_back(id) ON DELETE CASCADE;

alter table look_back_link add constraint look_back_link_run_id_fkey FOREIGN KEY (run_id) REFERENCES look_back(id) ON DELETE CASCADE;

alter table look_back_order add constraint look_back_order_run_id_fkey FOREIGN KEY (run_id) REFERENCES look_back(id) ON DELETE CASCADE;

alter table number_application add constraint number_application_account_id_fkey FOREIGN KEY (account_id) REFERENCES carrier_account(id) ON DELETE CASCADE;

alter table number_balance add constraint number_balance_account_id_fkey FOREIGN KEY (account_id) REFERENCES carrier_account(id) ON DELETE CASCADE;

alter table number_pool add constraint number_pool_account_id_fkey FOREIGN KEY (account_id) REFERENCES carrier_account(id) ON DELETE CASCADE;

alter table number_pool add constraint number_pool_fail_over_to_fkey FOREIGN KEY (fail_over_to) REFERENCES carrier_account(id) ON DELETE SET NULL;

alter table number_segment add constraint number_segment_account_id_fkey FOREIGN KEY (account_id) REFERENCES carrier_account(id);

alter table number_taken add constraint number_taken_segment_id_fkey FOREIGN KEY (segment_id) REFERENCES number_segment(id);

alter table order_group_member add constraint order_group_member_group_id_fkey FOREIGN KEY (group_id) REFERENCES order_group(id);

alter table plan_piece add constraint plan_piece_parcel_id_fkey FOREIGN KEY (parcel_id) REFERENCES plan_parcel(id) ON DELETE CASCADE;

alter table poll_run add constraint poll_run_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES connection(id) ON DELETE CASCADE;

alter table poll_setting add constraint poll_setting_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES connection(id) ON DELETE CASCADE;

alter table print_event add constraint print_event_task_id_fkey FOREIGN KEY (task_id) REFERENCES print_task(id) ON DELETE CASCADE;

alter table print_task add constraint print_task_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES label_batch(id);

alter table print_task add constraint print_task_device_id_fkey FOREIGN KEY (device_id) REFERENCES print_device(id);

alter table promise_rule add constraint promise_rule_calendar_id_fkey FOREIGN KEY (calendar_id) REFERENCES business_calendar(id);

alter table review_event add constraint review_event_case_id_fkey FOREIGN KEY (case_id) REFERENCES review_case(id);

alter table rule_case add constraint rule_case_set_id_fkey FOREIGN KEY (set_id) REFERENCES rule_set(id) ON DELETE CASCADE;

alter table rule_dry_run add constraint rule_dry_run_set_id_fkey FOREIGN KEY (set_id) REFERENCES rule_set(id);

alter table rule_dry_run add constraint rule_dry_run_version_id_fkey FOREIGN KEY (version_id) REFERENCES rule_version(id) ON DELETE CASCADE;

alter table rule_dry_run_row add constraint rule_dry_run_row_run_id_fkey FOREIGN KEY (run_id) REFERENCES rule_dry_run(id) ON DELETE CASCADE;

alter table rule_event add constraint rule_event_set_id_fkey FOREIGN KEY (set_id) REFERENCES rule_set(id);

alter table rule_version add constraint rule_version_set_id_fkey FOREIGN KEY (set_id) REFERENCES rule_set(id);

alter table ship_from add constraint ship_from_warehouse_fkey FOREIGN KEY (warehouse) REFERENCES warehouse(code) ON DELETE CASCADE;

alter table sign_in_link add constraint sign_in_link_account_id_fkey FOREIGN KEY (account_id) REFERENCES account(id);

alter table sourcing_lane add constraint sourcing_lane_warehouse_fkey FOREIGN KEY (warehouse) REFERENCES warehouse(code) ON DELETE CASCADE;

alter table stock_feed_warehouse add constraint stock_feed_warehouse_feed_id_fkey FOREIGN KEY (feed_id) REFERENCES stock_feed(id);

alter table stock_feed_warehouse add constraint stock_feed_warehouse_warehouse_fkey FOREIGN KEY (warehouse) REFERENCES warehouse(code);

alter table stock_level add constraint stock_level_warehouse_fkey FOREIGN KEY (warehouse) REFERENCES warehouse(code);

alter table stock_quota add constraint stock_quota_sku_warehouse_fkey FOREIGN KEY (sku, warehouse) REFERENCES stock_level(sku, warehouse);

alter table transfer add constraint transfer_from_warehouse_fkey FOREIGN KEY (from_warehouse) REFERENCES warehouse(code);

alter table transfer add constraint transfer_return_of_fkey FOREIGN KEY (return_of) REFERENCES transfer(id);

alter table transfer add constraint transfer_to_warehouse_fkey FOREIGN KEY (to_warehouse) REFERENCES warehouse(code);

alter table transfer_event add constraint transfer_event_transfer_id_fkey FOREIGN KEY (transfer_id) REFERENCES transfer(id);

alter table transfer_line add constraint transfer_line_transfer_id_fkey FOREIGN KEY (transfer_id) REFERENCES transfer(id);

alter table warehouse_service add constraint warehouse_service_warehouse_fkey FOREIGN KEY (warehouse) REFERENCES warehouse(code) ON DELETE CASCADE;

alter table waybill add constraint waybill_account_id_fkey FOREIGN KEY (account_id) REFERENCES carrier_account(id);

alter table waybill_event add constraint waybill_event_waybill_id_fkey FOREIGN KEY (waybill_id) REFERENCES waybill(id) ON DELETE CASCADE;

alter table webhook_delivery add constraint webhook_delivery_endpoint_id_fkey FOREIGN KEY (endpoint_id) REFERENCES webhook_endpoint(id) ON DELETE CASCADE;

alter table webhook_delivery add constraint webhook_delivery_event_id_fkey FOREIGN KEY (event_id) REFERENCES webhook_event(id) ON DELETE CASCADE;

CREATE TRIGGER audit_entry_append_only BEFORE DELETE OR UPDATE ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_entry_is_append_only();

CREATE TRIGGER audit_entry_no_truncate BEFORE TRUNCATE ON audit_entry FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_is_append_only();

CREATE TRIGGER stock_level_never_oversold AFTER UPDATE ON stock_level FOR EACH ROW WHEN (new.available < 0 AND (new.locked + new.reserved) > (old.locked + old.reserved)) EXECUTE FUNCTION stock_oversold();
