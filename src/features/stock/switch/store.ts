import type { Instant } from '#kernel/clock.ts'
import type { Sql } from '#platform/postgres/database.ts'

/** All levels of a warehouse, locked in order of SKU, with the movement that says why `available` changed. */
export async function setTransit(
  tx: Sql,
  warehouse: string,
  on: boolean,
  actor: string,
  now: Instant,
): Promise<number> {
  await tx`select 1 from stock_level where warehouse = ${warehouse} order by sku for update`
  const rows = await tx<{ sku: string }>`
    with changed as (
      update stock_level set transit_counts = ${on}, version = version + 1, updated_at = ${now}
      where warehouse = ${warehouse} and transit_counts <> ${on} returning sku, available
    )
    insert into stock_movement (at, sku, warehouse, cause, physical, locked, reserved, in_transit, safety, available_after, actor, evidence)
    select ${now}, sku, ${warehouse}, 'switch_transit', 0, 0, 0, 0, 0, available, ${actor}, jsonb_build_object('countsInTransit', ${on}::boolean)
    from changed order by sku returning sku`
  return rows.length
}

/** A warehouse that counts by itself again has no figures of another system. */
export async function forgetSource(tx: Sql, warehouse: string, now: Instant): Promise<number> {
  await tx`select 1 from stock_level where warehouse = ${warehouse} order by sku for update`
  const rows = await tx<{ sku: string }>`
    update stock_level set source_quantity = null, source_version = null, unseen_out = 0, version = version + 1, updated_at = ${now}
    where warehouse = ${warehouse} and (source_quantity is not null or source_version is not null or unseen_out > 0) returning sku`
  return rows.length
}

/** Every level of the warehouse is looked at anew by whoever follows: what may be sold of it changed as a whole. */
export async function touchLevels(
  tx: Sql,
  warehouse: string,
  cause: string,
  actor: string,
  now: Instant,
): Promise<number> {
  const rows = await tx<{ sku: string }>`
    insert into stock_movement (at, sku, warehouse, cause, physical, locked, reserved, in_transit, safety, available_after, actor)
    select ${now}, sku, warehouse, ${cause}, 0, 0, 0, 0, 0, available, ${actor} from stock_level where warehouse = ${warehouse}
    order by sku returning sku`
  return rows.length
}
