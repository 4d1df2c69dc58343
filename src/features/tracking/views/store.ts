import type { FactKind } from '#domain/fact.ts'
import type { Instant } from '#kernel/clock.ts'
import type { Provenance } from '#kernel/instant.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { type Fragment, fragment, joinFragments, runFragment } from '#platform/postgres/fragment.ts'
import type { Finding, ParcelState } from '../core/states.ts'
import type { SubscriptionRow, SubscriptionState } from '../subscriptions/store.ts'

export type LastEvent = {
  readonly kind: FactKind
  readonly code: string
  readonly source: string
  readonly raw: string
  readonly instant: string | null
  readonly zone: string | null
  readonly provenance: Provenance
  readonly place: string | null
  readonly words: string | null
  readonly reason: string | null
}

export type ParcelRow = {
  readonly id: bigint
  readonly tracking_no: string
  readonly carrier: string | null
  readonly connection_id: string | null
  readonly connection_name: string | null
  readonly order_id: bigint | null
  readonly order_nos: readonly string[] | null
  readonly order_ids: readonly bigint[]
  readonly warehouse: string | null
  readonly ours: boolean
  readonly state: ParcelState
  readonly open: boolean
  readonly waybill_at: Instant | null
  readonly first_scan_at: Instant | null
  readonly last_at: Instant | null
  readonly delivered_at: Instant | null
  readonly returned_at: Instant | null
  readonly last: LastEvent | null
  readonly events: number
  readonly ambiguous: number
  readonly failures: number
  readonly revoked: number
  readonly moved_to: string | null
  readonly moved_from: string | null
  readonly heard_at: Instant | null
  readonly finding: Finding | null
  readonly finding_since: Instant | null
  readonly finding_why: string
  readonly answered: boolean
  readonly disputed_at: Instant | null
  readonly disputed_by: string | null
  readonly disputed_words: string | null
  readonly first_seen_at: Instant
}

const ANSWERED = fragment`(p.answered_finding is not distinct from p.finding and p.answered_since is not distinct from p.finding_since)`

const COLUMNS = fragment`p.id, p.tracking_no, p.carrier, p.connection_id, c.name as connection_name, p.order_ids[1] as order_id, p.order_ids,
  (select array_agg(coalesce(o.order_no, '') order by u.id) from unnest(p.order_ids) as u (id) left join sales_order o on o.id = u.id) as order_nos,
  p.warehouse, p.ours, p.state, p.open, p.waybill_at, p.first_scan_at, p.last_at, p.delivered_at, p.returned_at, p.last, p.events, p.ambiguous,
  p.failures, p.revoked, p.moved_to, p.moved_from, p.heard_at, p.finding, p.finding_since, p.finding_why,
  p.finding is not null and ${ANSWERED} as answered, p.disputed_at, p.disputed_by, p.disputed_words, p.first_seen_at`

export type ParcelFilter = {
  readonly q: string | null
  readonly state: ParcelState | null
  readonly carrier: string | null
  readonly warehouse: string | null
  readonly find: Finding | 'any' | null
  readonly connection: string | null
  readonly order: bigint | null
}

/** Parcels, the newest first. */
export async function readParcels(
  sql: Sql,
  filter: ParcelFilter,
  after: { readonly at: Instant; readonly id: bigint } | null,
  limit: number,
): Promise<ParcelRow[]> {
  const conditions: Fragment[] = [fragment`true`]
  const { q, state, carrier, warehouse, find, connection, order } = filter
  if (q !== null)
    conditions.push(fragment`(p.tracking_no = ${q.replace(/\s+/g, '').toUpperCase()}
      or p.order_ids && (select coalesce(array_agg(k.id), '{}') from order_key k where k.order_no = ${q.trim()}))`)
  if (state !== null) conditions.push(fragment`p.state = ${state}`)
  if (carrier !== null) conditions.push(fragment`p.carrier = ${carrier}`)
  if (warehouse !== null) conditions.push(fragment`p.warehouse = ${warehouse}`)
  if (connection !== null) conditions.push(fragment`p.connection_id = ${connection}`)
  if (order !== null) conditions.push(fragment`p.order_ids @> array[${order}::bigint]`)
  if (find !== null)
    conditions.push(
      fragment`p.finding is not null and not ${ANSWERED} ${find === 'any' ? fragment`` : fragment`and p.finding = ${find}`}`,
    )
  if (after !== null) conditions.push(fragment`(p.first_seen_at, p.id) < (${after.at}, ${after.id})`)
  return await runFragment<ParcelRow>(
    sql,
    fragment`select ${COLUMNS} from parcel_standing p left join connection c on c.id = p.connection_id
      where ${joinFragments(conditions, ' and ')} order by p.first_seen_at desc, p.id desc limit ${limit}`,
  )
}

export async function readParcel(sql: Sql, number: string): Promise<ParcelRow | null> {
  const [row] = await runFragment<ParcelRow>(
    sql,
    fragment`select ${COLUMNS} from parcel_standing p left join connection c on c.id = p.connection_id where p.tracking_no = ${number}`,
  )
  return row ?? null
}

export type Counts = {
  readonly states: Readonly<Record<string, number>>
  readonly findings: Readonly<Record<string, number>>
  readonly open: number
}

