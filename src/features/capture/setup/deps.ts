import type { CallsFor } from '#domain/connector.ts'
import type { ConnectionDirectory } from '#features/connections/index.ts'
import type { AuditEvent } from '#features/identity/index.ts'
import type { StockSwitches, WarehouseDirectory } from '#features/warehouses/index.ts'
import type { Clock } from '#kernel/clock.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'

export type By = AuditEvent['actor'] & { readonly name: string }

export type SetupDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly connections: Pick<ConnectionDirectory, 'byId' | 'refresh'>
  readonly callsFor: CallsFor
  readonly warehouses: WarehouseDirectory
  readonly stock: StockSwitches
  readonly audit: (tx: Sql, entry: AuditEvent) => Promise<void>
  /** The hub's zone, of times that a source writes without one. */
  readonly zone: () => string
  /** For a route that queued a job: it starts at once. */
  readonly onJobQueued: () => void
}
