import { parse } from 'csv-parse/sync'
import { ok, type Result, refuse } from '#kernel/result.ts'

export const ROWS_AT_MOST = 20_000

/** The records of a CSV file in UTF-8. Refuses with `sellable.bad_file` and, beyond 20,000 rows, `sellable.file_too_large`. */
export function readRecords(file: Uint8Array): Result<string[][]> {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(file)
    const records = parse(text, { relax_column_count: true, to: ROWS_AT_MOST + 2 })
    if (records.length > ROWS_AT_MOST + 1)
      return refuse('sellable.file_too_large', `at most ${ROWS_AT_MOST} rows at a time`)
    return ok(records)
  } catch (error) {
    return refuse(
      'sellable.bad_file',
      error instanceof Error ? `not a CSV file in UTF-8: ${error.message}` : 'not a CSV file',
    )
  }
}
