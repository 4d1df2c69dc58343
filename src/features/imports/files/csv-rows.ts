import { createReadStream } from 'node:fs'
import { pipeline, Readable } from 'node:stream'
import { type CsvError, parse } from 'csv-parse'
import { CELLS_MOST, type Row } from './row.ts'
import { UnreadableFile } from './unreadable.ts'

/** A record may hold line breaks in quotes; one that never ends is a quote that nobody closed. */
const RECORD_MOST = 4_000_000

/** The records of a text file, numbered from 1 as a spreadsheet shows them. Throws `UnreadableFile`. */
export async function* csvRows(
  path: string,
  { encoding, delimiter }: { encoding: string; delimiter: string },
): AsyncGenerator<Row> {
  const parser = parse({
    delimiter,
    quote: '"',
    relax_quotes: true,
    relax_column_count: true,
    max_record_size: RECORD_MOST,
    skip_empty_lines: false,
  })
  pipeline(Readable.from(decoded(path, encoding)), parser, () => {
    // The parser's own iteration throws what went wrong.
  })
  let row = 0
  try {
    for await (const record of parser) {
      row += 1
      const cells = record as string[]
      if (cells.length > CELLS_MOST)
        throw new UnreadableFile('imports.too_many_columns', `row ${row} has more than ${CELLS_MOST} columns`)
      yield { row, cells: cells.map(plainCell) }
    }
  } catch (error) {
    throw isCsvError(error) ? broken(error, row) : error
  } finally {
    parser.destroy()
  }
}

async function* decoded(path: string, encoding: string): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding)
  for await (const chunk of createReadStream(path, { highWaterMark: 262_144 }))
    yield decoder.decode(chunk as Uint8Array, { stream: true })
  yield decoder.decode()
}

/** `="6901234567890"` is how exports keep a number's digits: a text. Everything else stays what it is, formulas too. */
function plainCell(cell: string): string {
  const literal = cell.charCodeAt(0) === 61 ? /^="([^"]*)"$/.exec(cell.trim())?.[1] : undefined
  return literal ?? cell
}

function isCsvError(error: unknown): error is CsvError {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('CSV_')
}

function broken(error: CsvError, row: number): UnreadableFile {
  const words =
    error.code === 'CSV_QUOTE_NOT_CLOSED'
      ? 'a quotation mark is never closed'
      : error.code === 'CSV_MAX_RECORD_SIZE'
        ? `a record is longer than ${RECORD_MOST} characters; probably a quotation mark is never closed`
        : 'the text cannot be cut into columns'
  return new UnreadableFile('imports.csv_broken', `after row ${row}: ${words}`)
}

const DELIMITERS = [',', ';', '\t', '|']

/** The separator that cuts the first lines into the same number of columns, most columns first; a comma where none does. */
export function guessDelimiter(text: string): string {
  const lines = linesOutsideQuotes(text).slice(0, 20)
  const scored = DELIMITERS.map((delimiter) => {
    const counts = lines.map((line) => line.split(delimiter).length - 1)
    const usual = counts.toSorted((a, b) => a - b)[Math.floor(counts.length / 2)] ?? 0
    const same = counts.filter((count) => count === usual).length
    return { delimiter, score: usual === 0 ? 0 : same * 1_000 + usual }
  })
  const best = scored.reduce((a, b) => (b.score > a.score ? b : a))
  return best.score === 0 ? ',' : best.delimiter
}

/** Lines with the quoted parts blanked out, so that separators in texts do not count. */
function linesOutsideQuotes(text: string): string[] {
  return text
    .replace(/"(?:[^"]|"")*"/g, '""')
    .split(/\r\n|\n|\r/)
    .filter((line) => line.trim() !== '')
}
