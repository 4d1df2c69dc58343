import type { Instant } from '#kernel/clock.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'

export type MovementPlace = { readonly xact: string; readonly id: bigint }
export type MovementRow = {
  readonly id: bigint
  readonly at: Instant
  readonly sku: string
  readonly warehouse: string
  readonly cause: string
  readonly physical: number
  readonly locked: number
  readonly reserved: number
  readonly inTransit: number
  readonly safety: number
  readonly availableAfter: number
  readonly holdId: bigint | null
}
export type PlacedMovement = MovementRow & { readonly xact: string }

/** The place after everything that is settled now. */
export async function endOfMovements(sql: Sql): Promise<MovementPlace> {
  const [row] = await sql<{ xact: string }>`select pg_snapshot_xmin(pg_current_snapshot())::text as xact`
  return { xact: row?.xact ?? '0', id: -1n }
}

/** Movements of transactions older than every one that is still open: none can appear between them any more. */
export async function readMovementsAfter(
  sql: Sql,
  place: MovementPlace,
  limit: number,
): Promise<PlacedMovement[]> {
  const rows = await sql<{
    id: bigint
    at: Instant
    xact: string
    sku: string
    warehouse: string
    cause: string
    physical: number
    locked: number
    reserved: number
    in_transit: number
    safety: number
    available_after: number
    hold_id: bigint | null
  }>`
    select id, at, xact::text as xact, sku, warehouse, cause, physical, locked, reserved, in_transit, safety, available_after, hold_id
    from stock_movement
    where (xact, id) > (${place.xact}::xid8, ${place.id}) and xact < pg_snapshot_xmin(pg_current_snapshot())
    order by stock_movement.xact, id limit ${limit}`
  return rows.map(({ in_transit, available_after, hold_id, ...row }) => ({
    ...row,
    inTransit: in_transit,
    availableAfter: available_after,
    holdId: hold_id,
  }))
}

export async function openReader(db: Database, name: string): Promise<void> {
  const end = await endOfMovements(db)
  await db`insert into stock_reader (name, xact, id) values (${name}, ${end.xact}::xid8, ${end.id}) on conflict (name) do nothing`
}

/** The reader's place, locked; null while another process is at it. A restored database counts anew: then it begins at the end. */
export async function takePlace(tx: Sql, name: string): Promise<MovementPlace | null> {
  const [row] = await tx<{ xact: string; id: bigint; is_ahead: boolean }>`
    select xact::text as xact, id, xact > pg_snapshot_xmax(pg_current_snapshot()) as is_ahead
    from stock_reader where name = ${name} for update skip locked`
  if (row === undefined) return null
  return row.is_ahead ? await endOfMovements(tx) : { xact: row.xact, id: row.id }
}

export async function savePlace(tx: Sql, name: string, place: MovementPlace): Promise<void> {
  await tx`update stock_reader set xact = ${place.xact}::xid8, id = ${place.id} where name = ${name}`
}
