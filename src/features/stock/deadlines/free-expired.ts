import type { Clock, Instant } from '#kernel/clock.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { StockEngine } from '../engine.ts'
import { databaseNow, pruneApplied, pruneEnded, readExpired } from './store.ts'

const AT_ONCE = 500
const KEPT_DAYS = 180
const PRUNED_AT_ONCE = 20_000

/**
 * Frees holds whose makers wanted that at their deadline. A hold renewed in between is looked at again by the engine's own reading:
 * `expiredBy` leaves it. Those that ask (`on_deadline = 'ask'`) wait for a person.
 */
export async function freeExpired(deps: {
  readonly sql: Sql
  readonly clock: Clock
  readonly engine: StockEngine
  /**
   * Not by a clock that is ahead of the database's, which all processes share: one process whose clock went wrong would free
   * what the others promised until later (found by the chaos run).
   */
  readonly isClockChecked?: boolean
}): Promise<number> {
  let freed = 0
  for (;;) {
    const own = deps.clock.now()
    const expiredBy = deps.isClockChecked === true ? earlier(own, await databaseNow(deps.sql)) : own
    const keys = await readExpired(deps.sql, expiredBy, AT_ONCE)
    if (keys.length === 0) return freed
    const answers = await deps.engine.askAll(
      keys.map((key) => ({ do: 'release', key, expiredBy, reason: 'deadline', actor: 'hub' })),
    )
    const done = answers.filter((one) => one.ok).length
    freed += done
    if (done === 0 || keys.length < AT_ONCE) return freed
  }
}

function earlier(a: Instant, b: Instant): Instant {
  return Temporal.Instant.compare(a, b) < 0 ? a : b
}

/** As many turns as an hour of the busiest day needs (500 locks/s); what is left then is for the next hour. */
const PRUNE_TURNS = 100

/** Forgets what ended half a year ago. */
export async function pruneHolds(sql: Sql, clock: Clock): Promise<void> {
  const before = clock.now().subtract({ hours: 24 * KEPT_DAYS })
  await pruneApplied(sql, before)
  for (let turn = 0; turn < PRUNE_TURNS; turn += 1)
    if ((await pruneEnded(sql, before, PRUNED_AT_ONCE)) < PRUNED_AT_ONCE) return
}
