import {
  type LockTally,
  lockHealthRoutes,
  lockHealthSweeps,
  openLockTally,
} from '#features/lock-health/index.ts'
import type { HttpApp } from '#platform/http/scopes.ts'
import type { Log } from '#platform/log.ts'
import type { Database } from '#platform/postgres/database.ts'
import type { Sweep } from '#platform/sweeps/run-sweeps.ts'
import type { Config } from './config.ts'
import type { Core } from './hub.ts'
import type { StockParts } from './stock.ts'

/** Counts every lock that the engine answers, from now on. */
export function openLockFigures(
  { db, log }: { readonly db: Database; readonly log: Log },
  stock: Pick<StockParts, 'onLocked'>,
): LockTally {
  const tally = openLockTally({
    db,
    onError: (error) => log.warn({ err: error }, 'figures of locks could not be written; they are kept'),
  })
  stock.onLocked(tally.recordLocks)
  return tally
}

const leastRate = (config: Config): number => config.lockRateLeast / 10_000

export function registerLockHealthRoutes(app: HttpApp, { database, clock, settings, config }: Core): void {
  const zone = (): string => settings.current().zone
  lockHealthRoutes(app, { sql: database.db, clock, zone, leastRate: leastRate(config) })
}

/** Judges the last hours of every warehouse, and forgets what is older than is kept. */
export function lockHealthSweepsOf({ database, clock, alarms, config }: Core): readonly Sweep[] {
  return lockHealthSweeps({
    db: database.db,
    clock,
    alarms,
    leastRate: leastRate(config),
    hours: config.lockRateHours,
    failureDays: config.lockFailureDays,
  })
}
