import type { Instant } from '#kernel/clock.ts'
import { textArray } from '#platform/postgres/arrays.ts'
import { type Sql, sqlState } from '#platform/postgres/database.ts'
import type { Figures, WarehouseDraft } from './core/warehouse.ts'

/** Channel of the notification that makes every process read the warehouses again. */
export const WAREHOUSE_CHANNEL = 'warehouse'

export type WarehouseRow = WarehouseDraft & { readonly updatedBy: string; readonly updatedAt: Instant }

type Row = {
  readonly code: string
  readonly name: string
  readonly province: string
  readonly city: string
  readonly address: string
  readonly contact: string
  readonly priority: number
  readonly counts_in_transit: boolean
  readonly figures: Figures
  readonly active: boolean
  readonly updated_by: string
  readonly updated_at: Instant
}

/** All of them, the preferred first. */
export async function readWarehouses(sql: Sql): Promise<WarehouseRow[]> {
  const rows = await sql<Row>`
    select code, name, province, city, address, contact, priority, counts_in_transit, figures, active, updated_by, updated_at
    from warehouse order by priority, code`
  return rows.map(rowToWarehouse)
}

/** In order of code, so that two who change several never wait for each other crosswise. */
export async function readForUpdate(tx: Sql, codes: readonly string[]): Promise<WarehouseRow[]> {
  const rows = await tx<Row>`
    select code, name, province, city, address, contact, priority, counts_in_transit, figures, active, updated_by, updated_at
    from warehouse where code = any(${textArray(codes)}::text[]) order by code for update`
  return rows.map(rowToWarehouse)
}

function rowToWarehouse({ counts_in_transit, updated_by, updated_at, ...rest }: Row): WarehouseRow {
  return { ...rest, countsInTransit: counts_in_transit, updatedBy: updated_by, updatedAt: updated_at }
}

/** Codes and names are looked at and written by one at a time. */
export async function lockList(tx: Sql): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtextextended('holdfast.warehouse', 0))`
}

/** Who has which of these names. */
export async function readNames(sql: Sql, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const rows = await sql<{ name: string; code: string }>`
    select name, code from warehouse where name = any(${textArray(names)}::text[])`
  return new Map(rows.map((row) => [row.name, row.code]))
}

/** Writes it whole, new or known. Call `notifyChanged` once after the last. */
export async function saveWarehouse(
  tx: Sql,
  warehouse: WarehouseDraft,
  by: string,
  at: Instant,
): Promise<void> {
  const { code, name, province, city, address, contact, priority, countsInTransit, figures, active } =
    warehouse
  await tx`
    insert into warehouse (code, name, province, city, address, contact, priority, counts_in_transit, figures, active,
      updated_by, created_at, updated_at)
    values (${code}, ${name}, ${province}, ${city}, ${address}, ${contact}, ${priority}, ${countsInTransit}, ${figures}, ${active},
      ${by}, ${at}, ${at})
    on conflict (code) do update set name = excluded.name, province = excluded.province, city = excluded.city,
      address = excluded.address, contact = excluded.contact, priority = excluded.priority,
      counts_in_transit = excluded.counts_in_transit, figures = excluded.figures, active = excluded.active,
      updated_by = excluded.updated_by, updated_at = excluded.updated_at`
}

/** Names may be swapped within one list: they are freed before the new ones are written. */
export async function freeNames(tx: Sql, codes: readonly string[]): Promise<void> {
  await tx`update warehouse set name = '~' || code where code = any(${textArray(codes)}::text[])`
}

/** Throws what `isStillUsed` knows where something still belongs to it (stock, feeds, transfers). False: it was not there. */
export async function removeWarehouse(tx: Sql, code: string): Promise<boolean> {
  const rows = await tx`delete from warehouse where code = ${code} returning code`
  return rows.length > 0
}

/** The database's own word that other rows point there. */
export function isStillUsed(error: unknown): boolean {
  return sqlState(error) === '23503'
}

export async function notifyChanged(tx: Sql): Promise<void> {
  await tx`select pg_notify(${WAREHOUSE_CHANNEL}, '')`
}

export type WarehouseFigures = {
  readonly code: string
  /** SKUs with a level there, counted up to `SKUS_COUNTED`. */
  readonly skus: number
  /** Feeds that are live or paused. */
  readonly feeds: readonly string[]
}
export const SKUS_COUNTED = 10_000

/** What the list tells beside each warehouse. */
export async function readFigures(sql: Sql): Promise<ReadonlyMap<string, WarehouseFigures>> {
  const rows = await sql<{ code: string; skus: bigint; feeds: string[] | null }>`
    select w.code, l.skus, f.feeds from warehouse w
    cross join lateral (select count(*) as skus from (
      select 1 from stock_level s where s.warehouse = w.code limit ${SKUS_COUNTED + 1}) first_of) l
    left join lateral (select array_agg(distinct f.name order by f.name) as feeds from stock_feed_warehouse fw
      join stock_feed f on f.id = fw.feed_id where fw.warehouse = w.code and f.state in ('live', 'paused')) f on true`
  return new Map(
    rows.map(({ code, skus, feeds }) => [code, { code, skus: Number(skus), feeds: feeds ?? [] }]),
  )
}
