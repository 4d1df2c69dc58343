// GCRA, the token bucket that is one number: `tat`, the moment at which the bucket would be full again. All times in epoch ms.
// `store.ts` says the same in one UPDATE; a test holds the two together.

export type Limit = {
  /** Calls a second, above 0. */
  readonly perSecond: number
  /** Calls at once, 1 or more. */
  readonly burst: number
}
export type Budget = {
  readonly tat: number
  /** Share of the rate in use, 0.05 to 1, as of `factorAt`. */
  readonly factor: number
  readonly factorAt: number
  readonly blockedUntil: number | null
}
export type Ask = { readonly urgent: number; readonly routine: number }
export type Grant = Ask & {
  /** Until the next token of the kind that went without; 0 when all were granted. */
  readonly waitMs: number
}

export const FACTOR_MIN = 0.05
export const RECOVERY_STEP = 0.05
export const RECOVERY_EVERY_MS = 10_000
/** Of the burst, kept for urgent calls. */
export const URGENT_SHARE = 0.2
const LEASE_MAX_MS = 100

/** The share in use now: one step more for every ten seconds without a new "too many". */
export function factorNow(budget: Pick<Budget, 'factor' | 'factorAt'>, now: number): number {
  const steps = Math.max(0, Math.floor((now - budget.factorAt) / RECOVERY_EVERY_MS))
  return Math.min(1, budget.factor + steps * RECOVERY_STEP)
}

/** What may be spent now: both the rate and the burst shrink with the factor. */
export function limitNow(limit: Limit, factor: number): Limit {
  return { perSecond: limit.perSecond * factor, burst: Math.max(1, limit.burst * factor) }
}

/**
 * How long tokens may lie in a process before they lapse. What may lie about is taken off the burst, so that over any window
 * the calls of all processes stay within rate x window + burst.
 */
export function leaseMs({ perSecond, burst }: Limit): number {
  return Math.min(LEASE_MAX_MS, (1_000 * (burst - 1)) / perSecond / 2)
}

/** Tokens of the shared bucket: the burst without what may lie in the processes. */
export function depthOf(limit: Limit): number {
  return limit.burst - (limit.perSecond * leaseMs(limit)) / 1_000
}

/** Grants what is there, urgent calls first; routine ones leave a fifth of the bucket. */
export function takeTokens(
  budget: Budget,
  limit: Limit,
  ask: Ask,
  now: number,
): { grant: Grant; tat: number } {
  const allowed = limitNow(limit, factorNow(budget, now))
  const stepMs = 1_000 / allowed.perSecond
  if (budget.blockedUntil !== null && budget.blockedUntil > now)
    return { grant: { urgent: 0, routine: 0, waitMs: budget.blockedUntil - now }, tat: budget.tat }
  const used = Math.max(0, budget.tat - now) / stepMs
  const depth = depthOf(allowed)
  const routineDepth = Math.max(1, depth * (1 - URGENT_SHARE))
  const urgent = Math.min(ask.urgent, whole(depth - used))
  const routine = Math.min(ask.routine, whole(routineDepth - used - urgent))
  const left = used + urgent + routine
  const waits = [
    ...(urgent < ask.urgent ? [(left + 1 - depth) * stepMs] : []),
    ...(routine < ask.routine ? [(left + 1 - routineDepth) * stepMs] : []),
  ]
  return {
    grant: { urgent, routine, waitMs: waits.length === 0 ? 0 : Math.max(0, Math.min(...waits)) },
    tat: Math.max(budget.tat, now) + (urgent + routine) * stepMs,
  }
}

/**
 * The platform said "too many": half the rate, and none at all until the time it named. Many such answers at once are one, and so
 * is one to a call that was under way at the last (`isLesson` false).
 */
export function afterThrottle(budget: Budget, retryAfterMs: number, now: number, isLesson = true): Budget {
  const fresh = isLesson && (now - budget.factorAt >= 1_000 || budget.factor === 1)
  const factor = factorNow(budget, now)
  return {
    ...budget,
    factor: fresh ? Math.max(FACTOR_MIN, factor / 2) : budget.factor,
    factorAt: fresh ? now : budget.factorAt,
    blockedUntil: Math.max(budget.blockedUntil ?? 0, now + retryAfterMs),
  }
}

/** What one of `processes` may spend while nobody can be asked. */
export function ownShare(limit: Limit, processes: number): Limit {
  const among = Math.max(1, processes)
  return { perSecond: limit.perSecond / among, burst: Math.max(1, Math.floor(limit.burst / among)) }
}

function whole(tokens: number): number {
  return Math.max(0, Math.floor(tokens + 1e-6))
}
