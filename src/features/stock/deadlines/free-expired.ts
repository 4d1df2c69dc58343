import type { Clock } from '#kernel/clock.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { StockEngine } from '../engine.ts'
import { pruneOld, readExpired } from './store.ts'

const AT_ONCE = 500
const KEPT_DAYS = 180

/**
 * Frees holds whose makers wanted that at their deadline. A hold renewed in between is looked at again by the engine's own reading:
 * `onlyExpired` leaves it. Those that ask (`on_deadline = 'ask'`) wait for a person.
 */
export async function freeExpired(deps: {
  readonly sql: Sql
  readonly clock: Clock
  readonly engine: StockEngine
}): Promise<number> {
  let freed = 0
  for (;;) {
    const keys = await readExpired(deps.sql, deps.clock.now(), AT_ONCE)
    if (keys.length === 0) return freed
    const answers = await deps.engine.askAll(
      keys.map((key) => ({ do: 'release', key, onlyExpired: true, reason: 'deadline', actor: 'hub' })),
    )
    const done = answers.filter((one) => one.ok).length
    freed += done
    if (done === 0 || keys.length < AT_ONCE) return freed
  }
}

export async function pruneHolds(sql: Sql, clock: Clock): Promise<void> {
  await pruneOld(sql, clock.now().subtract({ hours: 24 * KEPT_DAYS }))
}
