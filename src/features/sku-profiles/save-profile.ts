import { ok, type Result, refuse } from '#kernel/result.ts'
import {
  changeProfile,
  differingFields,
  emptyProfile,
  type ProfileChange,
  type SkuProfile,
} from './core/profile.ts'
import type { By, ProfileDeps } from './deps.ts'
import { deleteProfile, lockProfiles, type ProfileRow, readProfile, saveProfiles } from './store.ts'

/**
 * Writes what is said of a SKU; what is left out stays. `revision`: the one that the person saw (null: none was there). Refused:
 * `sku_profiles.changed_conflict` where somebody was faster, and as `faultsOf`.
 */
export async function saveProfile(
  deps: ProfileDeps,
  by: By,
  sku: string,
  change: ProfileChange,
  revision: number | null,
): Promise<Result<ProfileRow>> {
  const saved = await deps.db.begin(async (tx): Promise<Result<null>> => {
    const before = (await lockProfiles(tx, [sku])).get(sku)
    if ((before?.revision ?? null) !== revision) return overtaken(before)
    const next = changeProfile(before ?? emptyProfile(sku), change)
    if (!next.ok) return next
    const fields = differingFields(before ?? emptyProfile(sku), next.value)
    if (before !== undefined && fields.length === 0) return ok(null)
    await saveProfiles(tx, [next.value], by.name, deps.clock.now())
    const detail = { fields, before: before === undefined ? null : told(before), after: told(next.value) }
    await deps.audit(tx, { actor: by, action: 'sku_profiles.saved', subject: sku, detail })
    return ok(null)
  })
  if (!saved.ok) return saved
  const row = await readProfile(deps.db, sku)
  return row === null ? gone(sku) : ok(row)
}

/** Refused: `sku_profiles.not_found`. */
export async function dropProfile(deps: ProfileDeps, by: By, sku: string): Promise<Result<null>> {
  return await deps.db.begin(async (tx): Promise<Result<null>> => {
    const before = (await lockProfiles(tx, [sku])).get(sku)
    if (before === undefined) return gone(sku)
    await deleteProfile(tx, sku)
    await deps.audit(tx, {
      actor: by,
      action: 'sku_profiles.removed',
      subject: sku,
      detail: { before: told(before) },
    })
    return ok(null)
  })
}

export function gone(sku: string) {
  return refuse('sku_profiles.not_found', `"${sku.slice(0, 60)}" has no profile`)
}

function overtaken(before: ProfileRow | undefined) {
  const detail =
    before === undefined
      ? 'the profile was removed meanwhile'
      : `${before.updatedBy} changed the profile meanwhile`
  return refuse('sku_profiles.changed_conflict', detail, { revision: before?.revision ?? null })
}

/** As it stands in the audit: no big integers. */
export function told({ title, weightG, volumeCm3, lengthMm, widthMm, heightMm, tags, value }: SkuProfile) {
  const shown = value === null ? null : `${value.currency} ${value.minor}`
  return { title, weightG, volumeCm3, lengthMm, widthMm, heightMm, tags, value: shown }
}
