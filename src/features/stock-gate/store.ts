import type { StockPlace } from '#domain/stock.ts'
import { textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'

export type GateRow = {
  readonly epoch: bigint
  readonly namespace: string
  readonly servers: string | null
  /** Text of a snapshot: what was committed before it is in Redis. */
  readonly followed: string | null
  /** Which database this is, so that a restored one is not taken for the old. */
  readonly database: string
  readonly isBuilt: boolean
  /** Seconds since whoever follows has said so, by the database's clock. */
  readonly silentSeconds: number
}

export async function readGate(sql: Sql): Promise<GateRow> {
  const [row] = await sql<{
    epoch: bigint
    namespace: string
    servers: string | null
    followed: string | null
    database: string
    built: boolean
    silent: number
  }>`select epoch, namespace, servers, followed, built_at is not null as built,
      extract(epoch from clock_timestamp() - updated_at)::float8 as silent,
      (select oid::text from pg_database where datname = current_database()) as database
    from stock_gate where id = 1`
  if (row === undefined) throw new Error('stock_gate has lost its row')
  const { built, silent, ...rest } = row
  return { ...rest, isBuilt: built, silentSeconds: silent }
}

/** From here on no process believes Redis. Answers the new epoch. */
export async function nextEpoch(sql: Sql): Promise<bigint> {
  const [row] = await sql<{ epoch: bigint }>`
    update stock_gate set epoch = epoch + 1, servers = null, built_at = null, updated_at = now() where id = 1 returning epoch`
  return row?.epoch ?? 0n
}

/** Answers false where a later builder was quicker. */
export async function markBuilt(
  sql: Sql,
  built: {
    readonly epoch: bigint
    readonly servers: string
    readonly followed: string
    readonly places: number
    readonly tookMs: number
  },
): Promise<boolean> {
  const rows = await sql`
    update stock_gate set servers = ${built.servers}, followed = ${built.followed}, built_at = now(), places = ${built.places}, took_ms = ${built.tookMs},
      updated_at = now()
    where id = 1 and epoch = ${built.epoch} returning 1`
  return rows.length === 1
}

/** The place of whoever follows; not while another epoch is being built. */
export async function saveFollowed(sql: Sql, epoch: bigint, followed: string): Promise<void> {
  await sql`update stock_gate set followed = ${followed}, updated_at = now() where id = 1 and epoch = ${epoch} and built_at is not null`
}

/** The next levels in order of SKU and warehouse. */
export async function placesAfter(
  sql: Sql,
  after: StockPlace | null,
  limit: number,
): Promise<readonly StockPlace[]> {
  return await sql<{ sku: string; warehouse: string }>`
    select sku, warehouse from stock_level where (sku, warehouse) > (${after?.sku ?? ''}, ${after?.warehouse ?? ''})
    order by sku, warehouse limit ${limit}`
}

export async function snapshotNow(sql: Sql): Promise<string> {
  const [row] = await sql<{ snapshot: string }>`select pg_current_snapshot()::text as snapshot`
  return row?.snapshot ?? ''
}

/**
 * Places with movements that were committed after `since`, a snapshot's text, and the snapshot to go on from. A transaction that was
 * open then and is open still holds nothing back: exactly what it had not committed is read when it has.
 */
export async function placesMovedSince(
  sql: Sql,
  since: string,
): Promise<{ readonly places: readonly StockPlace[]; readonly snapshot: string }> {
  const rows = await sql<{ snapshot: string; sku: string | null; warehouse: string | null }>`
    select pg_current_snapshot()::text as snapshot, moved.sku, moved.warehouse
    from (select 1) as one left join (
      select distinct sku, warehouse from stock_movement
      where xact >= pg_snapshot_xmin(${since}::pg_snapshot) and not pg_visible_in_snapshot(xact, ${since}::pg_snapshot)
    ) as moved on true`
  return {
    snapshot: rows[0]?.snapshot ?? since,
    places: rows.flatMap(({ sku, warehouse }) =>
      sku === null || warehouse === null ? [] : [{ sku, warehouse }],
    ),
  }
}

export async function readQuotasLeft(
  sql: Sql,
  places: readonly StockPlace[],
): Promise<
  {
    readonly sku: string
    readonly warehouse: string
    readonly channel: string
    readonly leftOver: number
  }[]
> {
  const rows = await sql<{ sku: string; warehouse: string; channel: string; left_over: number }>`
    select q.sku, q.warehouse, q.channel, q.left_over
    from unnest(${textArray(places.map((one) => one.sku))}::text[], ${textArray(places.map((one) => one.warehouse))}::text[])
      as wanted (sku, warehouse)
    join stock_quota q on q.sku = wanted.sku and q.warehouse = wanted.warehouse`
  return rows.map(({ left_over, ...row }) => ({ ...row, leftOver: left_over }))
}

/** Which of these keys have a hold, held or ended. */
export async function knownKeys(sql: Sql, keys: readonly string[]): Promise<string[]> {
  const rows = await sql<{ key: string }>`
    select h.key from unnest(${textArray(keys)}::text[]) as wanted (key) join stock_hold h on h.key = wanted.key`
  return rows.map((row) => row.key)
}

export async function readWarehouseFacts(
  sql: Sql,
): Promise<{ readonly code: string; readonly figures: 'own' | 'captured'; readonly active: boolean }[]> {
  return await sql`select code, figures, active from warehouse`
}
