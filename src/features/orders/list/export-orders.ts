import { writeXlsxStream } from 'hucre/xlsx'
import { type Cell, COLUMNS, type ColumnName } from './core/columns.ts'
import type { OrderQuestion } from './core/filter.ts'
import { listOrders } from './list-orders.ts'
import { rowToJson } from './order-json.ts'
import type { ReadDeps } from './read-order.ts'

/** Rows per read: large enough that a hundred thousand orders are some hundred reads, small enough to hold. */
const ROWS_PER_READ = 1_000

/**
 * The whole view as an XLSX file, row by row as it is read; a second sheet begins where Excel's own limit ends. Strings are
 * inline text cells, never formulas, so that a note beginning with `=`, `+`, `-` or `@` stays what the buyer wrote.
 */
export function exportOrders(
  { sql, zone }: Pick<ReadDeps, 'sql' | 'zone'>,
  question: OrderQuestion,
  columns: readonly ColumnName[],
  locale: 'zh' | 'en',
): ReadableStream<Uint8Array> {
  async function* rows(): AsyncGenerator<Cell[]> {
    let cursor: string | null = null
    do {
      const page = await listOrders(sql, question, { cursor, limit: ROWS_PER_READ })
      // The first cursor is none and the others are our own.
      if (!page.ok) return
      for (const row of page.value.rows) {
        const order = rowToJson(row, zone())
        yield columns.map((name) => COLUMNS[name].cell(order))
      }
      cursor = page.value.next
    } while (cursor !== null)
  }
  return writeXlsxStream(rows(), {
    name: locale === 'zh' ? '订单' : 'Orders',
    columns: columns.map((name) => ({ header: COLUMNS[name][locale], width: COLUMNS[name].width })),
    freezePane: { rows: 1 },
  })
}
