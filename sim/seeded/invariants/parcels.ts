import type { Invariant } from '../invariant.ts'
import { type Breach, invariant, ofNewRows } from './parts.ts'

const WAYBILLS: readonly Invariant[] = [
  invariant(
    'waybills',
    'WB1',
    'A parcel has one waybill at a time, and its reference is its number and which one it is.',
    async ({ db }) => db<Breach>`
      select 'parcel ' || parcel_no || ' has ' || count(*) || ' waybills: ' || string_agg(reference, ', ' order by reference) as words
      from waybill where state not in ('cancelled', 'void') and not replaced group by parcel_no having count(*) > 1
      union all select 'waybill ' || reference || ' is the ' || generation || '. of ' || parcel_no from waybill
      where reference <> parcel_no || case when generation = 1 then '' else '-R' || generation end
      order by 1 limit 20`,
  ),
  invariant(
    'waybills',
    'WB2',
    'A waybill is issued exactly when it has its number, and nothing is in doubt of it any more.',
    async ({ db }) => db<Breach>`
      select 'waybill ' || reference || ' is ' || state || ' with the number ' || coalesce(tracking_no, 'none') as words from waybill
      where (state in ('issued', 'cancelling') and (tracking_no is null or account_id is null or issued_at is null))
        or (state in ('wanted', 'asking') and tracking_no is not null) or (state = 'issued' and doubtful_account_id is not null)
      order by 1 limit 20`,
  ),
  invariant(
    'waybills',
    'WB3',
    'Another waybill of a parcel is wanted only once the one before it is over.',
    async ({ db }) => db<Breach>`
      select 'waybill ' || w.reference || ' is there, and the one before it is ' || coalesce(b.state, 'not') as words
      from waybill w left join waybill b on b.parcel_no = w.parcel_no and b.generation = w.generation - 1
      where w.generation > 1 and (b.id is null or not (b.state in ('cancelled', 'void') or b.replaced)) order by 1 limit 20`,
  ),
  invariant(
    'waybills',
    'WB4',
    'An order is told of every number that was issued for it, and of its cancelling.',
    async ({ db }) => db<Breach>`
      select 'waybill ' || w.reference || ' is ' || w.tracking_no || ', and nobody told its order' as words from waybill w
      where w.state = 'issued' and not exists (
          select from outbox_intent i where i.effect = 'tell_hub' and i.payload::text like '%' || w.tracking_no || '%')
        and not exists (select from fact f where f.tracking_no = w.tracking_no and f.kind = 'waybill_issued')
      union all select 'waybill ' || w.reference || ' (' || w.tracking_no || ') was cancelled, and nobody told its order' from waybill w
      where w.state = 'cancelled' and w.tracking_no is not null and not exists (
          select from outbox_intent i where i.effect = 'tell_hub' and i.key like '%hub:' || w.reference || ':cancelled') order by 1 limit 20`,
  ),
  invariant(
    'waybills',
    'WB5',
    'What a carrier is asked for is on its way or was answered: a waybill that is wanted has an intent.',
    async ({ db }) => db<Breach>`
      select 'waybill ' || w.reference || ' is ' || w.state || ', and nothing is on its way' as words from waybill w
      where (w.state in ('wanted', 'asking') and not exists (select from outbox_intent i
          where i.effect = 'make_waybill' and i.key like 'make_waybill:' || w.reference || ':%' and i.state in ('pending', 'sending', 'unknown', 'dead')))
        or (w.state = 'cancelling' and not exists (select from outbox_intent i
          where i.effect = 'cancel_waybill' and i.key like 'cancel_waybill:' || w.reference || ':%' and i.state in ('pending', 'sending', 'unknown', 'dead')))
      order by 1 limit 20`,
  ),
  invariant(
    'waybills',
    'WB6',
    'A parcel that waits for its goods has no waybill.',
    async ({ db }) => db<Breach>`
      select 'waybill ' || w.reference || ' is ' || w.state || ', its parcel waits for goods' as words
      from waybill w join plan_parcel p on p.parcel_no = w.parcel_no
      where p.waits and p.state = 'planned' and w.state not in ('cancelled', 'void') order by 1 limit 20`,
  ),
  invariant(
    'waybills',
    'WB8',
    'No carrier is asked for a waybill once the plan of its orders has ended.',
    async ({ db }) => db<Breach>`
      select 'waybill ' || w.reference || ' was asked for at ' || w.asked_at || ', its plan ended at ' || p.updated_at as words
      from waybill w join order_plan p on p.order_id = w.lead_id and p.state = 'ended'
      where w.tracking_no is not null and w.parcel_no like 'P%' and w.asked_at > p.updated_at
        and not exists (select from waybill_event e where e.waybill_id = w.id and e.what = 'unknown')
        and not exists (select from outbox_intent i where i.key like 'make_waybill:' || w.reference || ':%' and i.attempts > 1)
      order by 1 limit 20`,
  ),
]

