export type Instant = Temporal.Instant

/** Time comes in as an argument everywhere; only this file asks the machine. */
export type Clock = { now(): Instant }

export const systemClock: Clock = { now: () => Temporal.Now.instant() }

/** A clock that stands still until it is told to move; for tests and the simulation. */
export function manualClock(
  start: Instant,
): Clock & { set(to: Instant): void; advance(by: Temporal.DurationLike): void } {
  let now = start
  return {
    now: () => now,
    set: (to) => {
      now = to
    },
    advance: (by) => {
      now = now.add(by)
    },
  }
}
