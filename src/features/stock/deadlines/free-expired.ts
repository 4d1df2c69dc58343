import type { Clock } from '#kernel/clock.ts'
import { databaseNow } from '#platform/postgres/clock.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { StockEngine } from '../engine.ts'
import { pruneApplied, pruneEnded, readExpired } from './store.ts'

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
   * By the database's clock, which all processes share: one process whose clock went wrong would free what the others promised until
   * later (found by the chaos run), or leave what is over.
   */
  readonly isClockChecked?: boolean
}): Promise<number> {
  let freed = 0
  for (;;) {
    const expiredBy = deps.isClockChecked === true ? await databaseNow(deps.sql) : deps.clock.now()
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

/** As many turns as an hour of the busiest day needs (500 locks/s); what is left then is for the next hour. */
const PRUNE_TURNS = 100

/** Forgets what ended half a year ago. */
export async function pruneHolds(sql: Sql, clock: Clock): Promise<void> {
  const before = clock.now().subtract({ hours: 24 * KEPT_DAYS })
  await pruneApplied(sql, before)
  for (let turn = 0; turn < PRUNE_TURNS; turn += 1)
    if ((await pruneEnded(sql, before, PRUNED_AT_ONCE)) < PRUNED_AT_ONCE) return
}