const LABELS: readonly Invariant[] = [
  invariant(
    'labels',
    'labels/LB2',
    'Each label is in its PDF once: a finished part has the pages of its labels.',
    async ({ db }) => db<Breach>`
      select 'batch ' || c.batch_id || ' part ' || c.chunk || ': ' || c.labels || ' labels, ' || count(i.position) || ' are said to be in it' as words
      from label_chunk c left join label_item i on i.batch_id = c.batch_id and i.chunk = c.chunk and i.state = 'rendered'
      group by c.batch_id, c.chunk having c.labels <> count(i.position) order by 1 limit 20`,
  ),
  invariant(
    'labels',
    'labels/LB3',
    'A label that was made before is made again only with a reason.',
    async ({ db }) => db<Breach>`
      select 'batch ' || b.batch_no || ' makes ' || i.tracking_no || ' for the ' || i.print_no || '. time without a reason' as words
      from label_item i join label_batch b on b.id = i.batch_id where i.print_no > 1 and coalesce(b.reason, '') = '' order by 1 limit 20`,
  ),
  invariant(
    'labels',
    'labels/LB4',
    'What a printer acknowledged is told to its orders.',
    async ({ db }) => db<Breach>`
      select 'task ' || t.id || ' was printed, and waybill ' || w.reference || ' does not know' as words
      from print_task t cross join unnest(t.waybill_ids) as one (id) join waybill w on w.id = one.id
      where t.state = 'printed' and w.printed_at is null and w.state = 'issued' order by 1 limit 20`,
  ),
  invariant(
    'labels',
    'labels/LB5',
    'A task that was given out has a lease, and every time it was is in its history.',
    async ({ db }) => db<Breach>`
      select 'task ' || id || ' is ' || state || ' without a lease' as words from print_task
      where state = 'handed_out' and (lease is null or lease_until is null or deliveries < 1)
      union all select 'task ' || id || ' was printed ' || printed_times || ' times and given out ' || deliveries from print_task
      where state = 'printed' and printed_times < 1 order by 1 limit 20`,
  ),
  invariant(
    'labels',
    'labels/LB8',
    'A label is drawn of the number that its waybill had then.',
    async ({ db }) => db<Breach>`
      select 'batch ' || i.batch_id || ' draws ' || i.tracking_no || ', waybill ' || w.reference || ' is ' || coalesce(w.tracking_no, 'none') as words
      from label_item i join waybill w on w.id = i.waybill_id
      where i.state = 'waiting' and w.state = 'issued' and i.piece = 1 and i.tracking_no is distinct from w.tracking_no order by 1 limit 20`,
  ),
]

const NUMBERS: readonly Invariant[] = [
  invariant(
    'number-pools',
    'NP1',
    'No number is given out twice, and none lies outside its segment.',
    async ({ db }) => db<Breach>`
      select 'number ' || tracking_no || ' was given out ' || count(*) || ' times' as words from number_taken
      group by carrier, tracking_no having count(*) > 1
      union all select 'serial ' || t.serial || ' of segment ' || t.segment_id || ' was given to ' || t.reference from number_taken t
      left join number_segment s on s.id = t.segment_id
      where s.id is null or t.serial < s.first_serial or t.serial >= s.next_serial or t.account_id <> s.account_id
      order by 1 limit 20`,
  ),
  invariant(
    'number-pools',
    'NP2',
    'No two segments of a carrier could print the same number.',
    async ({ db }) => db<Breach>`
      select 'segments ' || a.id || ' and ' || b.id || ' of ' || a.carrier || ' both print ' || a.stem as words
      from number_segment a join number_segment b on b.carrier = a.carrier and b.id > a.id and b.stem = a.stem and b.suffix = a.suffix
        and b.digits = a.digits and a.printed_from <= b.printed_to and b.printed_from <= a.printed_to
      where a.state = 'active' and b.state = 'active' order by 1 limit 20`,
  ),
  invariant(
    'number-pools',
    'NP4',
    'A segment is used without gaps: what was given out is all before what is next.',
    async ({ db }) => db<Breach>`
      select 'segment ' || s.id || ' is at ' || s.next_serial || ', ' || count(t.serial) || ' were given out since ' || s.first_serial as words
      from number_segment s left join number_taken t on t.segment_id = s.id
      group by s.id having count(t.serial) <> s.next_serial - s.first_serial order by 1 limit 20`,
  ),
  invariant(
    'number-pools',
    'NP6',
    'An account has one application open, and what is filled has brought numbers.',
    async ({ db }) => db<Breach>`
      select 'account ' || account_id || ' has ' || count(*) || ' applications open' as words from number_application
      where state in ('open', 'sending', 'taken', 'refused') group by account_id having count(*) > 1
      union all select 'application ' || id || ' is ' || state || ' and ended ' || coalesce(ended_at::text, 'never') from number_application
      where (state in ('filled', 'closed')) <> (ended_at is not null) order by 1 limit 20`,
  ),
]

