import type { Taken } from '#domain/stock.ts'
import type { Instant } from '#kernel/clock.ts'
import type { Spread } from './routes.ts'

// When stock is short: whose lock costs least to release. Nothing is released by this; a person chooses.

/** A hold that keeps pieces which a short order lacks. */
export type RivalHold = {
  readonly id: bigint
  readonly key: string
  readonly owner: { readonly kind: string; readonly id: string; readonly reference: string }
  readonly reason: string
  readonly createdAt: Instant
  readonly deadlineAt: Instant
  /** All of its open lines; releasing it frees them all. */
  readonly lines: readonly Taken[]
  /** Its order, where it has one that the hub knows. */
  readonly order: {
    readonly isPacked: boolean
    /** When its first open promise falls due. */
    readonly dueAt: Instant | null
    readonly penaltyMinor: bigint | null
    readonly paidMinor: bigint | null
    readonly currency: string | null
    /** All of it could be had elsewhere right now. */
    readonly servedElsewhere: boolean
  } | null
}

/** What is missing: `missing` pieces at each warehouse beyond what is free there. */
export type Gap = {
  readonly sku: string
  readonly wanted: number
  readonly free: readonly { readonly warehouse: string; readonly pieces: number }[]
}

export type Blocked = 'packed' | 'other_owner'
export type Remedy = {
  readonly hold: RivalHold
  /** Pieces of what is lacking that it would free. */
  readonly frees: readonly Taken[]
  /** Why this order may not take it; null where it may. */
  readonly blocked: Blocked | null
  readonly overdue: boolean
  readonly servedElsewhere: boolean
  /** Minutes until its promise breaks, negative where it is broken; null where nothing was promised. */
  readonly minutesLeft: number | null
}

/**
 * Open holds of what is lacking, the cheapest to release first: overdue ones before living ones; orders that can be served elsewhere
 * before those that would wait; then by what a broken promise costs, by the time left until it, by what the buyer paid. Those that
 * may not be released here come last.
 */
export function rankRemedies(gaps: readonly Gap[], holds: readonly RivalHold[], now: Instant): Remedy[] {
  const lacking = new Set(gaps.map((gap) => gap.sku))
  const places = new Set(gaps.flatMap((gap) => gap.free.map((one) => `${gap.sku}\n${one.warehouse}`)))
  return holds
    .map((hold) => ({
      hold,
      frees: hold.lines.filter(
        (line) => lacking.has(line.sku) && places.has(`${line.sku}\n${line.warehouse}`),
      ),
      blocked: blockedBy(hold),
      overdue: Temporal.Instant.compare(hold.deadlineAt, now) <= 0,
      servedElsewhere: hold.order?.servedElsewhere ?? false,
      minutesLeft: minutesLeft(hold, now),
    }))
    .filter((remedy) => remedy.frees.length > 0)
    .sort(byCost)
}

/** A lock of another owner is freed by its owner, or by a request that somebody approves. */
function blockedBy({ owner, key, order }: RivalHold): Blocked | null {
  if (owner.kind !== 'order' || !key.startsWith('hub:order:')) return 'other_owner'
  return order?.isPacked === true ? 'packed' : null
}

function minutesLeft({ order }: RivalHold, now: Instant): number | null {
  if (order === null || order.dueAt === null) return null
  return Math.floor(order.dueAt.since(now).total('minutes'))
}

function byCost(a: Remedy, b: Remedy): number {
  return (
    Number(a.blocked !== null) - Number(b.blocked !== null) ||
    Number(b.overdue) - Number(a.overdue) ||
    Number(b.servedElsewhere) - Number(a.servedElsewhere) ||
    compare(a.hold.order?.penaltyMinor ?? 0n, b.hold.order?.penaltyMinor ?? 0n) ||
    compare(b.minutesLeft ?? Number.MAX_SAFE_INTEGER, a.minutesLeft ?? Number.MAX_SAFE_INTEGER) ||
    compare(a.hold.order?.paidMinor ?? 0n, b.hold.order?.paidMinor ?? 0n) ||
    // Of equals, the one that was locked last gives way.
    compare(b.hold.id, a.hold.id)
  )
}

function compare<T extends number | bigint>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/**
 * The first holds of the ranking that together free enough, without any that the others make needless; null where even all of them
 * do not. Pieces count where the order may take them: in one warehouse for all, in one per line, or anywhere.
 */
export function cheapestPlan(
  gaps: readonly Gap[],
  ranked: readonly Remedy[],
  spread: Spread,
): readonly Remedy[] | null {
  const usable = ranked.filter((remedy) => remedy.blocked === null)
  const warehouses = [...new Set(gaps.flatMap((gap) => gap.free.map((one) => one.warehouse)))]
  if (spread === 'units') return planFor(gaps, usable, null)
  if (spread === 'never')
    return best(
      warehouses.map((code) => planFor(gaps, usable, code)),
      ranked,
    )
  const parts = gaps.map((gap) =>
    best(
      warehouses.map((code) => planFor([gap], usable, code)),
      ranked,
    ),
  )
  if (parts.some((part) => part === null)) return null
  const chosen = new Set(parts.flatMap((part) => part ?? []))
  return ranked.filter((remedy) => chosen.has(remedy))
}

/** Fewest holds, then those that stand first in the ranking. */
function best(
  plans: readonly (readonly Remedy[] | null)[],
  ranked: readonly Remedy[],
): readonly Remedy[] | null {
  const cost = (plan: readonly Remedy[]): number =>
    plan.reduce((total, remedy) => total + ranked.indexOf(remedy) + 1, 0)
  return plans.reduce<readonly Remedy[] | null>(
    (chosen, plan) => (plan !== null && (chosen === null || cost(plan) < cost(chosen)) ? plan : chosen),
    null,
  )
}

function planFor(
  gaps: readonly Gap[],
  usable: readonly Remedy[],
  warehouse: string | null,
): readonly Remedy[] | null {
  const isHere = (code: string): boolean => warehouse === null || code === warehouse
  const enough = (chosen: readonly Remedy[]): boolean =>
    gaps.every((gap) => {
      const free = gap.free.filter((one) => isHere(one.warehouse)).reduce((sum, one) => sum + one.pieces, 0)
      const freed = chosen
        .flatMap((remedy) => remedy.frees)
        .filter((line) => line.sku === gap.sku && isHere(line.warehouse))
        .reduce((sum, line) => sum + line.quantity, 0)
      return free + freed >= gap.wanted
    })
  const chosen: Remedy[] = []
  for (const remedy of usable) {
    if (enough(chosen)) break
    if (remedy.frees.some((line) => isHere(line.warehouse) && gaps.some((gap) => gap.sku === line.sku)))
      chosen.push(remedy)
  }
  if (!enough(chosen)) return null
  return chosen.toReversed().reduce((kept: readonly Remedy[], remedy) => {
    const without = kept.filter((one) => one !== remedy)
    return enough(without) ? without : kept
  }, chosen)
}
