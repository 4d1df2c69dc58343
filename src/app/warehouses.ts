import { join } from 'node:path'
import { captureSetupRoutes, DRY_RUN_JOB, dryRunJob, type SetupDeps } from '#features/capture/setup/index.ts'
import { recordAudit } from '#features/identity/index.ts'
import { openFileStore } from '#features/imports/index.ts'
import { noteActive, switchFigures, switchTransit } from '#features/stock/index.ts'
import {
  type StockSwitches,
  type WarehouseDeps,
  type WarehouseDirectory,
  warehouseDirectory,
  warehouseRoutes,
} from '#features/warehouses/index.ts'
import type { HttpApp } from '#platform/http/scopes.ts'
import type { JobHandler } from '#platform/jobs/runner.ts'
import type { Log } from '#platform/log.ts'
import type { Database } from '#platform/postgres/database.ts'
import type { Core } from './hub.ts'

/** A list of warehouses is small; the file lies on the disk only while it is read. */
const LIST_BYTES_MOST = 5_242_880
const stock: StockSwitches = { switchTransit, switchFigures, noteActive }

/** All warehouses in memory, followed live. */
export async function openWarehouses(db: Database, log: Log): Promise<WarehouseDirectory> {
  const directory = warehouseDirectory({
    db,
    onProblem: (error) => log.error({ err: error }, 'warehouses cannot be read'),
  })
  await directory.start()
  return directory
}

/** What is done with the list of warehouses stands on this. */
export function warehouseDeps({ database, clock, warehouses }: Core): WarehouseDeps {
  return {
    db: database.db,
    clock,
    warehouses,
    stock,
    audit: (tx, entry) => recordAudit({ sql: tx, clock }, entry),
  }
}

/** What the onboarding of a warehouse's own system stands on. */
export function captureSetupDeps(core: Core): SetupDeps {
  return {
    ...warehouseDeps(core),
    connections: core.directory,
    callsFor: core.callsFor,
    zone: () => core.settings.current().zone,
    onJobQueued: core.wakeJobs,
  }
}

export function registerWarehouseRoutes(app: HttpApp, core: Core): void {
  const { config, clock, settings } = core
  const folder = (): string => join(config.dataDir, 'lists')
  warehouseRoutes(app, {
    ...warehouseDeps(core),
    // Opened when a file comes: the OpenAPI document is written without a configuration.
    files: () => openFileStore(folder(), clock, LIST_BYTES_MOST),
    zone: () => settings.current().zone,
  })
  captureSetupRoutes(app, captureSetupDeps(core))
}

export function captureSetupJobs(core: Core): Readonly<Record<string, JobHandler>> {
  return { [DRY_RUN_JOB]: dryRunJob(captureSetupDeps(core)) }
}