const TRACKING: readonly Invariant[] = [
  ofNewRows(
    'tracking',
    'tracking/TR1',
    'A standing counts no more events than its number has facts, and one row is one number.',
    async ({ db }, age) => db<Breach>`
      select 'parcel ' || s.tracking_no || ' counts ' || s.events || ' events of ' || told.facts || ' facts' as words
      from parcel_standing s cross join lateral (select count(*) as facts from (
        select id from fact where tracking_no = s.tracking_no union select id from fact where subject = 'parcel:' || s.tracking_no) f) told
      where age(s.xmin) <= ${age} and s.events > told.facts
      union all select 'parcel ' || tracking_no || ' has ' || count(*) || ' standings' from parcel_standing group by tracking_no having count(*) > 1
      order by 1 limit 20`,
  ),
  invariant(
    'tracking',
    'tracking/TR2',
    'A parcel is delivered here exactly when its order says so.',
    async ({ db }) => db<Breach>`
      with behind as (
        select jsonb_array_elements_text(j.data -> 'numbers') as no from journal_reader r join journal j on (j.xact, j.id) > (r.last_xact, r.last_id)
        where r.name = 'tracking' and j.kind = 'parcels.touched'
      )
      select distinct 'parcel ' || s.tracking_no || ' is ' || s.state || ', order ' || o.order_no || ' says ' || (p ->> 'status') as words
      from sales_order o cross join jsonb_array_elements(o.record -> 'parcels') p join parcel_standing s on s.tracking_no = p ->> 'trackingNo'
      where (s.state = 'delivered') <> (p ->> 'status' = 'delivered') and p ->> 'status' <> 'void'
        and not exists (select from behind where behind.no = s.tracking_no)
        and not exists (select from inbox_task) order by 1 limit 20`,
  ),
  invariant(
    'tracking',
    'tracking/TR3',
    'A finding says since when, and what is delivered and closed is not silent.',
    async ({ db }) => db<Breach>`
      select 'parcel ' || tracking_no || ' (' || state || ') is found ' || finding || ' since ' || coalesce(finding_since::text, 'never') as words
      from parcel_standing where finding is not null and (finding_since is null or (finding in ('no_first_scan', 'stalled') and not open))
      order by 1 limit 20`,
  ),
  invariant(
    'tracking',
    'tracking/TR4',
    'A number is asked for once a generation.',
    async ({ db }) => db<Breach>`
      select 'number ' || s.tracking_no || ' is ' || s.state || ' in generation ' || s.generation || ', no intent says so' as words
      from tracking_subscription s where s.state = 'wanted' and not exists (
        select from outbox_intent i where i.key = 'subscribe_tracking:' || s.tracking_no || ':' || s.generation) order by 1 limit 20`,
  ),
]

const RESHIPMENTS: readonly Invariant[] = [
  invariant(
    'reshipments',
    'RS1',
    'A re-ship that was sent was granted, and is a parcel of its own.',
    async ({ db }) => db<Breach>`
      select 'reshipment ' || id || ' was sent as ' || coalesce(parcel_no, 'nothing') || ' by nobody''s word' as words from reshipment
      where state = 'sent' and (parcel_no is null or (decided_by is null and proof = '[]'::jsonb))
      union all select 'parcel ' || parcel_no || ' is ' || count(*) || ' reshipments' from reshipment where parcel_no is not null
      group by parcel_no having count(*) > 1 order by 1 limit 20`,
  ),
  invariant(
    'reshipments',
    'RS3',
    'Whoever asked for a re-ship did not approve it.',
    async ({ db }) => db<Breach>`
      select 'reshipment ' || id || ' was approved by ' || decided_by || ', who asked for it' as words from reshipment
      where state in ('approved', 'sent') and decided_by is not null and decided_by = asked_by
      union all select 'dispute ' || id || ' was upheld by ' || decided_by || ', who opened it' from dispute
      where state = 'upheld' and decided_by = opened_by order by 1 limit 20`,
  ),
  invariant(
    'reshipments',
    'RS4',
    'An intercept is an intent of the outbox and is looked after 144 times at most.',
    async ({ db }) => db<Breach>`
      select 'intercept ' || request_id || ' was looked after ' || looks || ' times' as words from intercept where looks > 144
      union all select 'intercept ' || i.request_id || ' is wanted, and no intent says so' from intercept i
      where i.state = 'wanted' and not exists (
        select from outbox_intent o where o.effect = 'intercept_parcel' and o.key like '%' || i.request_id || '%')
      order by 1 limit 20`,
  ),
  invariant(
    'reshipments',
    'RS5',
    'An order has one open duplicate, a parcel one open intercept and one open dispute.',
    async ({ db }) => db<Breach>`
      select 'order ' || order_id || ' has ' || count(*) || ' open duplicates' as words from duplicate_shipment where state = 'open'
      group by order_id having count(*) > 1
      union all select 'parcel ' || tracking_no || ' has ' || count(*) || ' open intercepts' from intercept
      where state in ('wanted', 'unknown', 'accepted', 'returning') group by tracking_no having count(*) > 1
      union all select 'parcel ' || tracking_no || ' has ' || count(*) || ' open disputes' from dispute where state = 'open'
      group by tracking_no having count(*) > 1 order by 1 limit 20`,
  ),
]

