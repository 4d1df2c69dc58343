import { writeXlsxStream } from 'hucre/xlsx'
import { formatInstant } from '#kernel/instant.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { sellableAt } from '../read/read-levels.ts'
import { type LevelFilter, type LevelRow, readLevelsAfter, readPlaces, readSkus } from '../read/store.ts'
import { csvLine } from './core/csv-line.ts'

type Cell = string | number
type Locale = 'zh' | 'en'
type Column = {
  readonly zh: string
  readonly en: string
  readonly width: number
  readonly cell: (row: LevelRow, zone: string) => Cell
}

/** The first, second, fourth and eighth columns are what an import reads: a file goes out, is corrected and comes back. */
const COLUMNS: readonly Column[] = [
  { zh: 'SKU', en: 'SKU', width: 28, cell: (row) => row.sku },
  { zh: '仓库编码', en: 'Warehouse code', width: 14, cell: (row) => row.warehouse },
  { zh: '仓库名称', en: 'Warehouse name', width: 18, cell: (row) => row.warehouse_name },
  { zh: '实物', en: 'Physical', width: 10, cell: (row) => row.physical },
  { zh: '已锁', en: 'Locked', width: 10, cell: (row) => row.locked },
  { zh: '预留', en: 'Reserved', width: 10, cell: (row) => row.reserved },
  { zh: '在途', en: 'In transit', width: 10, cell: (row) => row.in_transit },
  { zh: '安全库存', en: 'Safety stock', width: 10, cell: (row) => row.safety },
  { zh: '可用', en: 'Available', width: 10, cell: (row) => row.available },
  { zh: '可售', en: 'Sellable', width: 10, cell: (row) => sellableAt(row) },
  {
    zh: '更新时间',
    en: 'Updated',
    width: 20,
    cell: (row, zone) => formatInstant(row.updated_at, zone).slice(0, 19).replace('T', ' '),
  },
]

const ROWS_PER_READ = 2_000
const SKUS_PER_READ = 500

/** Exactly the filtered levels, row by row as they are read, in order of SKU and warehouse. Text cells are never formulas. */
export function exportLevels(
  { sql, zone }: { readonly sql: Sql; readonly zone: () => string },
  filter: LevelFilter,
  { format, locale }: { readonly format: 'csv' | 'xlsx'; readonly locale: Locale },
): ReadableStream<Uint8Array> {
  async function* rows(): AsyncGenerator<Cell[]> {
    const levels = filter.show === null ? byPlace(sql, filter) : bySku(sql, filter)
    for await (const row of levels) yield COLUMNS.map((column) => column.cell(row, zone()))
  }
  const columns = COLUMNS.map((column) => ({ header: column[locale], width: column.width }))
  if (format === 'xlsx')
    return writeXlsxStream(rows(), {
      name: locale === 'zh' ? '库存' : 'Stock',
      columns,
      freezePane: { rows: 1 },
    })
  async function* lines(): AsyncGenerator<Uint8Array> {
    const encoder = new TextEncoder()
    // Spreadsheets take a file without the mark for the machine's own encoding.
    yield encoder.encode(`\ufeff${csvLine(columns.map((column) => column.header))}`)
    for await (const cells of rows()) yield encoder.encode(csvLine(cells))
  }
  return ReadableStream.from(lines())
}

async function* byPlace(sql: Sql, filter: LevelFilter): AsyncGenerator<LevelRow> {
  let after = { sku: '', warehouse: '' }
  for (;;) {
    const page = await readLevelsAfter(sql, filter, after, ROWS_PER_READ)
    yield* page
    const last = page.at(-1)
    if (last === undefined || page.length < ROWS_PER_READ) return
    after = last
  }
}

/** A filter on the SKU's sum is asked of the SKUs; their warehouses follow. */
async function* bySku(sql: Sql, filter: LevelFilter): AsyncGenerator<LevelRow> {
  let after: Awaited<ReturnType<typeof readSkus>>[number] | null = null
  for (;;) {
    const page: Awaited<ReturnType<typeof readSkus>> = await readSkus(
      sql,
      filter,
      { sort: 'sku', descending: false },
      after,
      SKUS_PER_READ,
    )
    yield* await readPlaces(
      sql,
      page.map(({ sku }) => sku),
      filter.warehouse,
    )
    if (page.length < SKUS_PER_READ) return
    after = page.at(-1) ?? null
  }
}
