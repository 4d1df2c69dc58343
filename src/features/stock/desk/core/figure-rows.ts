import { PIECES_MOST, SKU_MOST } from '#domain/stock.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'

/** Figures that a file may set. */
export const FIGURES = ['physical', 'safety'] as const
export type Figure = (typeof FIGURES)[number]

/** Where each column stands; -1: the file has none. */
export type Columns = { readonly sku: number; readonly warehouse: number } & Readonly<Record<Figure, number>>

const NAMES: Readonly<Record<keyof Columns, readonly string[]>> = {
  sku: [
    'sku',
    'stocksku',
    'skucode',
    '商品编码',
    '货号',
    '库存sku',
    '库存编码',
    'sku编码',
    '规格编码',
    '商品sku',
  ],
  warehouse: ['warehouse', 'warehousecode', 'wh', '仓库', '仓库编码', '仓库代码', '仓库名称', '仓'],
  physical: [
    'physical',
    'quantity',
    'qty',
    'onhand',
    'stock',
    '实物',
    '实物库存',
    '库存',
    '库存数量',
    '数量',
    '在库',
    '现存量',
  ],
  safety: ['safety', 'safetystock', '安全库存', '安全量'],
}

/** Finds the columns by their names in Chinese or English. Refuses with `stock.columns_missing`. */
export function findColumns(header: readonly string[]): Result<Columns> {
  const folded = header.map(fold)
  const place = (name: keyof Columns): number => {
    // By the order of the names, so that 仓库编码 goes before 仓库名称 where a sheet has both.
    const found = NAMES[name].map((one) => folded.indexOf(one)).find((index) => index >= 0)
    return found ?? -1
  }
  const columns = {
    sku: place('sku'),
    warehouse: codeColumn(folded),
    physical: place('physical'),
    safety: place('safety'),
  }
  const missing = (['sku', 'warehouse'] as const).filter((name) => columns[name] < 0)
  if (missing.length > 0 || (columns.physical < 0 && columns.safety < 0))
    return refuse(
      'stock.columns_missing',
      'the file needs the columns SKU, warehouse (仓库编码) and physical (实物) or safety (安全库存)',
      { header: header.slice(0, 50), missing: missing.length > 0 ? missing : [...FIGURES] },
    )
  return ok(columns)
}

/** A column of codes goes before one of names. */
function codeColumn(folded: readonly string[]): number {
  const codes = ['warehousecode', '仓库编码', '仓库代码']
  const byCode = codes.map((one) => folded.indexOf(one)).find((index) => index >= 0)
  return byCode ?? NAMES.warehouse.map((one) => folded.indexOf(one)).find((index) => index >= 0) ?? -1
}

function fold(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_\-()*]+/g, '')
}

export type FigureRow = {
  readonly row: number
  readonly sku: string
  readonly warehouse: string
  /** Undefined: the file leaves it as it is. */
  readonly physical: number | undefined
  readonly safety: number | undefined
}
export type RowError = {
  readonly row: number
  readonly column: keyof Columns
  readonly code: string
  readonly value: string
}

export type Known = {
  /** Warehouse codes by code and by name, both folded with `foldPlace`. */
  readonly warehouses: ReadonlyMap<string, { readonly code: string; readonly captured: boolean }>
}

/**
 * One row as a person wrote it. An empty figure is left as it is; what is no whole number of pieces, an unknown warehouse, and a count for
 * a warehouse whose own system says what is there are errors that name the column.
 */
export function readFigureRow(
  { row, cells }: { readonly row: number; readonly cells: readonly string[] },
  columns: Columns,
  take: readonly Figure[],
  { warehouses }: Known,
): FigureRow | RowError {
  const cell = (name: keyof Columns): string => textOf(cells[columns[name]] ?? '')
  const wrong = (column: keyof Columns, code: string): RowError => ({
    row,
    column,
    code,
    value: cell(column).slice(0, 100),
  })
  const sku = cell('sku')
  if (sku === '') return wrong('sku', 'stock.row_sku_missing')
  if (sku.length > SKU_MOST) return wrong('sku', 'stock.row_sku_too_long')
  const place = warehouses.get(foldPlace(cell('warehouse')))
  if (cell('warehouse') === '') return wrong('warehouse', 'stock.row_warehouse_missing')
  if (place === undefined) return wrong('warehouse', 'stock.row_warehouse_unknown')
  const figures: Record<Figure, number | undefined> = { physical: undefined, safety: undefined }
  for (const name of take) {
    const text = cell(name)
    if (text === '') continue
    const pieces = piecesOf(text)
    if (pieces === null) return wrong(name, 'stock.row_bad_figure')
    figures[name] = pieces
  }
  if (figures.physical !== undefined && place.captured) return wrong('physical', 'stock.row_figures_captured')
  return { row, sku, warehouse: place.code, ...figures }
}

export function foldPlace(name: string): string {
  return name.normalize('NFKC').trim().toLowerCase()
}

/** An export of ours puts `'` before what a spreadsheet would take for a formula; it is taken off again. */
function textOf(cell: string): string {
  const trimmed = cell.trim()
  return /^'[=+\-@]/.test(trimmed) ? trimmed.slice(1) : trimmed
}

/** Whole pieces from 0 to a billion; `12.0` is what some sheets make of 12. Null: anything else, thousands' commas too. */
function piecesOf(text: string): number | null {
  const plain = text.normalize('NFKC')
  if (!/^\d{1,10}(\.0+)?$/.test(plain)) return null
  const pieces = Number(plain)
  return pieces <= PIECES_MOST ? pieces : null
}

export function isRowError(read: FigureRow | RowError): read is RowError {
  return 'code' in read
}

export type Difference = FigureRow & {
  /** Null: nothing was known of this place. */
  readonly before: { readonly physical: number; readonly safety: number } | null
}

/** The rows that change something, each with what stands there now. */
export function differences(
  rows: readonly FigureRow[],
  levels: ReadonlyMap<string, { readonly physical: number; readonly safety: number }>,
): Difference[] {
  return rows.flatMap((row) => {
    const before = levels.get(placeKey(row)) ?? null
    const changed =
      (row.physical !== undefined && row.physical !== (before?.physical ?? 0)) ||
      (row.safety !== undefined && row.safety !== (before?.safety ?? 0)) ||
      (before === null && (row.physical !== undefined || row.safety !== undefined))
    return changed ? [{ ...row, before }] : []
  })
}

export function placeKey({ sku, warehouse }: { readonly sku: string; readonly warehouse: string }): string {
  return `${warehouse}\u0000${sku}`
}

/** How far a difference moves the count; new places by all they bring. */
export function weightOf({ physical, before }: Difference): number {
  return physical === undefined ? 0 : Math.abs(physical - (before?.physical ?? 0))
}
