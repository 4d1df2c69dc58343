import { PIECES_MOST, SKU_MOST } from '#domain/stock.ts'

export type FigureColumns = {
  readonly sku: number
  readonly quantity: number
  /** -1: the file has none. */
  readonly warehouse: number
  readonly version: number
}
export type ReadFigure = {
  readonly row: number
  readonly warehouse: string
  readonly sku: string
  readonly quantity: number | null
  readonly version: bigint | null
  readonly fault: { readonly column: string; readonly code: string; readonly detail: string } | null
}

const HEADS: Readonly<Record<keyof FigureColumns, readonly string[]>> = {
  sku: [
    'sku',
    'sku编码',
    '商品编码',
    '库存sku',
    '库存编码',
    '货号',
    '物料编码',
    'sku_code',
    'skucode',
    'item_code',
    'stock_sku',
    '商品sku',
    '编码',
  ],
  quantity: [
    'quantity',
    'qty',
    '数量',
    '库存',
    '库存数量',
    '现存量',
    '实际库存',
    '在库数量',
    '物理库存',
    'physical',
    'stock',
    'on_hand',
    'onhand',
  ],
  warehouse: ['warehouse', '仓库', '仓库编码', '仓库代码', '仓', 'wh', 'warehouse_code', 'wh_code'],
  version: ['version', '版本', '版本号', 'row_version', 'seq'],
}

/** Finds the columns by their heads, in Chinese or English; null where SKU or quantity is missing. */
export function findFigureColumns(header: readonly string[]): FigureColumns | null {
  const heads = header.map((head) =>
    head
      .replace(/^\ufeff/, '')
      .trim()
      .toLowerCase(),
  )
  const find = (name: keyof FigureColumns): number => heads.findIndex((head) => HEADS[name].includes(head))
  const columns = {
    sku: find('sku'),
    quantity: find('quantity'),
    warehouse: find('warehouse'),
    version: find('version'),
  }
  return columns.sku === -1 || columns.quantity === -1 ? null : columns
}

/** Reads one row. `codes`: what the file calls a warehouse to the hub's code; `only`: the one warehouse of a file that names none. */
export function readFigure(
  row: number,
  cells: readonly string[],
  columns: FigureColumns,
  { codes, only }: { readonly codes: ReadonlyMap<string, string>; readonly only: string | null },
): ReadFigure {
  const cell = (at: number): string => (at === -1 ? '' : (cells[at] ?? '').trim())
  const sku = cell(columns.sku)
  const named = cell(columns.warehouse)
  const warehouse = named === '' ? only : (codes.get(named) ?? null)
  const quantity = wholeNumber(cell(columns.quantity))
  const versionText = cell(columns.version)
  const fault = (column: string, code: string, detail: string): ReadFigure => ({
    row,
    warehouse: (warehouse ?? named).slice(0, 100),
    sku: sku.slice(0, SKU_MOST),
    quantity: null,
    version: null,
    fault: { column, code, detail },
  })
  if (sku === '' || sku.length > SKU_MOST)
    return fault('sku', 'capture.bad_sku', `a SKU has 1 to ${SKU_MOST} characters`)
  if (warehouse === null)
    return fault(
      'warehouse',
      'capture.unknown_warehouse',
      named === '' ? 'the row names no warehouse' : `no warehouse here stands for "${named.slice(0, 60)}"`,
    )
  if (quantity === null)
    return fault(
      'quantity',
      'capture.bad_quantity',
      `"${cell(columns.quantity).slice(0, 40)}" is no whole number from 0 to ${PIECES_MOST}`,
    )
  if (versionText !== '' && !/^\d{1,18}$/.test(versionText))
    return fault('version', 'capture.bad_version', `"${versionText.slice(0, 40)}" is no whole number`)
  return {
    row,
    warehouse,
    sku,
    quantity,
    version: versionText === '' ? null : BigInt(versionText),
    fault: null,
  }
}

/** `1,200`, `12`, `12.00`: pieces, whole and not negative; null for anything else. */
function wholeNumber(text: string): number | null {
  const plain = /^\d{1,3}(,\d{3})+(\.0+)?$/.test(text) ? text.replaceAll(',', '') : text
  if (!/^\d{1,10}(\.0+)?$/.test(plain)) return null
  const value = Number(plain)
  return value <= PIECES_MOST ? value : null
}
