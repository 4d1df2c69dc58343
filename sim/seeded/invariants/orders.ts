import { FACT_KINDS } from '#domain/fact.ts'
import { AFTER_SALES, ORDER_STATUSES } from '#domain/order-status.ts'
import { textArray } from '#platform/postgres/arrays.ts'
import type { Invariant } from '../invariant.ts'
import { derivedFromFacts } from './derive-again.ts'
import { type Breach, invariant, ofNewRows } from './parts.ts'

const SPEC = 'order-status'

/** docs/specs/order-status.md, as it shows in facts, orders and intents; and what drift and SKU matching promise beside it. */
export const ORDERS: readonly Invariant[] = [
  invariant(
    SPEC,
    'OS1',
    'However many workers joined them, the counts per shop and status are the orders that there are.',
    async ({ db }) => db<Breach>`
      with counted as (select connection_id, status, sum(count)::int as n from order_tally group by 1, 2),
        there as (select connection_id, status, count(*)::int as n from sales_order group by 1, 2)
      select connection_id || ' ' || status || ': ' || coalesce(counted.n, 0) || ' counted, ' || coalesce(there.n, 0) || ' there' as words
      from counted full join there using (connection_id, status)
      where coalesce(counted.n, 0) <> coalesce(there.n, 0) order by 1 limit 20`,
  ),
  derivedFromFacts,
  ofNewRows(
    SPEC,
    'OS3',
    'Every fact is of a known kind and every order in a known status.',
    async ({ db }, age) => db<Breach>`
      select 'order ' || order_no || ' is ' || status || ', ' || after_sale as words from sales_order
      where age(xmin) <= ${age} and (status <> all(${textArray(ORDER_STATUSES)}::text[]) or after_sale <> all(${textArray(AFTER_SALES)}::text[]))
      union all select subject || ' has a fact ' || kind from fact where age(xmin) <= ${age} and kind <> all(${textArray(FACT_KINDS)}::text[])
      order by 1 limit 20`,
  ),
  invariant(
    SPEC,
    'OS4',
    'A parcel that was scanned as delivered and never revoked is delivered or on its way back, whatever came later.',
    async ({ db }) => db<Breach>`
      with done as (
        select coalesce(f.tracking_no, substr(f.subject, 8)) as no from fact f where f.kind in ('delivered', 'delivery_revoked')
          and (f.tracking_no is not null or f.subject like 'parcel:%')
        group by 1 having bool_and(f.kind = 'delivered')
      )
      select 'order ' || o.order_no || ': parcel ' || done.no || ' was delivered and is ' || (p ->> 'status') as words
      from sales_order o cross join jsonb_array_elements(o.record -> 'parcels') p join done on done.no = p ->> 'trackingNo'
      where p ->> 'status' not in ('delivered', 'returning', 'signed_back', 'void')
        and not exists (select from inbox_task) order by 1 limit 20`,
  ),
  invariant(
    SPEC,
    'OS5',
    'An order with a live printed waybill is no longer waiting, and shows the number.',
    async ({ db }) => db<Breach>`
      with printed as (
        select os.order_id, f.tracking_no as no from fact f join order_subject os on os.subject = f.subject
        where f.kind = 'waybill_issued' and f.tracking_no is not null and f.subject not like 'parcel:%'
          and not exists (select from order_key k join order_key other on other.order_no = k.order_no and other.id <> k.id
            where k.id = os.order_id and f.subject like 'reference:%')
          and not exists (select from fact v where v.kind = 'waybill_cancelled' and coalesce(v.tracking_no, substr(v.subject, 8)) = f.tracking_no)
      )
      select distinct 'order ' || o.order_no || ' is ' || o.status || ', its waybill ' || p.no || ' was printed' as words
      from printed p join sales_order o on o.id = p.order_id
      where (o.status in ('pending_payment', 'on_hold', 'awaiting_shipment') or not exists (
          select from jsonb_array_elements(o.record -> 'parcels') x where x ->> 'trackingNo' = p.no))
        and not exists (select from inbox_task) order by 1 limit 20`,
  ),
  invariant(
    SPEC,
    'OS15',
    'A number whose waybill was cancelled before anything moved under it is no shipment.',
    async ({ db }) => db<Breach>`
      select 'order ' || o.order_no || ': ' || (p ->> 'trackingNo') || ' was cancelled and is ' || (p ->> 'status') as words
      from sales_order o cross join jsonb_array_elements(o.record -> 'parcels') p join waybill w on w.tracking_no = p ->> 'trackingNo'
      where w.state = 'cancelled' and p ->> 'status' <> 'void' and not exists (select from inbox_task)
        and exists (select from fact f where f.tracking_no = w.tracking_no and f.kind = 'waybill_cancelled')
        and not exists (select from fact f where (f.tracking_no = w.tracking_no or f.subject = 'parcel:' || w.tracking_no)
          and f.kind not in ('waybill_issued', 'waybill_cancelled', 'shipment_reported')) order by 1 limit 20`,
  ),
  invariant(
    SPEC,
    'OS16',
    'An order is shipped whole only when every piece of its lines is in a parcel, unless its channel says so of the whole order.',
    async ({ db }) => db<Breach>`
      select 'order ' || o.order_no || ' is shipped, ' || packed.pieces || ' of ' || (l ->> 'quantity') || ' of line ' || (l ->> 'lineId') as words
      from sales_order o cross join jsonb_array_elements(o.record -> 'lines') l cross join lateral (
        select coalesce(sum((x ->> 'quantity')::int), 0) as pieces from jsonb_array_elements(o.record -> 'parcels') p
        cross join jsonb_array_elements(p -> 'lines') x where p ->> 'status' <> 'void' and x ->> 'lineId' = l ->> 'lineId') packed
      where o.status = 'shipped' and packed.pieces < (l ->> 'quantity')::int
        and exists (select from jsonb_array_elements(o.record -> 'parcels') p where p ->> 'status' <> 'void')
        and not exists (select from jsonb_array_elements(o.record -> 'parcels') p
          where p ->> 'status' <> 'void' and jsonb_array_length(p -> 'lines') = 0)
        and not exists (select from order_subject os join fact f on f.subject = os.subject
          where os.order_id = o.id and f.kind = 'dispatched' and f.tracking_no is null and f.subject not like 'parcel:%')
      order by 1 limit 20`,
  ),
  invariant(
    SPEC,
    'OS18',
    'An order without parcels is as far as its channel says: delivered, where it says so.',
    async ({ db }) => db<Breach>`
      select distinct 'order ' || o.order_no || ' is ' || o.status || ', its channel says that it was delivered' as words
      from sales_order o join order_subject os on os.order_id = o.id join fact f on f.subject = os.subject
      where f.kind = 'delivered' and f.tracking_no is null and f.subject like 'order:%'
        and o.status in ('pending_payment', 'on_hold', 'awaiting_shipment', 'partially_shipped', 'shipped', 'picked_up', 'in_transit', 'out_for_delivery')
        and not exists (select from jsonb_array_elements(o.record -> 'parcels') p where p ->> 'status' not in ('void', 'announced'))
        and not exists (select from fact r where r.subject = f.subject and r.kind = 'delivery_revoked')
        and not exists (select from inbox_task) order by 1 limit 20`,
  ),
  invariant(
    SPEC,
    'OS6',
    'An order is delivered only when all its live parcels are, unless its channel says so of the whole order.',
    async ({ db }) => db<Breach>`
      select 'order ' || o.order_no || ' is delivered, its parcel ' || (p ->> 'trackingNo') || ' is ' || (p ->> 'status') as words
      from sales_order o cross join jsonb_array_elements(o.record -> 'parcels') p
      where o.status = 'delivered' and p ->> 'status' not in ('void', 'announced', 'delivered', 'returning', 'signed_back')
        and not exists (select from order_subject os join fact f on f.subject = os.subject
          where os.order_id = o.id and f.kind = 'delivered' and f.tracking_no is null and f.subject not like 'parcel:%')
      order by 1 limit 20`,
  ),
  ofNewRows(
    SPEC,
    'OS7',
    'A time that nobody knows has no instant, and one that is known says how.',
    async ({ db }, age) => db<Breach>`
      select subject || ' ' || kind || ': "' || at_raw || '" is ' || at_provenance || ' and ' || coalesce(at::text, 'no instant') as words
      from fact where age(xmin) <= ${age} and (at is null) <> (at_provenance = 'ambiguous') order by 1 limit 20`,
  ),
  ofNewRows(
    SPEC,
    'OS8',
    'What an order shows is what its registers hold, and a register bears the hash of its content.',
    async ({ db }, age) => db<Breach>`
      select 'order ' || o.order_no || ': ' || r.part || ' is not the register''s' as words from (
        select order_id, part, value, hash, case when part in ('totals', 'notes', 'lines') then convert_from(value, 'UTF8')::jsonb end as said
        from order_register r0 where exists (select from sales_order o0 where o0.id = r0.order_id
          and (age(o0.xmin) <= ${age} or age(r0.xmin) <= ${age}))) r
      join sales_order o on o.id = r.order_id
      where (r.part <> 'recipient' and r.hash <> sha256(r.value))
        or (r.part = 'totals' and (o.payable_minor::text, o.currency) is distinct from
          (r.said #>> '{payable,minor}', r.said #>> '{payable,currency}'))
        or (r.part = 'notes' and coalesce(o.buyer_note, '') <> coalesce(r.said ->> 'buyer', ''))
        or (r.part = 'lines' and o.item_count <> (
          select coalesce(sum((l ->> 'quantity')::int), 0) from jsonb_array_elements(r.said) l))
      order by 1 limit 20`,
  ),
  invariant(
    SPEC,
    'OS9',
    'A parcel whose delivery was revoked after it was last claimed is not delivered.',
    async ({ db }) => db<Breach>`
      with told as (
        select coalesce(tracking_no, substr(subject, 8)) as no, max(at) filter (where kind = 'delivered') as delivered,
          max(at) filter (where kind = 'delivery_revoked') as revoked
        from fact where kind in ('delivered', 'delivery_revoked') group by 1
      )
      select 'order ' || o.order_no || ': the delivery of ' || told.no || ' was revoked' as words
      from sales_order o cross join jsonb_array_elements(o.record -> 'parcels') p join told on told.no = p ->> 'trackingNo'
      where p ->> 'status' = 'delivered' and told.revoked >= told.delivered and not exists (select from inbox_task) order by 1 limit 20`,
  ),
  invariant(
    SPEC,
    'OS10',
    'Every disagreement names at least who says what, and an order counts those that are open.',
    async ({ db }) => db<Breach>`
      select 'order ' || o.order_no || ' counts ' || o.drift_count || ' disagreements, there are ' || count(d.field) as words
      from sales_order o left join drift d on d.order_id = o.id and (d.until is null or d.field = 'times')
      group by o.id having o.drift_count <> count(d.field)
      union all select 'drift ' || order_id || ' ' || field || ' says nobody''s word' from drift where jsonb_array_length(claims) = 0
      order by 1 limit 20`,
  ),
  invariant(
    SPEC,
    'OS12',
    'A shipment that is due to be reported has one intent, and no number of an order has two.',
    async ({ db }) => db<Breach>`
      select 'order ' || o.order_no || ' is due to be reported, and no intent says so' as words from sales_order o
      where o.report = 'due' and not exists (
        select from outbox_intent i where i.order_id = o.id and i.effect = 'report_shipment')
      union all select 'order ' || order_id || ': ' || (payload ->> 'trackingNo') || ' is reported by ' || count(*) || ' intents'
      from outbox_intent where effect = 'report_shipment' group by order_id, payload ->> 'trackingNo' having count(*) > 1
      order by 1 limit 20`,
  ),
  invariant(
    SPEC,
    'OS13',
    'A scan counts for every order whose waybill names its number.',
    async ({ db }) => db<Breach>`
      select distinct 'order ' || o.order_no || ' does not know of its parcel ' || w.tracking_no as words
      from fact w join order_subject os on os.subject = w.subject join sales_order o on o.id = os.order_id
      where w.tracking_no is not null and w.kind <> 'shipment_reported' and w.subject not like 'parcel:%'
        and (w.subject like 'order:%' or not exists (select from order_key k where k.order_no = o.order_no and k.id <> o.id))
        and exists (select from fact s where s.subject = 'parcel:' || w.tracking_no)
        and not exists (select from order_subject p where p.order_id = o.id and p.subject = 'parcel:' || w.tracking_no)
        and not exists (select from inbox_task) order by 1 limit 20`,
  ),
  invariant(
    SPEC,
    'OS14',
    'A quoted order number that two shops share gives neither of them a parcel.',
    async ({ db }) => db<Breach>`
      with shared as (select order_no from order_key group by 1 having count(*) > 1)
      select distinct 'order ' || o.connection_id || ' ' || o.order_no || ' took ' || f.tracking_no || ' from a number that is not its own' as words
      from shared join sales_order o using (order_no) join fact f on f.subject = 'reference:' || o.order_no
      where f.tracking_no is not null
        and exists (select from jsonb_array_elements(o.record -> 'parcels') p where p ->> 'trackingNo' = f.tracking_no)
        and not exists (select from fact own where own.subject = 'order:' || o.connection_id || ':' || o.order_no
          and own.tracking_no = f.tracking_no and own.kind <> 'shipment_reported')
        and not exists (select from inbox_task) order by 1 limit 20`,
  ),
  invariant(
    'drift',
    'drift/DR1',
    'A disagreement that is over did not end before it began.',
    async ({ db }) => db<Breach>`
      select 'drift ' || order_id || ' ' || field || ': ' || since || ' to ' || until as words from drift where until < since
      order by 1 limit 20`,
  ),
  invariant(
    'skus',
    'SK3',
    'An order counts exactly its lines without a stock SKU.',
    async ({ db }) => db<Breach>`
      select 'order ' || o.order_no || ' counts ' || o.unmatched_lines || ' unmatched lines, there are '
        || count(l.line_id) filter (where l.stock_sku is null) as words
      from sales_order o left join order_line l on l.order_id = o.id group by o.id
      having o.unmatched_lines <> count(l.line_id) filter (where l.stock_sku is null) order by 1 limit 20`,
  ),
]
