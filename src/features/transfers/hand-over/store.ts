import type { StockPlace } from '#domain/stock.ts'
import { int8Array, textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { OpenHold } from '../core/hand-over.ts'

/** Statuses in which an order's goods are waited for or partly here. */
const LIVING = ['on_hold', 'awaiting_shipment', 'partially_shipped', 'shipped']

/**
 * Pieces by SKU that each order still has to hold: its lines, bundles taken apart, less what was committed for it. Orders that have
 * ended, or of which a line has no stock SKU, are left out: what they should hold cannot be said here.
 */
export async function readDemands(
  sql: Sql,
  orderIds: readonly bigint[],
): Promise<Map<bigint, ReadonlyMap<string, number>>> {
  const rows = await sql<{ order_id: bigint; sku: string; pieces: bigint }>`
    with wanted as (
      select o.id as order_id, coalesce(b.part_sku, l.stock_sku) as sku, sum(l.quantity::bigint * coalesce(b.quantity, 1)) as pieces
      from sales_order o join order_line l on l.order_id = o.id left join sku_bundle b on b.bundle_sku = l.stock_sku
      where o.id = any(${int8Array(orderIds)}::int8[]) and o.status = any(${textArray(LIVING)}::text[])
        and not exists (select 1 from order_line u where u.order_id = o.id and u.stock_sku is null)
      group by 1, 2
    ), gone as (
      select h.owner, l.sku, sum(l.committed)::bigint as pieces
      from stock_hold h join stock_hold_line l on l.hold_id = h.id
      where h.owner_kind = 'order' and h.owner = any(${textArray(orderIds.map(String))}::text[]) and l.committed > 0
      group by 1, 2
    )
    select w.order_id, w.sku, greatest(0, w.pieces - coalesce(g.pieces, 0))::bigint as pieces
    from wanted w left join gone g on g.owner = w.order_id::text and g.sku = w.sku`
  const found = new Map<bigint, Map<string, number>>()
  for (const { order_id, sku, pieces } of rows) {
    const own = found.get(order_id)
    if (own === undefined) found.set(order_id, new Map([[sku, Number(pieces)]]))
    else own.set(sku, Number(pieces))
  }
  return found
}

/** Open locks of an order with what is open of them. */
export async function readOpenHolds(sql: Sql, orderId: bigint): Promise<OpenHold[]> {
  const rows = await sql<{ id: bigint; key: string; sku: string; warehouse: string; open: number }>`
    select h.id, h.key, l.sku, l.warehouse, l.open
    from stock_hold h join stock_hold_line l on l.hold_id = h.id and l.open > 0
    where h.owner_kind = 'order' and h.owner = ${orderId.toString()} and h.state = 'held' and h.kind = 'lock'
    order by h.id, l.sku, l.warehouse`
  return [...Map.groupBy(rows, (row) => row.id)].map(([id, lines]) => ({
    id,
    key: lines[0]?.key ?? '',
    lines: lines.map(({ sku, warehouse, open }) => ({ sku, warehouse, open })),
  }))
}

/** What the order's next lock needs: its generation comes after every one that was used. */
export async function readOrderFacts(
  sql: Sql,
  orderId: bigint,
): Promise<{ readonly orderNo: string; readonly channel: string; readonly generation: number } | null> {
  const [row] = await sql<{ order_no: string; connection_id: string; generation: bigint }>`
    select o.order_no, o.connection_id,
      1 + greatest(coalesce((select s.generation from order_stock s where s.order_id = o.id), 0),
        coalesce((select max(substring(h.key from ':(\\d{1,9})$')::int) from stock_hold h
          where h.owner_kind = 'order' and h.owner = o.id::text and h.key like 'hub:order:%'), 0))::bigint as generation
    from sales_order o where o.id = ${orderId}`
  return row === undefined
    ? null
    : { orderNo: row.order_no, channel: row.connection_id, generation: Number(row.generation) }
}

/** Locks levels in the ledger's own order until the transaction ends. */
export async function lockPlaces(tx: Sql, places: readonly StockPlace[]): Promise<void> {
  await tx`
    select 1 from stock_level l where (sku, warehouse) in (
      select * from unnest(${textArray(places.map((one) => one.sku))}::text[],
        ${textArray(places.map((one) => one.warehouse))}::text[]))
    order by l.sku, l.warehouse for update of l`
}

/** Orders that hold more of a SKU than they want, in more than one place; `limit` at most. */
export async function findRedundant(sql: Sql, limit: number): Promise<bigint[]> {
  const rows = await sql<{ order_id: bigint }>`
    with held as (
      select h.owner, l.sku, sum(l.open) as pieces
      from stock_hold h join stock_hold_line l on l.hold_id = h.id and l.open > 0
      where h.state = 'held' and h.owner_kind = 'order' and h.kind = 'lock' and h.owner ~ '^[0-9]{1,18}$'
      group by h.owner, l.sku having count(*) > 1
    ), wanted as (
      select held.owner, held.sku, held.pieces, (
        select sum(l.quantity::bigint * coalesce(b.quantity, 1)) from order_line l
        left join sku_bundle b on b.bundle_sku = l.stock_sku
        where l.order_id = held.owner::bigint and coalesce(b.part_sku, l.stock_sku) = held.sku) as demand, (
        select coalesce(sum(l.committed), 0) from stock_hold h join stock_hold_line l on l.hold_id = h.id
        where h.owner_kind = 'order' and h.owner = held.owner and l.sku = held.sku) as gone
      from held
    )
    select distinct owner::bigint as order_id from wanted
    where demand is not null and pieces > greatest(0, demand - gone) order by 1 limit ${limit}`
  return rows.map((row) => row.order_id)
}
