import {
  FILE_FIELDS,
  type FileColumn,
  type FileField,
  type FileOrder,
  type FileProblem,
  type FileRow,
} from '#domain/file-order.ts'
import type { SourceTime } from '#kernel/instant.ts'
import { type Money, parseMinor, parseMoney } from '#kernel/money.ts'
import { explainTime, readTime } from '#kernel/source-time.ts'

/** Reads cells and notes what is wrong with them, each by row and column. */
export type Cells = {
  readonly problems: FileProblem[]
  readonly has: (...fields: readonly FileField[]) => boolean
  readonly text: (row: FileRow, field: FileField) => string
  /** Null where the cell is empty or its time was noted as wrong. */
  readonly time: (row: FileRow, field: FileField) => SourceTime | null
  readonly money: (row: FileRow, field: FileField, currency: string) => Money | null
  readonly quantity: (row: FileRow, field: FileField) => number | null
  readonly note: (row: FileRow, field: FileField, code: string, message: string) => void
  /** The one value that all rows of the order share; rows that leave it blank say nothing. */
  readonly shared: (field: FileField) => { readonly row: FileRow; readonly text: string } | null
}

const MAX_PROBLEMS = 500
const MAX_ID = 200
const MAX_QUANTITY = 1_000_000

export function cellsOf(order: FileOrder): Cells {
  const problems: FileProblem[] = []
  const columnOf = (field: FileField): FileColumn => order.columns[field] ?? { column: field }
  const note: Cells['note'] = (row, field, code, message) => {
    if (problems.length < MAX_PROBLEMS)
      problems.push({
        row: row.row,
        column: columnOf(field).column,
        value: (row.cells[field] ?? '').slice(0, 200),
        code,
        message,
      })
  }
  const text: Cells['text'] = (row, field) => {
    const cell = (row.cells[field] ?? '').trim()
    if (FILE_FIELDS[field] === 'id') checkId(row, field, cell, note)
    return cell
  }
  return {
    problems,
    has: (...fields) => fields.some((field) => order.columns[field] !== undefined),
    text,
    note,
    time: (row, field) => readCellTime(order, columnOf(field), row, field, note),
    money: (row, field, currency) => {
      const cell = text(row, field)
      if (cell === '') return null
      const read = readAmount(cell, columnOf(field).format ?? 'decimal', currency)
      if (read === null || !read.ok) {
        note(
          row,
          field,
          'file.bad_amount',
          read === null ? 'not an amount in this format' : read.refusal.detail,
        )
        return null
      }
      return read.value
    },
    quantity: (row, field) => {
      const cell = text(row, field)
      const whole = /^(\d{1,7})(?:\.0+)?$/.exec(cell)?.[1]
      const count = whole === undefined ? 0 : Number(whole)
      if (count >= 1 && count <= MAX_QUANTITY) return count
      note(row, field, 'file.bad_quantity', `a quantity is a whole number from 1 to ${MAX_QUANTITY}`)
      return null
    },
    shared: (field) => {
      const filled = order.rows
        .map((row) => ({ row, text: text(row, field) }))
        .filter((cell) => cell.text !== '')
      const first = filled[0]
      if (first === undefined) return null
      for (const other of filled)
        if (other.text !== first.text) {
          const words = `row ${first.row.row} of the same order says "${first.text.slice(0, 60)}"`
          note(other.row, field, 'file.rows_disagree', words)
        }
      return first
    },
  }
}

/** Spreadsheets keep 15 digits of a number: a longer order number that was one has lost its end for good. */
function checkId(row: FileRow, field: FileField, cell: string, note: Cells['note']): void {
  if (/^\d(?:\.\d+)?E\+\d{2,3}$/i.test(cell))
    note(
      row,
      field,
      'file.number_rounded',
      'a spreadsheet shortened this number; export the column as text again',
    )
  else if (cell.length > MAX_ID) note(row, field, 'file.too_long', `longer than ${MAX_ID} characters`)
}

/** What nobody could decide without guessing: kept with its text and without an instant. */
const FLAGGED = new Set([
  'clock_occurs_twice',
  'clock_never_occurs',
  'date_only',
  'day_or_month',
  'day_part',
  'zone_not_understood',
  'abbreviation_ambiguous',
  'abbreviation_unknown',
  'offset_sign_lost',
  'offset_contradicts_zone',
])
const NOTHING_MEANT = new Set(['sentinel', 'empty'])
/** Formats that need no letters: the text itself says how it is to be read. */
const PLAIN_FORMATS = new Set(['', 'iso', 'epoch', 'auto'])

function readCellTime(
  order: FileOrder,
  column: FileColumn,
  row: FileRow,
  field: FileField,
  note: Cells['note'],
): SourceTime | null {
  const cell = (row.cells[field] ?? '').trim()
  if (cell === '') return null
  const format = column.format ?? order.dateFormat
  const raw = format === 'excel' ? (serialToWall(cell) ?? cell) : cell
  const zone = column.zone ?? order.zone
  const plain = format === 'excel' || PLAIN_FORMATS.has(format)
  const input = { system: 'file', raw, context: plain ? { zone } : { zone, format } }
  const time = readTime(input)
  if (time.instant !== null) return { ...time, raw: cell }
  const why = explainTime(input).why ?? 'not_a_time'
  if (NOTHING_MEANT.has(why)) return null
  if (FLAGGED.has(why)) return { ...time, raw: cell }
  note(row, field, 'file.bad_time', `not a time in the format ${format === '' ? 'iso' : format} (${why})`)
  return null
}

const SERIAL_MOST = 2_958_466

/**
 * A spreadsheet's day number as the clock that it shows, `2017-10-02 10:56:00`; null for anything else. Day 60 is the 29
 * February 1900 that never was, so that numbers below it are refused. Rounded to the millisecond, as the sheet shows it.
 */
export function serialToWall(cell: string): string | null {
  const match = /^(\d{2,7})(\.\d{1,15})?$/.exec(cell)
  if (match === null) return null
  const days = Number(match[1])
  if (days <= 60 || days >= SERIAL_MOST) return null
  const ms = Math.round(Number(`0${match[2] ?? ''}`) * 86_400_000)
  return Temporal.PlainDateTime.from('1899-12-30T00:00:00')
    .add({ days, milliseconds: ms })
    .toString({ smallestUnit: ms % 1000 === 0 ? 'second' : 'millisecond' })
    .replace('T', ' ')
}

const SYMBOLS = /^(?:[¥￥$€£]|R\$|RMB|CNY|USD)\s*|\s*(?:元|[¥￥€£])$/gi

/** Null: not an amount of this format. Groups of three digits may be set apart; nothing is rounded. */
function readAmount(cell: string, format: string, currency: string) {
  const bare = cell.replace(SYMBOLS, '').trim()
  if (format === 'minor') return parseMinor(bare, currency)
  const [group, point] = format === 'decimal_comma' ? ['.', ','] : [',', '.']
  const escaped = group === '.' ? '\\.' : ','
  const shape = new RegExp(`^[+-]?(?:\\d{1,18}|\\d{1,3}(?:${escaped}\\d{3})+)(?:\\${point}\\d{1,18})?$`)
  if (!shape.test(bare)) return null
  return parseMoney(bare.replaceAll(group, '').replace(point, '.'), currency)
}
