import type { Taken } from '#domain/stock.ts'
import type { RouteRule } from './routes.ts'
import type { Quantities } from './target.ts'

/** Pieces free per `sku\nwarehouse`. */
export type Free = Map<string, number>

/**
 * Where a demand would be locked by a route on these figures, and takes it from them; null where it cannot be had. For trying a rule
 * on today's orders: the ledger itself decides when an order is locked.
 */
export function placeDemand(
  demand: Quantities,
  { warehouses, spread }: Pick<RouteRule, 'warehouses' | 'spread'>,
  free: Free,
): readonly Taken[] | null {
  const at = (sku: string, warehouse: string): number => Math.max(0, free.get(`${sku}\n${warehouse}`) ?? 0)
  const whole = warehouses.find((code) => [...demand].every(([sku, pieces]) => at(sku, code) >= pieces))
  let takes: Taken[] = []
  if (whole !== undefined) takes = [...demand].map(([sku, quantity]) => ({ sku, warehouse: whole, quantity }))
  else if (spread === 'never') return null
  else
    for (const [sku, wanted] of demand) {
      const one = warehouses.find((code) => at(sku, code) >= wanted)
      if (one !== undefined) takes.push({ sku, warehouse: one, quantity: wanted })
      else if (spread === 'lines') return null
      else {
        let rest = wanted
        for (const code of warehouses) {
          const quantity = Math.min(rest, at(sku, code))
          if (quantity > 0) takes.push({ sku, warehouse: code, quantity })
          rest -= quantity
        }
        if (rest > 0) return null
      }
    }
  for (const { sku, warehouse, quantity } of takes)
    free.set(`${sku}\n${warehouse}`, at(sku, warehouse) - quantity)
  return takes
}
