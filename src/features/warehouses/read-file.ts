import { type FileStore, openTable, reading, take } from '#features/imports/index.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { type ListTable, ROWS_MOST } from './core/read-list.ts'

const CELLS_SHOWN = 60
const CELL_MOST = 300

/** A CSV or XLSX file as cells; nothing of it is kept. Refused: as `FileStore.save` and `openTable`, `warehouses.file_too_large`. */
export async function readListFile(
  files: FileStore,
  bytes: AsyncIterable<Uint8Array>,
): Promise<Result<ListTable>> {
  const saved = await files.save(bytes)
  if (!saved.ok) return saved
  const { id, format, encoding } = saved.value
  try {
    const opened = await openTable({ path: files.pathOf(id), format, encoding }, {})
    if (!opened.ok) return opened
    return await reading(async () => {
      const rows = await take(opened.value.rows(), ROWS_MOST + 1)
      if (rows.length > ROWS_MOST)
        return refuse('warehouses.file_too_large', `a list of warehouses has at most ${ROWS_MOST} rows`)
      return ok({
        header: opened.value.header.slice(0, CELLS_SHOWN),
        rows: rows.map(({ row, cells }) => ({
          row,
          cells: cells.slice(0, CELLS_SHOWN).map((cell) => cell.slice(0, CELL_MOST)),
        })),
      })
    })
  } finally {
    await files.remove(id)
  }
}
