/** One line of the mapping; `*` holds for every shop. */
export type Mapping = { readonly connection: string; readonly shopSku: string; readonly stockSku: string }
export type RowError = {
  /** As a spreadsheet counts: the heading is row 1. */
  readonly row: number
  readonly column: string
  readonly code: string
  readonly detail: string
}
export type ParsedMappings = { readonly mappings: readonly Mapping[]; readonly errors: readonly RowError[] }

const HEADINGS: Readonly<Record<Field, readonly string[]>> = {
  connection: ['connection', 'shop', '店铺', '连接'],
  shopSku: ['shop_sku', 'shopsku', 'shop sku', '店铺sku', '商家编码'],
  stockSku: ['stock_sku', 'stocksku', 'stock sku', '库存sku', '库存编码'],
}
type Field = 'connection' | 'shopSku' | 'stockSku'

const SKU_AT_MOST = 120

/**
 * Reads records of a CSV file whose first one is the heading; `connections` are ids by id and by name, and a missing or
 * empty shop means every shop. Each faulty row is
 * named with its column and left out, the others stand; of two rows for the same shop SKU the second is an error.
 */
export function parseMappings(
  records: readonly (readonly string[])[],
  connections: ReadonlyMap<string, string>,
): ParsedMappings {
  const [heading = [], ...rows] = records
  const at = columnsOf(heading)
  const missing = (['shopSku', 'stockSku'] as const).filter((field) => at[field] === -1)
  if (missing.length > 0)
    return {
      mappings: [],
      errors: missing.map((field) =>
        error(1, field, 'skus.column_missing', `no column is named ${HEADINGS[field].join(' or ')}`),
      ),
    }
  const mappings: Mapping[] = []
  const errors: RowError[] = []
  const seen = new Set<string>()
  for (const [i, cells] of rows.entries()) {
    if (cells.every((cell) => cell.trim() === '')) continue
    const row = i + 2
    const cellOf = (field: Field): string => (cells[at[field]] ?? '').trim()
    const shop = cellOf('connection')
    const mapping = {
      connection: shop === '' ? '*' : (connections.get(shop) ?? shop),
      shopSku: cellOf('shopSku'),
      stockSku: cellOf('stockSku'),
    }
    const found = faultsOf(mapping, connections, row)
    const key = `${mapping.connection}\n${mapping.shopSku}`
    if (found.length === 0 && seen.has(key))
      found.push(error(row, 'shopSku', 'skus.row_twice', 'an earlier row maps the same shop SKU'))
    seen.add(key)
    if (found.length === 0) mappings.push(mapping)
    else errors.push(...found)
  }
  return { mappings, errors }
}

function columnsOf(heading: readonly string[]): Readonly<Record<Field, number>> {
  const names = heading.map((cell) =>
    cell
      .replace(/^\ufeff/, '')
      .trim()
      .toLowerCase(),
  )
  const find = (field: Field): number => names.findIndex((name) => HEADINGS[field].includes(name))
  return { connection: find('connection'), shopSku: find('shopSku'), stockSku: find('stockSku') }
}

function faultsOf(
  { connection, shopSku, stockSku }: Mapping,
  connections: ReadonlyMap<string, string>,
  row: number,
): RowError[] {
  const faults: RowError[] = []
  if (connection !== '*' && !connections.has(connection))
    faults.push(
      error(
        row,
        'connection',
        'skus.unknown_connection',
        `there is no connection "${connection.slice(0, 40)}"`,
      ),
    )
  for (const [field, sku] of [
    ['shopSku', shopSku],
    ['stockSku', stockSku],
  ] as const)
    if (sku === '' || sku.length > SKU_AT_MOST)
      faults.push(error(row, field, 'skus.bad_sku', `a SKU has 1 to ${SKU_AT_MOST} characters`))
  return faults
}

function error(row: number, column: string, code: string, detail: string): RowError {
  return { row, column, code, detail }
}
