import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { streamXlsxRows } from 'hucre/xlsx'
import { Outage } from '#kernel/outage.ts'
import { CELLS_MOST, type Row } from './row.ts'
import { UnreadableFile } from './unreadable.ts'

/**
 * The rows of one sheet (the first, or the one named). The archive must have passed `checkZip`. Formulas give their stored
 * value; a date is its wall clock, `2017-10-02 10:56:00`. Throws `UnreadableFile` for whatever the file is to blame for.
 */
export async function* xlsxRows(path: string, sheet: string | undefined): AsyncGenerator<Row> {
  const bytes = Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>
  const rows = streamXlsxRows(bytes, sheet === undefined ? {} : { sheet })
  let last = 0
  for (;;) {
    const next = await rows.next().catch((error: unknown) => {
      throw broken(error)
    })
    if (next.done === true) return
    const { index, values } = next.value
    const row = index + 1
    // A row number that goes backwards would let two rows share one number, and errors would name the wrong one.
    if (!Number.isSafeInteger(row) || row <= last)
      throw new UnreadableFile('imports.xlsx_broken', `the sheet's rows are out of order after row ${last}`)
    last = row
    if (values.length > CELLS_MOST)
      throw new UnreadableFile('imports.too_many_columns', `row ${row} has more than ${CELLS_MOST} columns`)
    yield { row, cells: values.map(cellText) }
  }
}

function broken(error: unknown): unknown {
  if (error instanceof UnreadableFile || error instanceof Outage) return error
  if (error instanceof Error && 'syscall' in error) return error
  const words = error instanceof Error ? error.message.slice(0, 200) : 'unreadable'
  return new UnreadableFile('imports.xlsx_broken', `the workbook cannot be read: ${words}`)
}

/** Spreadsheets keep 15 digits; what stands behind them is an error of binary fractions. */
function cellText(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE'
  if (typeof value === 'number') return numberText(value)
  if (typeof value === 'object' && 'getTime' in value && typeof value.getTime === 'function')
    return wallText(Number(value.getTime()))
  return String(value)
}

function numberText(value: number): string {
  if (!Number.isFinite(value)) return ''
  // Longer whole numbers were cut by the spreadsheet: shown so that the reader of ids refuses them.
  if (Math.abs(value) >= 1e15) return value.toExponential(14).replace('e', 'E')
  const text = String(Number(value.toPrecision(15)))
  return text.includes('e') ? value.toFixed(15).replace(/\.?0+$/, '') : text
}

/** A serial date has no zone: its clock is taken as it shows, to the second where a fraction only misses it by rounding. */
function wallText(ms: number): string {
  if (!Number.isFinite(ms)) return ''
  const whole = Math.round(ms / 1000) * 1000
  const clock = Math.abs(whole - ms) <= 10 ? whole : ms
  return Temporal.Instant.fromEpochMilliseconds(clock).toString().replace('T', ' ').replace('Z', '')
}
