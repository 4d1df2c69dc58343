import {
  type FreightDirectory,
  freightDeskRoutes,
  freightDirectory,
  freightQuoteRoutes,
  readSkuFigures,
} from '#features/freight/index.ts'
import { recordAudit } from '#features/identity/index.ts'
import { assert } from '#kernel/assert.ts'
import type { HttpApp } from '#platform/http/scopes.ts'
import type { Log } from '#platform/log.ts'
import type { Database } from '#platform/postgres/database.ts'
import type { Core } from './hub.ts'
import { rulebookDeps } from './rulebook.ts'

/** Levels of customers and remote areas in memory, followed live. */
export async function openFreight(db: Database, log: Log): Promise<FreightDirectory> {
  const directory = freightDirectory({
    db,
    onProblem: (error) => log.error({ err: error }, 'customer levels and remote areas cannot be read'),
  })
  await directory.start()
  return directory
}

/** Quotes for programs; levels, areas, and an order's freight for people. */
export function registerFreightRoutes(app: HttpApp, core: Core): void {
  const { clock, database, freight, rulebook, settings } = core
  const { db } = database
  freightQuoteRoutes(app, {
    rulebook: () => rulebook,
    book: freight.current,
    orders: () => {
      const { orders } = rulebookDeps(core)
      assert(orders !== null, 'FR-4', 'orders are not read for rules')
      return orders
    },
    skuFigures: (skus) => readSkuFigures(db, skus),
  })
  freightDeskRoutes(app, {
    db,
    clock,
    directory: freight,
    zone: () => settings.current().zone,
    audit: (tx, entry) => recordAudit({ sql: tx, clock }, entry),
  })
}
