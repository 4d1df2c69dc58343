import { type AuditEvent, recordAudit } from '#features/identity/index.ts'
import { keepFile, openFileStore, openKeptFile, reading } from '#features/imports/index.ts'
import type { DeskDeps } from '#features/stock/desk/deps.ts'
import type { Sql } from '#platform/postgres/database.ts'
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
