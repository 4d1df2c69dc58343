import { carrierInWords } from '#connectors/carriers/claims.ts'
import { NO_TIME } from '#connectors/source.ts'
import type { Claim, Reading } from '#domain/claim.ts'
import type { StoredMessage } from '#domain/connector.ts'
import type { FactDetail } from '#domain/fact.ts'
import { COLUMN_CODE, type FileField, type FileOrder, type FileRow, STATUS_CODE } from '#domain/file-order.ts'
import type { OrderLine } from '#domain/order.ts'
import { orderNo, trackingNo } from '#kernel/id.ts'
import type { SourceTime } from '#kernel/instant.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { type Cells, cellsOf } from './cells.ts'
import { readContent, readLines } from './content.ts'
import { parseFileOrder } from './schema.ts'

/**
 * Reads the rows of one order. Pure. Refused with `file.bad_rows` where a cell cannot be read: `data.problems` names each by
 * row and column. An order is taken whole or not at all, since half of its lines would be shipped as all of them.
 */
export function readFileOrder(message: Pick<StoredMessage, 'body'>): Result<Reading> {
  const parsed = parseFileOrder(message.body)
  if (!parsed.ok) return parsed
  const order = parsed.value
  const cells = cellsOf(order)
  for (const row of order.rows) cells.text(row, 'order_no')
  const lines = readLines(order, cells)
  const events = readEvents(order, cells, lines)
  const content = readContent(order, cells, lines, events)
  const first = cells.problems[0]
  if (first !== undefined)
    return refuse('file.bad_rows', `row ${first.row}, ${first.column}: ${first.message}`, {
      problems: cells.problems,
    })
  const subject = { by: 'order', orderNo: orderNo(order.orderNo) } as const
  const claims = [...events, ...readStatus(order, cells)].map((event): Claim => ({ subject, ...event }))
  return ok({ claims, content: [content], fetch: [] })
}

export type Event = { readonly code: string; readonly at: SourceTime; readonly detail: FactDetail }

const ORDER_EVENTS = ['placed', 'paid', 'completed', 'cancelled'] as const
const PARCEL_EVENTS = ['handed_over', 'picked_up', 'delivered'] as const

function readEvents(order: FileOrder, cells: Cells, lines: readonly OrderLine[] | null): Event[] {
  const ofOrder = ORDER_EVENTS.filter((field) => cells.has(field)).flatMap((field) =>
    groupTimes(order, cells, field, false).map(({ at, rows }) => ({
      code: codeOf(field, field === 'cancelled' && rows.length < order.rows.length && lines !== null),
      at,
      detail: {},
    })),
  )
  const ofParcels = PARCEL_EVENTS.filter((field) => cells.has(field)).flatMap((field) =>
    parcelEvents(order, cells, field, lines),
  )
  return [...ofOrder, ...ofParcels, ...bareParcels(order, cells, lines)]
}

function codeOf(field: FileField, part: boolean): string {
  return `${COLUMN_CODE}${part ? 'part_' : ''}${field}`
}

type Group = { readonly at: SourceTime; readonly rows: readonly FileRow[] }

/** Rows that tell the same time (of the same parcel) tell of one happening. */
function groupTimes(order: FileOrder, cells: Cells, field: FileField, byParcel: boolean): Group[] {
  const groups = new Map<string, { at: SourceTime; rows: FileRow[] }>()
  for (const row of order.rows) {
    const at = cells.time(row, field)
    if (at === null) continue
    const key = byParcel ? `${at.raw}\n${parcelOf(cells, row)}` : at.raw
    const known = groups.get(key)
    if (known === undefined) groups.set(key, { at, rows: [row] })
    else known.rows.push(row)
  }
  return [...groups.values()]
}

function parcelOf(cells: Cells, row: FileRow): string {
  return (
    trackingNo((row.cells.tracking_no ?? '').trim()) +
    (cells.has('carrier') ? `\n${row.cells.carrier ?? ''}` : '')
  )
}

function parcelEvents(
  order: FileOrder,
  cells: Cells,
  field: (typeof PARCEL_EVENTS)[number],
  lines: readonly OrderLine[] | null,
): Event[] {
  const groups = groupTimes(order, cells, field, true)
  const told = groups.reduce((sum, group) => sum + group.rows.length, 0)
  return groups.map(({ at, rows }) => {
    const parcel = parcelDetail(order, cells, rows, lines)
    const part = lines !== null && parcel.trackingNo === undefined && told < order.rows.length
    return { code: codeOf(field, part), at, detail: parcel }
  })
}

/** A tracking number whose row tells no time of any move: the number exists, and that is all that is known. */
function bareParcels(order: FileOrder, cells: Cells, lines: readonly OrderLine[] | null): Event[] {
  if (!cells.has('tracking_no')) return []
  const filled = (row: FileRow, field: FileField): boolean => (row.cells[field] ?? '').trim() !== ''
  const bare = order.rows.filter(
    (row) => filled(row, 'tracking_no') && !PARCEL_EVENTS.some((field) => filled(row, field)),
  )
  return [...Map.groupBy(bare, (row) => parcelOf(cells, row)).values()].map((rows) => ({
    code: codeOf('tracking_no', false),
    at: NO_TIME,
    detail: parcelDetail(order, cells, rows, lines),
  }))
}

function parcelDetail(
  order: FileOrder,
  cells: Cells,
  rows: readonly FileRow[],
  lines: readonly OrderLine[] | null,
): FactDetail {
  const first = rows[0]
  if (first === undefined) return {}
  const number = cells.text(first, 'tracking_no')
  const carrier = cells.text(first, 'carrier')
  // Which lines a parcel holds is said only where it is not simply all of them.
  const packed =
    lines === null || rows.length === order.rows.length
      ? []
      : rows.flatMap((row) => {
          const line = lines[order.rows.indexOf(row)]
          return line === undefined ? [] : [{ lineId: line.lineId, quantity: line.quantity }]
        })
  return {
    ...(number === '' ? {} : { trackingNo: trackingNo(number) }),
    ...(carrier === '' ? {} : { carrier: carrierInWords(carrier) }),
    ...(packed.length === 0 ? {} : { lines: packed }),
  }
}

const MAX_STATUS = 150

/** The file's own words for where the order is. Rows that differ speak of lines, which is a code of its own (`part_status:`). */
function readStatus(order: FileOrder, cells: Cells): Event[] {
  const words = [...new Set(order.rows.map((row) => cells.text(row, 'status')).filter((word) => word !== ''))]
  const prefix = words.length > 1 ? `part_${STATUS_CODE}` : STATUS_CODE
  return words
    .sort()
    .map((word) => ({ code: `${prefix}${word.slice(0, MAX_STATUS)}`, at: NO_TIME, detail: {} }))
}
