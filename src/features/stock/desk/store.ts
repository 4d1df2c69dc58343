import type { Instant } from '#kernel/clock.ts'
import { textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'

export type WarehouseFace = {
  readonly code: string
  readonly name: string
  readonly figures: 'own' | 'captured'
}

export async function readWarehouses(sql: Sql): Promise<WarehouseFace[]> {
  return await sql<WarehouseFace>`select code, name, figures from warehouse order by code`
}

export type LevelNow = {
  readonly sku: string
  readonly warehouse: string
  readonly physical: number
  readonly safety: number
}

/** These levels and locks them until the transaction ends; null where there is none yet. */
export async function lockLevel(tx: Sql, sku: string, warehouse: string): Promise<LevelNow | null> {
  const [row] = await tx<LevelNow>`
    select sku, warehouse, physical, safety from stock_level where sku = ${sku} and warehouse = ${warehouse} for update`
  return row ?? null
}

/** Levels as they stand, for the places named by two equally long lists. */
export async function readLevelsNow(
  sql: Sql,
  skus: readonly string[],
  warehouses: readonly string[],
): Promise<LevelNow[]> {
  return await sql<LevelNow>`
    select l.sku, l.warehouse, l.physical, l.safety
    from unnest(${textArray(skus)}::text[], ${textArray(warehouses)}::text[]) as k (sku, warehouse)
    join stock_level l on l.sku = k.sku and l.warehouse = k.warehouse`
}

export type HoldNow = {
  readonly id: bigint
  readonly key: string
  readonly state: string
  readonly kind: string
  readonly owner_kind: string
  readonly reference: string
}

export async function readHoldNow(sql: Sql, id: bigint): Promise<HoldNow | null> {
  const [row] = await sql<HoldNow>`
    select id, key, state, kind, owner_kind, reference from stock_hold where id = ${id}`
  return row ?? null
}

/** When a change with this key took effect; null: it has not. */
export async function readApplied(sql: Sql, key: string): Promise<Instant | null> {
  const [row] = await sql<{ at: Instant }>`select at from stock_applied where key = ${key}`
  return row?.at ?? null
}

export type ImportJob = {
  readonly id: bigint
  readonly state: string
  readonly created_at: Instant
  readonly created_by: string
}

/** The newest import of this file, whatever became of it. */
export async function readImportJob(sql: Sql, kind: string, file: string): Promise<ImportJob | null> {
  const [row] = await sql<ImportJob>`
    select id, state, created_at, created_by from job
    where kind = ${kind} and payload ->> 'file' = ${file} order by id desc limit 1`
  return row ?? null
}
