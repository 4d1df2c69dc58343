import { type FileStore, openTable, reading, take } from '#features/imports/index.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { changeProfile, differingFields, emptyProfile, type SkuProfile } from './core/profile.ts'
import {
  type ListColumns,
  type ListError,
  type ListedProfile,
  type ListTable,
  ROWS_MOST,
  readList,
  suggestColumns,
} from './core/read-list.ts'
import type { By, ProfileDeps } from './deps.ts'
import { knownProfiles, lockProfiles, type ProfileRow, saveProfiles } from './store.ts'

const CELLS_SHOWN = 60
const CELL_MOST = 300

/** A CSV or XLSX file as cells; nothing of it is kept. Refused: as `FileStore.save` and `openTable`, `sku_profiles.file_too_large`. */
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
      if (rows.length > ROWS_MOST) return tooLarge()
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

export type ListPreview = {
  readonly columns: ListColumns
  readonly rows: readonly {
    readonly row: number
    readonly sku: string
    readonly title: string
    readonly outcome: 'new' | 'changed' | 'same'
    /** Fields that would be different. */
    readonly fields: readonly string[]
  }[]
  readonly errors: readonly ListError[]
}

/** What a list would do, without doing it. */
export async function previewList(
  { db }: Pick<ProfileDeps, 'db'>,
  table: ListTable,
  chosen: ListColumns | undefined,
): Promise<Result<ListPreview>> {
  const wrong = faultOf(table)
  if (wrong !== null) return wrong
  const columns = chosen ?? suggestColumns(table.header)
  const { profiles, errors } = readList(table, columns)
  const known = await knownProfiles(
    db,
    profiles.map(({ sku }) => sku),
  )
  const merged = profiles.map((one) => merge(one, known))
  const rows = merged.map(({ one, after, before }) => {
    const fields = differingFields(before ?? emptyProfile(one.sku), after)
    const outcome = before === undefined ? 'new' : fields.length === 0 ? 'same' : 'changed'
    return { row: one.row, sku: one.sku, title: after.title, outcome, fields } as const
  })
  return ok({ columns, rows, errors })
}

export type ListDone = { readonly added: number; readonly changed: number; readonly same: number }

/**
 * Takes the whole list or, where anything is wrong with it, nothing. A column that the file does not have leaves what is known, and so
 * does an empty cell. Refused: `sku_profiles.rows_invalid` (data: the errors by row and column), `.no_rows`, `.file_too_large`.
 */
export async function importList(
  deps: ProfileDeps,
  by: By,
  table: ListTable,
  columns: ListColumns,
): Promise<Result<ListDone>> {
  const wrong = faultOf(table)
  if (wrong !== null) return wrong
  const { profiles, errors } = readList(table, columns)
  if (errors.length > 0)
    return refuse('sku_profiles.rows_invalid', `${errors.length} cells are wrong; nothing was taken`, {
      errors,
    })
  return await deps.db.begin(async (tx): Promise<Result<ListDone>> => {
    const skus = profiles.map(({ sku }) => sku)
    const known = await lockProfiles(tx, skus)
    const merged = profiles.map((one) => merge(one, known))
    const added = merged.filter(({ before }) => before === undefined)
    const changed = merged.filter(
      ({ before, after }) => before !== undefined && differingFields(before, after).length > 0,
    )
    await saveProfiles(
      tx,
      [...added, ...changed].map(({ after }) => after),
      by.name,
      deps.clock.now(),
    )
    const done = {
      added: added.length,
      changed: changed.length,
      same: profiles.length - added.length - changed.length,
    }
    const detail = { ...done, skus: skus.slice(0, 200) }
    await deps.audit(tx, {
      actor: by,
      action: 'sku_profiles.imported',
      subject: `${profiles.length} rows`,
      detail,
    })
    return ok(done)
  })
}

type Merged = {
  readonly one: ListedProfile
  readonly before: ProfileRow | undefined
  readonly after: SkuProfile
}

function merge(one: ListedProfile, known: ReadonlyMap<string, ProfileRow>): Merged {
  const before = known.get(one.sku)
  const base = before ?? emptyProfile(one.sku)
  const changed = changeProfile(base, one.said)
  return { one, before, after: changed.ok ? changed.value : base }
}

function faultOf(table: ListTable) {
  if (table.rows.length === 0) return refuse('sku_profiles.no_rows', 'the list has no rows')
  return table.rows.length > ROWS_MOST ? tooLarge() : null
}
function tooLarge() {
  return refuse('sku_profiles.file_too_large', `a list of profiles has at most ${ROWS_MOST} rows`)
}
