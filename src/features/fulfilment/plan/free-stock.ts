import type { PlanAsk } from '#features/order-stock/index.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { readLevels, readQuotas } from '../store.ts'
import type { Owner } from './owners.ts'

/** What may be had of the goods of a batch; plans of the batch take from it one after the other. */
export type FreeStock = {
  /** For one owner: free pieces, its channel's quota, and what it holds itself, by `sku\nwarehouse`. */
  readonly for: (owner: Owner) => ReadonlyMap<string, number>
  /** Nothing but what it holds itself. */
  readonly heldBy: (owner: Owner) => ReadonlyMap<string, number>
  readonly take: (
    owner: Owner,
    places: readonly { sku: string; warehouse: string; quantity: number }[],
  ) => void
}

export async function readFreeStock(
  sql: Sql,
  owners: readonly Owner[],
  skus: readonly string[],
): Promise<FreeStock> {
  const channels = [...new Set(owners.map((owner) => owner.order.connection))]
  const levels = await readLevels(sql, skus)
  const quotas = await readQuotas(sql, skus, channels)
  const quotaOf = new Map(quotas.map((one) => [`${one.sku}\n${one.warehouse}\n${one.channel}`, one.pieces]))
  const taken = new Map<string, number>()
  const given = heldBy(
    owners.flatMap((owner) => owner.members.map(({ ask }) => ask).filter((ask) => ask.givesUp)),
  )
  return {
    for: (owner) => {
      const drawSafety = owner.members[0]?.ask.route?.drawSafety ?? true
      const held = heldBy(keeping(owner))
      const free = levels.map(({ sku, warehouse, available, safety }) => {
        const place = `${sku}\n${warehouse}`
        const quota = quotaOf.get(`${place}\n${owner.order.connection}`) ?? 0
        const here =
          Math.max(0, available - (drawSafety ? 0 : safety)) +
          quota +
          (given.get(place) ?? 0) -
          (taken.get(place) ?? 0)
        return [place, Math.max(0, here) + (held.get(place) ?? 0)] as const
      })
      return new Map(free)
    },
    heldBy: (owner) => heldBy(keeping(owner)),
    take: (owner, places) => {
      const held = heldBy(keeping(owner))
      for (const { sku, warehouse, quantity } of places) {
        const place = `${sku}\n${warehouse}`
        // What it holds already is in nobody else's figures.
        const own = Math.min(quantity, held.get(place) ?? 0)
        held.set(place, (held.get(place) ?? 0) - own)
        taken.set(place, (taken.get(place) ?? 0) + quantity - own)
      }
    },
  }
}

function keeping({ members }: Owner): PlanAsk[] {
  return members.map(({ ask }) => ask).filter((ask) => !ask.givesUp)
}

function heldBy(asks: readonly PlanAsk[]): Map<string, number> {
  const held = new Map<string, number>()
  for (const { sku, warehouse, quantity } of asks.flatMap((ask) => ask.held)) {
    const place = `${sku}\n${warehouse}`
    held.set(place, (held.get(place) ?? 0) + quantity)
  }
  return held
}
