import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { shortCity } from '#platform/regions/names.ts'
import { normaliseShipTo } from '#platform/regions/regions.ts'
import type { Lane } from './core/lanes.ts'
import {
  type LaneError,
  type LaneTable,
  type ReadPlace,
  readLane,
  readLaneTable,
  type TypedLane,
} from './core/read-lanes.ts'
import type { By, SourcingDeps } from './deps.ts'
import {
  type AbilityDraft,
  lockLanes,
  readKnownCodes,
  readLanes,
  removeLane,
  saveAbility,
  saveLanes,
} from './store.ts'

const readPlace: ReadPlace = (province, city) => {
  const to = normaliseShipTo({ country: 'CN', province, city, district: '', address: '' })
  if (to.province === '' || (city !== '' && to.city === '')) return null
  return { province: to.province, city: shortCity(to.city) }
}

const TAGS_MOST = 30

/**
 * What a warehouse can do. Refused: `sourcing.warehouse_not_found`, `sourcing.bad_zone`, `sourcing.bad_cutoff`, `sourcing.bad_capacity`,
 * `sourcing.bad_tags`.
 */
export async function editAbility(
  deps: SourcingDeps,
  by: By,
  code: string,
  draft: AbilityDraft,
): Promise<Result<null>> {
  const checked = checkAbility(draft)
  if (!checked.ok) return checked
  return await deps.db.begin(async (tx): Promise<Result<null>> => {
    if (!(await readKnownCodes(tx)).has(code))
      return refuse('sourcing.warehouse_not_found', `there is no warehouse "${code.slice(0, 40)}"`)
    await saveAbility(tx, code, checked.value, by.name, deps.clock.now())
    await deps.audit(tx, {
      actor: by,
      action: 'sourcing.service_changed',
      subject: code,
      detail: { ...checked.value },
    })
    return ok(null)
  })
}

function checkAbility(draft: AbilityDraft): Result<AbilityDraft> {
  const takes = [...new Set(draft.takes.map((tag) => tag.trim()).filter((tag) => tag !== ''))].sort()
  if (takes.length > TAGS_MOST || takes.some((tag) => tag.length > 40))
    return refuse('sourcing.bad_tags', `at most ${TAGS_MOST} tags of 40 characters`, { field: 'takes' })
  if (draft.capacityPerDay !== null && (draft.capacityPerDay < 1 || draft.capacityPerDay > 10_000_000))
    return refuse('sourcing.bad_capacity', 'a day has 1 to 10,000,000 parcels, or no limit', {
      field: 'capacityPerDay',
    })
  if (draft.cutoff !== null && !/^([01]\d|2[0-3]):[0-5]\d$/.test(draft.cutoff))
    return refuse('sourcing.bad_cutoff', 'a cut-off is a time of the day: 17:30', { field: 'cutoff' })
  if (draft.zone !== null && !isZone(draft.zone))
    return refuse('sourcing.bad_zone', `"${draft.zone.slice(0, 40)}" is no time zone`, { field: 'zone' })
  return ok({ ...draft, takes })
}

function isZone(zone: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone)
    return true
  } catch {
    return false
  }
}

/** Adds a lane or changes the one to that place. Refused: as `readLane`. */
export async function editLane(deps: SourcingDeps, by: By, typed: TypedLane): Promise<Result<Lane>> {
  return await deps.db.begin(async (tx): Promise<Result<Lane>> => {
    await lockLanes(tx)
    const lane = readLane(typed, await readKnownCodes(tx), readPlace)
    if (!lane.ok) return lane
    await saveLanes(tx, [lane.value], by.name, deps.clock.now())
    await deps.audit(tx, {
      actor: by,
      action: 'sourcing.lane_saved',
      subject: lane.value.warehouse,
      detail: shown(lane.value),
    })
    return lane
  })
}

/** Refused: `sourcing.lane_not_found`. */
export async function dropLane(
  deps: SourcingDeps,
  by: By,
  lane: Pick<Lane, 'warehouse' | 'province' | 'city'>,
): Promise<Result<null>> {
  return await deps.db.begin(async (tx): Promise<Result<null>> => {
    await lockLanes(tx)
    if (!(await removeLane(tx, lane))) return refuse('sourcing.lane_not_found', 'there is no such lane')
    await deps.audit(tx, {
      actor: by,
      action: 'sourcing.lane_removed',
      subject: lane.warehouse,
      detail: { ...lane },
    })
    return ok(null)
  })
}

export type LanePreview = {
  readonly rows: readonly (Lane & { readonly row: number; readonly outcome: 'new' | 'changed' | 'same' })[]
  readonly errors: readonly LaneError[]
}

/** What a list would do; nothing is changed. Refused: as `readLaneTable`. */
export async function previewLanes(
  { db }: { readonly db: Sql },
  table: LaneTable,
): Promise<Result<LanePreview>> {
  const read = readLaneTable(table, await readKnownCodes(db), readPlace)
  if (!read.ok) return read
  const known = new Map((await readLanes(db, null)).map((lane) => [keyOf(lane), lane]))
  const rows = read.value.lanes.map((lane) => {
    const before = known.get(keyOf(lane))
    const outcome = before === undefined ? 'new' : isSame(before, lane) ? 'same' : 'changed'
    return { ...lane, outcome } as const
  })
  return ok({ rows, errors: read.value.errors })
}

/** Takes the whole list, or nothing where a row is wrong (`sourcing.rows_invalid`, data: the errors). Lanes that it does not name stay. */
export async function importLanes(
  deps: SourcingDeps,
  by: By,
  table: LaneTable,
): Promise<Result<{ readonly added: number; readonly changed: number; readonly same: number }>> {
  return await deps.db.begin(async (tx) => {
    await lockLanes(tx)
    const seen = await previewLanes({ db: tx }, table)
    if (!seen.ok) return seen
    const { rows, errors } = seen.value
    if (errors.length > 0)
      return refuse('sourcing.rows_invalid', `${errors.length} rows are wrong; nothing was taken`, {
        errors: errors.slice(0, 200),
      })
    const count = (outcome: string): number => rows.filter((row) => row.outcome === outcome).length
    const done = { added: count('new'), changed: count('changed'), same: count('same') }
    await saveLanes(
      tx,
      rows.filter((row) => row.outcome !== 'same'),
      by.name,
      deps.clock.now(),
    )
    await deps.audit(tx, {
      actor: by,
      action: 'sourcing.lanes_imported',
      subject: `${rows.length} rows`,
      detail: { ...done },
    })
    return ok(done)
  })
}

function keyOf({ warehouse, province, city }: Lane): string {
  return `${warehouse}\n${province}\n${city}`
}
function isSame(a: Lane, b: Lane): boolean {
  return (
    a.hours === b.hours &&
    a.firstKgMinor === b.firstKgMinor &&
    a.furtherKgMinor === b.furtherKgMinor &&
    a.currency === b.currency
  )
}
function shown(lane: Lane) {
  return {
    ...lane,
    firstKgMinor: lane.firstKgMinor?.toString() ?? null,
    furtherKgMinor: lane.furtherKgMinor?.toString() ?? null,
  }
}
