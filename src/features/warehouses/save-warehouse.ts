import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Sql } from '#platform/postgres/database.ts'
import {
  changedWarehouse,
  differingFields,
  draftWarehouse,
  type Figures,
  type TypedWarehouse,
  type WarehouseChange,
  type WarehouseDraft,
} from './core/warehouse.ts'
import type { By, WarehouseDeps } from './deps.ts'
import {
  isStillUsed,
  lockList,
  notifyChanged,
  readForUpdate,
  readNames,
  removeWarehouse,
  saveWarehouse,
  type WarehouseRow,
} from './store.ts'

/** Adds one. Refused: as `draftWarehouse`, `warehouses.code_exists`, `warehouses.name_exists`. */
export async function addWarehouse(
  deps: WarehouseDeps,
  by: By,
  typed: TypedWarehouse,
): Promise<Result<string>> {
  const drafted = draftWarehouse(typed)
  if (!drafted.ok) return drafted
  const draft = drafted.value
  const added = await deps.db.begin(async (tx): Promise<Result<string>> => {
    await lockList(tx)
    const [known] = await readForUpdate(tx, [draft.code])
    if (known !== undefined)
      return refuse('warehouses.code_exists', `there is already a warehouse "${draft.code}"`)
    const name = await freeName(tx, draft)
    if (!name.ok) return name
    await saveWarehouse(tx, draft, by.name, deps.clock.now())
    await notifyChanged(tx)
    const { code, ...fields } = draft
    await deps.audit(tx, { actor: by, action: 'warehouses.added', subject: code, detail: fields })
    return ok(code)
  })
  if (added.ok) await deps.warehouses.refresh()
  return added
}

/**
 * Changes what is given; the ledger's figures follow a turned switch in the same transaction. Refused: `warehouses.not_found`,
 * as `changedWarehouse`, `warehouses.name_exists`.
 */
export async function changeWarehouse(
  deps: WarehouseDeps,
  by: By,
  code: string,
  change: WarehouseChange,
): Promise<Result<null>> {
  const changed = await deps.db.begin(async (tx): Promise<Result<null>> => {
    await lockList(tx)
    const [before] = await readForUpdate(tx, [code])
    if (before === undefined) return gone(code)
    const after = changedWarehouse(before, change)
    if (!after.ok) return after
    const draft = { ...after.value, code }
    const name = await freeName(tx, draft)
    if (!name.ok) return name
    await writeChange(deps, tx, by, before, draft)
    await notifyChanged(tx)
    return ok(null)
  })
  if (changed.ok) await deps.warehouses.refresh()
  return changed
}

/** Writes one that is locked, turns the ledger's switches with it, and says in the audit log what is different. */
export async function writeChange(
  deps: Pick<WarehouseDeps, 'clock' | 'stock' | 'audit'>,
  tx: Sql,
  by: By,
  before: WarehouseRow,
  after: WarehouseDraft,
): Promise<boolean> {
  const fields = differingFields(before, after)
  if (fields.length === 0) return false
  const now = deps.clock.now()
  await saveWarehouse(tx, after, by.name, now)
  if (fields.includes('countsInTransit'))
    await deps.stock.switchTransit(tx, after.code, after.countsInTransit, by.name, now)
  if (fields.includes('figures')) await deps.stock.switchFigures(tx, after.code, after.figures, by.name, now)
  if (fields.includes('active')) await deps.stock.noteActive(tx, after.code, after.active, by.name, now)
  await deps.audit(tx, {
    actor: by,
    action: 'warehouses.changed',
    subject: after.code,
    detail: Object.fromEntries(
      fields.map((field) => [field, { before: before[field], after: after[field] }]),
    ),
  })
  return true
}

/**
 * Says of several where their figures come from, within a caller's transaction (a feed that goes live). Refused:
 * `warehouses.not_found`. The caller refreshes its directory after the commit.
 */
export async function setFigures(
  deps: Pick<WarehouseDeps, 'clock' | 'stock' | 'audit'>,
  tx: Sql,
  by: By,
  codes: readonly string[],
  to: Figures,
): Promise<Result<null>> {
  await lockList(tx)
  const rows = await readForUpdate(tx, codes)
  const missing = codes.find((code) => !rows.some((row) => row.code === code))
  if (missing !== undefined) return gone(missing)
  for (const row of rows) await writeChange(deps, tx, by, row, { ...row, figures: to })
  await notifyChanged(tx)
  return ok(null)
}

/** Removes one that nothing belongs to. Refused: `warehouses.not_found`, `warehouses.in_use_conflict` (switch it off instead). */
export async function dropWarehouse(deps: WarehouseDeps, by: By, code: string): Promise<Result<null>> {
  try {
    const dropped = await deps.db.begin(async (tx): Promise<Result<null>> => {
      await lockList(tx)
      if (!(await removeWarehouse(tx, code))) return gone(code)
      await notifyChanged(tx)
      await deps.audit(tx, { actor: by, action: 'warehouses.removed', subject: code, detail: {} })
      return ok(null)
    })
    if (dropped.ok) await deps.warehouses.refresh()
    return dropped
  } catch (error) {
    if (!isStillUsed(error)) throw error
    return refuse(
      'warehouses.in_use_conflict',
      `stock, a feed or a transfer belongs to "${code}"; switch it off instead`,
    )
  }
}

async function freeName(tx: Sql, { code, name }: WarehouseDraft): Promise<Result<null>> {
  const owner = (await readNames(tx, [name])).get(name)
  if (owner === undefined || owner === code) return ok(null)
  return refuse('warehouses.name_exists', `"${name}" is the name of ${owner}`, { field: 'name' })
}

export function gone(code: string) {
  return refuse('warehouses.not_found', `there is no warehouse "${code.slice(0, 40)}"`)
}
