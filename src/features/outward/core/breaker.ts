import type { Instant } from '#kernel/clock.ts'

// The breaker's rules as one pure function over counts and the clock, so that every trip can be replayed. Source of the figures:
// requirement GW2 (above 5% over five minutes) and decision record 0019.

export type BreakerState = {
  readonly state: 'closed' | 'open' | 'half_open'
  readonly since: Instant
  /** When an open breaker lets probes through; null otherwise. */
  readonly probeAt: Instant | null
  readonly probesSent: number
  readonly probesOk: number
  readonly probesFailed: number
  /** Seconds until the next probes, had they failed now. */
  readonly backoffSeconds: number
}

export type Counts = { readonly at: Instant; readonly calls: number; readonly errors: number }
export type Evidence = {
  /** Aligned minutes with calls, oldest first; the last one may still be running. */
  readonly minutes: readonly Counts[]
  /** Whole seconds with calls. */
  readonly seconds: readonly Counts[]
}

export type Cause = 'error_rate' | 'outage' | 'no_success' | 'probe_due' | 'probes_ok' | 'probe_failed'
export type Transition = { readonly next: BreakerState; readonly cause: Cause; readonly evidence: Figures }
export type Figures = Readonly<Record<string, number | string>>

export const PROBES = 10
export const BACKOFF_MIN_SECONDS = 30
export const BACKOFF_MAX_SECONDS = 600
/** A running minute trips nobody: processes write their counts for a closed one within this. */
export const MINUTE_GRACE_MS = 2_000
/** How far back the rule for quiet connections looks. */
export const QUIET_WINDOW_MS = 30 * 60_000

const MINUTE_MS = 60_000
const STEADY_MINUTES = 5
const STEADY_SHARE = 0.05
const LEAST_CALLS = 20
const FAST_WINDOW_MS = 10_000
const FAST_SHARE = 0.5
const QUIET_FAILURES = 5
const PROBES_OK_SHARE = 0.95
/** Probes whose process died are given up after this. */
const HALF_OPEN_MS = 90_000

export function closedSince(since: Instant): BreakerState {
  return {
    state: 'closed',
    since,
    probeAt: null,
    probesSent: 0,
    probesOk: 0,
    probesFailed: 0,
    backoffSeconds: BACKOFF_MIN_SECONDS,
  }
}

/** What the breaker becomes now, or null where it stays. `chance` in [0, 1) spreads the probes of many connections. */
export function decideBreaker(
  current: BreakerState,
  evidence: Evidence,
  now: Instant,
  chance: number,
): Transition | null {
  switch (current.state) {
    case 'closed':
      return decideTrip(current, evidence, now, chance)
    case 'open':
      return decideProbing(current, now)
    case 'half_open':
      return decideAfterProbes(current, now, chance)
  }
}

function decideTrip(current: BreakerState, evidence: Evidence, now: Instant, chance: number) {
  const found =
    findOutage(evidence.seconds, current.since, now) ??
    findSteadyErrors(evidence.minutes, current.since, now) ??
    findNoSuccess(evidence.minutes, current.since, now)
  return found === null
    ? null
    : { next: opened(current, BACKOFF_MIN_SECONDS, now, chance), cause: found.cause, evidence: found.figures }
}

type Found = { readonly cause: Cause; readonly figures: Figures }

/** More than half of at least 20 calls in the last ten seconds: waiting five minutes would be wrong. */
function findOutage(seconds: readonly Counts[], since: Instant, now: Instant): Found | null {
  const recent = seconds.filter(
    ({ at }) => ms(at) > ms(now) - FAST_WINDOW_MS && ms(at) + 1_000 > ms(since) && ms(at) <= ms(now),
  )
  const { calls, errors } = totalOf(recent)
  return calls >= LEAST_CALLS && errors > calls * FAST_SHARE
    ? { cause: 'outage', figures: { calls, errors, seconds: 10 } }
    : null
}

