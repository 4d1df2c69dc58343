import type { Instant } from '#kernel/clock.ts'
import { textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { Spread } from '../core/routes.ts'
import { WAITING_STATUSES } from '../core/target.ts'

export type RouteDraft = {
  readonly name: string
  readonly kind: string
  readonly connectionId: string | null
  readonly warehouses: readonly string[]
  readonly spread: Spread
  readonly drawSafety: boolean
  readonly active: boolean
}
export type RouteRow = RouteDraft & {
  readonly id: bigint
  readonly updatedBy: string
  readonly updatedAt: Instant
}

export async function readRoutes(sql: Sql): Promise<readonly RouteRow[]> {
  const rows = await sql<{
    id: bigint
    name: string
    kind: string
    connection_id: string | null
    warehouses: readonly string[]
    spread: Spread
    draw_safety: boolean
    active: boolean
    updated_by: string
    updated_at: Instant
  }>`
    select id, name, kind, connection_id, to_jsonb(warehouses) as warehouses, spread, draw_safety, active, updated_by, updated_at
    from stock_route order by (connection_id is null), (kind = '*'), kind, id`
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    kind: row.kind,
    connectionId: row.connection_id,
    warehouses: row.warehouses,
    spread: row.spread,
    drawSafety: row.draw_safety,
    active: row.active,
    updatedBy: row.updated_by,
    updatedAt: row.updated_at,
  }))
}

type Stamp = { readonly by: string; readonly at: Instant }

/** Answers null where another one has the name. */
export async function insertRoute(tx: Sql, draft: RouteDraft, { by, at }: Stamp): Promise<bigint | null> {
  const [row] = await tx<{ id: bigint }>`
    insert into stock_route (name, kind, connection_id, warehouses, spread, draw_safety, active, updated_by, updated_at)
    values (${draft.name}, ${draft.kind}, ${draft.connectionId}, ${textArray(draft.warehouses)}::text[], ${draft.spread},
      ${draft.drawSafety}, ${draft.active}, ${by}, ${at})
    on conflict (name) do nothing returning id`
  return row?.id ?? null
}

/** Answers how many there were: none, or one. A taken name is `taken`. */
export async function updateRoute(
  tx: Sql,
  id: bigint,
  draft: RouteDraft,
  { by, at }: Stamp,
): Promise<'done' | 'taken' | 'absent'> {
  const [taken] = await tx`select 1 from stock_route where name = ${draft.name} and id <> ${id} for update`
  if (taken !== undefined) return 'taken'
  const rows = await tx`
    update stock_route set name = ${draft.name}, kind = ${draft.kind}, connection_id = ${draft.connectionId},
      warehouses = ${textArray(draft.warehouses)}::text[], spread = ${draft.spread}, draw_safety = ${draft.drawSafety},
      active = ${draft.active}, updated_by = ${by}, updated_at = ${at}
    where id = ${id} returning 1`
  return rows.length === 0 ? 'absent' : 'done'
}

export async function removeRoute(tx: Sql, id: bigint): Promise<string | null> {
  const [row] = await tx<{ name: string }>`delete from stock_route where id = ${id} returning name`
  return row?.name ?? null
}

/** Kind of a connection; null where there is none. */
export async function kindOfConnection(sql: Sql, id: string): Promise<string | null> {
  const [row] = await sql<{ kind: string }>`select kind from connection where id = ${id}`
  return row?.kind ?? null
}

/** Orders that wait, those paid first before the others. */
export async function waitingOrders(sql: Sql, limit: number): Promise<bigint[]> {
  const rows = await sql<{ id: bigint }>`
    select id from sales_order where status = any(${textArray(WAITING_STATUSES)}::text[])
    order by coalesce(paid_at, sort_at), id limit ${limit}`
  return rows.map((row) => row.id)
}
