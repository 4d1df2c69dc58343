import type { Clock } from '#kernel/clock.ts'

/** Retries may be this share of a connection's first attempts, so that a platform in trouble is not buried by them. */
const SHARE = 0.1
/** A connection with few intents still gets its retries, this many a second. */
const FLOOR_PER_SECOND = 0.5
/** What a calm time saves up for a bad one. */
const MOST_SAVED = 20

/** How many further attempts a connection may make now; per process. */
export type RetryBudget = {
  readonly noteAttempt: (connection: string, isRetry: boolean) => void
  /** What was noted was no attempt: nothing was sent. */
  readonly takeBack: (connection: string, isRetry: boolean) => void
  /** Connections whose retries wait. */
  readonly spent: () => readonly string[]
}

type Saved = { saved: number; at: number }

export function openRetryBudget(clock: Clock): RetryBudget {
  const connections = new Map<string, Saved>()
  const current = (connection: string): Saved => {
    const now = clock.now().epochMilliseconds
    const known = connections.get(connection) ?? { saved: MOST_SAVED, at: now }
    const grown = known.saved + (Math.max(0, now - known.at) / 1_000) * FLOOR_PER_SECOND
    const next = { saved: Math.min(MOST_SAVED, grown), at: now }
    connections.set(connection, next)
    return next
  }
  const add = (connection: string, amount: number): void => {
    const one = current(connection)
    one.saved = Math.min(MOST_SAVED, one.saved + amount)
  }
  return {
    noteAttempt: (connection, isRetry) => add(connection, isRetry ? -1 : SHARE),
    takeBack: (connection, isRetry) => add(connection, isRetry ? 1 : -SHARE),
    spent: () => [...connections.keys()].filter((connection) => current(connection).saved < 1),
  }
}
