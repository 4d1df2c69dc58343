import type { StockPlace } from '#domain/stock.ts'
import type { Instant } from '#kernel/clock.ts'
import { int4Array, int8Array, textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { keyOf } from '../store.ts'

/**
 * Who told of these places last, held until the transaction ends, so that nobody else tells of them meanwhile. `sku\nwarehouse` to the
 * feed; null: somebody without an order, or nobody yet.
 */
export async function holdTellers(
  tx: Sql,
  places: readonly StockPlace[],
): Promise<ReadonlyMap<string, bigint | null>> {
  if (places.length === 0) return new Map()
  const [skus, codes] = columnsOf(places)
  const read = async () =>
    await tx<StockPlace & { told_by: bigint | null }>`
      select c.sku, c.warehouse, c.told_by from capture_place c
      where (c.sku, c.warehouse) in (select * from unnest(${skus}::text[], ${codes}::text[]))
      order by c.sku, c.warehouse for update`
  let rows = await read()
  if (rows.length < new Set(places.map(keyOf)).size) {
    await tx`
      insert into capture_place (sku, warehouse)
      select distinct sku, warehouse from unnest(${skus}::text[], ${codes}::text[]) as p (sku, warehouse)
      order by sku, warehouse on conflict do nothing`
    rows = await read()
  }
  return new Map(rows.map((row) => [keyOf(row), row.told_by]))
}

/** From now on this feed's order (null: nobody's) decides at these places; what was passed over there is of no more account. */
export async function noteTeller(
  tx: Sql,
  feedId: bigint | null,
  places: readonly StockPlace[],
): Promise<void> {
  if (places.length === 0) return
  const [skus, codes] = columnsOf(places)
  await tx`
    update capture_place set told_by = ${feedId}, late_feed = null, late_quantity = null, late_version = null, late_since = null,
      late_at = null, late_times = 0
    where (sku, warehouse) in (select * from unnest(${skus}::text[], ${codes}::text[]))
      and (told_by is distinct from ${feedId} or late_since is not null)`
}

export type LateWord = StockPlace & { readonly quantity: number; readonly version: bigint }

/** What was passed over as older than what is known, with another figure. */
export async function noteLate(
  tx: Sql,
  feedId: bigint | null,
  words: readonly LateWord[],
  now: Instant,
): Promise<void> {
  if (words.length === 0) return
  const [skus, codes] = columnsOf(words)
  await tx`
    update capture_place c set late_feed = ${feedId}, late_quantity = n.quantity, late_version = n.version,
      late_since = coalesce(c.late_since, ${now}), late_at = ${now},
      late_times = c.late_times + case when n.version > coalesce(c.late_version, -1) then 1 else 0 end
    from unnest(${skus}::text[], ${codes}::text[], ${int4Array(words.map((one) => one.quantity))}::int[],
      ${int8Array(words.map((one) => one.version))}::bigint[]) as n (sku, warehouse, quantity, version)
    where c.sku = n.sku and c.warehouse = n.warehouse`
}

/** The feed has come to say what is known. */
export async function dropLate(tx: Sql, feedId: bigint | null, places: readonly StockPlace[]): Promise<void> {
  if (places.length === 0) return
  const [skus, codes] = columnsOf(places)
  await tx`
    update capture_place set late_feed = null, late_quantity = null, late_version = null, late_since = null, late_at = null, late_times = 0
    where (sku, warehouse) in (select * from unnest(${skus}::text[], ${codes}::text[]))
      and late_since is not null and late_feed is not distinct from ${feedId}`
}

export type FrozenPlace = StockPlace & {
  readonly feed_id: bigint | null
  readonly physical: number
  readonly source_version: bigint
  readonly quantity: number
  readonly version: bigint
}

/**
 * Places where words are passed over as older since `before`: again and again with growing versions, or by a feed that goes on and never
 * came to say what is known. There the known version is too high (a clock that was ahead, a mistaken message), and nothing newer gets in.
 */
export async function readFrozen(sql: Sql, before: Instant): Promise<FrozenPlace[]> {
  return await sql<FrozenPlace>`
    select c.sku, c.warehouse, c.late_feed as feed_id, l.physical, l.source_version, c.late_quantity as quantity, c.late_version as version
    from capture_place c join stock_level l on l.sku = c.sku and l.warehouse = c.warehouse
    left join stock_feed f on f.id = c.late_feed
    where c.late_since <= ${before} and l.source_version > c.late_version
      and (c.late_times >= 3 or (f.status = 'following' and f.seen_at > c.late_at and c.late_at <= ${before}))
      and not exists (select 1 from stock_finding s where s.kind = 'conflict' and s.sku = c.sku and s.warehouse = c.warehouse
        and s.settled_at is null and s.ledger is not distinct from l.physical and s.captured = c.late_quantity)
    order by c.sku, c.warehouse limit 2000`
}

function columnsOf(places: readonly StockPlace[]) {
  return [textArray(places.map((one) => one.sku)), textArray(places.map((one) => one.warehouse))] as const
}
