import type { Shortage, StockLevel, StockPlace } from '#domain/stock.ts'
import type { Bid } from './bid.ts'

/** What PostgreSQL says about bids that Redis refused, as it stands now. */
export type Fresh = {
  readonly keys: ReadonlySet<string>
  /** Of every warehouse that has the SKU. */
  readonly levels: ReadonlyMap<string, readonly StockLevel[]>
  readonly quotas: ReadonlyMap<string, number>
}

export const quotaOf = (place: StockPlace, channel: string): string =>
  `${place.sku}\n${place.warehouse}\n${channel}`

/**
 * What lacks for a bid, every line that is short; null where the engine has to decide: it may be had after all, the key is known (then the
 * first answer counts, even when nothing is left), or a place is unknown or inactive and the refusal is another one.
 */
export function shortagesOf(bid: Bid, fresh: Fresh): readonly Shortage[] | null {
  if (fresh.keys.has(bid.key)) return null
  const short: Shortage[] = []
  for (const line of bid.lines) {
    const levels = fresh.levels.get(line.sku) ?? []
    const level = levels.find((one) => one.warehouse === line.warehouse)
    if (level === undefined || !level.active) return null
    const quota = bid.channel === null ? 0 : (fresh.quotas.get(quotaOf(line, bid.channel)) ?? 0)
    const available = Math.max(0, level.available - (bid.drawSafety ? 0 : level.safety)) + quota
    if (available >= line.quantity) continue
    short.push({
      sku: line.sku,
      warehouse: line.warehouse,
      wanted: line.quantity,
      available,
      elsewhere: elsewhere(levels, line.warehouse),
    })
  }
  return short.length === 0 ? null : short
}

/** The most first. */
function elsewhere(levels: readonly StockLevel[], but: string): Shortage['elsewhere'] {
  return levels
    .filter((level) => level.warehouse !== but && level.active && level.available > level.safety)
    .map(({ warehouse, available, safety }) => ({ warehouse, available: available - safety }))
    .sort((a, b) => b.available - a.available)
}
