import type { Instant } from '#kernel/clock.ts'

/** Where a connection's poll stands. */
export type PollCursor = {
  readonly polledTo: Instant
  /** The cursor before it last moved by more than the rhythm explains: after an absence, or because a clock was wrong. */
  readonly steadyTo: Instant | null
  /** It has moved so, and has not come to its end since. */
  readonly catchingUp: boolean
  /** Null: the connection's own width fits. */
  readonly windowSeconds: number | null
}

/** Further back nobody reads again by itself: that is what asking for a day by hand is for. */
export const REREAD_HOURS = 48
/** A window is never less wide: platforms list by whole seconds. */
export const LEAST_SECONDS = 1

/**
 * The cursor that a run begins with. One that lies ahead of now was written under a wrong clock, and what changed since that
 * clock jumped was never asked for: the run goes back to where the cursor was before the jump, 48 hours at most (`isAhead`).
 */
export function beginFrom(
  cursor: PollCursor,
  {
    now,
    limit,
    everySeconds,
  }: { readonly now: Instant; readonly limit: Instant; readonly everySeconds: number },
): { readonly cursor: PollCursor; readonly isAhead: boolean } {
  const { polledTo, steadyTo, catchingUp } = cursor
  if (isBefore(now, polledTo)) {
    const furthest = now.subtract({ hours: REREAD_HOURS })
    const known = steadyTo !== null && isBefore(steadyTo, now) && isBefore(furthest, steadyTo)
    const from = known ? steadyTo : furthest
    return { cursor: { ...cursor, polledTo: from, steadyTo: from, catchingUp: true }, isAhead: true }
  }
  const usual = polledTo.add({ seconds: 2 * everySeconds + 60 })
  return !catchingUp && isBefore(usual, limit)
    ? { cursor: { ...cursor, steadyTo: polledTo, catchingUp: true }, isAhead: false }
    : { cursor, isAhead: false }
}

/** Half of a window that did not fit; null: it is as narrow as one may be. */
export function halfOf(from: Instant, to: Instant): number | null {
  const seconds = to.since(from).total('seconds')
  return seconds <= LEAST_SECONDS ? null : Math.max(LEAST_SECONDS, Math.floor(seconds / 2))
}

/** Windows that one run reads, counted from the cursor on: more of them while they are narrow. */
export function windowsAllowed(perRun: number, width: number, own: number): number {
  return perRun * Math.min(8, Math.max(1, Math.ceil(own / width)))
}

function isBefore(a: Instant, b: Instant): boolean {
  return Temporal.Instant.compare(a, b) < 0
}
