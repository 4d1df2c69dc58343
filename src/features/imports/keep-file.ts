import { ok, type Result, refuse } from '#kernel/result.ts'
import type { ImportDeps } from './deps.ts'
import type { SavedFile } from './files/file-store.ts'
import { openTable, type Table } from './files/table.ts'
import { forgetOldFiles, readFile, saveFile } from './store.ts'

/** Uploaded files that are kept at most, and their bytes together; the ones used longest ago go first. */
const FILES_KEPT = 100
const BYTES_KEPT = 2_147_483_648

type Kept = Pick<ImportDeps, 'db' | 'clock' | 'files'>

/** Writes down that a file on the disk is in use, and lets the oldest go. */
export async function rememberFile(
  deps: Kept,
  file: SavedFile,
  { name, by }: { readonly name: string; readonly by: string },
): Promise<void> {
  await saveFile(deps.db, { ...file, name, by }, deps.clock.now())
  for (const id of await forgetOldFiles(deps.db, FILES_KEPT, BYTES_KEPT)) await deps.files.remove(id)
}

/** Keeps a file for whoever else reads tables. Refused: as `FileStore.save`. */
export async function keepFile(
  deps: Kept,
  upload: { readonly bytes: AsyncIterable<Uint8Array>; readonly name: string; readonly by: string },
): Promise<Result<{ id: string }>> {
  const saved = await deps.files.save(upload.bytes)
  if (!saved.ok) return saved
  await rememberFile(deps, saved.value, upload)
  return ok({ id: saved.value.id })
}

/** Opens a kept file by its id. Refused: `imports.file_not_found`, `imports.file_gone` and as `openTable`. */
export async function openKeptFile(deps: Kept, id: string): Promise<Result<Table>> {
  const file = await readFile(deps.db, id)
  if (file === null) return refuse('imports.file_not_found', 'there is no such uploaded file')
  if (!file.stored) return refuse('imports.file_gone', 'the file is no longer kept here; upload it again')
  return await openTable({ ...file, path: deps.files.pathOf(file.id) }, {})
}
