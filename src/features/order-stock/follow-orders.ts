import type { JournalRow } from '#platform/journal/store.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { type SettleDeps, settleOrders } from './settle-orders.ts'

/** Follows the journal: the stock of an order that came or changed is brought to what its facts say now. */
export function followOrderStock(deps: SettleDeps): (tx: Sql, rows: readonly JournalRow[]) => Promise<void> {
  return async (tx, rows) => {
    const ids = rows.flatMap((row) =>
      row.orderId !== null && row.kind.startsWith('order.') ? [row.orderId] : [],
    )
    await settleOrders(tx, deps, ids)
  }
}
