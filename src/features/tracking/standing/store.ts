import type { Fact, FactDetail, FactKind } from '#domain/fact.ts'
import type { Instant } from '#kernel/clock.ts'
import { canonicalJson } from '#kernel/hash.ts'
import { connectionId, messageId, trackingNo } from '#kernel/id.ts'
import type { Provenance } from '#kernel/instant.ts'
import { boolArray, instantArray, int4Array, int8Array, textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { Finding, ParcelState } from '../core/states.ts'

type FactRow = {
  number: string
  of_parcel: boolean
  id: string
  kind: FactKind
  at: Instant | null
  at_raw: string
  at_zone: string | null
  at_provenance: Provenance
  source: string
  code: string
  detail: FactDetail
  message_id: string
  received_at: Instant
}

/**
 * All that was said of these numbers, by number: under the parcel itself, and under orders and quoted order numbers. The subject only
 * says which of the two it was.
 */
export async function readEvents(sql: Sql, numbers: readonly string[]): Promise<Map<string, Fact[]>> {
  if (numbers.length === 0) return new Map()
  const rows = await sql<FactRow>`
    select substr(subject, 8) as number, true as of_parcel, id, kind, at, at_raw, at_zone, at_provenance, source, code, detail, message_id,
      received_at
    from fact where subject = any(${textArray(numbers.map((number) => `parcel:${number}`))}::text[])
    union all
    select tracking_no, false, id, kind, at, at_raw, at_zone, at_provenance, source, code, detail, message_id, received_at
    from fact where tracking_no = any(${textArray(numbers)}::text[]) and kind <> 'shipment_reported'`
  const events = new Map<string, Fact[]>()
  for (const row of rows) {
    const fact = factOf(row)
    const known = events.get(row.number)
    if (known === undefined) events.set(row.number, [fact])
    else known.push(fact)
  }
  return events
}

function factOf(row: FactRow): Fact {
  const number = trackingNo(row.number)
  return {
    id: row.id,
    subject: row.of_parcel ? { by: 'parcel', trackingNo: number } : { by: 'reference', orderNo: '' as never },
    kind: row.kind,
    at: { raw: row.at_raw, instant: row.at, zone: row.at_zone, provenance: row.at_provenance },
    source: connectionId(row.source),
    code: row.code,
    detail: row.detail,
    evidence: messageId(row.message_id),
    receivedAt: row.received_at,
  }
}

export type OrderBeside = {
  readonly number: string
  readonly order_id: bigint
  readonly connection_id: string
  readonly order_no: string
  readonly ship_country: string | null
  readonly ship_province: string | null
  readonly after_sale: string
  readonly status: string
  readonly refund_asked_at: Instant | null
}

/** The orders that a number belongs to, with where they go and what the buyer asked for since. */
export async function readOrdersOf(sql: Sql, numbers: readonly string[]): Promise<OrderBeside[]> {
  if (numbers.length === 0) return []
  return await sql<OrderBeside>`
    select substr(s.subject, 8) as number, o.id as order_id, o.connection_id, o.order_no, o.ship_country, o.ship_province, o.after_sale,
      o.status,
      case when o.after_sale <> 'none' then (select max(f.at) from fact f
        where f.subject = 'order:' || o.connection_id || ':' || o.order_no and f.kind = 'refund_requested') end as refund_asked_at
    from order_subject s join sales_order o on o.id = s.order_id
    where s.subject = any(${textArray(numbers.map((number) => `parcel:${number}`))}::text[])
    order by 1, 2`
}

export type WaybillBeside = {
  readonly number: string
  readonly carrier: string | null
  readonly connection_id: string | null
  readonly warehouse: string | null
  readonly order_ids: readonly bigint[]
}

/** Our own waybills behind these numbers; of a number that several had, the latest. */
export async function readWaybillsOf(sql: Sql, numbers: readonly string[]): Promise<WaybillBeside[]> {
  if (numbers.length === 0) return []
  return await sql<WaybillBeside>`
    select distinct on (tracking_no) tracking_no as number, carrier, connection_id, warehouse, order_ids
    from waybill where tracking_no = any(${textArray(numbers)}::text[]) order by tracking_no, id desc`
}

/** The one warehouse from which the plan sends these orders; nothing where there are several. */
export async function readPlannedWarehouses(
  sql: Sql,
  orderIds: readonly bigint[],
): Promise<Map<bigint, string>> {
  if (orderIds.length === 0) return new Map()
  const rows = await sql<{ order_id: bigint; warehouse: string }>`
    select p.order_id, min(c.warehouse) as warehouse from order_plan p join plan_parcel c on c.lead_id = p.lead_id
    where p.order_id = any(${int8Array(orderIds)}::bigint[]) and c.state <> 'void' and c.warehouse is not null
    group by p.order_id having count(distinct c.warehouse) = 1`
  return new Map(rows.map((row) => [row.order_id, row.warehouse]))
}

/** Numbers of the parcels of these orders. */
export async function numbersOfOrders(sql: Sql, orderIds: readonly bigint[]): Promise<string[]> {
  if (orderIds.length === 0) return []
  const rows = await sql<{ number: string }>`
    select distinct substr(subject, 8) as number from order_subject
    where order_id = any(${int8Array(orderIds)}::bigint[]) and subject like 'parcel:%'`
  return rows.map((row) => row.number)
}

export type KnownStanding = {
  readonly tracking_no: string
  readonly state: ParcelState
  readonly digest: string
  readonly events: number
  readonly finding: Finding | null
  readonly finding_since: Instant | null
  readonly finding_why: string
  readonly quiet_since: Instant | null
  readonly first_scan_at: Instant | null
  readonly disputed_at: Instant | null
  readonly moved_from: string | null
}

/** What is kept of these numbers, locked in their order: whoever computes a standing anew comes one after another. */
export async function lockStandings(
  tx: Sql,
  numbers: readonly string[],
): Promise<Map<string, KnownStanding>> {
  const rows = await tx<KnownStanding>`
    select tracking_no, state, digest, events, finding, finding_since, finding_why, quiet_since, first_scan_at, disputed_at, moved_from
    from parcel_standing where tracking_no = any(${textArray(numbers)}::text[]) order by tracking_no for update`
  return new Map(rows.map((row) => [row.tracking_no, row]))
}

export type StandingRow = {
  readonly trackingNo: string
  readonly carrier: string | null
  readonly connection: string | null
  readonly orderIds: readonly bigint[]
  readonly shop: string | null
  readonly warehouse: string | null
  readonly ours: boolean
  readonly state: ParcelState
  readonly open: boolean
  readonly waybillAt: Instant
  readonly firstScanAt: Instant | null
  readonly lastAt: Instant | null
  readonly deliveredAt: Instant | null
  readonly returnedAt: Instant | null
  readonly last: unknown
  readonly events: number
  readonly ambiguous: number
  readonly failures: number
  readonly deliveries: number
  readonly revoked: number
  readonly movedTo: string | null
  readonly movedFrom: string | null
  readonly atCustoms: boolean
  readonly heardAt: Instant
  readonly quietSince: Instant
  readonly finding: Finding | null
  readonly findingSince: Instant | null
  readonly findingWhy: string
  readonly digest: string
}

export async function saveStandings(tx: Sql, given: readonly StandingRow[], now: Instant): Promise<void> {
  if (given.length === 0) return
  const rows = given.toSorted((a, b) => (a.trackingNo < b.trackingNo ? -1 : 1))
  await tx`
    insert into parcel_standing (tracking_no, carrier, connection_id, order_ids, shop_id, warehouse, ours, state, open, waybill_at,
      first_scan_at, last_at, delivered_at, returned_at, last, events, ambiguous, failures, deliveries, revoked, moved_to, moved_from,
      at_customs, heard_at, quiet_since, finding, finding_since, finding_why, digest, first_seen_at, updated_at)
    select number, carrier, connection, ids::bigint[], shop, warehouse, ours, state, open, waybill_at, first_scan_at, last_at, delivered_at,
      returned_at, last::jsonb, events, ambiguous, failures, deliveries, revoked, moved_to, moved_from, at_customs, heard_at, quiet_since,
      finding, finding_since, finding_why, digest, ${now}, ${now}
    from unnest(
      ${textArray(rows.map((row) => row.trackingNo))}::text[], ${textArray(rows.map((row) => row.carrier))}::text[],
      ${textArray(rows.map((row) => row.connection))}::text[],
      ${textArray(rows.map((row) => `{${row.orderIds.join(',')}}`))}::text[],
      ${textArray(rows.map((row) => row.shop))}::text[], ${textArray(rows.map((row) => row.warehouse))}::text[],
      ${boolArray(rows.map((row) => row.ours))}::bool[], ${textArray(rows.map((row) => row.state))}::text[],
      ${boolArray(rows.map((row) => row.open))}::bool[], ${instantArray(rows.map((row) => row.waybillAt))}::timestamptz[],
      ${instantArray(rows.map((row) => row.firstScanAt))}::timestamptz[], ${instantArray(rows.map((row) => row.lastAt))}::timestamptz[],
      ${instantArray(rows.map((row) => row.deliveredAt))}::timestamptz[],
      ${instantArray(rows.map((row) => row.returnedAt))}::timestamptz[],
      ${textArray(rows.map((row) => canonicalJson(row.last)))}::text[], ${int4Array(rows.map((row) => row.events))}::int[],
      ${int4Array(rows.map((row) => row.ambiguous))}::int[], ${int4Array(rows.map((row) => row.failures))}::int[],
      ${int4Array(rows.map((row) => row.deliveries))}::int[], ${int4Array(rows.map((row) => row.revoked))}::int[],
      ${textArray(rows.map((row) => row.movedTo))}::text[], ${textArray(rows.map((row) => row.movedFrom))}::text[],
      ${boolArray(rows.map((row) => row.atCustoms))}::bool[], ${instantArray(rows.map((row) => row.heardAt))}::timestamptz[],
      ${instantArray(rows.map((row) => row.quietSince))}::timestamptz[], ${textArray(rows.map((row) => row.finding))}::text[],
      ${instantArray(rows.map((row) => row.findingSince))}::timestamptz[],
      ${textArray(rows.map((row) => row.findingWhy))}::text[], ${textArray(rows.map((row) => row.digest))}::text[]
    ) as s (number, carrier, connection, ids, shop, warehouse, ours, state, open, waybill_at, first_scan_at, last_at, delivered_at,
      returned_at, last, events, ambiguous, failures, deliveries, revoked, moved_to, moved_from, at_customs, heard_at, quiet_since, finding,
      finding_since, finding_why, digest)
    on conflict (tracking_no) do update set carrier = excluded.carrier, connection_id = excluded.connection_id,
      order_ids = excluded.order_ids, shop_id = excluded.shop_id, warehouse = excluded.warehouse, ours = excluded.ours,
      state = excluded.state, open = excluded.open, waybill_at = excluded.waybill_at, first_scan_at = excluded.first_scan_at,
      last_at = excluded.last_at, delivered_at = excluded.delivered_at, returned_at = excluded.returned_at, last = excluded.last,
      events = excluded.events, ambiguous = excluded.ambiguous, failures = excluded.failures, deliveries = excluded.deliveries,
      revoked = excluded.revoked, moved_to = excluded.moved_to, moved_from = excluded.moved_from, at_customs = excluded.at_customs,
      heard_at = excluded.heard_at, quiet_since = excluded.quiet_since, finding = excluded.finding,
      finding_since = excluded.finding_since, finding_why = excluded.finding_why, digest = excluded.digest,
      updated_at = excluded.updated_at`
}

/** Numbers of which nothing is said any more: the code that made their facts was since decided to say nothing. */
export async function dropStandings(tx: Sql, numbers: readonly string[]): Promise<void> {
  if (numbers.length === 0) return
  await tx`delete from parcel_standing where tracking_no = any(${textArray(numbers)}::text[])`
}

/** Adds to the events heard in this hour; what completeness is a share of. */
export async function addHeard(
  tx: Sql,
  hour: Instant,
  counts: readonly { readonly carrier: string; readonly warehouse: string; readonly events: number }[],
): Promise<void> {
  if (counts.length === 0) return
  await tx`
    insert into tracking_hour (hour, carrier, warehouse, events)
    select ${hour}, carrier, warehouse, events from unnest(
      ${textArray(counts.map((one) => one.carrier))}::text[], ${textArray(counts.map((one) => one.warehouse))}::text[],
      ${int4Array(counts.map((one) => one.events))}::int[]) as heard (carrier, warehouse, events)
    order by carrier, warehouse
    on conflict (hour, carrier, warehouse) do update set events = tracking_hour.events + excluded.events`
}

/** Marks the numbers that these travel on under, so that each knows the other. */
export async function markMoved(
  tx: Sql,
  moves: readonly { readonly from: string; readonly to: string }[],
): Promise<void> {
  if (moves.length === 0) return
  await tx`
    update parcel_standing p set moved_from = m.old from unnest(
      ${textArray(moves.map((one) => one.from))}::text[], ${textArray(moves.map((one) => one.to))}::text[]) as m (old, new)
    where p.tracking_no = m.new and p.moved_from is distinct from m.old`
}

/** Which number each of these came from. */
export async function readMovedFrom(sql: Sql, numbers: readonly string[]): Promise<Map<string, string>> {
  const rows = await sql<{ moved_to: string; tracking_no: string }>`
    select distinct on (moved_to) moved_to, tracking_no from parcel_standing
    where moved_to = any(${textArray(numbers)}::text[]) order by moved_to, tracking_no`
  return new Map(rows.map((row) => [row.moved_to, row.tracking_no]))
}
