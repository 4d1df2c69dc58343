import { int8Array, textArray } from '#platform/postgres/arrays.ts'
import type { Database } from '#platform/postgres/database.ts'
import { type LockShape, linesOf } from './lock-load.ts'

const SECONDS = 2

/**
 * The machine's limit for durable locks in batches: one connection, one update of the levels and one insert of the holds a batch,
 * nothing checked, nothing said about why. Orders per second.
 */
export async function bareLockRate(db: Database, shape: LockShape, batch: number): Promise<number> {
  await db.raw(
    'create table if not exists bare_level (sku text primary key, locked bigint not null) with (fillfactor = 60)',
  )
  await db.raw(
    'create table if not exists bare_hold (id bigint primary key, key text not null unique, lines text not null)',
  )
  await db.raw('truncate bare_level, bare_hold')
  const skus = [
    ...new Set(Array.from({ length: 10_000 }, (_, n) => linesOf(shape, n).map((line) => line.sku)).flat()),
  ]
  await db`insert into bare_level (sku, locked) select sku, 0 from unnest(${textArray(skus)}::text[]) as given (sku)`
  const startedAt = performance.now()
  let n = 0
  while (performance.now() - startedAt < SECONDS * 1_000) {
    const ids = Array.from({ length: batch }, (_, i) => n + i)
    n += batch
    const taken = new Map<string, bigint>()
    for (const id of ids)
      for (const { sku } of linesOf(shape, id)) taken.set(sku, (taken.get(sku) ?? 0n) + 1n)
    await db.begin(async (tx) => {
      await tx`
        update bare_level l set locked = l.locked + n.pieces
        from unnest(${textArray([...taken.keys()])}::text[], ${int8Array([...taken.values()])}::bigint[]) as n (sku, pieces)
        where l.sku = n.sku`
      await tx`
        insert into bare_hold (id, key, lines) select * from unnest(
          ${int8Array(ids.map(BigInt))}::bigint[], ${textArray(ids.map((id) => `order-${id}`))}::text[],
          ${textArray(ids.map((id) => JSON.stringify(linesOf(shape, id))))}::text[])`
    })
  }
  return n / ((performance.now() - startedAt) / 1_000)
}
