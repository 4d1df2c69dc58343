import { open } from 'node:fs/promises'
import { ok, type Refused, type Result, refuse } from '#kernel/result.ts'
import { type CellCount, cellCountOf, findHeader, headerNames } from '../core/header.ts'
import { csvRows, guessDelimiter } from './csv-rows.ts'
import type { Row } from './row.ts'
import { UnreadableFile } from './unreadable.ts'
import { xlsxRows } from './xlsx-rows.ts'

export type StoredTable = {
  readonly path: string
  readonly format: 'csv' | 'xlsx'
  /** Detected; null: nobody could tell. */
  readonly encoding: string | null
}
/** What a template may say about the file itself. */
export type TableChoice = {
  readonly sheet?: string
  readonly headerRow?: number
  readonly delimiter?: string
  readonly encoding?: string
}
export type Table = {
  readonly header: readonly string[]
  /** Number of the header's row; 0: there is none. */
  readonly headerRow: number
  readonly delimiter: string | null
  readonly encoding: string | null
  /** How many cells a row of a text file has; null for a workbook, which leaves empty ones out. */
  readonly cellCount: CellCount | null
  /** Rows below the header, blank ones left out. */
  readonly rows: () => AsyncGenerator<Row>
}

const HEAD_ROWS = 20
const HEAD_BYTES = 262_144

/** Opens a stored file and finds its header. Refused: as `csvRows` and `xlsxRows`, `imports.encoding_unknown`, `imports.no_rows`. */
export async function openTable(stored: StoredTable, choice: TableChoice): Promise<Result<Table>> {
  return await reading(async () => {
    const encoding = choice.encoding ?? stored.encoding
    if (stored.format === 'csv' && encoding === null)
      return refuse(
        'imports.encoding_unknown',
        'name the encoding in the template, or save the file as UTF-8',
      )
    const delimiter =
      stored.format === 'xlsx' ? null : (choice.delimiter ?? (await sniff(stored.path, encoding ?? 'utf-8')))
    const all = (): AsyncGenerator<Row> =>
      delimiter === null
        ? xlsxRows(stored.path, choice.sheet)
        : csvRows(stored.path, { encoding: encoding ?? 'utf-8', delimiter })
    const head = await take(all(), HEAD_ROWS)
    if (head.every(isBlank)) return refuse('imports.no_rows', 'the file has no rows')
    const headerRow = choice.headerRow ?? findHeader(head)
    const named = head.find(({ row }) => row === headerRow)?.cells ?? null
    const header = headerNames(named ?? [], Math.max(...head.map(({ cells }) => cells.length)))
    return ok({
      header,
      headerRow,
      cellCount: delimiter === null || named === null ? null : cellCountOf(named),
      delimiter,
      encoding: delimiter === null ? null : encoding,
      rows: () => below(all(), headerRow),
    })
  })
}

/** Runs what reads a file; what the file is to blame for becomes a refusal. */
export async function reading<T>(run: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await run()
  } catch (error) {
    const refused = refusedOf(error)
    if (refused !== null) return refused
    throw error
  }
}

function refusedOf(error: unknown): Refused | null {
  if (error instanceof UnreadableFile) return { ok: false, refusal: error.refusal }
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
    return refuse('imports.file_gone', 'the file is no longer kept here; upload it again')
  return null
}

async function sniff(path: string, encoding: string): Promise<string> {
  const file = await open(path)
  try {
    const head = Buffer.alloc(HEAD_BYTES)
    const { bytesRead } = await file.read(head, 0, HEAD_BYTES, 0)
    return guessDelimiter(new TextDecoder(encoding).decode(head.subarray(0, bytesRead)))
  } finally {
    await file.close()
  }
}

async function* below(rows: AsyncGenerator<Row>, headerRow: number): AsyncGenerator<Row> {
  for await (const row of rows) if (row.row > headerRow && !isBlank(row)) yield row
}

function isBlank({ cells }: Row): boolean {
  return cells.every((cell) => cell.trim() === '')
}

/** The first rows; the rest of the file is not read. */
export async function take(rows: AsyncGenerator<Row>, count: number): Promise<Row[]> {
  const taken: Row[] = []
  for await (const row of rows) {
    taken.push(row)
    if (taken.length >= count) break
  }
  return taken
}
