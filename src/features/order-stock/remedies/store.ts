import type { OrderStatus } from '#domain/order-status.ts'
import type { Taken } from '#domain/stock.ts'
import type { Instant } from '#kernel/clock.ts'
import { int8Array, textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'

export type RivalRow = {
  readonly id: bigint
  readonly key: string
  readonly state: string
  readonly owner_kind: string
  readonly owner: string
  readonly reference: string
  readonly reason: string
  readonly created_at: Instant
  readonly deadline_at: Instant
  readonly lines: readonly Taken[]
  readonly order_id: bigint | null
  readonly connection_id: string | null
  readonly kind: string | null
  readonly status: OrderStatus | null
  readonly packed: boolean
  readonly payable_minor: bigint | null
  readonly currency: string | null
  readonly due_at: Instant | null
  readonly penalty_minor: bigint | null
}

/**
 * Open holds of these SKUs at these warehouses, but for those of one order: `perSku` of each SKU at most, overdue ones and those with
 * the most time left first, so that the cheapest are among them however many there are.
 */
export async function readRivals(
  sql: Sql,
  skus: readonly string[],
  warehouses: readonly string[],
  except: bigint,
  perSku: number,
): Promise<RivalRow[]> {
  const rows = await sql<{ id: bigint }>`
    select distinct near.id from unnest(${textArray(skus)}::text[]) as lacking (sku) cross join lateral (
      select h.id from stock_hold_line l join stock_hold h on h.id = l.hold_id
      left join lateral (
        select min(p.due_at) as due_at from order_promise p
        where p.order_id = case when h.key like 'hub:order:%' then h.owner::bigint end and p.state in ('running', 'breached')
      ) p on true
      where l.sku = lacking.sku and l.open > 0 and l.warehouse = any(${textArray(warehouses)}::text[]) and h.state = 'held'
        and not (h.owner_kind = 'order' and h.owner = ${except.toString()})
      order by h.deadline_at <= now() desc, p.due_at desc nulls first, h.id desc limit ${perSku}
    ) near`
  return await readHoldsById(
    sql,
    rows.map((row) => row.id),
  )
}

/** Holds with what is open of them, and their orders. */
export async function readHoldsById(sql: Sql, ids: readonly bigint[]): Promise<RivalRow[]> {
  if (ids.length === 0) return []
  return await sql<RivalRow>`
    select h.id, h.key, h.state, h.owner_kind, h.owner, h.reference, h.reason, h.created_at, h.deadline_at,
      coalesce((select jsonb_agg(jsonb_build_object('sku', l.sku, 'warehouse', l.warehouse, 'quantity', l.open) order by l.sku, l.warehouse)
        from stock_hold_line l where l.hold_id = h.id and l.open > 0), '[]'::jsonb) as lines,
      o.id as order_id, o.connection_id, c.kind, o.status,
      coalesce(o.status = 'shipped' or exists (
        select from jsonb_array_elements(coalesce(o.record -> 'parcels', '[]'::jsonb)) parcel
        where parcel ->> 'status' not in ('void', 'announced')), false) as packed,
      o.payable_minor, o.currency, p.due_at, p.penalty_minor
    from stock_hold h
    left join sales_order o on o.id = case when h.key like 'hub:order:%' then h.owner::bigint end
    left join connection c on c.id = o.connection_id
    left join lateral (
      select min(due_at) as due_at, sum(penalty_minor)::bigint as penalty_minor from order_promise
      where order_id = o.id and state in ('running', 'breached')
    ) p on true
    where h.id = any(${int8Array(ids)}::bigint[]) order by h.id`
}

export type LevelRow = {
  readonly sku: string
  readonly warehouse: string
  readonly available: number
  readonly safety: number
}

/** Levels of these SKUs at active warehouses. */
export async function readFree(sql: Sql, skus: readonly string[]): Promise<LevelRow[]> {
  return await sql<LevelRow>`
    select l.sku, l.warehouse, l.available, l.safety from stock_level l join warehouse w on w.code = l.warehouse and w.active
    where l.sku = any(${textArray([...new Set(skus)])}::text[]) order by 1, 2`
}
