import {
  FILE_CELL_MOST,
  FILE_ROWS_MOST,
  type FileColumn,
  type FileField,
  type FileOrder,
  type FileRow,
  isFileField,
} from '#domain/file-order.ts'
import { canonicalJson, hashToUuid } from '#kernel/hash.ts'
import { readOrderNo } from '#kernel/id.ts'
import { readInstant } from '#kernel/instant.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'

/** Orders that one call may bring. */
export const ORDERS_MOST = 500

export type GatewayOrder = {
  readonly orderNo: string
  readonly body: Uint8Array
  /** What the order says and how it is to be read. Two that say the same have the same, whenever they come. */
  readonly digest: string
}

/** What an order has that does not say it itself. */
export type GatewayDefaults = { readonly zone: string; readonly receivedAt: Temporal.Instant }

/**
 * The orders of a call: one order, or `{orders: [...]}` with 1 to 500. Refused: `gateway.invalid_order` (`data.index` says which),
 * `gateway.too_many_orders`, and as `readOrderNo`. The words name the place and never hold the value.
 */
export function parseOrders(body: unknown, defaults: GatewayDefaults): Result<readonly GatewayOrder[]> {
  const root = objectOf(body)
  if (root === null) return invalid(0, 'is not an object')
  if (!Object.hasOwn(root, 'orders')) {
    const one = parseOrder(root, 0, defaults)
    return one.ok ? ok([one.value]) : one
  }
  const extra = Object.keys(root).find((key) => key !== 'orders')
  if (extra !== undefined) return refuse('gateway.invalid_order', 'beside orders stands another key')
  const given = root.orders
  if (!Array.isArray(given) || given.length === 0)
    return refuse('gateway.invalid_order', 'orders is not a list with at least one order')
  if (given.length > ORDERS_MOST)
    return refuse('gateway.too_many_orders', `a call brings at most ${ORDERS_MOST} orders`)
  const orders: GatewayOrder[] = []
  for (const [index, one] of given.entries()) {
    const object = objectOf(one)
    if (object === null) return invalid(index, 'is not an object')
    const order = parseOrder(object, index, defaults)
    if (!order.ok) return order
    orders.push(order.value)
  }
  return ok(orders)
}

const FIELDS = [
  'orderNo',
  'template',
  'zone',
  'dateFormat',
  'currency',
  'columns',
  'uploadedAt',
  'rows',
] as const
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/
/** In shape and in fact: there is no 30th of February. */
const isInstant = (text: string): boolean => INSTANT.test(text) && readInstant(text) !== null

function parseOrder(
  given: Readonly<Record<string, unknown>>,
  index: number,
  defaults: GatewayDefaults,
): Result<GatewayOrder> {
  const unknown = Object.keys(given).find((key) => !(FIELDS as readonly string[]).includes(key))
  if (unknown !== undefined) return invalid(index, 'has a key that an order does not have')
  const { orderNo, currency, uploadedAt } = given
  const { zone = defaults.zone, dateFormat = '' } = given
  if (typeof orderNo !== 'string' || orderNo.trim() === '') return invalid(index, 'orderNo is no text')
  const number = readOrderNo(orderNo)
  if (!number.ok) return refuse(number.refusal.code, number.refusal.detail, { index })
  if (typeof currency !== 'string' || !/^[A-Z]{3}$/.test(currency))
    return invalid(index, 'currency is not three capital letters (ISO 4217)')
  if (typeof zone !== 'string' || typeof dateFormat !== 'string')
    return invalid(index, 'zone or dateFormat is no text')
  if (uploadedAt !== undefined && (typeof uploadedAt !== 'string' || !isInstant(uploadedAt)))
    return invalid(index, 'uploadedAt is no instant such as 2026-11-11T08:00:00Z')
  const rows = parseRows(given.rows)
  if (rows === null) return invalid(index, `rows is not a list of 1 to ${FILE_ROWS_MOST} rows with cells`)
  const columns = given.columns === undefined ? columnsOf(rows) : parseColumns(given.columns)
  if (columns === null) return invalid(index, 'columns names a field that there is not')
  const template = parseTemplate(given.template)
  if (template === null) return invalid(index, 'template is not {name, version}')
  const said = { orderNo: number.value, zone, dateFormat, currency, columns, rows }
  const order: FileOrder = {
    ...said,
    template,
    uploadedAt: uploadedAt ?? defaults.receivedAt.toString({ fractionalSecondDigits: 3 }),
  }
  return ok({
    orderNo: number.value,
    body: Buffer.from(JSON.stringify(order)),
    // The caller's own version counts: an order that is changed and changed back is not the first one again.
    digest: hashToUuid(canonicalJson({ ...said, version: uploadedAt ?? null })),
  })
}

function parseTemplate(given: unknown): FileOrder['template'] | null {
  if (given === undefined) return { name: 'gateway', version: '1' }
  const { name, version, ...rest } = objectOf(given) ?? {}
  if (typeof name !== 'string' || typeof version !== 'string' || Object.keys(rest).length > 0) return null
  return { name, version }
}

function parseRows(given: unknown): readonly FileRow[] | null {
  if (!Array.isArray(given) || given.length === 0 || given.length > FILE_ROWS_MOST) return null
  const rows: FileRow[] = []
  for (const [at, one] of given.entries()) {
    const { row = at + 1, cells, ...rest } = objectOf(one) ?? {}
    const read = parseCells(cells)
    if (read === null || Object.keys(rest).length > 0) return null
    if (typeof row !== 'number' || !Number.isInteger(row) || row < 1 || row > 1e8) return null
    rows.push({ row, cells: read })
  }
  return rows
}

function parseCells(given: unknown): FileRow['cells'] | null {
  const cells = objectOf(given)
  if (cells === null) return null
  const read: Partial<Record<FileField, string>> = {}
  for (const [name, value] of Object.entries(cells)) {
    if (!isFileField(name) || typeof value !== 'string' || value.length > FILE_CELL_MOST) return null
    read[name] = value.toWellFormed().replaceAll('\u0000', '\ufffd')
  }
  return read
}

function parseColumns(given: unknown): FileOrder['columns'] | null {
  const columns: Partial<Record<FileField, FileColumn>> = {}
  const object = objectOf(given)
  if (object === null) return null
  for (const [name, value] of Object.entries(object)) {
    const { column, format, zone, ...rest } = objectOf(value) ?? {}
    if (!isFileField(name) || typeof column !== 'string' || Object.keys(rest).length > 0) return null
    if (!isTextOrNone(format) || !isTextOrNone(zone)) return null
    columns[name] = {
      column,
      ...(format === undefined ? {} : { format }),
      ...(zone === undefined ? {} : { zone }),
    }
  }
  return columns
}

function isTextOrNone(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string'
}

/** Who names no columns writes the fields under their own names. */
function columnsOf(rows: readonly FileRow[]): FileOrder['columns'] {
  const used = new Set(rows.flatMap(({ cells }) => Object.keys(cells) as FileField[]))
  return Object.fromEntries([...used].sort().map((field) => [field, { column: field }]))
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : null
}

function invalid(index: number, words: string): Result<never> {
  return refuse('gateway.invalid_order', `order ${index + 1}: ${words}`, { index })
}
