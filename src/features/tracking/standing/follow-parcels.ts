import type { JournalRow } from '#platform/journal/store.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { StandingDeps } from '../deps.ts'
import { refreshStandings } from './refresh-standings.ts'
import { numbersOfOrders } from './store.ts'

/** Numbers computed in one statement each; a batch of the journal may name many more. */
const AT_ONCE = 1_000

/** A handler of the journal: keeps the standing of every parcel that something was said of, and of the parcels of changed orders. */
export function followParcels(deps: StandingDeps): (tx: Sql, rows: readonly JournalRow[]) => Promise<void> {
  return async (tx, rows) => {
    const numbers = new Set(rows.flatMap(numbersIn))
    const orders = new Set(
      rows.flatMap((row) => (row.orderId !== null && concernsParcels(row) ? [row.orderId] : [])),
    )
    for (const number of await numbersOfOrders(tx, [...orders])) numbers.add(number)
    const all = [...numbers].sort()
    for (let at = 0; at < all.length; at += AT_ONCE)
      await refreshStandings(tx, deps, all.slice(at, at + AT_ONCE))
  }
}

/** Order changes are told as `order.*`; what waybills journal names the number itself. */
function concernsParcels({ kind }: JournalRow): boolean {
  return kind === 'order.changed' || kind === 'order.created'
}

function numbersIn({ kind, data }: JournalRow): string[] {
  const fields = data as { numbers?: unknown; trackingNo?: unknown } | null
  if (kind === 'parcels.touched' && Array.isArray(fields?.numbers))
    return fields.numbers.filter((one): one is string => typeof one === 'string')
  if (kind.startsWith('waybill.') && typeof fields?.trackingNo === 'string') return [fields.trackingNo]
  return []
}
