import { join } from 'node:path'
import { recordAudit } from '#features/identity/index.ts'
import { openFileStore } from '#features/imports/index.ts'
import { skuProfileRoutes } from '#features/sku-profiles/index.ts'
import type { HttpApp } from '#platform/http/scopes.ts'
import type { Core } from './hub.ts'

/** The file lies on the disk only while it is read. */
const LIST_BYTES_MOST = 5_242_880

export function registerSkuProfileRoutes(app: HttpApp, core: Core): void {
  const { config, clock, settings, database } = core
  skuProfileRoutes(app, {
    db: database.db,
    clock,
    // Opened when a file comes: the OpenAPI document is written without a configuration.
    files: () => openFileStore(join(config.dataDir, 'lists'), clock, LIST_BYTES_MOST),
    zone: () => settings.current().zone,
    audit: (tx, entry) => recordAudit({ sql: tx, clock }, entry),
  })
}
