import type { Severity } from '#domain/notice.ts'
import type { Instant } from '#kernel/clock.ts'
import { int8Array, textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { type Fragment, fragment, joinFragments, NOTHING, runFragment } from '#platform/postgres/fragment.ts'
import type { CaseState } from '../core/change.ts'
import type { Filter, Sort } from '../core/filter.ts'

/**
 * How hot a SKU is: pieces of it that stand still in orders with unresolved cases, an order counted once however many cases it
 * has. An order is as hot as its hottest SKU. A line without stock SKU counts under its shop's own code.
 */
const HEATS = fragment`
  stuck as (select distinct order_id from review_case where state <> 'resolved' and order_id is not null),
  stuck_line as (
    select l.order_id, coalesce(l.stock_sku, l.connection_id || '/' || l.shop_sku) as sku, l.quantity
    from stuck join order_line l on l.order_id = stuck.order_id
  ),
  sku_heat as (select sku, sum(quantity)::bigint as heat from stuck_line group by sku),
  order_heat as (
    select l.order_id, max(h.heat) as heat from stuck_line l join sku_heat h on h.sku = l.sku group by l.order_id
  )`

export type Place = { readonly key: string; readonly due: string; readonly id: bigint }
export type Spot = { readonly id: bigint; readonly heat: bigint; readonly key: string; readonly due: Instant }

/** The next cases of a list in its order, `limit` at most. Ties by due time, then id. */
export async function readSpots(
  sql: Sql,
  filter: Filter,
  page: { readonly sort: Sort; readonly after: Place | null; readonly limit: number },
): Promise<Spot[]> {
  const { sort, after, limit } = page
  const where = joinFragments([fragment`true`, ...conditionsOf(filter)], ' and ')
  if (sort === 'heat')
    return await runFragment<Spot>(
      sql,
      fragment`with ${HEATS}
        select * from (
          select c.id, coalesce(h.heat, 0) as heat, coalesce(h.heat, 0)::text as key, c.due_at as due
          from review_case c left join order_heat h on h.order_id = c.order_id where ${where}
        ) spot
        where ${after === null ? fragment`true` : fragment`(-heat, due, id) > (-(${after.key}::bigint), ${after.due}::timestamptz, ${after.id})`}
        order by heat desc, due, id limit ${limit}`,
    )
  const { column, down } = COLUMN_OF[sort]
  const place =
    after === null
      ? fragment`true`
      : down
        ? fragment`(${column}, c.id) < (${after.key}::timestamptz, ${after.id})`
        : fragment`(${column}, c.id) > (${after.key}::timestamptz, ${after.id})`
  const way = down ? fragment`desc` : NOTHING
  return await runFragment<Spot>(
    sql,
    fragment`select c.id, 0::bigint as heat, ${column}::text as key, c.due_at as due from review_case c
      where ${where} and ${place} order by ${column} ${way}, c.id ${way} limit ${limit}`,
  )
}

const COLUMN_OF = {
  due: { column: fragment`c.due_at`, down: false },
  opened: { column: fragment`c.opened_at`, down: false },
  '-opened': { column: fragment`c.opened_at`, down: true },
  '-resolved': { column: fragment`c.resolved_at`, down: true },
} as const satisfies Readonly<Record<Exclude<Sort, 'heat'>, { column: Fragment; down: boolean }>>

/** All cases of a filter by id; one more than `limit` tells that there are too many. */
export async function readCaseIds(sql: Sql, filter: Filter, limit: number): Promise<bigint[]> {
  const where = joinFragments([fragment`true`, ...conditionsOf(filter)], ' and ')
  const rows = await runFragment<{ id: bigint }>(
    sql,
    fragment`select c.id from review_case c where ${where} order by c.id limit ${limit}`,
  )
  return rows.map((row) => row.id)
}

/** How many cases match, counted no further than `cap`. */
export async function countUpTo(sql: Sql, filter: Filter, cap: number): Promise<number> {
  const where = joinFragments([fragment`true`, ...conditionsOf(filter)], ' and ')
  const rows = await runFragment<{ count: number }>(
    sql,
    fragment`select count(*)::int as count from (select 1 from review_case c where ${where} limit ${cap}) few`,
  )
  return rows[0]?.count ?? 0
}

function conditionsOf(filter: Filter): readonly Fragment[] {
  const open = !filter.states.includes('resolved')
  return [
    // Said besides the states themselves, so that the indexes of unresolved cases serve.
    ...(open ? [fragment`c.state <> 'resolved'`] : []),
    ...anyOf(fragment`c.state`, filter.states),
    ...anyOf(fragment`c.rule`, filter.rules),
    ...anyOf(fragment`c.severity`, filter.severities),
    ...anyOf(fragment`c.connection_id`, filter.connections),
    ...(filter.owner === null
      ? []
      : [filter.owner === 'none' ? fragment`c.owner is null` : fragment`c.owner = ${filter.owner}`]),
    ...(filter.overdueAt === null ? [] : [fragment`c.due_at < ${filter.overdueAt}`]),
    ...(filter.resolvedFrom === null ? [] : [fragment`c.resolved_at >= ${filter.resolvedFrom}`]),
    ...(filter.orderId === null ? [] : [fragment`c.order_id = ${filter.orderId}`]),
    ...(filter.numbers.length === 0 ? [] : [ofNumbers(filter.numbers)]),
    ...(filter.sku === null
      ? []
      : [
          fragment`exists (select 1 from order_line l where l.order_id = c.order_id
            and (l.stock_sku = ${filter.sku} or l.shop_sku = ${filter.sku} or l.connection_id || '/' || l.shop_sku = ${filter.sku}))`,
        ]),
  ]
}

/** Exact as order or tracking number; a single one also as the beginning of an order number, looked up case by case. */
function ofNumbers(numbers: readonly string[]): Fragment {
  const parcels = numbers.map((number) => `parcel:${number.toUpperCase()}`)
  const [only] = numbers
  const beginning = `${(only ?? '').replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`
  const begins =
    numbers.length === 1
      ? fragment`or exists (select 1 from sales_order o where o.id = c.order_id and o.order_no like ${beginning})`
      : NOTHING
  return fragment`(c.order_id in (
      select id from sales_order where order_no = any(${textArray(numbers)}::text[])
      union select order_id from order_subject where subject = any(${textArray(parcels)}::text[])
    ) or c.evidence ->> 'orderNo' = any(${textArray(numbers)}::text[]) ${begins})`
}

function anyOf(column: Fragment, values: readonly string[]): readonly Fragment[] {
  const [only] = values
  if (only === undefined) return []
  return values.length === 1
    ? [fragment`${column} = ${only}`]
    : [fragment`${column} = any(${textArray(values)}::text[])`]
}

export type CaseRow = {
  readonly id: bigint
  readonly rule: string
  readonly subject: string
  readonly order_id: bigint | null
  readonly order_no: string | null
  readonly order_status: string | null
  readonly ship_by: Instant | null
  readonly first_title: string | null
  readonly item_count: number | null
  readonly connection_id: string | null
  readonly connection_kind: string | null
  readonly connection_name: string | null
  readonly state: CaseState
  readonly severity: Severity
  readonly zh: string
  readonly en: string
  readonly evidence: Readonly<Record<string, string | number | boolean | null>>
  readonly next_action: string
  readonly owner: string | null
  readonly owner_name: string | null
  readonly since: Instant
  readonly due_at: Instant
  readonly snoozed_until: Instant | null
  readonly note: string | null
  readonly outcome: string | null
  readonly resolved_by: string | null
  readonly resolved_at: Instant | null
  readonly kept: boolean
  readonly gone_at: Instant | null
  readonly revision: number
  readonly opened_at: Instant
  readonly updated_at: Instant
}

/** The cases with what a list shows of their orders, in the order of the ids. */
export async function readCases(sql: Sql, ids: readonly bigint[]): Promise<CaseRow[]> {
  return await sql<CaseRow>`
    select c.id, c.rule, c.subject, c.order_id, coalesce(o.order_no, c.evidence ->> 'orderNo') as order_no, o.status as order_status,
      o.ship_by, o.first_title, o.item_count, c.connection_id, n.kind as connection_kind, n.name as connection_name, c.state,
      c.severity, c.zh, c.en, c.evidence, c.next_action, c.owner, a.name as owner_name, c.since, c.due_at, c.snoozed_until, c.note,
      c.outcome, c.resolved_by, c.resolved_at, c.kept, c.gone_at, c.revision, c.opened_at, c.updated_at
    from unnest(${int8Array(ids)}::bigint[]) with ordinality as wanted (id, place)
    join review_case c on c.id = wanted.id
    left join sales_order o on o.id = c.order_id
    left join connection n on n.id = c.connection_id
    left join account a on a.id::text = c.owner
    order by wanted.place`
}

export type LineRow = {
  readonly order_id: bigint
  readonly sku: string
  readonly matched: boolean
  readonly title: string
  readonly quantity: number
  readonly heat_key: string
}

export async function readLines(sql: Sql, orderIds: readonly bigint[]): Promise<LineRow[]> {
  return await sql<LineRow>`
    select order_id, coalesce(stock_sku, shop_sku) as sku, stock_sku is not null as matched, title, quantity,
      coalesce(stock_sku, connection_id || '/' || shop_sku) as heat_key
    from order_line where order_id = any(${int8Array(orderIds)}::bigint[]) order by order_id, quantity desc, line_id`
}

export type SkuHeat = {
  readonly sku: string
  readonly title: string
  readonly heat: bigint
  readonly orders: bigint
}

/** SKUs that hold up the most pieces, hottest first. */
export async function readHeats(sql: Sql, limit: number): Promise<SkuHeat[]> {
  return await runFragment<SkuHeat>(
    sql,
    fragment`with stuck as (select distinct order_id from review_case where state <> 'resolved' and order_id is not null)
      select coalesce(l.stock_sku, l.connection_id || '/' || l.shop_sku) as sku, min(l.title) as title, sum(l.quantity)::bigint as heat,
        count(distinct l.order_id) as orders
      from stuck join order_line l on l.order_id = stuck.order_id
      group by 1 order by heat desc, orders desc, sku limit ${limit}`,
  )
}

export type EventRow = {
  readonly id: bigint
  readonly at: Instant
  readonly actor: string
  readonly kind: string
  readonly words: string
}

export async function readEvents(sql: Sql, caseId: bigint, limit: number): Promise<EventRow[]> {
  return await sql<EventRow>`
    select id, at, actor, kind, words from review_event where case_id = ${caseId} order by id desc limit ${limit}`
}

/** Earlier and later cases of the same trouble, newest first. */
export async function readSiblings(
  sql: Sql,
  row: {
    readonly id: bigint
    readonly rule: string
    readonly subject: string
    readonly order_id: bigint | null
  },
): Promise<
  {
    id: bigint
    rule: string
    state: CaseState
    outcome: string | null
    opened_at: Instant
    resolved_at: Instant | null
  }[]
> {
  return await sql`
    select id, rule, state, outcome, opened_at, resolved_at from review_case
    where id <> ${row.id} and order_id is not null and order_id = ${row.order_id}
    order by id desc limit 50`
}

export type TallyRow = {
  readonly rule: string
  readonly owner: string | null
  readonly state: 'open' | 'snoozed'
  readonly overdue: boolean
  readonly severity: Severity
  readonly count: bigint
}

export async function readTallies(sql: Sql, now: Instant): Promise<TallyRow[]> {
  return await sql<TallyRow>`
    select rule, owner, state, due_at < ${now} as overdue, severity, count(*) as count from review_case
    where state <> 'resolved' group by 1, 2, 3, 4, 5`
}

export async function countResolvedSince(sql: Sql, since: Instant): Promise<number> {
  const rows = await sql<{ count: bigint }>`
    select count(*) as count from review_case where state = 'resolved' and resolved_at >= ${since}`
  return Number(rows[0]?.count ?? 0n)
}

export async function readConnectionIds(sql: Sql): Promise<string[]> {
  const rows = await sql<{ id: string }>`select id from connection`
  return rows.map((row) => row.id)
}
