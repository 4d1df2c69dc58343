import { SKU_MOST } from '#domain/stock.ts'
import { fromSheetText, sheetText } from '#kernel/sheet-text.ts'
import type { Binding, Gift, Part } from './sellable.ts'

export type FileError = {
  /** As a spreadsheet counts: the heading is row 1. */
  readonly row: number
  readonly column: string
  readonly code: string
  readonly detail: string
}
/** `row` is the first one that speaks of it. */
export type BundleInFile = { readonly row: number; readonly sku: string; readonly parts: readonly Part[] }
export type GiftInFile = { readonly row: number; readonly sku: string; readonly gift: Gift }
export type ParsedFile<Row> = { readonly rows: readonly Row[]; readonly errors: readonly FileError[] }

const BUNDLE_COLUMNS = {
  bundle_sku: ['bundle_sku', '组合编码', '组合sku'],
  part_sku: ['part_sku', '子商品编码', '组成sku'],
  quantity: ['quantity', '数量'],
} as const
const GIFT_COLUMNS = {
  gift_sku: ['gift_sku', '赠品编码', '赠品sku'],
  main_sku: ['main_sku', '主商品编码', '主品sku'],
  gifts: ['gifts', '赠品数'],
  per: ['per', '主品数'],
} as const
const BINDING_NAMES = ['binding', '绑定']
const BINDINGS: Readonly<Record<string, Binding>> = {
  '': 'hard',
  hard: 'hard',
  soft: 'soft',
  强: 'hard',
  弱: 'soft',
}
const WHOLE = /^\d{1,9}$/

/** Bundles of a file, one row a part; a bundle of which one row is faulty is left out as a whole. */
export function parseBundles(records: readonly (readonly string[])[]): ParsedFile<BundleInFile> {
  const table = readTable(records, BUNDLE_COLUMNS)
  if (!('rows' in table)) return { rows: [], errors: table.errors }
  const errors: FileError[] = []
  const found = new Map<string, { row: number; parts: Part[] }>()
  const spoilt = new Set<string>()
  for (const { row, cell } of table.rows) {
    const [sku, part, quantity] = [cell('bundle_sku'), cell('part_sku'), cell('quantity')]
    const faults = [
      ...skuFaults(row, 'bundle_sku', sku),
      ...skuFaults(row, 'part_sku', part),
      ...countFaults(row, 'quantity', quantity),
    ]
    errors.push(...faults)
    if (faults.length > 0) spoilt.add(sku)
    const own = found.get(sku) ?? { row, parts: [] }
    own.parts.push({ sku: part, quantity: Number(quantity) })
    found.set(sku, own)
  }
  const rows = [...found].filter(([sku]) => !spoilt.has(sku)).map(([sku, own]) => ({ sku, ...own }))
  return { rows, errors }
}

/** Gifts of a file, one row a gift; of two rows for the same gift the second is an error. */
export function parseGifts(records: readonly (readonly string[])[]): ParsedFile<GiftInFile> {
  const table = readTable(records, GIFT_COLUMNS)
  if (!('rows' in table)) return { rows: [], errors: table.errors }
  const bindingAt = columnAt(records[0] ?? [], BINDING_NAMES)
  const errors: FileError[] = []
  const rows: GiftInFile[] = []
  const seen = new Set<string>()
  for (const { row, cell, at } of table.rows) {
    const [sku, mainSku, gifts, per] = [cell('gift_sku'), cell('main_sku'), cell('gifts'), cell('per')]
    const binding = BINDINGS[at(bindingAt).toLowerCase()]
    const faults = [
      ...skuFaults(row, 'gift_sku', sku),
      ...skuFaults(row, 'main_sku', mainSku),
      ...countFaults(row, 'gifts', gifts),
      ...countFaults(row, 'per', per),
    ]
    if (binding === undefined)
      faults.push(fault(row, 'binding', 'sellable.bad_binding', 'the binding is hard or soft'))
    if (seen.has(sku))
      faults.push(fault(row, 'gift_sku', 'sellable.row_twice', 'an earlier row speaks of the same gift'))
    seen.add(sku)
    errors.push(...faults)
    if (faults.length === 0 && binding !== undefined)
      rows.push({
        row,
        sku,
        gift: { mainSku, numerator: Number(gifts), denominator: Number(per), binding },
      })
  }
  return { rows, errors }
}

/** Cells by column name, empty lines left out; errors where a column is missing. */
function readTable<Column extends string>(
  records: readonly (readonly string[])[],
  columns: Readonly<Record<Column, readonly string[]>>,
) {
  const [heading = [], ...lines] = records
  const names = Object.keys(columns) as Column[]
  const places = Object.fromEntries(names.map((name) => [name, columnAt(heading, columns[name])])) as Record<
    Column,
    number
  >
  const missing = names.filter((name) => places[name] === -1)
  if (missing.length > 0)
    return {
      errors: missing.map((name) =>
        fault(1, name, 'sellable.column_missing', `no column is named ${columns[name].join(' or ')}`),
      ),
    }
  const rows = lines.flatMap((cells, i) => {
    if (cells.every((cell) => cell.trim() === '')) return []
    // A quote before a sign is how `csvLine` keeps a code from being run as a formula.
    const at = (place: number): string => fromSheetText((cells[place] ?? '').trim())
    return [{ row: i + 2, at, cell: (name: Column): string => at(places[name]) }]
  })
  return { rows }
}

function columnAt(heading: readonly string[], names: readonly string[]): number {
  return heading.findIndex((cell) =>
    names.includes(
      cell
        .replace(/^\ufeff/, '')
        .trim()
        .toLowerCase(),
    ),
  )
}

function skuFaults(row: number, column: string, sku: string): FileError[] {
  const isFine = sku !== '' && sku.length <= SKU_MOST
  return isFine ? [] : [fault(row, column, 'sellable.bad_sku', `a SKU has 1 to ${SKU_MOST} characters`)]
}

function countFaults(row: number, column: string, text: string): FileError[] {
  const isFine = WHOLE.test(text) && Number(text) >= 1 && Number(text) <= 10_000
  return isFine ? [] : [fault(row, column, 'sellable.bad_quantity', 'a whole number from 1 to 10,000')]
}

function fault(row: number, column: string, code: string, detail: string): FileError {
  return { row, column, code, detail }
}

/** One line of CSV; cells are quoted where they must be, and one that a spreadsheet would run as a formula is made text. */
export function csvLine(cells: readonly (string | number)[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`
}

function csvCell(cell: string | number): string {
  const text = typeof cell === 'string' ? sheetText(cell) : String(cell)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
