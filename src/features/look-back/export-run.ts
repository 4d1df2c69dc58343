import { writeXlsxStream } from 'hucre/xlsx'
import { formatInstant } from '#kernel/instant.ts'
import { sheetText } from '#kernel/sheet-text.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { type OrderRow, readOrders } from './found/store.ts'

export type ExportFormat = 'xlsx' | 'csv'
type Locale = 'zh' | 'en'
type Column = {
  readonly zh: string
  readonly en: string
  readonly width: number
  readonly cell: (row: OrderRow, zone: string) => string | number
}

const TIMES = ['placedAt', 'paidAt', 'shippedAt', 'deliveredAt'] as const
const TIME_WORDS: Readonly<Record<(typeof TIMES)[number], { zh: string; en: string }>> = {
  placedAt: { zh: '下单', en: 'Placed' },
  paidAt: { zh: '付款', en: 'Paid' },
  shippedAt: { zh: '发货', en: 'Shipped' },
  deliveredAt: { zh: '签收', en: 'Delivered' },
}

const COLUMNS: readonly Column[] = [
  { zh: '订单号', en: 'Order no.', width: 26, cell: (row) => row.order_no },
  { zh: '店铺连接', en: 'Shop', width: 18, cell: (row) => row.connection_id },
  { zh: '原状态', en: 'Status before', width: 16, cell: (row) => row.status_before },
  { zh: '新状态', en: 'Status after', width: 16, cell: (row) => row.status_after },
  ...TIMES.flatMap((name): Column[] => {
    const words = TIME_WORDS[name]
    const side = (index: 0 | 1) => (row: OrderRow, zone: string) =>
      wallTime(row.times[name]?.[index] ?? null, zone)
    return [
      { zh: `原${words.zh}时间`, en: `${words.en} before`, width: 20, cell: side(0) },
      { zh: `新${words.zh}时间`, en: `${words.en} after`, width: 20, cell: side(1) },
    ]
  }),
  { zh: '原补发依据', en: 'Re-ship proof before', width: 18, cell: (row) => row.proof_before ?? '' },
  { zh: '新补发依据', en: 'Re-ship proof after', width: 18, cell: (row) => row.proof_after ?? '' },
  { zh: '将新回传的运单', en: 'Shipments to report', width: 26, cell: (row) => row.reports.join(' ') },
  { zh: '差异数', en: 'Differences', width: 8, cell: (row) => row.differences },
  { zh: '原因', en: 'Causes', width: 50, cell: (row) => row.causes.join('; ') },
]

const ROWS_PER_READ = 1_000

/** All orders that a run would change, as a sheet or as CSV; text is always text, whatever a platform sent. */
export async function exportRun(
  deps: { readonly sql: Sql; readonly zone: () => string },
  run: bigint,
  format: ExportFormat,
  locale: Locale,
): Promise<ReadableStream<Uint8Array>> {
  const rows = readRows(deps, run)
  if (format === 'csv') return csvStream(rows, locale)
  return await writeXlsxStream(rows, {
    name: locale === 'zh' ? '回看差异' : 'Look back',
    columns: COLUMNS.map((column) => ({ header: column[locale], width: column.width })),
    freezePane: { rows: 1 },
  })
}

async function* readRows(
  { sql, zone }: { readonly sql: Sql; readonly zone: () => string },
  run: bigint,
): AsyncGenerator<(string | number)[]> {
  let after: bigint | null = null
  for (;;) {
    const rows: OrderRow[] = await readOrders(
      sql,
      run,
      { changes: true, cause: null, effects: false },
      after,
      ROWS_PER_READ,
    )
    for (const row of rows) yield COLUMNS.map((column) => column.cell(row, zone()))
    after = rows.at(-1)?.order_id ?? null
    if (rows.length < ROWS_PER_READ) return
  }
}

/** With a byte order mark, which spreadsheets need to read UTF-8; a cell that a sheet would take for a formula is led by an apostrophe. */
function csvStream(rows: AsyncGenerator<(string | number)[]>, locale: Locale): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  const line = (cells: readonly (string | number)[]): Uint8Array =>
    encoder.encode(`${cells.map(csvCell).join(',')}\r\n`)
  let isFirst = true
  return new ReadableStream({
    pull: async (controller) => {
      if (isFirst) {
        isFirst = false
        controller.enqueue(new Uint8Array([0xef, 0xbb, 0xbf]))
        controller.enqueue(line(COLUMNS.map((column) => column[locale])))
        return
      }
      const next = await rows.next()
      if (next.done === true) controller.close()
      else controller.enqueue(line(next.value))
    },
  })
}

function csvCell(cell: string | number): string {
  if (typeof cell === 'number') return String(cell)
  const safe = sheetText(cell)
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

function wallTime(at: string | null, zone: string): string {
  return at === null ? '' : formatInstant(Temporal.Instant.from(at), zone).slice(0, 19).replace('T', ' ')
}
