import type { FreightQuote } from '#domain/fulfilment.ts'
import type { RuleOrder } from '#domain/rule-order.ts'
import type { Decision, RuleDone, RuleObservation } from '#domain/rulebook.ts'
import { assert } from '#kernel/assert.ts'
import { apportion } from '#kernel/money.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'

/** More than this is a slip of the decimal point, not freight: 1,000,000.00. */
export const FREIGHT_MOST = 100_000_000n

type Parts = { node: string; label: string; amountMinor: bigint }[]

/**
 * What a decision of the freight rules comes to. The parts add up to the amount, and no amount along the way is below zero: `waive` takes
 * off what was charged before it, `reduce` at most that. Refused: `freight.undecided` (the rules leave it to a person; data: their reason),
 * `freight.nothing_charged` (a way that ends without naming freight, not even 0: that is no free shipping but a gap),
 * `freight.bad_amount` (a negative charge, or more than 1,000,000.00).
 */
export function quoteOf(
  decision: Decision,
  order: { readonly currency: string; readonly parcels: number },
): Result<FreightQuote> {
  if (decision.outcome === 'review')
    return refuse('freight.undecided', decision.reason?.words.en ?? 'the rules leave it to a person', {
      reason: decision.reason,
    })
  const parts: Parts = []
  let sum = 0n
  let carrier: string | null = null
  for (const done of decision.actions) {
    if (done.action === 'carrier') carrier = textOf(done, 'code') || null
    else {
      const part = partOf(done, sum, BigInt(order.parcels))
      if (!part.ok) return part
      if (part.value === null) continue
      parts.push({ node: done.node, label: textOf(done, 'label'), amountMinor: part.value })
      sum += part.value
    }
    if (sum > FREIGHT_MOST) return badAmount(done, sum)
  }
  if (parts.length === 0)
    return refuse('freight.nothing_charged', 'the way through the rules names no freight, not even 0', {
      node: decision.path.at(-1)?.node ?? null,
    })
  return ok({ currency: order.currency, amountMinor: sum, parts, carrier })
}

/** What an action adds to the sum so far; null for one that is none of freight's. */
function partOf(done: RuleDone, sum: bigint, parcels: bigint): Result<bigint | null> {
  if (done.action === 'waive') return ok(-sum)
  if (!['charge', 'charge_per_parcel', 'reduce'].includes(done.action)) return ok(null)
  const amount = done.params.amount
  if (typeof amount !== 'bigint' || amount < 0n) return badAmount(done, amount)
  if (done.action === 'charge') return ok(amount)
  if (done.action === 'charge_per_parcel') return ok(amount * parcels)
  return ok(amount > sum ? -sum : -amount)
}

function badAmount(done: RuleDone, amount: unknown) {
  return refuse(
    'freight.bad_amount',
    `${textOf(done, 'label') || done.action}: ${String(amount)} minor units`,
    {
      node: done.node,
    },
  )
}

function textOf(done: RuleDone, param: string): string {
  const value = done.params[param]
  return typeof value === 'string' ? value : ''
}

/**
 * Shares one quote over merged orders, in proportion to `weights` (what their buyers pay). The running total after each part is apportioned,
 * so that the shares of every part add up to it, each order's parts to its amount, and no amount is below zero.
 */
export function apportionQuote(quote: FreightQuote, weights: readonly bigint[]): readonly FreightQuote[] {
  assert(weights.length > 0, 'FR-2', 'a quote is shared over nobody')
  const parts: FreightQuote['parts'][number][][] = weights.map(() => [])
  let before = weights.map(() => 0n)
  let sum = 0n
  for (const part of quote.parts) {
    sum += part.amountMinor
    const after = apportion(sum, weights)
    assert(after.ok, 'FR-2')
    for (const [index, share] of after.value.entries())
      parts[index]?.push({ ...part, amountMinor: share - (before[index] ?? 0n) })
    before = after.value
  }
  return weights.map((_, index) => ({
    currency: quote.currency,
    amountMinor: before[index] ?? 0n,
    parts: parts[index] ?? [],
    carrier: quote.carrier,
  }))
}

/**
 * Orders that leave together, as one order for the freight rules: amounts and lines together, the rest as of the first. What is known of
 * only some of them (the buyer's history) is unknown; so is the shop's sort where they differ. Refused: `freight.other_currency`.
 */
export function jointOrder(orders: readonly RuleOrder[]): Result<RuleOrder> {
  const [first, ...others] = orders
  assert(first !== undefined, 'FR-3', 'no orders are merged')
  if (others.length === 0) return ok(first)
  if (others.some((order) => order.currency !== first.currency))
    return refuse('freight.other_currency', 'the merged orders are in several currencies')
  const sum = (of: (order: RuleOrder) => bigint): bigint => orders.reduce((all, order) => all + of(order), 0n)
  return ok({
    ...first,
    payableMinor: sum((order) => order.payableMinor),
    goodsMinor: sum((order) => order.goodsMinor),
    shippingMinor: sum((order) => order.shippingMinor),
    discountMinor: sum((order) => order.discountMinor),
    promotions: [...new Set(orders.flatMap((order) => order.promotions))],
    earlierOrders: least(orders.map((order) => order.earlierOrders)),
    earlierSpentMinor: least(orders.map((order) => order.earlierSpentMinor)),
    lines: orders.flatMap((order) =>
      order.lines.map((line) => ({ ...line, lineId: `${order.orderNo}/${line.lineId}` })),
    ),
    gifts: orders.flatMap((order) => order.gifts),
  })
}

/** The buyer's history before the first of them; null where one of them has none. */
function least<T extends number | bigint>(figures: readonly (T | null)[]): T | null {
  let best: T | null = null
  for (const figure of figures) {
    if (figure === null) return null
    if (best === null || figure < best) best = figure
  }
  return best
}

/** What the guards of a gray version watch. */
export function observationsOf(decision: Decision, quote: Result<FreightQuote>): readonly RuleObservation[] {
  const isReview = decision.outcome === 'review'
  const review = { metric: 'review', n: 1, bad: isReview ? 1 : 0, sum: 0 }
  // An amount of another currency says nothing of the version: any would leave it to a person.
  if (decision.reason?.code === 'rulebook.other_currency') return []
  if (isReview) return [review]
  const broken = { metric: 'broken', n: 1, bad: quote.ok ? 0 : 1, sum: 0 }
  if (!quote.ok) return [review, broken]
  const { amountMinor: freight } = quote.value
  return [
    review,
    broken,
    { metric: 'freight', n: 1, bad: 0, sum: freight },
    { metric: 'free', n: 1, bad: 0, sum: freight === 0n ? 1 : 0 },
  ]
}
