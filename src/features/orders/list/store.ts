import { ORDER_STATUSES } from '#domain/order-status.ts'
import type { Instant } from '#kernel/clock.ts'
import { int8Array, textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { type Fragment, fragment, joinFragments, NOTHING, runFragment } from '#platform/postgres/fragment.ts'
import { type OrderFilter, type Sort, WAITING_STATUSES } from './core/filter.ts'

// Every list is read as short stretches of one index, one stretch per status, merged. A single statement with
// `status = any(...)` sorted all matching rows: 400-900 ms on a million orders where this takes 2-5 ms.

export type OrderRow = {
  readonly id: bigint
  readonly order_no: string
  readonly connection_id: string
  readonly connection_kind: string | null
  readonly connection_name: string | null
  readonly status: string
  readonly after_sale: string
  readonly placed_at: Instant | null
  readonly paid_at: Instant | null
  readonly shipped_at: Instant | null
  readonly delivered_at: Instant | null
  readonly ship_by: Instant | null
  readonly currency: string | null
  readonly payable_minor: bigint | null
  readonly item_count: number
  readonly parcel_count: number
  readonly unmatched_lines: number
  readonly drift_count: number
  readonly report: string
  readonly region: string | null
  readonly recipient_masked: string | null
  readonly buyer_note: string | null
  readonly seller_note: string | null
  readonly first_title: string | null
  readonly tracking_nos: readonly string[] | null
  readonly sort_at: Instant
  readonly updated_at: Instant
  /** The open promise that falls due first. */
  readonly promise_due: Instant | null
  readonly promise_warn: Instant | null
  readonly promise_keeps: string | null
  readonly promise_state: string | null
  readonly promise_penalty: bigint | null
  /** How its stock stands; null where the hub never looked at it. */
  readonly stock_state: string | null
  readonly stock_code: string | null
}

/** Where a page ended. Orders without a ship-by come after all others when sorted by it. */
export type Place = { readonly part: 'dated' | 'undated'; readonly at: string; readonly id: bigint }
export type Spot = { readonly id: bigint; readonly sort_at: Instant; readonly ship_by: Instant | null }
export type Stretch = {
  readonly filter: OrderFilter
  readonly sort: Sort
  readonly part: Place['part']
  readonly after: Place | null
  readonly limit: number
  readonly ids: readonly bigint[] | null
}

/** The next ids of a list with their sort keys, at most `limit`. */
export async function readSpots(sql: Sql, stretch: Stretch): Promise<Spot[]> {
  const arms = armsOf(stretch).map(
    (arm) =>
      fragment`(select o.id, o.sort_at, o.ship_by from sales_order o where ${joinFragments(
        [...arm.where, ...conditionsOf(stretch.filter), ...keysetOf(stretch)],
        ' and ',
      )} order by ${arm.lead}${orderOf(stretch, OF_ORDER)} limit ${stretch.limit})`,
  )
  const [only, ...others] = arms
  if (only === undefined) return []
  if (others.length === 0) return await runFragment<Spot>(sql, only)
  const merged = joinFragments(arms, ' union all ')
  return await runFragment<Spot>(
    sql,
    fragment`select id, sort_at, ship_by from (${merged}) arm order by ${orderOf(stretch, PLAIN)} limit ${stretch.limit}`,
  )
}

export type TextWindow = {
  readonly hits: readonly Spot[]
  readonly end: Spot | null
  readonly scanned: number
}

/**
 * Looks for a text in the next `window` orders of a list. No index of PostgreSQL finds two Chinese characters inside a
 * text under every locale (pg_trgm needs three, and none under C), so each step reads a bounded stretch and says where it ended.
 */
export async function readTextWindow(
  sql: Sql,
  stretch: Stretch,
  text: string,
  window: number,
): Promise<TextWindow> {
  const pattern = `%${text.replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`
  const conditions = [
    fragment`true`,
    ...singleArm(stretch),
    ...conditionsOf(stretch.filter),
    ...keysetOf(stretch),
  ]
  const rows = await runFragment<Spot & { hit: boolean; scanned: number }>(
    sql,
    fragment`with stretch as materialized (
      select o.id, o.sort_at, o.ship_by, o.order_no, o.first_title, o.buyer_note, o.seller_note from sales_order o
      where ${joinFragments(conditions, ' and ')} order by ${orderOf(stretch, OF_ORDER)} limit ${window})
    select * from (select id, sort_at, ship_by, true as hit, 0 as scanned from stretch
      where ${matches(pattern, /[a-z]/i.test(text))}
      order by ${orderOf(stretch, PLAIN)} limit ${stretch.limit}) hits
    union all select * from (select id, sort_at, ship_by, false, (select count(*)::int from stretch) from stretch
      order by ${orderOf({ ...stretch, sort: stretch.sort === 'sortAt' ? '-sortAt' : 'sortAt' }, PLAIN)} limit 1) edge`,
  )
  const edge = rows.find((row) => !row.hit)
  return { hits: rows.filter((row) => row.hit), end: edge ?? null, scanned: edge?.scanned ?? 0 }
}

/** Folding case costs half of the time, and only Latin letters have one. */
function matches(pattern: string, fold: boolean): Fragment {
  if (fold)
    return fragment`order_no ilike ${pattern} or first_title ilike ${pattern} or buyer_note ilike ${pattern} or seller_note ilike ${pattern}`
  return fragment`order_no like ${pattern} or first_title like ${pattern} or buyer_note like ${pattern} or seller_note like ${pattern}`
}

/** Orders with one of these numbers as order number or tracking number; at most `limit`. */
export async function readIdsByNumbers(
  sql: Sql,
  numbers: readonly string[],
  limit: number,
): Promise<bigint[]> {
  const parcels = numbers.map((number) => `parcel:${number.toUpperCase()}`)
  const rows = await sql<{ id: bigint }>`
    select id from sales_order where order_no = any(${textArray(numbers)}::text[])
    union
    select order_id from order_subject where subject = any(${textArray(parcels)}::text[])
    limit ${limit}`
  return rows.map((row) => row.id)
}

/** Orders whose number begins like this; at most `limit`. */
export async function readIdsByPrefix(sql: Sql, prefix: string, limit: number): Promise<bigint[]> {
  const pattern = `${prefix.replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`
  const rows = await sql<{
    id: bigint
  }>`select id from sales_order where order_no like ${pattern} limit ${limit}`
  return rows.map((row) => row.id)
}

export async function readRows(sql: Sql, ids: readonly bigint[]): Promise<OrderRow[]> {
  return await sql<OrderRow>`
    select o.id, o.order_no, o.connection_id, c.kind as connection_kind, c.name as connection_name, o.status, o.after_sale,
      o.placed_at, o.paid_at, o.shipped_at, o.delivered_at, o.ship_by, o.currency, o.payable_minor, o.item_count,
      o.parcel_count, o.unmatched_lines, o.drift_count, o.report, o.region, o.recipient_masked, o.buyer_note, o.seller_note,
      o.first_title, o.record -> 'trackingNos' as tracking_nos, o.sort_at, o.updated_at,
      clock.due_at as promise_due, clock.warn_at as promise_warn, clock.keeps as promise_keeps, clock.state as promise_state,
      clock.penalty_minor as promise_penalty, stock.state as stock_state, stock.code as stock_code
    from unnest(${int8Array(ids)}::bigint[]) with ordinality as wanted (id, place)
    join sales_order o on o.id = wanted.id
    left join connection c on c.id = o.connection_id
    left join order_stock stock on stock.order_id = o.id
    left join lateral (
      select due_at, warn_at, keeps, state, penalty_minor from order_promise p
      where p.order_id = o.id and p.state in ('running', 'breached') order by due_at limit 1
    ) clock on true
    order by wanted.place`
}

/** How many orders match, counted no further than `cap`. */
export async function countUpTo(sql: Sql, filter: OrderFilter, cap: number): Promise<number> {
  const conditions = joinFragments([fragment`true`, ...whole(filter), ...conditionsOf(filter)], ' and ')
  const rows = await runFragment<{ count: number }>(
    sql,
    fragment`select count(*)::int as count from (select 1 from sales_order o where ${conditions} limit ${cap}) few`,
  )
  return rows[0]?.count ?? 0
}

export async function readTallies(
  sql: Sql,
): Promise<{ connection_id: string; status: string; count: bigint }[]> {
  return await sql`select connection_id, status, sum(count)::bigint as count from order_tally group by 1, 2`
}

const ARMS_AT_MOST = 60

/** `lead` is ordered by before the list's own keys. */
type Arm = { readonly where: readonly Fragment[]; readonly lead: Fragment }

/** One stretch per status, or per shop and status; where an index already holds just the few marked orders, one for all. */
function armsOf(stretch: Stretch): readonly Arm[] {
  const { filter, sort, ids } = stretch
  const rare = filter.reports.some((state) => state === 'refused' || state === 'unknown' || state === 'due')
  const drifted = filter.drift && filter.statuses.length === 0
  if (ids !== null || drifted || filter.unmatched || filter.afterSale || rare) return [allOf(stretch)]
  const byDeadline = sort === 'shipBy' || sort === '-shipBy' || filter.overdueAt !== null
  const perStatus = byDeadline || filter.connections.length > 0 || filter.statuses.length > 0
  if (!perStatus) return [allOf(stretch)]
  const statuses = filter.statuses.length === 0 ? waitingOrAll(filter) : filter.statuses
  const shops =
    byDeadline && stretch.part === 'dated'
      ? [null]
      : filter.connections.length === 0
        ? [null]
        : filter.connections
  if (statuses.length * shops.length > ARMS_AT_MOST) return [allOf(stretch)]
  // More than that is read as the merge of the arms takes it, for which each must come in the order of the list itself.
  const isWhole = statuses.length * shops.length * stretch.limit <= READ_WHOLE_AT_MOST
  return shops.flatMap((shop) =>
    statuses.map((status) => ({
      where: [
        isWhole ? ofStatus(status) : fragment`o.status = (select ${status}::text)`,
        ...(shop === null
          ? anyOf(fragment`o.connection_id`, filter.connections)
          : [fragment`o.connection_id = ${shop}`]),
      ],
      lead: !isWhole ? NOTHING : isForward(stretch) ? fragment`o.status, ` : fragment`o.status desc, `,
    })),
  )
}

/** Rows of all arms together (2 ms); a page of a screen, not of an export. */
const READ_WHOLE_AT_MOST = 2_000

/**
 * The planner must not see which status is meant: knowing that most orders are completed it walks all orders by time and
 * filters, past the 200,000 newest that are not completed yet (220 ms instead of 2). Nor, where it can be helped, that it is one only: an
 * order by status goes without saying then, and where every order is in one status all are walked to find none in another. From an array
 * it does not say so, and the index by status still gives the order (PostgreSQL 17).
 */
function ofStatus(status: string): Fragment {
  return fragment`o.status = any(array[(select ${status}::text)])`
}

/** Whether the list is read in the direction of its indexes. */
function isForward({ sort, part }: Stretch): boolean {
  return part === 'dated' && sort.endsWith('shipBy') ? sort === 'shipBy' : sort !== 'sortAt'
}

function allOf(stretch: Stretch): Arm {
  return { where: singleArm(stretch), lead: NOTHING }
}

function waitingOrAll(filter: OrderFilter): readonly string[] {
  return filter.overdueAt === null ? ORDER_STATUSES : WAITING_STATUSES
}

function singleArm({ filter, ids }: Stretch): readonly Fragment[] {
  const arm = [fragment`true`, ...whole(filter)]
  return ids === null ? arm : [...arm, fragment`o.id = any(${int8Array(ids)}::bigint[])`]
}

function whole(filter: OrderFilter): readonly Fragment[] {
  return [
    ...anyOf(fragment`o.status`, filter.statuses),
    ...anyOf(fragment`o.connection_id`, filter.connections),
  ]
}

/** One value is compared as such: the planner takes an index's order over from `=`, not from `= any`. */
function anyOf(column: Fragment, values: readonly string[]): readonly Fragment[] {
  const [only] = values
  if (only === undefined) return []
  return values.length === 1
    ? [fragment`${column} = ${only}`]
    : [fragment`${column} = any(${textArray(values)}::text[])`]
}

/** Everything but status and shop, which the arms say. */
function conditionsOf(filter: OrderFilter): readonly Fragment[] {
  const { from, to, overdueAt } = filter
  return [
    ...(from === null ? [] : [fragment`o.sort_at >= ${from}`]),
    ...(to === null ? [] : [fragment`o.sort_at < ${to}`]),
    ...anyOf(fragment`o.report`, filter.reports),
    ...(filter.drift ? [fragment`o.drift_count > 0`] : []),
    ...(filter.unmatched ? [fragment`o.unmatched_lines > 0`] : []),
    ...(filter.afterSale ? [fragment`o.after_sale = 'requested'`] : []),
    ...(overdueAt === null
      ? []
      : [
          fragment`o.ship_by < ${overdueAt}`,
          fragment`o.status = any(${textArray(WAITING_STATUSES)}::text[])`,
        ]),
  ]
}

function keysetOf({ sort, part, after }: Stretch): readonly Fragment[] {
  const byDeadline = sort === 'shipBy' || sort === '-shipBy'
  const side = !byDeadline
    ? []
    : part === 'dated'
      ? [fragment`o.ship_by is not null`]
      : [fragment`o.ship_by is null`]
  if (after === null) return side
  const { at, id } = after
  // Hidden like the status: how many orders come after this instant decides nothing, as the list ends after a page.
  const place = fragment`((select ${at}::timestamptz), (select ${id}::bigint))`
  if (byDeadline && part === 'dated')
    return [
      ...side,
      sort === 'shipBy' ? fragment`(o.ship_by, o.id) > ${place}` : fragment`(o.ship_by, o.id) < ${place}`,
    ]
  return [
    ...side,
    sort === 'sortAt' ? fragment`(o.sort_at, o.id) > ${place}` : fragment`(o.sort_at, o.id) < ${place}`,
  ]
}

const OF_ORDER = fragment`o.`
const PLAIN = NOTHING

function orderOf({ sort, part }: Pick<Stretch, 'sort' | 'part'>, of: Fragment): Fragment {
  if (part === 'dated' && sort === 'shipBy') return fragment`${of}ship_by, ${of}id`
  if (part === 'dated' && sort === '-shipBy') return fragment`${of}ship_by desc, ${of}id desc`
  return sort === 'sortAt' ? fragment`${of}sort_at, ${of}id` : fragment`${of}sort_at desc, ${of}id desc`
}
