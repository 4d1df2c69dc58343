import type { Invariant } from '../invariant.ts'
import { type Breach, invariant } from './parts.ts'

// What goes out, and what is said of those who take it: breakers, detours, questions, webhooks, notices, credentials, connections.

export const OUTWARD: readonly Invariant[] = [
  invariant(
    'outward',
    'OW4',
    'A breaker is as its last change left it, and says since when and why.',
    async ({ db }) => db<Breach>`
      with last as (select distinct on (connection_id) connection_id, to_state from breaker_event
        where from_state in ('closed', 'open', 'half_open') and to_state in ('closed', 'open', 'half_open') and from_state <> to_state
          and cause not like 'forced%' and cause not like 'freed%' order by connection_id, id desc)
      select b.connection_id || ' is ' || b.state || ', its last change was to ' || l.to_state as words
      from breaker b join last l using (connection_id) where b.state <> l.to_state and b.forced is null
      union all select connection_id || ' is ' || state || ' without a reason' from breaker where state <> 'closed' and reason = ''
      order by 1 limit 20`,
  ),
  invariant(
    'outward',
    'OW6',
    'Half open, ten probes are sent, and no more come back than were sent.',
    async ({ db }) => db<Breach>`
      select connection_id || ' sent ' || probes_sent || ' probes, ' || probes_ok || ' good, ' || probes_failed || ' bad' as words from breaker
      where state = 'half_open' and (probes_sent > 10 or probes_ok + probes_failed > probes_sent or probes_sent < 0)
      order by 1 limit 20`,
  ),
  invariant(
    'outward',
    'OW9',
    'A connection that a person paused is not called.',
    async ({ db }) => db<Breach>`
      select i.key || ' was tried at ' || i.updated_at || ', ' || c.name || ' is paused since ' || c.updated_at as words
      from outbox_intent i join connection c on c.id = i.connection_id
      where c.paused and i.updated_at > c.updated_at and i.attempts > 0 and i.effect in ('report_shipment', 'fetch_order', 'set_stock')
        and i.state in ('done', 'refused', 'unknown', 'dead') and i.last_code is distinct from 'outbox.dropped' order by 1 limit 20`,
  ),
  invariant(
    'outward',
    'OW8',
    'Every detour is written down with its reason.',
    async ({ db }) => db<Breach>`
      select 'detour ' || id || ' from ' || wanted || ' to ' || taken || ' has no reason' as words from route_decision
      where reason = '' or wanted = '' or taken = '' order by 1 limit 20`,
  ),
  invariant(
    'fallback',
    'FB1',
    'A subject is asked about by one process at a time, and was asked as often as it waited in vain or more.',
    async ({ db }) => db<Breach>`
      select 'question ' || subject || ': ' || asks || ' asks, ' || fruitless || ' in vain' as words from fallback_ask
      where fruitless > asks or asks < 0 or fruitless < 0 order by 1 limit 20`,
  ),
  invariant(
    'fallback',
    'FB5',
    'Found is what a polled message was the first to prove.',
    async ({ db }) => db<Breach>`
      select 'question ' || id || ' of ' || subject || ' is ' || outcome || ' with ' || facts || ' facts' as words from fallback_log
      where (outcome = 'found' and facts < 1) or facts < 0 order by 1 limit 20`,
  ),
  invariant(
    'webhooks',
    'WE1',
    'An endpoint is told of an event once, under one id.',
    async ({ db }) => db<Breach>`
      select 'event ' || event_id || ' has ' || count(*) || ' deliveries to endpoint ' || endpoint_id as words from webhook_delivery
      group by endpoint_id, event_id having count(*) > 1
      union all select 'event ' || message_id || ' is there ' || count(*) || ' times' from webhook_event group by message_id having count(*) > 1
      order by 1 limit 20`,
  ),
  invariant(
    'webhooks',
    'WE2',
    'A delivery that is pending is on its way.',
    async ({ db }) => db<Breach>`
      select 'delivery ' || d.id || ' is pending, and no intent carries it' as words from webhook_delivery d
      where d.state = 'pending' and not exists (select from outbox_intent i where i.key = 'deliver_webhook:' || d.id || ':' || d.replays)
      order by 1 limit 20`,
  ),
  invariant(
    'webhooks',
    'WE3',
    'A delivery belongs to an event and an endpoint that are there, and what was taken was tried.',
    async ({ db }) => db<Breach>`
      select 'delivery ' || d.id || ' (' || d.state || ') after ' || d.attempts || ' attempts' as words from webhook_delivery d
      where (d.state = 'done' and d.attempts < 1) or not exists (select from webhook_event e where e.id = d.event_id) order by 1 limit 20`,
  ),
  invariant(
    'alerting',
    'AL1',
    'A trouble has one open alarm, and one that is over has an end.',
    async ({ db }) => db<Breach>`
      select rule || ' ' || subject || ' has ' || count(*) || ' open alarms' as words from alarm where state <> 'resolved'
      group by rule, subject having count(*) > 1
      union all select rule || ' ' || subject || ' is ' || state || ' and ended ' || coalesce(resolved_at::text, 'never') from alarm
      where (state = 'resolved') <> (resolved_at is not null) order by 1 limit 20`,
  ),
  invariant(
    'alerting',
    'AL2',
    'Nothing is told twice: a notice goes to a target once, and is an intent of the outbox.',
    async ({ db }) => db<Breach>`
      select 'notice ' || notice_id || ' goes to ' || target || ' ' || count(*) || ' times' as words from alarm_delivery
      group by notice_id, target having count(*) > 1
      union all select 'notice ' || d.notice_id || ' to ' || d.target || ' is queued, and no intent carries it' from alarm_delivery d
      where d.state = 'queued' and not d.direct
        and not exists (select from outbox_intent i where i.key = 'notify:' || d.notice_id || ':' || d.target) order by 1 limit 20`,
  ),
  invariant(
    'alerting',
    'AL3',
    'What a route told is in its book with when.',
    async ({ db }) => db<Breach>`
      select 'alarm ' || t.alarm_id || ' was told at ' || t.told_at || ', reminded at ' || t.reminded_at as words from alarm_told t
      where t.reminded_at < t.told_at or t.escalated_at < t.told_at
        or not exists (select from alarm a where a.id = t.alarm_id) order by 1 limit 20`,
  ),
  invariant(
    'credentials',
    'CR3',
    'A refusal was heard at least once, and not last before it was heard first.',
    async ({ db }) => db<Breach>`
      select connection_id || ' ' || code || ': ' || times || ' times, ' || first_at || ' to ' || last_at as words from credential_refusal
      where times < 1 or last_at < first_at order by 1 limit 20`,
  ),
  invariant(
    'credentials',
    'CR4',
    'A renewal is leased for a minute at most, and what fails says since when and why.',
    async ({ db, now }) => db<Breach>`
      select connection_id || ' is leased until ' || coalesce(leased_until::text, 'never') || ' after ' || failures || ' failures' as words
      from credential_refresh where leased_until > ${now}::timestamptz + interval '61 seconds'
        or (failures > 0 and (failing_since is null or code is null)) order by 1 limit 20`,
  ),
  invariant(
    'connections',
    'C1',
    'Secrets lie sealed.',
    async ({ db }) => db<Breach>`
      select 'the secrets of ' || id || ' are not sealed' as words from connection
      where octet_length(secrets) > 0 and (get_byte(secrets, 0) <> 1 or octet_length(secrets) < 31 + get_byte(secrets, 1))
      union all select 'the settings of account ' || name || ' are not sealed' from carrier_account
      where get_byte(sealed, 0) <> 1 or octet_length(sealed) < 30
      union all select 'the recipient of order ' || order_id || ' is not sealed' from order_register
      where part = 'recipient' and (octet_length(value) < 30 or get_byte(value, 0) <> 1)
      union all select 'the secret of endpoint ' || name || ' is not sealed' from webhook_endpoint
      where octet_length(secret) < 30 or get_byte(secret, 0) <> 1 order by 1 limit 20`,
  ),
  invariant(
    'connections',
    'C4',
    'Names are unique, and a callback token belongs to one connection.',
    async ({ db }) => db<Breach>`
      select count(*) || ' connections are called ' || name as words from connection group by name having count(*) > 1
      union all select 'the token of ' || string_agg(id, ', ') || ' is not one of its own' from connection
      group by callback_token having count(*) > 1 or length(callback_token) < 8 order by 1 limit 20`,
  ),
  invariant(
    'connections',
    'C5',
    'What orders belong to is there.',
    async ({ db }) => db<Breach>`
      select distinct 'orders belong to ' || k.connection_id || ', which is not there' as words from order_key k
      where not exists (select from connection c where c.id = k.connection_id) order by 1 limit 20`,
  ),
  invariant(
    'operations',
    'OP1',
    'What was given up after it may have taken effect keeps its doubt: done is done, and never due again.',
    async ({ db, now }) => db<Breach>`
      select 'intent ' || key || ' is done and due at ' || not_before as words from outbox_intent
      where state in ('done', 'moot') and not_before > ${now}::timestamptz + interval '1 day' order by 1 limit 20`,
  ),
  invariant(
    'operations',
    'OP3',
    'What was dropped was dropped for a reason.',
    async ({ db }) => db<Breach>`
      select 'intent ' || key || ' was dropped without a reason' as words from outbox_intent
      where last_code = 'outbox.dropped' and (state <> 'moot' or coalesce(last_detail, '') = '') order by 1 limit 20`,
  ),
  invariant(
    'callback-health',
    'CH1',
    'A minute counts no less than nothing.',
    async ({ db }) => db<Breach>`
      select connection_id || ' at ' || minute as words from callback_minute
      where least(accepted, duplicate, challenge, rejected, forged, unavailable, late, latency_us_sum) < 0 order by 1 limit 20`,
  ),
  invariant(
    'lock-health',
    'LH2',
    'What was asked in an hour was locked, refused, timed out or the fault of the caller.',
    async ({ db }) => db<Breach>`
      select warehouse || ' at ' || hour || ': ' || asked || ' asked, ' || locked || ' locked, ' || refused || ' refused, ' || timed_out || ' timed out' as words
      from lock_hour where asked < locked + refused + timed_out or least(asked, locked, refused, timed_out, invalid) < 0 order by 1 limit 20`,
  ),
]
