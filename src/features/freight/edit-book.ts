import type { AuditEvent } from '#features/identity/index.ts'
import type { Clock } from '#kernel/clock.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Actor } from '#platform/http/scopes.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'
import { parseAddress } from '#platform/regions/parse-address.ts'
import { normaliseShipTo } from '#platform/regions/regions.ts'
import { AREA_CLASSES, type AreaClass, type RemoteArea } from '#platform/regions/remote.ts'
import type { FreightDirectory } from './book.ts'
import { type CustomerTier, checkTiers } from './core/tiers.ts'
import { countAreas, dropAllAreas, dropArea, replaceTiers, saveArea, tellFreightChanged } from './store.ts'

export type EditDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly directory: FreightDirectory
  readonly audit: (tx: Sql, entry: AuditEvent) => Promise<void>
}
export type AreaWish = RemoteArea & { readonly note: string }

export const AREAS_MOST = 4_000

/** Puts these levels in the place of all. Refuses with `freight.tiers_invalid`. */
export async function saveTiers(
  deps: EditDeps,
  actor: Actor,
  tiers: readonly CustomerTier[],
): Promise<Result<readonly CustomerTier[]>> {
  const checked = checkTiers(tiers)
  if (!checked.ok) return checked
  await deps.db.begin(async (tx) => {
    await replaceTiers(tx, tiers, { by: actor.name, at: deps.clock.now() })
    await deps.audit(tx, {
      actor,
      action: 'freight.tiers_changed',
      detail: {
        tiers: tiers.map(({ minSpentMinor, ...tier }) => ({ ...tier, minSpent: minSpentMinor?.toString() })),
      },
    })
    await tellFreightChanged(tx)
  })
  await deps.directory.refresh()
  return checked
}

/** Adds an area, or changes the one of that place. Refuses with `freight.area_unknown`, `freight.areas_too_many`. */
export async function putArea(deps: EditDeps, actor: Actor, wish: AreaWish): Promise<Result<bigint>> {
  const area = knownArea(wish)
  if (!area.ok) return area
  const saved = await deps.db.begin(async (tx) => {
    if ((await countAreas(tx)) >= AREAS_MOST) return null
    const id = await saveArea(tx, area.value, { by: actor.name, at: deps.clock.now() })
    const { areaClass, ...place } = area.value
    await deps.audit(tx, { actor, action: 'freight.area_saved', detail: { ...place, class: areaClass } })
    await tellFreightChanged(tx)
    return id
  })
  if (saved === null) return tooMany()
  await deps.directory.refresh()
  return ok(saved)
}

/** Refuses with `freight.area_not_found`. */
export async function removeArea(deps: EditDeps, actor: Actor, id: bigint): Promise<Result<null>> {
  const dropped = await deps.db.begin(async (tx) => {
    const area = await dropArea(tx, id)
    if (area === null) return null
    await deps.audit(tx, { actor, action: 'freight.area_removed', detail: { ...area } })
    await tellFreightChanged(tx)
    return area
  })
  if (dropped === null) return refuse('freight.area_not_found', 'there is no such area')
  await deps.directory.refresh()
  return ok(null)
}

/**
 * Takes a list as people copy it from a carrier: a place on each line, then its class and a note behind tabs or commas if they want
 * (`新疆 喀什地区, remote, 乡镇加收`). All or nothing: refuses with `freight.areas_invalid` (data: the lines that name no place),
 * `freight.areas_too_many`.
 */
export async function importAreas(
  deps: EditDeps,
  actor: Actor,
  list: { readonly text: string; readonly replaces: boolean },
): Promise<Result<number>> {
  const wishes: AreaWish[] = []
  const wrong: { line: number; text: string }[] = []
  for (const [index, text] of list.text.split(/\r?\n/).entries()) {
    if (text.trim() === '') continue
    const area = areaOfLine(text)
    if (area === null) wrong.push({ line: index + 1, text: text.slice(0, 100) })
    else wishes.push(area)
  }
  if (wrong.length > 0)
    return refuse('freight.areas_invalid', `${wrong.length} lines name no place that is known`, {
      lines: wrong.slice(0, 100),
    })
  if (wishes.length === 0) return refuse('freight.areas_invalid', 'the list is empty', { lines: [] })
  if (wishes.length > AREAS_MOST) return tooMany()
  const done = await deps.db.begin(async (tx) => {
    if (list.replaces) await dropAllAreas(tx)
    if ((await countAreas(tx)) + wishes.length > AREAS_MOST) return null
    const stamp = { by: actor.name, at: deps.clock.now() }
    for (const wish of wishes) await saveArea(tx, wish, stamp)
    await deps.audit(tx, {
      actor,
      action: 'freight.areas_imported',
      detail: { count: wishes.length, replaces: list.replaces },
    })
    await tellFreightChanged(tx)
    return wishes.length
  })
  if (done === null) return tooMany()
  await deps.directory.refresh()
  return ok(done)
}

function tooMany(): Result<never> {
  return refuse('freight.areas_too_many', `at most ${AREAS_MOST} areas are kept`)
}

function areaOfLine(text: string): AreaWish | null {
  const [place = '', second = '', ...rest] = text.split(/[\t,，]/).map((part) => part.trim())
  const areaClass = classOf(second)
  const note = (areaClass === null ? [second, ...rest] : rest).filter((part) => part !== '').join(' ')
  const to = parseAddress(place)
  // `新疆 喀什 某乡` would make all of 喀什 remote: a line with words that were not understood is no place.
  if (to.province === '' || to.rest !== '') return null
  const isHmt = ['香港', '澳门', '台湾'].includes(to.province)
  return {
    province: to.province,
    city: to.district === '' && isMunicipality(to.province) ? '' : to.city,
    district: to.district,
    areaClass: areaClass ?? (isHmt ? 'hmt' : 'remote'),
    note: note.slice(0, 200),
  }
}

const CLASS_WORDS: Readonly<Record<string, AreaClass>> = {
  偏远: 'remote',
  偏远地区: 'remote',
  港澳台: 'hmt',
  普通: 'mainland',
  普通地区: 'mainland',
}

function classOf(word: string): AreaClass | null {
  return AREA_CLASSES.find((one) => one === word.toLowerCase()) ?? CLASS_WORDS[word] ?? null
}

function isMunicipality(province: string): boolean {
  return ['北京', '上海', '天津', '重庆'].includes(province)
}

/** The place in the words of the data, so that it meets the orders'. */
function knownArea(wish: AreaWish): Result<AreaWish> {
  const to = normaliseShipTo({ country: 'CN', ...wish, address: '' })
  const unknown = (what: string): Result<never> =>
    refuse('freight.area_unknown', `${what} is no place that is known`, { field: what })
  if (to.province === '') return unknown(wish.city === '' ? wish.province : `${wish.province} ${wish.city}`)
  if (wish.city !== '' && to.city === '') return unknown(wish.city)
  if (wish.district !== '' && to.district === '') return unknown(wish.district)
  return ok({ ...wish, province: to.province, city: wish.city === '' ? '' : to.city, district: to.district })
}
