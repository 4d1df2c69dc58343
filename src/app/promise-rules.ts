import { levelOf } from '#features/freight/index.ts'
import { openRuleOrders } from '#features/fulfilment/index.ts'
import type { ClockDeps } from '#features/promises/index.ts'
import { normaliseShipTo } from '#platform/regions/regions.ts'
import type { Core } from './hub.ts'
import { recordCounted } from './rulebook.ts'

/** What sets the clocks of orders: fixed rules, and those of the rulebook before them. */
export function clockDeps({ clock, database, promises, rulebook, metrics, freight }: Core): ClockDeps {
  return {
    db: database.db,
    clock,
    directory: promises,
    rules: {
      rulebook,
      readOrders: (tx, ids) => openRuleOrders(tx, normaliseShipTo).byIds(ids),
      recordDecisions: recordCounted(metrics),
      levelOf: (order) => levelOf(order, freight.current().tiers),
    },
  }
}
