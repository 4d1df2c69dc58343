import { type AuditEvent, recordAudit } from '#features/identity/index.ts'
import { keepFile, openFileStore, openKeptFile, reading } from '#features/imports/index.ts'
import type { DeskDeps } from '#features/stock/desk/deps.ts'
import { stockDeskRoutes } from '#features/stock/desk/http.ts'
import { stockImportJobs } from '#features/stock/desk/import-figures.ts'
import { stockReadRoutes } from '#features/stock/read/http.ts'
import { type UnlockDeps, unlockRoutes, watchUnlocks } from '#features/unlocks/index.ts'
import type { HttpApp } from '#platform/http/scopes.ts'
import type { JobHandler } from '#platform/jobs/runner.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { Sweep } from '#platform/sweeps/run-sweeps.ts'
import type { Core } from './hub.ts'

/** What counts, quotas, reservations and files of figures stand on. */
export function stockDeskDeps(core: Core): DeskDeps {
  const { clock, directory, settings, wakeJobs } = core
  const { db } = core.database
  const kept = { db, clock, files: openFileStore(core.config.dataDir, clock) }
  return {
    db,
    clock,
    zone: () => settings.current().zone,
    audit: (tx: Sql, entry: AuditEvent) => recordAudit({ sql: tx, clock }, entry),
    isChannel: (id) => directory.byId(id)?.connector.role === 'channel',
    onJobQueued: wakeJobs,
    files: {
      keep: (bytes, name, by) => keepFile(kept, { bytes, name, by }),
      open: (id) => openKeptFile(kept, id),
      reading,
    },
  }
}

function unlockDeps(core: Core): UnlockDeps {
  const { clock, settings, config } = core
  const { db } = core.database
  return {
    db,
    clock,
    zone: () => settings.current().zone,
    audit: (tx: Sql, entry: AuditEvent) => recordAudit({ sql: tx, clock }, entry),
    twoPeople: config.unlockTwoPeople,
  }
}

/** Routes of the stock and hold pages. */
export function registerStockPages(app: HttpApp, core: Core): void {
  const desk = stockDeskDeps(core)
  stockReadRoutes(app, { sql: desk.db, clock: desk.clock, zone: desk.zone })
  stockDeskRoutes(app, desk)
  unlockRoutes(app, unlockDeps(core))
}

/** Import of figures from files. */
export function stockDeskJobs(core: Core): Readonly<Record<string, JobHandler>> {
  return stockImportJobs(stockDeskDeps(core))
}

/** The look for locks and requests that nobody decides. */
export function unlockSweep({ database, clock, alarms, config }: Core): Sweep {
  const thresholds = { overdue: config.locksOverdueAlarm, waitingMinutes: config.unlockWaitingMinutes }
  return {
    name: 'unlocks',
    everyMs: 10_000,
    run: () => watchUnlocks({ db: database.db, clock, alarms, thresholds }),
  }
}
