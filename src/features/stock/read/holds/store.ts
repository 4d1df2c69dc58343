import type { HoldKind, HoldState, OwnerKind } from '#domain/stock.ts'
import type { Instant } from '#kernel/clock.ts'
import { int8Array, textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { type Fragment, fragment, joinFragments, runFragment } from '#platform/postgres/fragment.ts'
import type { MovementRow } from '../store.ts'

export type HoldFilter = {
  readonly state: HoldState | null
  readonly kind: HoldKind | null
  readonly ownerKind: OwnerKind | null
  readonly warehouse: string | null
  readonly sku: string | null
  /** Open and past its deadline. */
  readonly overdue: boolean
  /** Order number. */
  readonly order: string | null
  /** A hold's id or key, what people call its owner, or an order number; each as a whole. */
  readonly q: string
}

export type HoldRow = {
  readonly id: bigint
  readonly key: string
  readonly kind: HoldKind
  readonly state: HoldState
  readonly owner_kind: OwnerKind
  readonly owner: string
  readonly reference: string
  readonly channel: string | null
  readonly channel_name: string | null
  readonly reason: string
  readonly actor: string
  readonly created_at: Instant
  readonly deadline_at: Instant
  readonly heartbeat_at: Instant
  readonly on_deadline: 'ask' | 'release'
  readonly ended_at: Instant | null
  readonly ended_by: string | null
  readonly ended_reason: string | null
  readonly order_id: bigint | null
  readonly order_no: string | null
  readonly order_status: string | null
  readonly promise_due_at: Instant | null
  readonly unlock_id: bigint | null
}

const HOLD = fragment`h.id, h.key, h.kind, h.state, h.owner_kind, h.owner, h.reference, h.channel, c.name as channel_name, h.reason, h.actor,
  h.created_at, h.deadline_at, h.heartbeat_at, h.on_deadline, h.ended_at, h.ended_by, h.ended_reason,
  o.id as order_id, o.order_no, o.status as order_status,
  (select min(due_at) from order_promise p where p.order_id = o.id and p.state in ('running', 'breached')) as promise_due_at,
  (select u.id from unlock_request u where u.hold_id = h.id and u.state = 'waiting') as unlock_id`
const JOINED = fragment`left join connection c on c.id = h.channel
  left join sales_order o on h.owner_kind = 'order' and h.owner ~ '^[0-9]{1,18}$' and o.id = case when h.owner ~ '^[0-9]{1,18}$' then h.owner::bigint end`

/** Where a page of holds ended: the time it is sorted by, and the id. */
export type HoldPlace = { readonly at: Instant; readonly id: bigint }

/**
 * Open holds by their deadline, the earliest first; ended ones by their end, the latest first; all of them together by id, the newest
 * first. Filters by place walk the open lines' index.
 */
export async function readHolds(
  sql: Sql,
  filter: HoldFilter,
  now: Instant,
  after: HoldPlace | null,
  limit: number,
): Promise<HoldRow[]> {
  const conditions = holdConditions(filter, now)
  const order = holdOrder(filter)
  if (after !== null) conditions.push(order.further(after))
  const rows = await runFragment<HoldRow>(
    sql,
    fragment`select ${HOLD} from (
        select * from stock_hold h where ${joinFragments([...conditions, fragment`true`], ' and ')} ${order.by} limit ${limit}
      ) h ${JOINED} ${order.by}`,
  )
  return rows
}

type HoldOrder = { readonly by: Fragment; readonly further: (after: HoldPlace) => Fragment }

function holdOrder({ state, overdue }: HoldFilter): HoldOrder {
  if (overdue || state === 'held')
    return {
      by: fragment`order by h.deadline_at, h.id`,
      further: ({ at, id }) => fragment`(h.deadline_at, h.id) > (${at}, ${id})`,
    }
  if (state !== null)
    return {
      by: fragment`order by h.ended_at desc, h.id desc`,
      further: ({ at, id }) => fragment`(h.ended_at, h.id) < (${at}, ${id})`,
    }
  return { by: fragment`order by h.id desc`, further: ({ id }) => fragment`h.id < ${id}` }
}

function holdConditions(filter: HoldFilter, now: Instant): Fragment[] {
  const { state, kind, ownerKind, warehouse, sku, overdue, order, q } = filter
  const ended = state !== null && state !== 'held'
  return [
    ...(state === null ? [] : [fragment`h.state = ${state}`]),
    ...(ended ? [fragment`h.ended_at is not null`] : []),
    ...(overdue ? [fragment`h.state = 'held' and h.deadline_at <= ${now}`] : []),
    ...(kind === null ? [] : [fragment`h.kind = ${kind}`]),
    ...(ownerKind === null ? [] : [fragment`h.owner_kind = ${ownerKind}`]),
    ...(sku === null && warehouse === null ? [] : [atPlace(sku, warehouse, state === 'held' || overdue)]),
    ...(order === null ? [] : [ofOrder(order)]),
    ...(q === ''
      ? []
      : [fragment`(h.id = ${idOf(q)} or h.key = ${q} or h.reference = ${q} or ${ofOrder(q)})`]),
  ]
}

function atPlace(sku: string | null, warehouse: string | null, open: boolean): Fragment {
  const conditions = [
    ...(sku === null ? [] : [fragment`t.sku = ${sku}`]),
    ...(warehouse === null ? [] : [fragment`t.warehouse = ${warehouse}`]),
    ...(open ? [fragment`t.open > 0`] : []),
  ]
  // By SKU the open lines' index names the holds; by warehouse alone each hold is asked, in the list's order.
  return sku === null
    ? fragment`exists (select from stock_hold_line t where t.hold_id = h.id and ${joinFragments(conditions, ' and ')})`
    : fragment`h.id in (select t.hold_id from stock_hold_line t where ${joinFragments(conditions, ' and ')})`
}

function ofOrder(orderNo: string): Fragment {
  return fragment`(h.owner_kind = 'order' and h.owner in (select id::text from sales_order where order_no = ${orderNo}))`
}

/** -1, which no hold has, for what is no id. */
function idOf(text: string): bigint {
  return /^\d{1,18}$/.test(text) ? BigInt(text) : -1n
}

export async function readHold(sql: Sql, id: bigint): Promise<HoldRow | null> {
  const [row] = await runFragment<HoldRow>(
    sql,
    fragment`select ${HOLD} from stock_hold h ${JOINED} where h.id = ${id}`,
  )
  return row ?? null
}

export type HoldLineRow = {
  readonly hold_id: bigint
  readonly sku: string
  readonly warehouse: string
  readonly warehouse_name: string
  readonly quantity: number
  readonly open: number
  readonly committed: number
  readonly from_quota: number
  readonly available: number | null
}

export async function readHoldLines(sql: Sql, ids: readonly bigint[]): Promise<HoldLineRow[]> {
  return await sql<HoldLineRow>`
    select t.hold_id, t.sku, t.warehouse, coalesce(w.name, t.warehouse) as warehouse_name, t.quantity, t.open, t.committed, t.from_quota,
      l.available
    from stock_hold_line t left join warehouse w on w.code = t.warehouse
    left join stock_level l on l.sku = t.sku and l.warehouse = t.warehouse
    where t.hold_id = any(${int8Array(ids)}::bigint[]) order by t.hold_id, t.sku, t.warehouse`
}

/** What a hold did to the levels, the oldest first; its places are known, so the index of movements serves. */
export async function readHoldMovements(sql: Sql, hold: HoldRow, limit: number): Promise<MovementRow[]> {
  return await sql<MovementRow>`
    select m.id, m.at, m.sku, m.warehouse, m.cause, m.physical, m.locked, m.reserved, m.in_transit, m.safety, m.available_after,
      m.hold_id, m.actor, m.evidence, ${hold.reference}::text as reference, ${hold.owner_kind}::text as owner_kind, ${hold.owner}::text as owner
    from stock_hold_line t join stock_movement m on m.sku = t.sku and m.warehouse = t.warehouse and m.hold_id = t.hold_id
    where t.hold_id = ${hold.id} and m.at >= ${hold.created_at.subtract({ minutes: 1 })}
      and (${hold.ended_at === null} or m.at <= ${(hold.ended_at ?? hold.created_at).add({ minutes: 1 })})
    order by m.id limit ${limit}`
}

export type HoldTally = {
  readonly kind: string
  readonly held: bigint
  readonly overdue: bigint
  readonly pieces: bigint
}

/** Open holds by whose they are; those past their deadline among them. */
export async function readHoldTally(sql: Sql, now: Instant): Promise<HoldTally[]> {
  return await sql<HoldTally>`
    select h.owner_kind as kind, count(*) as held, count(*) filter (where h.deadline_at <= ${now}) as overdue,
      coalesce(sum((select sum(t.open) from stock_hold_line t where t.hold_id = h.id)), 0)::bigint as pieces
    from stock_hold h where h.state = 'held' group by h.owner_kind order by h.owner_kind`
}

export type OrderFace = {
  readonly id: bigint
  readonly order_no: string
  readonly status: string
  readonly connection_id: string
  readonly connection_name: string | null
  readonly first_title: string | null
  readonly paid_at: Instant | null
  readonly currency: string | null
  readonly payable_minor: bigint | null
  /** Parcels as the record has them: stage by tracking number. */
  readonly parcels: readonly {
    readonly trackingNo: string
    readonly status: string
    readonly dispatchedAt?: string | null
  }[]
  readonly due_at: Instant | null
  readonly promise_state: string | null
  readonly penalty_minor: bigint | null
  readonly penalty_currency: string | null
}

/** Orders that holds are for, with the promise that falls due first. */
export async function readOrderFaces(sql: Sql, owners: readonly string[]): Promise<OrderFace[]> {
  const ids = owners.filter((owner) => /^\d{1,18}$/.test(owner))
  return await sql<OrderFace>`
    select o.id, o.order_no, o.status, o.connection_id, c.name as connection_name, o.first_title, o.paid_at, o.currency, o.payable_minor,
      coalesce(o.record -> 'parcels', '[]'::jsonb) as parcels,
      p.due_at, p.state as promise_state, p.penalty_minor, p.currency as penalty_currency
    from sales_order o left join connection c on c.id = o.connection_id
    left join lateral (
      select due_at, state, penalty_minor, currency from order_promise p
      where p.order_id = o.id and p.state in ('running', 'breached') order by due_at limit 1
    ) p on true
    where o.id = any(${textArray(ids)}::text[]::bigint[])`
}
