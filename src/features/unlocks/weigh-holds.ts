import { createHash } from 'node:crypto'
import type { Instant } from '#kernel/clock.ts'
import { canonicalJson } from '#kernel/hash.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { lookedAt } from './core/decide.ts'
import { type Figures, type HoldFace, type OrderFace, weigh } from './core/figures.ts'
import { readHoldFaces, readOrderFaces, readSellable, readShortOrders } from './store.ts'

export type Weighed = {
  readonly hold: HoldFace
  readonly order: OrderFace | null
  readonly figures: Figures
  /** Stands for what a person looked at; another one by the time of the decision is refused. */
  readonly digest: string
}

/** Short orders looked at: more than a person reads, few enough to read at every look. */
const SHORT_MOST = 500

/** What freeing each of these holds would bring and endanger, read now; by id of the hold. */
export async function weighHolds(
  sql: Sql,
  ids: readonly bigint[],
  now: Instant,
): Promise<Map<bigint, Weighed>> {
  const holds = await readHoldFaces(sql, ids)
  const orders = await readOrderFaces(
    sql,
    holds.flatMap((hold) => (hold.ownerKind === 'order' ? [hold.owner] : [])),
  )
  const skus = [...new Set(holds.flatMap((hold) => hold.lines.map(({ sku }) => sku)))]
  const shorts = await readShortOrders(sql, skus, SHORT_MOST)
  const lacked = shorts.flatMap(({ lacks }) => lacks.map(({ sku }) => sku))
  const sellable = await readSellable(sql, [...new Set(lacked)])
  return new Map(
    holds.map((hold) => {
      const order = hold.ownerKind === 'order' ? (orders.get(hold.owner) ?? null) : null
      const figures = weigh(hold, order, { shorts, sellable, now })
      return [hold.id, { hold, order, figures, digest: digestOf(hold, order) }]
    }),
  )
}

function digestOf(hold: HoldFace, order: OrderFace | null): string {
  return createHash('sha256')
    .update(canonicalJson(lookedAt(hold, order)))
    .digest('hex')
    .slice(0, 32)
}
