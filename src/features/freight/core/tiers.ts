import type { RuleOrder } from '#domain/rule-order.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'

/** A level of customers, as rules see it: `customer_level == "old"`. */
export type CustomerTier = {
  readonly name: string
  readonly label: string
  /** Orders paid before this one, at least. */
  readonly minOrders: number
  /** Spent on them, at least; null: any. In `currency`. */
  readonly minSpentMinor: bigint | null
  readonly currency: string
  /** The highest that fits is the customer's. */
  readonly priority: number
}

export const TIERS_MOST = 50

export const DEFAULT_TIERS: readonly CustomerTier[] = [
  { name: 'new', label: '新客', minOrders: 0, minSpentMinor: null, currency: 'CNY', priority: 0 },
  { name: 'old', label: '老客', minOrders: 1, minSpentMinor: null, currency: 'CNY', priority: 10 },
]

export type TierOrder = Pick<RuleOrder, 'earlierOrders' | 'earlierSpentMinor' | 'currency'>

/**
 * The highest level whose conditions the customer meets; null where nobody can tell: the buyer is not known, a higher level asks for
 * money spent in another currency, or no level fits.
 */
export function levelOf(order: TierOrder, tiers: readonly CustomerTier[]): string | null {
  if (order.earlierOrders === null) return null
  for (const tier of [...tiers].sort((a, b) => b.priority - a.priority)) {
    if (order.earlierOrders < tier.minOrders) continue
    if (tier.minSpentMinor === null) return tier.name
    if (order.earlierOrders > 0 && (order.earlierSpentMinor === null || order.currency !== tier.currency))
      return null
    if ((order.earlierSpentMinor ?? 0n) >= tier.minSpentMinor) return tier.name
  }
  return null
}

/** Refuses with `freight.tiers_invalid`: none at all, more than 50, a name or a priority that is there twice. */
export function checkTiers(tiers: readonly CustomerTier[]): Result<readonly CustomerTier[]> {
  if (tiers.length === 0 || tiers.length > TIERS_MOST)
    return refuse('freight.tiers_invalid', `between 1 and ${TIERS_MOST} levels are wanted`)
  const seen = new Set<string>()
  for (const tier of tiers)
    for (const mark of [`the name ${tier.name}`, `the priority ${tier.priority}`]) {
      if (seen.has(mark)) return refuse('freight.tiers_invalid', `${mark} is there twice`)
      seen.add(mark)
    }
  return ok(tiers)
}
