import type { AuditEvent } from '#features/identity/index.ts'
import type { Clock, Instant } from '#kernel/clock.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'
import type { Figures } from './core/warehouse.ts'
import type { WarehouseDirectory } from './directory.ts'

export type By = AuditEvent['actor'] & { readonly name: string }

/** What the ledger does with a warehouse's switches, within the transaction that turns them. */
export type StockSwitches = {
  readonly switchTransit: (
    tx: Sql,
    code: string,
    on: boolean,
    actor: string,
    now: Instant,
  ) => Promise<unknown>
  readonly switchFigures: (
    tx: Sql,
    code: string,
    to: Figures,
    actor: string,
    now: Instant,
  ) => Promise<unknown>
  readonly noteActive: (
    tx: Sql,
    code: string,
    active: boolean,
    actor: string,
    now: Instant,
  ) => Promise<unknown>
}

export type WarehouseDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly warehouses: WarehouseDirectory
  readonly stock: StockSwitches
  readonly audit: (tx: Sql, entry: AuditEvent) => Promise<void>
}
