import { connectors } from '#connectors/index.ts'
import { type AuditEvent, recordAudit } from '#features/identity/index.ts'
import {
  followOrderStock,
  orderStockRoutes,
  orderStockSweeps,
  type SettleDeps,
} from '#features/order-stock/index.ts'
import type { HttpApp } from '#platform/http/scopes.ts'
import type { FollowDeps } from '#platform/journal/follow.ts'
import { readLags } from '#platform/journal/reader-store.ts'
import { databaseNow } from '#platform/postgres/clock.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { Sweep } from '#platform/sweeps/run-sweeps.ts'
import { plannerOf } from './fulfilment.ts'
import type { Core } from './hub.ts'

export const ORDER_STOCK_READER = 'order-stock'
const ROWS_AT_ONCE = 500

export function settleDeps(core: Core): SettleDeps {
  const { clock, config, lockTally } = core
  return {
    clock,
    timeOf: databaseNow,
    lockMinutes: config.stockLockMinutes,
    onLocked: lockTally.recordLocks,
    planner: plannerOf(core),
  }
}

/** Locks, commits and frees the stock of every order as its facts come. */
export function followForOrderStock(core: Core): FollowDeps {
  const { clock, log, database } = core
  return {
    db: database.db,
    clock,
    name: ORDER_STOCK_READER,
    batch: ROWS_AT_ONCE,
    // What waits already is taken in by a sweep once the hub counts stock.
    from: 'end',
    kinds: ['order.'],
    handler: followOrderStock(settleDeps(core)),
    onError: (error) =>
      log.error({ err: error, reader: ORDER_STOCK_READER }, 'the stock of orders could not be brought on'),
  }
}

export function orderStockSweepsOf(core: Core): readonly Sweep[] {
  const { alarms, config, settings } = core
  return orderStockSweeps({
    ...settleDeps(core),
    db: core.database.db,
    alarms,
    zone: () => settings.current().zone,
    shortMinutes: config.stockShortMinutes,
    behindSeconds: async () => (await readLags(core.database.db, [ORDER_STOCK_READER]))[0]?.seconds ?? 0,
  })
}

export function registerOrderStockRoutes(app: HttpApp, core: Core): void {
  const { clock, directory, settings } = core
  orderStockRoutes(app, {
    ...settleDeps(core),
    db: core.database.db,
    zone: () => settings.current().zone,
    audit: (tx: Sql, event: AuditEvent) => recordAudit({ sql: tx, clock }, event),
    kinds: connectors.filter((one) => one.role === 'channel').map((one) => one.kind),
    nameOf: (id) => directory.byId(id)?.name ?? null,
  })
}
