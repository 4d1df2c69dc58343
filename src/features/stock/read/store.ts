import type { Instant } from '#kernel/clock.ts'
import { textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { type Fragment, fragment, joinFragments, runFragment } from '#platform/postgres/fragment.ts'
import type { LevelShow, LevelSort } from './core/levels.ts'

export type LevelFilter = {
  /** Part of the SKU. */
  readonly q: string
  readonly warehouse: string | null
  readonly show: LevelShow | null
  readonly lowAt: number
}
export type SkuPlace = { readonly value: bigint; readonly sku: string }

const ALL: Fragment = fragment`true`

function placeConditions({ q, warehouse }: Pick<LevelFilter, 'q' | 'warehouse'>): Fragment {
  return joinFragments(
    [
      ...(q === '' ? [] : [fragment`l.sku ilike ${like(q)}`]),
      ...(warehouse === null ? [] : [fragment`l.warehouse = ${warehouse}`]),
      ALL,
    ],
    ' and ',
  )
}

/** Looked up once per statement, so that levels are read without a join. */
const INACTIVE = fragment`array(select code from warehouse where not active)`
const SELLABLE = fragment`sum(case when l.warehouse = any(${INACTIVE}) then 0 else greatest(0, l.available - l.safety) end)`

function skuConditions({ show, lowAt }: LevelFilter): Fragment {
  if (show === 'out') return fragment`${SELLABLE} = 0`
  if (show === 'low') return fragment`${SELLABLE} between 1 and ${lowAt}::bigint`
  return ALL
}

const SORTED: Readonly<Record<LevelSort, Fragment>> = {
  sku: fragment`0::bigint`,
  available: fragment`sum(l.available)`,
  sellable: SELLABLE,
  physical: fragment`sum(l.physical)`,
  locked: fragment`sum(l.locked)`,
}

/**
 * SKUs of one page in their order. By SKU it walks the primary key and stops at the page's end; every other order, and the filters
 * `negative`, `out` and `low`, read all levels once (1,000,000 levels: see the README for the figures), because an index
 * on a figure that changes with every lock would cost each lock more than it saves here.
 */
export async function readSkus(
  sql: Sql,
  filter: LevelFilter,
  order: { readonly sort: LevelSort; readonly descending: boolean },
  after: SkuPlace | null,
  limit: number,
): Promise<SkuPlace[]> {
  const { sort, descending } = order
  const bySku = sort === 'sku'
  const value = SORTED[sort]
  const among = amongSkus(filter)
  const turned = descending ? fragment`desc` : fragment``
  // Ties stand in order of SKU either way; a list by SKU alone turns with its direction.
  const tie = bySku && descending ? fragment`desc` : fragment``
  const further = after === null ? ALL : furtherThan(after, bySku, descending, value)
  const bounded = bySku ? fragment`and ${further}` : fragment``
  const cut = bySku ? ALL : further
  return await runFragment<SkuPlace>(
    sql,
    fragment`
      select l.sku, (${value})::bigint as value
      from stock_level l
      where ${placeConditions(filter)} ${among} ${bounded}
      group by l.sku having ${skuConditions(filter)} and ${cut}
      order by ${bySku ? fragment`l.sku ${tie}` : fragment`value ${turned}, l.sku`} limit ${limit}`,
  )
}

/** Filters that name the SKUs themselves; few they are, as a rule. */
function amongSkus({ show, warehouse }: LevelFilter): Fragment {
  if (show === 'short') return fragment`and l.sku in (${SHORT_SKUS})`
  if (show !== 'negative') return fragment``
  const there = warehouse === null ? ALL : fragment`n.warehouse = ${warehouse}`
  return fragment`and l.sku in (select n.sku from stock_level n where (n.available < 0 or n.physical < 0) and ${there})`
}

function furtherThan(after: SkuPlace, bySku: boolean, descending: boolean, value: Fragment): Fragment {
  if (bySku) return descending ? fragment`l.sku < ${after.sku}` : fragment`l.sku > ${after.sku}`
  const beyond = descending ? fragment`${value} < ${after.value}` : fragment`${value} > ${after.value}`
  return fragment`(${beyond} or (${value} = ${after.value} and l.sku > ${after.sku}))`
}

const SHORT_SKUS = fragment`
  select lacking ->> 'sku' from order_stock o, jsonb_array_elements(o.shortage) lacking
  where o.state = 'short' and jsonb_typeof(o.shortage) = 'array'`

export type LevelRow = {
  readonly sku: string
  readonly warehouse: string
  readonly warehouse_name: string
  readonly physical: number
  readonly locked: number
  readonly reserved: number
  readonly in_transit: number
  readonly safety: number
  readonly available: number
  readonly transit_counts: boolean
  readonly figures: 'own' | 'captured'
  readonly active: boolean
  readonly source_quantity: number | null
  readonly source_version: bigint | null
  readonly unseen_out: number
  readonly updated_at: Instant
}

const LEVEL = fragment`l.sku, l.warehouse, w.name as warehouse_name, l.physical, l.locked, l.reserved, l.in_transit, l.safety, l.available,
  l.transit_counts, w.figures, w.active, l.source_quantity, l.source_version, l.unseen_out, l.updated_at`

/** Levels of these SKUs at all warehouses, or at one; in order of SKU, priority and code. */
export async function readPlaces(
  sql: Sql,
  skus: readonly string[],
  warehouse: string | null,
): Promise<LevelRow[]> {
  const there = warehouse === null ? ALL : fragment`l.warehouse = ${warehouse}`
  return await runFragment<LevelRow>(
    sql,
    fragment`select ${LEVEL} from stock_level l join warehouse w on w.code = l.warehouse
      where l.sku = any(${textArray(skus)}::text[]) and ${there} order by l.sku, w.priority, l.warehouse`,
  )
}

/** Levels in order of their key, for the export. */
export async function readLevelsAfter(
  sql: Sql,
  filter: Pick<LevelFilter, 'q' | 'warehouse'>,
  after: { readonly sku: string; readonly warehouse: string },
  limit: number,
): Promise<LevelRow[]> {
  return await runFragment<LevelRow>(
    sql,
    fragment`select ${LEVEL} from stock_level l join warehouse w on w.code = l.warehouse
      where ${placeConditions(filter)} and (l.sku, l.warehouse) > (${after.sku}, ${after.warehouse})
      order by l.sku, l.warehouse limit ${limit}`,
  )
}

export type Named = { readonly sku: string; readonly title: string | null }

/** What shops call these SKUs: the title of some order line. */
export async function readTitles(sql: Sql, skus: readonly string[]): Promise<Named[]> {
  return await sql<Named>`
    select k.sku, (select title from order_line where stock_sku = k.sku limit 1) as title
    from unnest(${textArray(skus)}::text[]) as k (sku)`
}

export type ShortCount = { readonly sku: string; readonly orders: bigint; readonly pieces: bigint }

/** Orders that lack one of these SKUs, and how many pieces they want of it. */
export async function readShortCounts(sql: Sql, skus: readonly string[]): Promise<ShortCount[]> {
  return await sql<ShortCount>`
    select lacking ->> 'sku' as sku, count(*) as orders, coalesce(sum((lacking ->> 'wanted')::bigint), 0)::bigint as pieces
    from order_stock o, jsonb_array_elements(o.shortage) lacking
    where o.state = 'short' and jsonb_typeof(o.shortage) = 'array' and lacking ->> 'sku' = any(${textArray(skus)}::text[])
    group by 1`
}

export type Summary = {
  readonly skus: bigint
  readonly levels: bigint
  readonly physical: bigint
  readonly locked: bigint
  readonly reserved: bigint
  readonly in_transit: bigint
  readonly sellable: bigint
  readonly negative: bigint
  readonly out: bigint
  readonly low: bigint
  readonly short: bigint
}

/** Reads every level once. */
export async function readSummary(sql: Sql, lowAt: number): Promise<Summary> {
  const [row] = await sql<Summary>`
    with s as (
      select count(*) as levels, sum(physical)::bigint as physical, sum(locked)::bigint as locked, sum(reserved)::bigint as reserved,
        sum(in_transit)::bigint as in_transit, bool_or(available < 0 or physical < 0) as negative,
        sum(case when warehouse = any(array(select code from warehouse where not active)) then 0
          else greatest(0, available - safety) end)::bigint as sellable
      from stock_level group by sku
    )
    select count(*) as skus, coalesce(sum(levels), 0)::bigint as levels, coalesce(sum(physical), 0)::bigint as physical,
      coalesce(sum(locked), 0)::bigint as locked, coalesce(sum(reserved), 0)::bigint as reserved,
      coalesce(sum(in_transit), 0)::bigint as in_transit, coalesce(sum(sellable), 0)::bigint as sellable,
      count(*) filter (where negative) as negative, count(*) filter (where sellable = 0) as out,
      count(*) filter (where sellable between 1 and ${lowAt}::bigint) as low,
      (select count(distinct lacking ->> 'sku') from order_stock o, jsonb_array_elements(o.shortage) lacking
        where o.state = 'short' and jsonb_typeof(o.shortage) = 'array') as short
    from s`
  if (row === undefined) throw new Error('an aggregate has one row')
  return row
}

export type QuotaRow = {
  readonly sku: string
  readonly warehouse: string
  readonly warehouse_name: string
  readonly channel: string
  readonly channel_name: string | null
  readonly granted: number
  readonly left_over: number
  readonly updated_by: string
  readonly updated_at: Instant
}
export type QuotaFilter = {
  readonly sku: string | null
  readonly q: string
  readonly warehouse: string | null
  readonly channel: string | null
}

/** Channel quotas in order of their key; one that was set to nothing is left out. */
export async function readQuotas(
  sql: Sql,
  filter: QuotaFilter,
  after: { readonly sku: string; readonly warehouse: string; readonly channel: string },
  limit: number,
): Promise<QuotaRow[]> {
  const { sku, q, warehouse, channel } = filter
  return await sql<QuotaRow>`
    select q.*, w.name as warehouse_name, c.name as channel_name
    from stock_quota q join warehouse w on w.code = q.warehouse left join connection c on c.id = q.channel
    where (q.granted > 0 or q.left_over > 0)
      and (${sku === null} or q.sku = ${sku ?? ''}) and (${q === ''} or q.sku ilike ${like(q)})
      and (${warehouse === null} or q.warehouse = ${warehouse ?? ''}) and (${channel === null} or q.channel = ${channel ?? ''})
      and (q.sku, q.warehouse, q.channel) > (${after.sku}, ${after.warehouse}, ${after.channel})
    order by q.sku, q.warehouse, q.channel limit ${limit}`
}

export type MovementRow = {
  readonly id: bigint
  readonly at: Instant
  readonly sku: string
  readonly warehouse: string
  readonly cause: string
  readonly physical: number
  readonly locked: number
  readonly reserved: number
  readonly in_transit: number
  readonly safety: number
  readonly available_after: number
  readonly hold_id: bigint | null
  readonly actor: string
  readonly evidence: unknown
  readonly reference: string | null
  readonly owner_kind: string | null
  readonly owner: string | null
}
export type MovementFilter = {
  readonly sku: string
  readonly warehouse: string
  readonly causes: readonly string[] | null
  readonly from: Instant | null
  readonly to: Instant | null
}

/** Changes of one level, the newest first. */
export async function readMovements(
  sql: Sql,
  { sku, warehouse, causes, from, to }: MovementFilter,
  before: bigint | null,
  limit: number,
): Promise<MovementRow[]> {
  const conditions = [
    fragment`m.sku = ${sku} and m.warehouse = ${warehouse}`,
    ...(causes === null ? [] : [fragment`m.cause = any(${textArray(causes)}::text[])`]),
    ...(from === null ? [] : [fragment`m.at >= ${from}`]),
    ...(to === null ? [] : [fragment`m.at < ${to}`]),
    ...(before === null ? [] : [fragment`m.id < ${before}`]),
  ]
  return await runFragment<MovementRow>(
    sql,
    fragment`select m.id, m.at, m.sku, m.warehouse, m.cause, m.physical, m.locked, m.reserved, m.in_transit, m.safety, m.available_after,
        m.hold_id, m.actor, m.evidence, h.reference, h.owner_kind, h.owner
      from (select * from stock_movement m where ${joinFragments(conditions, ' and ')} order by m.id desc limit ${limit}) m
      left join stock_hold h on h.id = m.hold_id order by m.id desc`,
  )
}

export function like(search: string): string {
  return `%${search.replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`
}
