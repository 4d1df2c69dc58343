import { ok, type Result, refuse } from '#kernel/result.ts'

/** What one channel may see of the stock. `sku` `*` stands for every SKU without a rule of its own. */
export type Policy = {
  readonly connection: string
  readonly sku: string
  /** None: every active warehouse. */
  readonly warehouses: readonly string[]
  /** Parts of ten thousand of what is sellable to everybody, 0 to 10,000. */
  readonly shareBps: number
  /** The channel sees at least so many while anything at all is left for it. */
  readonly floor: number
  readonly cap: number | null
  /** With so many or fewer left, the channel sees nothing. */
  readonly zeroAt: number
  /** Whether the figure is sent; else it is only shown here. */
  readonly push: boolean
  readonly active: boolean
}

export const EVERY_SKU = '*'
export const WHOLE_BPS = 10_000

/** One line of the reckoning: what was done, by which number, and what came out. */
export type Step = {
  readonly step: 'sellable' | 'share' | 'quota' | 'zero_at' | 'floor' | 'cap'
  readonly by: number
  readonly figure: number
}
export type Figure = {
  readonly figure: number
  readonly steps: readonly Step[]
  /** The floor promises pieces that are not there. */
  readonly aboveTruth: boolean
}

/**
 * What a channel is told. `shared`: sellable to everybody; `own`: the same with the channel's quota on top, never less. In this
 * order: nothing where `own` is `zeroAt` or less, the share of what is shared (rounded down), the quota, the floor, the cap.
 */
export function figureFor(policy: Policy, shared: number, own: number): Figure {
  const steps: Step[] = [{ step: 'sellable', by: shared, figure: shared }]
  if (own <= policy.zeroAt) {
    steps.push({ step: 'zero_at', by: policy.zeroAt, figure: 0 })
    return { figure: 0, steps, aboveTruth: false }
  }
  let figure = Math.floor((shared * policy.shareBps) / WHOLE_BPS)
  steps.push({ step: 'share', by: policy.shareBps, figure })
  if (own > shared) {
    figure += own - shared
    steps.push({ step: 'quota', by: own - shared, figure })
  }
  if (figure < policy.floor) {
    figure = policy.floor
    steps.push({ step: 'floor', by: policy.floor, figure })
  }
  if (policy.cap !== null && figure > policy.cap) {
    figure = policy.cap
    steps.push({ step: 'cap', by: policy.cap, figure })
  }
  return { figure, steps, aboveTruth: figure > own }
}

/** The rule that holds: the SKU's own goes before the one for all; one that is switched off holds nowhere. */
export function policyFor(policies: readonly Policy[], connection: string, sku: string): Policy | null {
  const own = policies.filter((policy) => policy.active && policy.connection === connection)
  return own.find((policy) => policy.sku === sku) ?? own.find((policy) => policy.sku === EVERY_SKU) ?? null
}

/** Refuses with `sellable.cap_below_floor` and `sellable.zero_above_cap` what contradicts itself. */
export function checkPolicy(policy: Pick<Policy, 'floor' | 'cap' | 'zeroAt'>): Result<null> {
  if (policy.cap !== null && policy.cap < policy.floor)
    return refuse(
      'sellable.cap_below_floor',
      `the cap of ${policy.cap} is below the floor of ${policy.floor}`,
    )
  if (policy.cap !== null && policy.cap > 0 && policy.zeroAt >= policy.cap)
    return refuse(
      'sellable.zero_above_cap',
      `with ${policy.zeroAt} or fewer the channel sees nothing, so a cap of ${policy.cap} is of no use`,
    )
  return ok(null)
}

export type OverShare = {
  readonly sku: string
  readonly warehouse: string | null
  readonly shareBps: number
  readonly connections: readonly string[]
}

/**
 * Where the shares of several channels add up to more than the whole, so that they can sell the same piece: for every SKU that has
 * a rule of its own and for all others (`*`), at the warehouse where it is worst (null: everywhere alike).
 */
export function overShares(policies: readonly Policy[]): readonly OverShare[] {
  const active = policies.filter((policy) => policy.active)
  const connections = [...new Set(active.map((policy) => policy.connection))]
  const skus = [...new Set([EVERY_SKU, ...active.map((policy) => policy.sku)])].sort()
  return skus.flatMap((sku): OverShare[] => {
    const holding = connections.flatMap((connection) => policyFor(active, connection, sku) ?? [])
    const named = [...new Set(holding.flatMap((policy) => policy.warehouses))].sort()
    const worst = [null, ...named]
      .map((warehouse) => {
        const there = holding.filter(
          ({ warehouses }) =>
            warehouses.length === 0 || (warehouse !== null && warehouses.includes(warehouse)),
        )
        return {
          sku,
          warehouse,
          shareBps: there.reduce((total, policy) => total + policy.shareBps, 0),
          connections: there.map((policy) => policy.connection).sort(),
        }
      })
      .reduce((most, one) => (one.shareBps > most.shareBps ? one : most))
    return worst.shareBps > WHOLE_BPS && worst.connections.length > 1 ? [worst] : []
  })
}
