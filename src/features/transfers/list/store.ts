import type { Instant } from '#kernel/clock.ts'
import { int8Array, textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { type Fragment, fragment, joinFragments, runFragment } from '#platform/postgres/fragment.ts'
import type { TransferKind, TransferState } from '../core/transfer.ts'
import type { LineRow } from '../store.ts'

export type TransferFilter = {
  readonly state: readonly TransferState[]
  readonly view: 'open' | 'late' | 'overdue' | null
  readonly from: string | null
  readonly to: string | null
  readonly kind: TransferKind | null
  readonly orderId: bigint | null
  /** Part of the number or the reason, or a SKU. */
  readonly search: string
}
export type Place = { readonly at: Instant; readonly id: bigint }

export type HeadRow = {
  readonly id: bigint
  readonly transfer_no: string
  readonly kind: TransferKind
  readonly from_warehouse: string
  readonly from_name: string
  readonly to_warehouse: string
  readonly to_name: string
  readonly to_figures: 'own' | 'captured'
  readonly state: TransferState
  readonly reason: string
  readonly note: string
  readonly order_id: bigint | null
  readonly order_no: string | null
  readonly return_of: bigint | null
  readonly return_of_no: string | null
  readonly returned_by: bigint | null
  readonly draw_safety: boolean
  readonly instructed_at: Instant
  readonly lock_due_at: Instant
  readonly lock_until: Instant
  readonly locked_at: Instant | null
  readonly flagged_at: Instant | null
  readonly dispatched_at: Instant | null
  readonly expected_at: Instant | null
  readonly ended_at: Instant | null
  readonly hold_no: number
  readonly hold_id: bigint | null
  readonly tries: number
  readonly next_try_at: Instant | null
  readonly code: string | null
  readonly words: string
  readonly created_by: string
}
export type SumRow = {
  readonly lines: number
  readonly skus: string
  readonly quantity: bigint
  readonly dispatched: bigint
  readonly received: bigint
  readonly damaged: bigint
  readonly lost: bigint
  readonly returned: bigint
}

const HEAD = fragment`
  select t.*, f.name as from_name, d.name as to_name, d.figures as to_figures, o.order_no, r.transfer_no as return_of_no,
    (select b.id from transfer b where b.return_of = t.id limit 1) as returned_by,
    (select h.id from stock_hold h where h.key = case when t.hold_no = 1 then 'hub:transfer:' || t.id
      else 'hub:transfer:' || t.id || ':' || t.hold_no end) as hold_id
  from transfer t join warehouse f on f.code = t.from_warehouse join warehouse d on d.code = t.to_warehouse
    left join sales_order o on o.id = t.order_id left join transfer r on r.id = t.return_of`

/** The newest first, with the sums of their lines. */
export async function readTransfers(
  sql: Sql,
  filter: TransferFilter,
  now: Instant,
  after: Place | null,
  limit: number,
): Promise<(HeadRow & SumRow)[]> {
  const conditions = conditionsOf(filter, now)
  if (after !== null) conditions.push(fragment`(t.instructed_at, t.id) < (${after.at}, ${after.id})`)
  const where = conditions.length === 0 ? fragment`true` : joinFragments(conditions, ' and ')
  return await runFragment<HeadRow & SumRow>(
    sql,
    fragment`select p.*, s.* from (${HEAD} where ${where} order by t.instructed_at desc, t.id desc limit ${limit}) p
      cross join lateral (
        select count(*)::int as lines, coalesce(string_agg(l.sku, ', ' order by l.line) filter (where l.line <= 3), '') as skus,
          sum(l.quantity)::bigint as quantity, sum(l.dispatched)::bigint as dispatched, sum(l.received)::bigint as received,
          sum(l.damaged)::bigint as damaged, sum(l.lost)::bigint as lost, sum(l.returned)::bigint as returned
        from transfer_line l where l.transfer_id = p.id) s
      order by p.instructed_at desc, p.id desc`,
  )
}

function conditionsOf(filter: TransferFilter, now: Instant): Fragment[] {
  const { state, view, from, to, kind, orderId, search } = filter
  const found: Fragment[] = []
  if (state.length > 0) found.push(fragment`t.state = any(${textArray(state)}::text[])`)
  if (view === 'open')
    found.push(fragment`t.state in ('instructed', 'locked', 'dispatched', 'part_received')`)
  if (view === 'late')
    found.push(fragment`((t.state = 'instructed' and t.lock_due_at <= ${now}) or t.state = 'failed')`)
  if (view === 'overdue')
    found.push(fragment`t.state in ('dispatched', 'part_received') and t.expected_at < ${now}`)
  if (from !== null) found.push(fragment`t.from_warehouse = ${from}`)
  if (to !== null) found.push(fragment`t.to_warehouse = ${to}`)
  if (kind !== null) found.push(fragment`t.kind = ${kind}`)
  if (orderId !== null) found.push(fragment`t.order_id = ${orderId}`)
  if (search !== '') {
    const pattern = `%${search.replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`
    found.push(fragment`(t.transfer_no ilike ${pattern} or t.reason ilike ${pattern}
      or exists (select 1 from transfer_line l where l.transfer_id = t.id and l.sku ilike ${pattern}))`)
  }
  return found
}

export async function readTransfer(sql: Sql, id: bigint): Promise<HeadRow | null> {
  const [row] = await runFragment<HeadRow>(sql, fragment`${HEAD} where t.id = ${id}`)
  return row ?? null
}

export type ShownLine = LineRow & {
  readonly from_channel_name: string | null
  readonly to_channel_name: string | null
}
export async function readLines(sql: Sql, id: bigint): Promise<ShownLine[]> {
  return await sql<ShownLine>`
    select l.*, f.name as from_channel_name, t.name as to_channel_name from transfer_line l
    left join connection f on f.id = l.from_channel left join connection t on t.id = l.to_channel
    where l.transfer_id = ${id} order by l.line`
}

export type EventRow = {
  readonly id: bigint
  readonly at: Instant
  readonly kind: string
  readonly actor: string
  readonly detail: Readonly<Record<string, unknown>>
}
export async function readEvents(sql: Sql, id: bigint): Promise<EventRow[]> {
  return await sql<EventRow>`
    select id, at, kind, actor, detail from transfer_event where transfer_id = ${id} order by id desc limit 500`
}

export type Counts = {
  readonly instructed: bigint
  readonly locked: bigint
  readonly dispatched: bigint
  readonly part_received: bigint
  readonly late: bigint
  readonly overdue: bigint
  readonly pieces_on_the_way: bigint
}
/** What is open, by state; from the index of open ones. */
export async function readCounts(sql: Sql, now: Instant, failedSince: Instant): Promise<Counts> {
  const [row] = await sql<Counts>`
    select count(*) filter (where state = 'instructed') as instructed, count(*) filter (where state = 'locked') as locked,
      count(*) filter (where state = 'dispatched') as dispatched, count(*) filter (where state = 'part_received') as part_received,
      count(*) filter (where state = 'instructed' and lock_due_at <= ${now})
        + (select count(*) from transfer f where f.state = 'failed' and f.ended_at >= ${failedSince}) as late,
      count(*) filter (where state in ('dispatched', 'part_received') and expected_at < ${now}) as overdue,
      coalesce(sum((select sum(l.dispatched - l.received - l.damaged - l.lost - l.returned) from transfer_line l
        where l.transfer_id = t.id)) filter (where state in ('dispatched', 'part_received')), 0)::bigint as pieces_on_the_way
    from transfer t where state in ('instructed', 'locked', 'dispatched', 'part_received')`
  return row as Counts
}

export type LevelRow = {
  readonly sku: string
  readonly warehouse: string
  readonly physical: number
  readonly locked: number
  readonly reserved: number
  readonly in_transit: number
  readonly safety: number
  readonly available: number
}
/** Levels of these SKUs everywhere, for saying where else there is some; 5,000 rows at most. */
export async function readLevels(sql: Sql, skus: readonly string[]): Promise<LevelRow[]> {
  return await sql<LevelRow>`
    select l.sku, l.warehouse, l.physical, l.locked, l.reserved, l.in_transit, l.safety, l.available
    from stock_level l join warehouse w on w.code = l.warehouse and w.active
    where l.sku = any(${textArray(skus)}::text[]) order by l.sku, w.priority, l.warehouse limit 5000`
}

export type QuotaRow = {
  readonly sku: string
  readonly warehouse: string
  readonly channel: string
  readonly granted: number
  readonly left_over: number
}
export async function readQuotasOf(
  sql: Sql,
  skus: readonly string[],
  codes: readonly string[],
): Promise<QuotaRow[]> {
  return await sql<QuotaRow>`
    select sku, warehouse, channel, granted, left_over from stock_quota
    where sku = any(${textArray(skus)}::text[]) and warehouse = any(${textArray(codes)}::text[])`
}

/** Ids of orders by their number, where it is one order's alone. */
export async function findOrders(sql: Sql, orderNos: readonly string[]): Promise<Map<string, bigint>> {
  const rows = await sql<{ order_no: string; id: bigint }>`
    select order_no, min(id) as id from sales_order where order_no = any(${textArray(orderNos)}::text[])
    group by order_no having count(*) = 1`
  return new Map(rows.map((row) => [row.order_no, row.id]))
}

export async function readNumbers(sql: Sql, ids: readonly bigint[]): Promise<Map<bigint, string>> {
  const rows = await sql<{ id: bigint; transfer_no: string }>`
    select id, transfer_no from transfer where id = any(${int8Array(ids)}::int8[])`
  return new Map(rows.map((row) => [row.id, row.transfer_no]))
}

/** Warehouses and connections by everything that people call them: code or id, and name. */
export async function readNames(
  sql: Sql,
): Promise<{ warehouses: Map<string, string>; channels: Map<string, string> }> {
  const warehouses = await sql<{ id: string; name: string }>`select code as id, name from warehouse`
  const channels = await sql<{ id: string; name: string }>`select id, name from connection`
  const byName = (rows: readonly { id: string; name: string }[]) =>
    new Map([
      ...rows.map((row) => [row.name, row.id] as const),
      ...rows.map((row) => [row.id, row.id] as const),
    ])
  return { warehouses: byName(warehouses), channels: byName(channels) }
}
