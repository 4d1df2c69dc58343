import type { OrderStatus } from '#domain/order-status.ts'
import type { Instant } from '#kernel/clock.ts'
import { instantArray, int8Array, textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { type Fragment, fragment, joinFragments, runFragment } from '#platform/postgres/fragment.ts'
import type { Keep, OrderClock, PromiseOrder } from './core/clocks.ts'

type OrderRow = {
  readonly id: bigint
  readonly connection_id: string
  readonly kind: string | null
  readonly status: OrderStatus
  readonly placed_at: Instant | null
  readonly paid_at: Instant | null
  readonly shipped_at: Instant | null
  readonly delivered_at: Instant | null
  readonly ship_by: Instant | null
  readonly deliver_by: string | null
  readonly currency: string | null
  readonly payable_minor: bigint | null
  readonly parcels: readonly {
    readonly status: string
    readonly issuedAt?: string | null
    readonly dispatchedAt?: string | null
    readonly pickedUpAt?: string | null
    readonly deliveredAt?: string | null
  }[]
}

/** Orders as their clocks see them. */
export async function readPromiseOrders(sql: Sql, ids: readonly bigint[]): Promise<PromiseOrder[]> {
  if (ids.length === 0) return []
  const rows = await sql<OrderRow>`
    select o.id, o.connection_id, c.kind, o.status, o.placed_at, o.paid_at, o.shipped_at, o.delivered_at, o.ship_by,
      o.record #>> '{promise,deliverBy,instant}' as deliver_by, o.currency, o.payable_minor,
      coalesce(o.record -> 'parcels', '[]'::jsonb) as parcels
    from sales_order o left join connection c on c.id = o.connection_id
    where o.id = any(${int8Array(ids)}::bigint[])`
  return rows.map((row) => ({
    id: row.id,
    connection: row.connection_id,
    kind: row.kind ?? '',
    status: row.status,
    placedAt: row.placed_at,
    paidAt: row.paid_at,
    shippedAt: row.shipped_at,
    deliveredAt: row.delivered_at,
    currency: row.currency,
    payableMinor: row.payable_minor,
    shipBy: row.ship_by,
    deliverBy: instantOf(row.deliver_by),
    parcels: row.parcels
      .filter((parcel) => parcel.status !== 'void' && parcel.status !== 'announced')
      .map((parcel) => ({
        issuedAt: instantOf(parcel.issuedAt),
        dispatchedAt: instantOf(parcel.dispatchedAt),
        pickedUpAt: instantOf(parcel.pickedUpAt),
        deliveredAt: instantOf(parcel.deliveredAt),
      })),
  }))
}

function instantOf(text: string | null | undefined): Instant | null {
  return text === null || text === undefined ? null : Temporal.Instant.from(text)
}

export type ClockRow = OrderClock & {
  readonly orderId: bigint
  readonly connection: string
  readonly currency: string | null
}

/**
 * One setting of clocks at a time, over all processes, until the transaction ends: one that had read an order before it changed
 * would otherwise write over what another read after.
 */
export async function takeTurn(tx: Sql): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtextextended('holdfast.promises.set', 0))`
}

/** Makes the given clocks the only ones of these orders; rows that are as they were are left alone. */
export async function replaceClocks(
  tx: Sql,
  orderIds: readonly bigint[],
  clocks: readonly ClockRow[],
  now: Instant,
): Promise<void> {
  if (orderIds.length === 0) return
  const rows = [...clocks].sort((a, b) =>
    a.orderId === b.orderId ? (a.source < b.source ? -1 : 1) : a.orderId < b.orderId ? -1 : 1,
  )
  await tx`
    delete from order_promise p where p.order_id = any(${int8Array(orderIds)}::bigint[]) and not exists (
      select 1 from unnest(${int8Array(rows.map((row) => row.orderId))}::bigint[], ${textArray(rows.map((row) => row.source))}::text[])
        as kept (order_id, source) where kept.order_id = p.order_id and kept.source = p.source)`
  if (rows.length === 0) return
  await tx`
    insert into order_promise as p (order_id, source, connection_id, keeps, starts_at, due_at, warn_at, kept_at, state, penalty_minor,
      currency, updated_at)
    select order_id, source, connection_id, keeps, starts_at, due_at, warn_at, kept_at, state, penalty_minor, currency, ${now}
    from unnest(
      ${int8Array(rows.map((row) => row.orderId))}::bigint[], ${textArray(rows.map((row) => row.source))}::text[],
      ${textArray(rows.map((row) => row.connection))}::text[], ${textArray(rows.map((row) => row.keeps))}::text[],
      ${instantArray(rows.map((row) => row.startsAt))}::timestamptz[], ${instantArray(rows.map((row) => row.dueAt))}::timestamptz[],
      ${instantArray(rows.map((row) => row.warnAt))}::timestamptz[], ${instantArray(rows.map((row) => row.keptAt))}::timestamptz[],
      ${textArray(rows.map((row) => row.state))}::text[], ${int8Array(rows.map((row) => row.penaltyMinor))}::bigint[],
      ${textArray(rows.map((row) => row.currency))}::text[]
    ) as clock (order_id, source, connection_id, keeps, starts_at, due_at, warn_at, kept_at, state, penalty_minor, currency)
    on conflict (order_id, source) do update set connection_id = excluded.connection_id, keeps = excluded.keeps,
      starts_at = excluded.starts_at, due_at = excluded.due_at, warn_at = excluded.warn_at, kept_at = excluded.kept_at,
      state = excluded.state, penalty_minor = excluded.penalty_minor, currency = excluded.currency, updated_at = excluded.updated_at
    where (p.keeps, p.starts_at, p.due_at, p.warn_at, p.kept_at, p.state, p.penalty_minor, p.currency)
      is distinct from (excluded.keeps, excluded.starts_at, excluded.due_at, excluded.warn_at, excluded.kept_at, excluded.state,
        excluded.penalty_minor, excluded.currency)`
}

/** Running clocks whose time has come; answers how many broke. */
export async function breachDue(sql: Sql, now: Instant, limit: number): Promise<number> {
  const rows = await sql`
    update order_promise p set state = 'breached', updated_at = ${now}
    from (
      select order_id, source from order_promise where state = 'running' and due_at <= ${now}
      order by due_at, order_id limit ${limit} for update skip locked
    ) as due
    where p.order_id = due.order_id and p.source = due.source returning p.order_id`
  return rows.length
}

/** Orders to look at again after a change of rules: those that still owe something, and those with an open clock. Ascending. */
export async function openOrderIds(sql: Sql, after: bigint, limit: number): Promise<bigint[]> {
  const rows = await sql<{ id: bigint }>`
    select id from sales_order where id > ${after} and (
      status not in ('completed', 'cancelled', 'refunded', 'returned')
      or exists (select 1 from order_promise p where p.order_id = sales_order.id and p.state in ('running', 'breached')))
    order by id limit ${limit}`
  return rows.map((row) => row.id)
}

export type QueueRow = {
  readonly order_id: bigint
  readonly source: string
  readonly keeps: Keep
  readonly starts_at: Instant | null
  readonly due_at: Instant
  readonly warn_at: Instant
  readonly kept_at: Instant | null
  readonly state: string
  readonly penalty_minor: bigint | null
  readonly currency: string | null
  readonly rule_name: string | null
  readonly order_no: string
  readonly connection_id: string
  readonly connection_kind: string | null
  readonly connection_name: string | null
  readonly status: string
  readonly first_title: string | null
  readonly item_count: number
  readonly region: string | null
}
export type QueueSort = 'due' | 'penalty'
export type QueueFilter = {
  readonly connections: readonly string[]
  readonly keeps: readonly string[]
  readonly states: readonly string[]
  /** Only what is due before. */
  readonly before: Instant | null
  readonly from: Instant | null
}
export type QueuePlace = {
  readonly due: Instant
  readonly penalty: bigint | null
  readonly id: bigint
  readonly source: string
}

const QUEUE_COLUMNS = fragment`p.order_id, p.source, p.keeps, p.starts_at, p.due_at, p.warn_at, p.kept_at, p.state, p.penalty_minor,
  p.currency, coalesce(r.name, b.name) as rule_name, o.order_no, o.connection_id, c.kind as connection_kind, c.name as connection_name, o.status,
  o.first_title, o.item_count, o.region`

/** One stretch of the deadline queue after `place`. */
export async function readQueue(
  sql: Sql,
  filter: QueueFilter,
  sort: QueueSort,
  place: QueuePlace | null,
  limit: number,
): Promise<QueueRow[]> {
  const conditions = conditionsOf(filter)
  if (place !== null) conditions.push(afterPlace(sort, place))
  const order =
    sort === 'due'
      ? fragment`p.due_at, p.order_id, p.source`
      : fragment`p.penalty_minor desc nulls last, p.due_at, p.order_id, p.source`
  return await runFragment<QueueRow>(
    sql,
    fragment`select ${QUEUE_COLUMNS} from order_promise p join sales_order o on o.id = p.order_id
      left join connection c on c.id = o.connection_id
      left join promise_rule r on p.source = 'rule:' || r.id
      left join rule_set b on p.source = 'rulebook:' || b.id
      where ${joinFragments(conditions, ' and ')} order by ${order} limit ${limit}`,
  )
}

function conditionsOf({ connections, keeps, states, before, from }: QueueFilter): Fragment[] {
  const conditions = [
    states.length === 0
      ? fragment`p.state in ('running', 'breached')`
      : fragment`p.state = any(${textArray(states)}::text[])`,
  ]
  if (connections.length > 0)
    conditions.push(fragment`p.connection_id = any(${textArray(connections)}::text[])`)
  if (keeps.length > 0) conditions.push(fragment`p.keeps = any(${textArray(keeps)}::text[])`)
  if (before !== null) conditions.push(fragment`p.due_at < ${before}`)
  if (from !== null) conditions.push(fragment`p.due_at >= ${from}`)
  return conditions
}

function afterPlace(sort: QueueSort, { due, penalty, id, source }: QueuePlace): Fragment {
  const tail = fragment`(p.due_at, p.order_id, p.source) > (${due}, ${id}, ${source})`
  if (sort === 'due') return tail
  return penalty === null
    ? fragment`p.penalty_minor is null and ${tail}`
    : fragment`(p.penalty_minor is null or p.penalty_minor < ${penalty} or (p.penalty_minor = ${penalty} and ${tail}))`
}

export type BucketRow = {
  readonly connection_id: string
  readonly connection_name: string | null
  readonly bucket: string
  readonly count: bigint
  readonly currency: string | null
  readonly penalty_minor: bigint | null
}

/** Open clocks by connection and time left; orders with two clocks count in each. */
export async function readBuckets(sql: Sql, now: Instant): Promise<BucketRow[]> {
  return await sql<BucketRow>`
    select p.connection_id, max(c.name) as connection_name, bucket, count(*) as count, p.currency,
      sum(p.penalty_minor)::bigint as penalty_minor
    from order_promise p left join connection c on c.id = p.connection_id
    cross join lateral (select case
      when p.state = 'breached' or p.due_at <= ${now} then 'breached'
      when p.due_at <= ${now.add({ hours: 1 })} then 'hour'
      when p.due_at <= ${now.add({ hours: 4 })} then 'four_hours'
      when p.due_at <= ${now.add({ hours: 24 })} then 'day' else 'later' end as bucket) b
    where p.state in ('running', 'breached') group by p.connection_id, bucket, p.currency`
}

export type RiskRow = {
  readonly connection_id: string
  readonly name: string | null
  readonly at_risk: bigint
  readonly breached: bigint
  readonly first_due: Instant | null
  readonly sample: string | null
}

/** Per connection: clocks past their warning, and those that broke since `since` and are still owed. */
export async function readRisk(sql: Sql, now: Instant, since: Instant): Promise<RiskRow[]> {
  return await sql<RiskRow>`
    with risky as (
      select connection_id, order_id, due_at, 'at_risk' as what from order_promise where state = 'running' and warn_at <= ${now}
      union all
      select connection_id, order_id, due_at, 'breached' from order_promise where state = 'breached' and due_at >= ${since}
    )
    select r.connection_id, max(c.name) as name, count(*) filter (where what = 'at_risk') as at_risk,
      count(*) filter (where what = 'breached') as breached, min(due_at) filter (where what = 'at_risk') as first_due,
      (select o.order_no from sales_order o where o.id = (array_agg(r.order_id order by r.due_at, r.order_id))[1]) as sample
    from risky r left join connection c on c.id = r.connection_id group by r.connection_id`
}
