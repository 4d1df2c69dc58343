import type { Fact } from '#domain/fact.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { factName } from './core/parcels.ts'
import { factsByOrder } from './join-facts.ts'
import { type OrderKey, orderKeys } from './store.ts'

/** An order with all that is known to have happened to it and to its parcels. */
export type KnownOrder = { readonly key: OrderKey; readonly facts: readonly Fact[] }

/**
 * Facts of these orders as they stand, by id; unknown ids are left out. A fact stored under order and parcel counts once. Two parcels of
 * which a source says the same of the same second have facts of one id, and each keeps its own.
 */
export async function readOrderFacts(
  sql: Sql,
  ids: readonly bigint[],
): Promise<ReadonlyMap<bigint, KnownOrder>> {
  if (ids.length === 0) return new Map()
  const keys = await orderKeys(sql, ids)
  const facts = await factsByOrder(sql, keys)
  return new Map(
    keys.map((key) => {
      const own = facts.get(key.id)?.facts ?? []
      return [key.id, { key, facts: [...new Map(own.map((fact) => [factName(fact), fact])).values()] }]
    }),
  )
}