const REPORTS: readonly Invariant[] = [
  invariant(
    'shipment-report',
    'SR1',
    'An order and tracking number have one intent to report, whatever repeats.',
    async ({ db }) => db<Breach>`
      select i.key || ' is ' || count(*) || ' intents' as words from outbox_intent i where i.effect = 'report_shipment'
      group by i.key having count(*) > 1 order by 1 limit 20`,
  ),
  invariant(
    'shipment-report',
    'SR3',
    'A report that is not made says why.',
    async ({ db }) => db<Breach>`
      select key || ' is ' || state || ' without a reason' as words from outbox_intent
      where effect = 'report_shipment' and state in ('moot', 'refused', 'dead') and last_code is null order by 1 limit 20`,
  ),
  invariant(
    'shipment-report',
    'SR4',
    'What the channel answered is a fact of the order.',
    async ({ db }) => db<Breach>`
      select i.key || ' is done, and the order does not know' as words from outbox_intent i
      where i.effect = 'report_shipment' and i.state = 'done' and not exists (
        select from fact f where f.kind = 'shipment_reported' and f.tracking_no = i.payload ->> 'trackingNo'
          and f.subject = 'order:' || i.connection_id || ':' || (i.payload ->> 'orderNo'))
      union all select distinct i.key || ' is ' || i.state || ', and its order says ' || (f.detail ->> 'outcome') from outbox_intent i
      join fact f on f.kind = 'shipment_reported' and f.tracking_no = i.payload ->> 'trackingNo'
        and f.subject = 'order:' || i.connection_id || ':' || (i.payload ->> 'orderNo')
      where i.effect = 'report_shipment' and i.state in ('refused', 'moot') and f.detail ->> 'outcome' = 'accepted'
        and not exists (select from outbox_intent d where d.effect = i.effect and d.state = 'done' and d.connection_id = i.connection_id
          and d.payload ->> 'orderNo' = i.payload ->> 'orderNo' and d.payload ->> 'trackingNo' = i.payload ->> 'trackingNo')
      order by 1 limit 20`,
  ),
  invariant(
    'shipment-report',
    'SR5',
    'Of an order in several parcels the channel is told of each: where one is reported, so are those that are as far.',
    async ({ db }) => db<Breach>`
      with parcels as (
        select o.id, o.order_no, o.connection_id, p ->> 'trackingNo' as no, exists (
          select from outbox_intent i where i.order_id = o.id and i.effect = 'report_shipment' and i.payload ->> 'trackingNo' = p ->> 'trackingNo') as told
        from sales_order o cross join jsonb_array_elements(o.record -> 'parcels') p
        where p ->> 'status' not in ('void', 'announced') and exists (
          select from waybill w where w.tracking_no = p ->> 'trackingNo' and w.state = 'issued')
      )
      select 'order ' || b.order_no || ': its channel was to be told of ' || a.no || ' and never of ' || b.no as words
      from parcels a join parcels b using (id) where a.told and not b.told
        and not exists (select from inbox_task) order by 1 limit 20`,
  ),
  invariant(
    'shipment-report',
    'SR6',
    'No channel is told of a shipment once it gave the money back.',
    async ({ db }) => db<Breach>`
      select i.key || ' is ' || i.state || ' at ' || i.updated_at || ', refunded since ' || f.received_at as words
      from outbox_intent i join sales_order o on o.id = i.order_id and o.status = 'refunded'
      join lateral (select min(received_at) as received_at from fact f where f.kind = 'refunded'
        and f.subject = 'order:' || o.connection_id || ':' || o.order_no) f on true
      where i.effect = 'report_shipment' and i.state in ('done', 'refused') and i.attempts = 1 and i.updated_at > f.received_at
        and not exists (select from inbox_task) order by 1 limit 20`,
  ),
]

/** Waybills, labels, numbers, standings, re-ships and what the shops are told. */
export const PARCELS: readonly Invariant[] = [
  ...WAYBILLS,
  ...LABELS,
  ...NUMBERS,
  ...TRACKING,
  ...RESHIPMENTS,
  ...REPORTS,
]
