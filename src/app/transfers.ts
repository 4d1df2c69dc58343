import { join } from 'node:path'
import { recordAudit } from '#features/identity/index.ts'
import { openFileStore } from '#features/imports/index.ts'
import { type TransferDeps, transferRoutes, transferSweeps } from '#features/transfers/index.ts'
import type { HttpApp } from '#platform/http/scopes.ts'
import type { Sweep } from '#platform/sweeps/run-sweeps.ts'
import type { Core } from './hub.ts'

const LIST_BYTES_MOST = 5_242_880

/** What making and moving transfers stands on. */
export function transferDeps({ database, clock, settings, config }: Core): TransferDeps {
  return {
    db: database.db,
    clock,
    zone: () => settings.current().zone,
    audit: (tx, entry) => recordAudit({ sql: tx, clock }, entry),
    lockSeconds: config.transferLockSeconds,
    tryMinutes: config.transferTryMinutes,
  }
}

export function registerTransferRoutes(app: HttpApp, core: Core): void {
  const files = () => openFileStore(join(core.config.dataDir, 'lists'), core.clock, LIST_BYTES_MOST)
  transferRoutes(app, { ...transferDeps(core), files })
}

export function transferSweepsOf(core: Core): readonly Sweep[] {
  return transferSweeps({ ...transferDeps(core), alarms: core.alarms })
}