export async function countParcels(sql: Sql): Promise<Counts> {
  const states = await sql<{
    state: string
    n: number
  }>`select state, count(*)::int as n from parcel_standing group by state`
  const findings = await runFragment<{ finding: string; n: number }>(
    sql,
    fragment`select p.finding, count(*)::int as n from parcel_standing p where p.finding is not null and not ${ANSWERED} group by p.finding`,
  )
  const [open] = await sql<{ n: number }>`select count(*)::int as n from parcel_standing where open`
  return {
    states: Object.fromEntries(states.map((row) => [row.state, row.n])),
    findings: Object.fromEntries(findings.map((row) => [row.finding, row.n])),
    open: open?.n ?? 0,
  }
}

export type FigureRow = {
  readonly carrier: string | null
  readonly warehouse: string | null
  readonly parcels: number
  readonly scanned: number
  readonly delivered: number
  readonly returned: number
  readonly open: number
  readonly troubled: number
  readonly silent: number
  readonly ambiguous: number
  readonly events: number
  readonly first_scan_hours: number | null
  readonly first_scan_hours_p90: number | null
  readonly transit_days: number | null
  readonly transit_days_p90: number | null
}

/** How carriers do, by warehouse: parcels whose waybill is of these days. Void ones and numbers travelled on from are left out. */
export async function readFigures(sql: Sql, since: Instant): Promise<FigureRow[]> {
  return await sql<FigureRow>`
    select carrier, warehouse, count(*)::int as parcels, count(first_scan_at)::int as scanned,
      count(*) filter (where state = 'delivered')::int as delivered, count(*) filter (where state = 'returned')::int as returned,
      count(*) filter (where open)::int as open, count(*) filter (where finding is not null)::int as troubled,
      count(*) filter (where finding in ('no_first_scan', 'stalled'))::int as silent, sum(ambiguous)::int as ambiguous,
      sum(events)::int as events,
      percentile_cont(0.5) within group (order by extract(epoch from first_scan_at - waybill_at) / 3600)
        filter (where first_scan_at >= waybill_at) as first_scan_hours,
      percentile_cont(0.9) within group (order by extract(epoch from first_scan_at - waybill_at) / 3600)
        filter (where first_scan_at >= waybill_at) as first_scan_hours_p90,
      percentile_cont(0.5) within group (order by extract(epoch from delivered_at - first_scan_at) / 86400)
        filter (where delivered_at >= first_scan_at) as transit_days,
      percentile_cont(0.9) within group (order by extract(epoch from delivered_at - first_scan_at) / 86400)
        filter (where delivered_at >= first_scan_at) as transit_days_p90
    from parcel_standing where waybill_at >= ${since} and state <> 'cancelled' and moved_to is null
    group by carrier, warehouse order by parcels desc, carrier, warehouse limit 500`
}

export type SubscriptionListRow = SubscriptionRow & {
  readonly connection_name: string | null
  readonly parcel_state: ParcelState | null
}

export async function readSubscriptions(
  sql: Sql,
  filter: {
    readonly state: SubscriptionState | null
    readonly connection: string | null
    readonly q: string | null
  },
  after: { readonly at: Instant; readonly number: string } | null,
  limit: number,
): Promise<SubscriptionListRow[]> {
  const conditions: Fragment[] = [fragment`true`]
  if (filter.state !== null) conditions.push(fragment`s.state = ${filter.state}`)
  if (filter.connection !== null) conditions.push(fragment`s.connection_id = ${filter.connection}`)
  if (filter.q !== null)
    conditions.push(fragment`s.tracking_no = ${filter.q.replace(/\s+/g, '').toUpperCase()}`)
  if (after !== null)
    conditions.push(
      fragment`(s.asked_at < ${after.at} or (s.asked_at = ${after.at} and s.tracking_no > ${after.number}))`,
    )
  return await runFragment<SubscriptionListRow>(
    sql,
    fragment`select s.tracking_no, s.carrier, s.connection_id, s.state, s.because, s.generation, s.renewed, s.tried, s.asked_at,
        s.subscribed_at, s.expires_at, s.code, s.words, c.name as connection_name, p.state as parcel_state
      from tracking_subscription s left join connection c on c.id = s.connection_id
      left join parcel_standing p on p.tracking_no = s.tracking_no
      where ${joinFragments(conditions, ' and ')} order by s.asked_at desc, s.tracking_no limit ${limit}`,
  )
}

export async function countSubscriptions(sql: Sql): Promise<Readonly<Record<string, number>>> {
  const rows = await sql<{ state: string; n: number }>`
    select state, count(*)::int as n from tracking_subscription group by state`
  return Object.fromEntries(rows.map((row) => [row.state, row.n]))
}

export async function connectionNames(sql: Sql): Promise<Map<string, string>> {
  const rows = await sql<{ id: string; name: string }>`select id, name from connection`
  return new Map(rows.map((row) => [row.id, row.name]))
}

/** A person's answer to what is wrong now; it holds until something else is wrong. */
export async function answerFinding(tx: Sql, number: string): Promise<boolean> {
  const rows = await tx`
    update parcel_standing set answered_finding = finding, answered_since = finding_since
    where tracking_no = ${number} and finding is not null returning 1`
  return rows.length > 0
}

export async function setDispute(
  tx: Sql,
  number: string,
  dispute: { readonly at: Instant; readonly by: string; readonly words: string } | null,
): Promise<void> {
  await tx`
    update parcel_standing set disputed_at = ${dispute?.at ?? null}, disputed_by = ${dispute?.by ?? null},
      disputed_words = ${dispute?.words ?? null} where tracking_no = ${number}`
}
