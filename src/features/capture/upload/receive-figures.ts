import { type FileStore, keepFile, openKeptFile, reading } from '#features/imports/index.ts'
import type { Clock } from '#kernel/clock.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Database } from '#platform/postgres/database.ts'
import { findFigureColumns, type ReadFigure, readFigure } from '../core/read-figures.ts'
import { readCodes, readFeed, readWarehouses } from '../store.ts'
import { addFigures, closeUpload, dropUpload, insertUpload } from './store.ts'

export type UploadDeps = { readonly db: Database; readonly clock: Clock; readonly files: () => FileStore }

export const FIGURE_ROWS_MOST = 500_000
const BATCH = 2_000

/**
 * Reads a file of figures aside, row by row, and changes nothing: what it would do is looked at first. Refused: `capture.feed_not_found`,
 * `capture.unknown_warehouse`, `capture.columns_missing`, `capture.too_many_rows`, and as the files of imports.
 */
export async function receiveFigures(
  deps: UploadDeps,
  upload: {
    readonly bytes: AsyncIterable<Uint8Array>
    readonly name: string
    readonly by: string
    readonly feedId: bigint | null
    readonly warehouse: string | null
  },
): Promise<Result<bigint>> {
  const names = await namesOf(deps.db, upload)
  if (!names.ok) return names
  const files = deps.files()
  const kept = await keepFile({ ...deps, files }, upload)
  if (!kept.ok) return kept
  try {
    const table = await openKeptFile({ ...deps, files }, kept.value.id)
    if (!table.ok) return table
    const columns = findFigureColumns(table.value.header)
    if (columns === null)
      return refuse(
        'capture.columns_missing',
        'the file needs a column for the SKU and one for the quantity',
        {
          header: table.value.header.slice(0, 50),
        },
      )
    const id = await insertUpload(deps.db, upload, deps.clock.now())
    const staged = await reading(async () => {
      let rows: ReadFigure[] = []
      let count = 0
      for await (const { row, cells } of table.value.rows()) {
        count += 1
        if (count > FIGURE_ROWS_MOST)
          return refuse('capture.too_many_rows', `a file of figures has at most ${FIGURE_ROWS_MOST} rows`)
        rows.push(readFigure(row, cells, columns, names.value))
        if (rows.length < BATCH) continue
        await addFigures(deps.db, id, rows)
        rows = []
      }
      if (rows.length > 0) await addFigures(deps.db, id, rows)
      await deps.db.begin((tx) => closeUpload(tx, id))
      return ok(id)
    })
    if (!staged.ok) await dropUpload(deps.db, id)
    return staged
  } finally {
    await files.remove(kept.value.id)
  }
}

/** What the file may call the warehouses: a feed's codes, the hub's own codes and names. */
async function namesOf(
  db: Database,
  { feedId, warehouse }: { readonly feedId: bigint | null; readonly warehouse: string | null },
): Promise<Result<{ codes: ReadonlyMap<string, string>; only: string | null }>> {
  const all = await readWarehouses(db)
  if (warehouse !== null && !all.some((one) => one.code === warehouse))
    return refuse('capture.unknown_warehouse', `there is no warehouse ${warehouse.slice(0, 40)}`)
  const own = [
    ...all.map((one) => [one.name, one.code] as const),
    ...all.map((one) => [one.code, one.code] as const),
  ]
  if (feedId === null) return ok({ codes: new Map(own), only: warehouse })
  if ((await readFeed(db, feedId)) === null)
    return refuse('capture.feed_not_found', `there is no feed ${feedId}`)
  const codes = await readCodes(db, feedId)
  const [first] = codes
  const only = warehouse ?? (codes.length === 1 && first !== undefined ? first.warehouse : null)
  return ok({
    codes: new Map([...own, ...codes.map((one) => [one.source_code, one.warehouse] as const)]),
    only,
  })
}
