import type { AuditEvent } from '#features/identity/index.ts'
import type { Clock } from '#kernel/clock.ts'
import type { Alarms } from '#platform/alarms/alarms.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'

/** Who is named on the transfer and in the audit log. */
export type By = AuditEvent['actor']

export type TransferDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly zone: () => string
  /** Writes an audit line within the given transaction. */
  readonly audit: (tx: Sql, entry: AuditEvent) => Promise<void>
  /** Seconds from the instruction within which the lock must stand. */
  readonly lockSeconds: number
  /** Minutes after which a lock that does not stand is given up. */
  readonly tryMinutes: number
}
export type WatchTransfersDeps = TransferDeps & { readonly alarms: Alarms }
