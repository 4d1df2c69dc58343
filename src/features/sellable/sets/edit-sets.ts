import type { AuditEvent } from '#features/identity/index.ts'
import type { Clock } from '#kernel/clock.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'
import type { Gift, Part } from '../core/sellable.ts'
import { type FileError, parseBundles, parseGifts } from '../core/set-files.ts'
import { checkBundle, checkGift } from '../core/sets.ts'
import { wishFor } from '../make-wishes.ts'
import { readRecords } from './read-records.ts'
import { deleteBundle, deleteGift, lockSets, readKnown, replaceBundle, saveGift } from './store.ts'

export type By = AuditEvent['actor']
export type EditDeps = {
  readonly db: Database
  readonly clock: Clock
  /** Writes an audit line within the given transaction. */
  readonly audit: (tx: Sql, entry: AuditEvent) => Promise<void>
}

/** Keeps a bundle; its figure, and what follows it, is reckoned and wished in the same transaction. Refusals: see `checkBundle`. */
export async function saveBundleOf(
  deps: EditDeps,
  sku: string,
  parts: readonly Part[],
  actor: By,
): Promise<Result<null>> {
  return await change(
    deps,
    actor,
    { action: 'sellable.bundle_saved', subject: sku, detail: { parts } },
    (tx) => putBundle(tx, sku, parts, actor.name),
  )
}

/** Refuses with `sellable.bundle_not_found`. */
export async function dropBundle(deps: EditDeps, sku: string, actor: By): Promise<Result<null>> {
  return await change(
    deps,
    actor,
    { action: 'sellable.bundle_removed', subject: sku, detail: {} },
    async (tx) =>
      (await deleteBundle(tx, sku)) ? ok([sku]) : refuse('sellable.bundle_not_found', `${sku} is no bundle`),
  )
}

/** Keeps a gift and its main product. Refusals: see `checkGift`. */
export async function saveGiftOf(deps: EditDeps, sku: string, gift: Gift, actor: By): Promise<Result<null>> {
  return await change(
    deps,
    actor,
    { action: 'sellable.gift_saved', subject: sku, detail: { ...gift } },
    (tx) => putGift(tx, sku, gift, actor.name),
  )
}

/** Refuses with `sellable.gift_not_found`. */
export async function dropGift(deps: EditDeps, sku: string, actor: By): Promise<Result<null>> {
  return await change(
    deps,
    actor,
    { action: 'sellable.gift_removed', subject: sku, detail: {} },
    async (tx) =>
      (await deleteGift(tx, sku)) ? ok([sku]) : refuse('sellable.gift_not_found', `${sku} is no gift`),
  )
}

export type Imported = { readonly saved: number; readonly errors: readonly FileError[] }

/**
 * Keeps every good bundle of a CSV file (UTF-8; columns bundle_sku, part_sku, quantity; the rows of a bundle replace what it was) and
 * names the faulty rows; a bundle with one faulty row is left as it was. Refuses with `sellable.bad_file`, `sellable.file_too_large`.
 */
export async function importBundles(deps: EditDeps, file: Uint8Array, actor: By): Promise<Result<Imported>> {
  const records = readRecords(file)
  if (!records.ok) return records
  const { rows, errors } = parseBundles(records.value)
  return await importAll(deps, actor, 'sellable.bundles_imported', rows, errors, (tx, row) =>
    putBundle(tx, row.sku, row.parts, actor.name),
  )
}

/** As `importBundles`, with the columns gift_sku, main_sku, gifts, per and, if wanted, binding (hard or soft). */
export async function importGifts(deps: EditDeps, file: Uint8Array, actor: By): Promise<Result<Imported>> {
  const records = readRecords(file)
  if (!records.ok) return records
  const { rows, errors } = parseGifts(records.value)
  return await importAll(deps, actor, 'sellable.gifts_imported', rows, errors, (tx, row) =>
    putGift(tx, row.sku, row.gift, actor.name),
  )
}

async function importAll<Row extends { readonly row: number; readonly sku: string }>(
  deps: EditDeps,
  actor: By,
  action: string,
  rows: readonly Row[],
  faults: readonly FileError[],
  put: (tx: Sql, row: Row) => Promise<Result<readonly string[]>>,
): Promise<Result<Imported>> {
  const errors = [...faults]
  return await deps.db.begin(async (tx) => {
    await lockSets(tx)
    const changed: string[] = []
    for (const row of rows) {
      const done = await put(tx, row)
      if (done.ok) changed.push(...done.value)
      else errors.push({ row: row.row, column: '', ...done.refusal })
    }
    if (changed.length > 0) {
      const detail = { saved: changed.length, errors: errors.length }
      await deps.audit(tx, { actor, action, subject: `${changed.length} SKUs`, detail })
      await wishFor(tx, changed, deps.clock.now())
    }
    errors.sort((a, b) => a.row - b.row)
    return ok({ saved: changed.length, errors })
  })
}

async function putBundle(
  tx: Sql,
  sku: string,
  parts: readonly Part[],
  by: string,
): Promise<Result<readonly string[]>> {
  const known = await readKnown(tx, [sku, ...parts.map((part) => part.sku)], sku)
  const checked = checkBundle(sku, parts, known)
  if (!checked.ok) return checked
  await replaceBundle(tx, sku, parts, by)
  return ok([sku])
}

async function putGift(tx: Sql, sku: string, gift: Gift, by: string): Promise<Result<readonly string[]>> {
  const known = await readKnown(tx, [sku, gift.mainSku], null)
  const checked = checkGift(sku, gift, known)
  if (!checked.ok) return checked
  await saveGift(tx, sku, gift, by)
  return ok([sku])
}

/** Changes, audits and wishes anew for the SKUs that the change answers, in one transaction; what was refused leaves nothing. */
async function change(
  deps: EditDeps,
  actor: By,
  entry: Pick<AuditEvent, 'action' | 'subject' | 'detail'>,
  apply: (tx: Sql) => Promise<Result<readonly string[]>>,
): Promise<Result<null>> {
  return await deps.db.begin(async (tx): Promise<Result<null>> => {
    await lockSets(tx)
    const done = await apply(tx)
    if (!done.ok) return done
    await deps.audit(tx, { ...entry, actor })
    await wishFor(tx, done.value, deps.clock.now())
    return ok(null)
  })
}
