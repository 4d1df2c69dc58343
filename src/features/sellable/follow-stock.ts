import type { Clock } from '#kernel/clock.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { wishFor } from './make-wishes.ts'

/** Reckons anew what channels are to see of the SKUs whose stock moved, within the transaction that moves the reader on. */
export function followStock(
  clock: Clock,
): (tx: Sql, rows: readonly { readonly sku: string }[]) => Promise<void> {
  return async (tx, rows) => {
    await wishFor(tx, [...new Set(rows.map((row) => row.sku))], clock.now())
  }
}
