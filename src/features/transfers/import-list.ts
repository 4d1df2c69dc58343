import { createHash } from 'node:crypto'
import { type FileStore, openTable, reading, take } from '#features/imports/index.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import {
  columnsOf,
  type ListedTransfer,
  type ListTable,
  ROWS_MOST,
  type RowError,
  readList,
} from './core/read-list.ts'
import type { By, TransferDeps } from './deps.ts'
import { instructTransfer } from './instruct.ts'
import { previewTransfer } from './list/read.ts'
import { findOrders, readNames } from './list/store.ts'

export type ImportDeps = TransferDeps & {
  /** Where the bytes of a list lie while it is read. */
  readonly files: () => FileStore
}
export type Imported = {
  readonly transfers: {
    readonly name: string
    readonly row: number
    readonly from: string
    readonly to: string
    readonly lines: number
    readonly pieces: number
    /** Pieces that are not there to take at this moment. */
    readonly lacks: number
    /** Null before it is carried out. */
    readonly id: string | null
    readonly isRepeat: boolean
    readonly code: string | null
    readonly detail: string
  }[]
  readonly errors: RowError[]
}
const CELLS_READ = 40
const CELL_MOST = 500

/**
 * Reads a CSV or XLSX list of transfers. `dryRun`: only says what it would make. A list with any faulty row makes nothing; the same
 * file twice is one effect, because each transfer's key is the file's hash and its name in it.
 */
export async function importList(
  deps: ImportDeps,
  bytes: AsyncIterable<Uint8Array>,
  dryRun: boolean,
  by: By,
): Promise<Result<Imported>> {
  const table = await readTable(deps.files(), bytes)
  if (!table.ok) return table
  const at = columnsOf(table.value.header)
  const numbers = table.value.rows
    .map(({ cells }) => (cells[at.order] ?? '').trim())
    .filter((one) => one !== '')
  const { transfers, errors } = readList(table.value, {
    ...(await readNames(deps.db)),
    orders: at.order === -1 ? new Map() : await findOrders(deps.db, [...new Set(numbers)]),
    zone: deps.zone(),
  })
  const made: Imported['transfers'] = []
  for (const one of transfers) {
    const seen = await previewTransfer(deps.db, { ...one, drawSafety: false })
    const shown = {
      name: one.name,
      row: one.row,
      from: one.from,
      to: one.to,
      lines: one.lines.length,
      pieces: one.lines.reduce((sum, line) => sum + line.quantity, 0),
      lacks: seen.lines.reduce((sum, line) => sum + line.lacks, 0),
    }
    const isShown = dryRun || errors.length > 0
    made.push({ ...shown, ...(isShown ? NOT_DONE : await instruct(deps, one, table.value.hash, by)) })
  }
  return ok({ transfers: made, errors: [...errors] })
}
type Outcome = Pick<Imported['transfers'][number], 'id' | 'isRepeat' | 'code' | 'detail'>
const NOT_DONE: Outcome = { id: null, isRepeat: false, code: null, detail: '' }

async function instruct(deps: TransferDeps, one: ListedTransfer, hash: string, by: By): Promise<Outcome> {
  const done = await instructTransfer(
    deps,
    {
      requestKey: `file:${hash}:${createHash('sha256').update(one.name).digest('base64url').slice(0, 22)}`,
      from: one.from,
      to: one.to,
      lines: one.lines,
      reason: one.reason,
      note: one.name,
      orderId: one.orderId,
      expectedAt: one.expectedAt,
      drawSafety: false,
    },
    by,
  )
  return done.ok
    ? { ...NOT_DONE, id: done.value.id.toString(), isRepeat: done.value.isRepeat }
    : { ...NOT_DONE, code: done.refusal.code, detail: done.refusal.detail }
}

async function readTable(
  files: FileStore,
  bytes: AsyncIterable<Uint8Array>,
): Promise<Result<ListTable & { readonly hash: string }>> {
  const digest = createHash('sha256')
  const saved = await files.save(hashing(bytes, digest))
  if (!saved.ok) return saved
  const { id, format, encoding } = saved.value
  const hash = digest.digest('base64url').slice(0, 22)
  try {
    const opened = await openTable({ path: files.pathOf(id), format, encoding }, {})
    if (!opened.ok) return opened
    return await reading(async () => {
      const rows = await take(opened.value.rows(), ROWS_MOST + 1)
      if (rows.length > ROWS_MOST)
        return refuse('transfer.list_too_large', `a list of transfers has at most ${ROWS_MOST} rows`)
      return ok({
        hash,
        header: opened.value.header.slice(0, CELLS_READ),
        rows: rows.map(({ row, cells }) => ({
          row,
          cells: cells.slice(0, CELLS_READ).map((cell) => cell.slice(0, CELL_MOST)),
        })),
      })
    })
  } finally {
    await files.remove(id)
  }
}

async function* hashing(
  bytes: AsyncIterable<Uint8Array>,
  digest: ReturnType<typeof createHash>,
): AsyncGenerator<Uint8Array> {
  for await (const piece of bytes) {
    digest.update(piece)
    yield piece
  }
}