/** Five closed, aligned minutes in a row, each with at least 20 calls and more than 5% errors. */
function findSteadyErrors(minutes: readonly Counts[], since: Instant, now: Instant): Found | null {
  const end = Math.floor((ms(now) - MINUTE_GRACE_MS) / MINUTE_MS) * MINUTE_MS
  const first = end - STEADY_MINUTES * MINUTE_MS
  // Of the minute in which it closed, the calls before that must not count.
  if (first < ms(since)) return null
  const five = minutes.filter(({ at }) => ms(at) >= first && ms(at) < end)
  const bad = five.filter(({ calls, errors }) => calls >= LEAST_CALLS && errors > calls * STEADY_SHARE)
  if (bad.length < STEADY_MINUTES) return null
  const { calls, errors } = totalOf(bad)
  return { cause: 'error_rate', figures: { calls, errors, minutes: STEADY_MINUTES } }
}

/** A quiet connection never has 20 calls a minute: five failures in a row over at least a minute, and no success between. */
function findNoSuccess(minutes: readonly Counts[], since: Instant, now: Instant): Found | null {
  const run = failingRun(minutes, since, now)
  return run.failures >= QUIET_FAILURES && run.forMs >= MINUTE_MS
    ? {
        cause: 'no_success',
        figures: { calls: run.failures, errors: run.failures, seconds: Math.round(run.forMs / 1_000) },
      }
    : null
}

/** The newest minutes in which every call failed, up to the last one with a success. */
export function failingRun(
  minutes: readonly Counts[],
  since: Instant,
  now: Instant,
): { readonly failures: number; readonly forMs: number } {
  let failures = 0
  let begun = ms(now)
  for (const { at, calls, errors } of minutes.toReversed()) {
    if (ms(at) < ms(now) - QUIET_WINDOW_MS || ms(at) < ms(since)) break
    if (calls > errors) break
    if (calls > 0) begun = ms(at)
    failures += errors
  }
  return { failures, forMs: ms(now) - begun }
}

function decideProbing(current: BreakerState, now: Instant): Transition | null {
  if (current.probeAt !== null && ms(current.probeAt) > ms(now)) return null
  return {
    next: {
      ...current,
      state: 'half_open',
      since: now,
      probeAt: null,
      probesSent: 0,
      probesOk: 0,
      probesFailed: 0,
    },
    cause: 'probe_due',
    evidence: {},
  }
}

/** One failure among ten leaves 90%, which is too few: the first one reopens. */
function decideAfterProbes(current: BreakerState, now: Instant, chance: number): Transition | null {
  const { probesOk, probesFailed } = current
  const ended = probesOk + probesFailed
  const figures = { ok: probesOk, failed: probesFailed }
  if (probesFailed > PROBES * (1 - PROBES_OK_SHARE)) {
    const backoff = Math.min(current.backoffSeconds * 2, BACKOFF_MAX_SECONDS)
    return { next: opened(current, backoff, now, chance), cause: 'probe_failed', evidence: figures }
  }
  const late = ms(now) - ms(current.since) >= HALF_OPEN_MS
  if (ended >= PROBES || (late && ended > 0))
    return { next: closedSince(now), cause: 'probes_ok', evidence: figures }
  return null
}

/** Whether probes were claimed and never ended, so that others must take their place. */
export function lostProbes(current: BreakerState, now: Instant): boolean {
  const { state, probesSent, probesOk, probesFailed } = current
  return (
    state === 'half_open' &&
    ms(now) - ms(current.since) >= HALF_OPEN_MS &&
    probesOk + probesFailed === 0 &&
    probesSent > 0
  )
}

function opened(current: BreakerState, backoffSeconds: number, now: Instant, chance: number): BreakerState {
  const waitMs = Math.round(backoffSeconds * 1_000 * (1 + 0.2 * chance))
  return {
    ...current,
    state: 'open',
    since: now,
    probeAt: now.add({ milliseconds: waitMs }),
    probesSent: 0,
    probesOk: 0,
    probesFailed: 0,
    backoffSeconds,
  }
}

function totalOf(counts: readonly Counts[]): { calls: number; errors: number } {
  return counts.reduce((sum, one) => ({ calls: sum.calls + one.calls, errors: sum.errors + one.errors }), {
    calls: 0,
    errors: 0,
  })
}

function ms(at: Instant): number {
  return at.epochMilliseconds
}
