import {
  asObject,
  filledAt,
  type JsonObject,
  listAt,
  objectAt,
  objectsAt,
  readJson,
  textAt,
  wholeAt,
} from '#connectors/json.ts'
import {
  FILE_CELL_MOST,
  FILE_ROWS_MOST,
  type FileColumn,
  type FileField,
  type FileOrder,
  type FileRow,
  isFileField,
} from '#domain/file-order.ts'
import { readOrderNo } from '#kernel/id.ts'
import { readInstant } from '#kernel/instant.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'

const MAX_ROW = 100_000_000
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/

/** Refused: `file.unreadable` (not JSON), as `readOrderNo`, `file.invalid_message` (not the shape that an import writes). */
export function parseFileOrder(body: Uint8Array): Result<FileOrder> {
  const parsed = readJson(body)
  if (!parsed.ok) return refuse('file.unreadable', parsed.refusal.detail)
  const object = asObject(parsed.value)
  if (object === null) return invalid('not an object')
  const orderNo = filledAt(object, 'orderNo')
  const currency = filledAt(object, 'currency')
  const uploadedAt = filledAt(object, 'uploadedAt')
  if (orderNo === null) return invalid('orderNo')
  const number = readOrderNo(orderNo)
  if (!number.ok) return number
  if (currency === null || !/^[A-Z]{3}$/.test(currency)) return invalid('currency')
  if (uploadedAt === null || !INSTANT.test(uploadedAt) || readInstant(uploadedAt) === null)
    return invalid('uploadedAt')
  const columns = parseColumns(objectAt(object, 'columns') ?? {})
  const rows = parseRows(object)
  if (columns === null) return invalid('columns')
  if (rows === null) return invalid('rows')
  return ok({
    orderNo,
    template: {
      name: textAt(object, 'template', 'name') ?? '',
      version: textAt(object, 'template', 'version') ?? '',
    },
    zone: textAt(object, 'zone') ?? '',
    dateFormat: textAt(object, 'dateFormat') ?? '',
    currency,
    columns,
    uploadedAt,
    rows,
  })
}

function parseColumns(object: JsonObject): FileOrder['columns'] | null {
  const columns: Partial<Record<FileField, FileColumn>> = {}
  for (const name of Object.keys(object)) {
    const column = textAt(object, name, 'column')
    if (!isFileField(name) || column === null) return null
    const format = textAt(object, name, 'format')
    const zone = textAt(object, name, 'zone')
    columns[name] = {
      column,
      ...(format === null ? {} : { format }),
      ...(zone === null ? {} : { zone }),
    }
  }
  return columns
}

function parseRows(object: JsonObject): readonly FileRow[] | null {
  const given = listAt(object, 'rows')
  const objects = objectsAt(object, 'rows')
  if (given.length === 0 || given.length > FILE_ROWS_MOST || objects.length !== given.length) return null
  const rows: FileRow[] = []
  for (const one of objects) {
    const row = wholeAt(one, 'row')
    const cells = objectAt(one, 'cells')
    if (row === null || row < 1 || row > MAX_ROW || cells === null) return null
    const kept: Partial<Record<FileField, string>> = {}
    for (const [name, value] of Object.entries(cells)) {
      if (!isFileField(name) || typeof value !== 'string' || value.length > FILE_CELL_MOST) return null
      kept[name] = value
    }
    rows.push({ row, cells: kept })
  }
  return rows
}

function invalid(what: string): Result<never> {
  return refuse('file.invalid_message', `the message is not one that an import writes (${what})`)
}
