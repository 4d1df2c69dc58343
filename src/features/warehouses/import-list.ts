import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Sql } from '#platform/postgres/database.ts'
import {
  type ListColumns,
  type ListError,
  type ListedWarehouse,
  type ListTable,
  ROWS_MOST,
  readList,
  suggestColumns,
} from './core/read-list.ts'
import { differingFields } from './core/warehouse.ts'
import type { By, WarehouseDeps } from './deps.ts'
import { writeChange } from './save-warehouse.ts'
import {
  freeNames,
  lockList,
  notifyChanged,
  readForUpdate,
  readNames,
  readWarehouses,
  saveWarehouse,
  type WarehouseRow,
} from './store.ts'

export type ListPreview = {
  readonly columns: ListColumns
  readonly rows: readonly {
    readonly row: number
    readonly code: string
    readonly name: string
    readonly outcome: 'new' | 'changed' | 'same'
    /** Fields that would be different. */
    readonly fields: readonly string[]
  }[]
  readonly errors: readonly ListError[]
}

/** What a list would do, without doing it. */
export async function previewList(
  deps: Pick<WarehouseDeps, 'db'>,
  table: ListTable,
  chosen: ListColumns | undefined,
): Promise<Result<ListPreview>> {
  const tooMany = tooLong(table)
  if (tooMany !== null) return tooMany
  const columns = chosen ?? suggestColumns(table.header)
  const { warehouses, errors } = readList(table, columns)
  const known = new Map((await readWarehouses(deps.db)).map((row) => [row.code, row]))
  const rows = warehouses.map((one) => {
    const before = known.get(one.draft.code)
    const fields = before === undefined ? [] : differingFields(before, { ...before, ...one.said })
    const outcome = before === undefined ? 'new' : fields.length === 0 ? 'same' : 'changed'
    return { row: one.row, code: one.draft.code, name: one.draft.name, outcome, fields } as const
  })
  const taken = await takenNames(deps.db, warehouses, columns)
  return ok({ columns, rows, errors: [...errors, ...taken].toSorted((a, b) => a.row - b.row) })
}

export type ListDone = { readonly added: number; readonly changed: number; readonly same: number }

/**
 * Takes the whole list or, where anything is wrong with it, nothing. A column that the file does not have leaves what is known.
 * Refused: `warehouses.rows_invalid` (data: the errors by row and column), `warehouses.file_too_large`.
 */
export async function importList(
  deps: WarehouseDeps,
  by: By,
  table: ListTable,
  columns: ListColumns,
): Promise<Result<ListDone>> {
  const tooMany = tooLong(table)
  if (tooMany !== null) return tooMany
  const { warehouses, errors } = readList(table, columns)
  if (errors.length > 0) return invalid(errors)
  const done = await deps.db.begin(async (tx): Promise<Result<ListDone>> => {
    await lockList(tx)
    const taken = await takenNames(tx, warehouses, columns)
    if (taken.length > 0) return invalid(taken)
    return ok(await writeAll(deps, tx, by, warehouses))
  })
  if (done.ok) await deps.warehouses.refresh()
  return done
}

async function writeAll(
  deps: WarehouseDeps,
  tx: Sql,
  by: By,
  warehouses: readonly ListedWarehouse[],
): Promise<ListDone> {
  const known = new Map<string, WarehouseRow>()
  const codes = warehouses.map(({ draft }) => draft.code)
  for (const row of await readForUpdate(tx, codes)) known.set(row.code, row)
  const renamed = warehouses.filter(
    ({ draft }) => known.has(draft.code) && known.get(draft.code)?.name !== draft.name,
  )
  await freeNames(
    tx,
    renamed.map(({ draft }) => draft.code),
  )
  const done = { added: 0, changed: 0, same: 0 }
  for (const { draft, said } of warehouses.toSorted((a, b) => (a.draft.code < b.draft.code ? -1 : 1))) {
    const before = known.get(draft.code)
    if (before === undefined) {
      await saveWarehouse(tx, draft, by.name, deps.clock.now())
      done.added += 1
    } else if (await writeChange(deps, tx, by, before, { ...before, ...said })) done.changed += 1
    else done.same += 1
  }
  await notifyChanged(tx)
  await deps.audit(tx, {
    actor: by,
    action: 'warehouses.imported',
    subject: `${codes.length} rows`,
    detail: { ...done, codes },
  })
  return done
}

/** Names that a warehouse outside the list has. */
async function takenNames(
  sql: Sql,
  warehouses: readonly ListedWarehouse[],
  columns: ListColumns,
): Promise<ListError[]> {
  const inList = new Set(warehouses.map(({ draft }) => draft.code))
  const owners = await readNames(
    sql,
    warehouses.map(({ draft }) => draft.name),
  )
  return warehouses.flatMap(({ row, draft }) => {
    const owner = owners.get(draft.name)
    if (owner === undefined || owner === draft.code || inList.has(owner)) return []
    const detail = `"${draft.name}" is the name of ${owner}`
    return [{ row, column: columns.name ?? '', code: 'warehouses.name_exists', detail }]
  })
}

function invalid(errors: readonly ListError[]) {
  return refuse('warehouses.rows_invalid', `${errors.length} cells are wrong; nothing was taken`, { errors })
}

function tooLong(table: ListTable) {
  if (table.rows.length === 0) return refuse('warehouses.no_rows', 'the list has no rows')
  return table.rows.length > ROWS_MOST
    ? refuse('warehouses.file_too_large', `a list of warehouses has at most ${ROWS_MOST} rows`)
    : null
}
