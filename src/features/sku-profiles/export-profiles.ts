import { writeXlsxStream } from 'hucre/xlsx'
import { formatMoney } from '#kernel/money.ts'
import { sheetText } from '#kernel/sheet-text.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { type ProfileFilter, type ProfileRow, readProfiles } from './store.ts'

type Cell = string | number
type Column = {
  readonly zh: string
  readonly en: string
  readonly width: number
  readonly cell: (row: ProfileRow) => Cell
}

/** Heads that an import knows: a file goes out, is corrected and comes back. */
const COLUMNS: readonly Column[] = [
  { zh: '库存SKU', en: 'SKU', width: 28, cell: (row) => row.sku },
  { zh: '商品名称', en: 'Title', width: 36, cell: (row) => row.title },
  { zh: '重量(g)', en: 'Weight (g)', width: 12, cell: (row) => row.weightG ?? '' },
  { zh: '体积(cm3)', en: 'Volume (cm3)', width: 14, cell: (row) => row.volumeCm3 ?? '' },
  { zh: '长(mm)', en: 'Length (mm)', width: 10, cell: (row) => row.lengthMm ?? '' },
  { zh: '宽(mm)', en: 'Width (mm)', width: 10, cell: (row) => row.widthMm ?? '' },
  { zh: '高(mm)', en: 'Height (mm)', width: 10, cell: (row) => row.heightMm ?? '' },
  { zh: '标签', en: 'Tags', width: 24, cell: (row) => row.tags.join(', ') },
  {
    zh: '申报价值',
    en: 'Value',
    width: 12,
    cell: (row) => (row.value === null ? '' : formatMoney(row.value)),
  },
  { zh: '币种', en: 'Currency', width: 8, cell: (row) => row.value?.currency ?? '' },
]
const ROWS_PER_READ = 2_000

/** Exactly the filtered profiles in order of SKU, read page by page. Text cells are never formulas. */
export function exportProfiles(
  sql: Sql,
  filter: ProfileFilter,
  { format, locale }: { readonly format: 'csv' | 'xlsx'; readonly locale: 'zh' | 'en' },
): ReadableStream<Uint8Array> {
  async function* rows(): AsyncGenerator<Cell[]> {
    let after = ''
    for (;;) {
      const page = await readProfiles(sql, filter, after, ROWS_PER_READ)
      for (const row of page) yield COLUMNS.map((column) => column.cell(row))
      const last = page.at(-1)
      if (last === undefined || page.length < ROWS_PER_READ) return
      after = last.sku
    }
  }
  const columns = COLUMNS.map((column) => ({ header: column[locale], width: column.width }))
  if (format === 'xlsx') {
    const name = locale === 'zh' ? '商品档案' : 'SKU profiles'
    return writeXlsxStream(rows(), { name, columns, freezePane: { rows: 1 } })
  }
  async function* lines(): AsyncGenerator<Uint8Array> {
    const encoder = new TextEncoder()
    // Spreadsheets take a file without the mark for the machine's own encoding.
    yield encoder.encode(`\ufeff${csvLine(columns.map((column) => column.header))}`)
    for await (const cells of rows()) yield encoder.encode(csvLine(cells))
  }
  return ReadableStream.from(lines())
}

function csvLine(cells: readonly Cell[]): string {
  return `${cells.map((cell) => (typeof cell === 'string' ? textCell(cell) : String(cell))).join(',')}\r\n`
}

/** A quote before a sign keeps a text from being run as a formula. */
function textCell(cell: string): string {
  const plain = sheetText(cell)
  return /[",\r\n']/.test(plain) || plain !== plain.trim() ? `"${plain.replaceAll('"', '""')}"` : plain
}
