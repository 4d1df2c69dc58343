import type { SourceScore, SourceWarehouse, SourceWeights } from '#domain/fulfilment.ts'

/**
 * The objective, in thousandths of a point. One point is one parcel, 1,000 km, 10.00 of freight, a day, a full warehouse, or 100 steps of
 * priority: scales that stay the same from order to order, so that a weight means the same everywhere. Whole numbers only: two ways
 * that are equally good are equal, whatever the order in which they were added up.
 */
export const POINT = 1_000
/** Cut here: 1,000.00 of freight, 100,000 km. Beyond it nothing gets worse, and sums stay within 2^53. */
const PART_MOST = 100 * POINT
/** More than all else of one parcel together (five weights of 100, each part cut at `PART_MOST`). */
const PARCEL_FIRST = 10_000_000_000
/** Below every sum: of two that are equally good the one with fewer parcels. */
const TIE = 1_024
/** A promise that cannot be kept weighs like two more days. */
const LATE_HOURS = 48

/** One warehouse as the search sees it: what a parcel from there costs, in the search's own unit. */
export type Place = {
  readonly code: string
  readonly at: SourceWarehouse
  /** For a parcel up to a kilogram. */
  readonly fixed: number
  /** For each further kilogram. */
  readonly rate: number
  /** For the whole order where this is the slowest parcel of it. */
  readonly pace: number
  /** Hours until it is with the buyer: a parcel that misses today's cut-off leaves a day later. */
  readonly hours: number | null
  readonly late: boolean
  /** Parcels that it may still send today. */
  room: number
}

export function isParcelsFirst(weights: SourceWeights): boolean {
  const { parcels, ...others } = weights
  return parcels > Object.values(others).reduce((sum, one) => sum + one, 0)
}

/** What nobody knows of a warehouse counts as the worst that is known of another one; where nothing is known it does not count. */
export function placesOf(
  warehouses: readonly SourceWarehouse[],
  weights: SourceWeights,
  dueMinutes: number | null,
): Place[] {
  const worstKm = worst(warehouses.map((one) => one.km))
  const worstFirst = worst(warehouses.map((one) => minor(one.firstKgMinor)))
  const worstFurther = worst(warehouses.map((one) => minor(one.furtherKgMinor)))
  const worstHours = worst(warehouses.map((one) => one.hours))
  const parcel = weights.parcels * POINT + (isParcelsFirst(weights) ? PARCEL_FIRST : 0)
  return warehouses.map((at) => {
    const waits = leavesAfter(at)
    const late = dueMinutes !== null && waits > dueMinutes
    const dayLater = (at.cutoffMinutes ?? 0) < 0 ? 24 : 0
    const pace = (at.hours ?? worstHours) + dayLater + (late ? LATE_HOURS : 0)
    const fixed =
      parcel +
      weights.distance * cut(at.km ?? worstKm) +
      weights.cost * cut(minor(at.firstKgMinor) ?? worstFirst) +
      weights.balance * balanceOf(at) +
      weights.priority * cut(at.priority * 10)
    return {
      code: at.code,
      at,
      fixed: fixed * TIE + 1,
      rate: weights.cost * cut(minor(at.furtherKgMinor) ?? worstFurther) * TIE,
      pace: weights.promise * cut(Math.round((pace * POINT) / 24)) * TIE,
      hours: at.hours === null ? null : at.hours + dayLater,
      late,
      room: at.capacity === null ? Number.POSITIVE_INFINITY : at.capacity - at.load,
    }
  })
}

const DAY = 1_440

/** Minutes until a parcel leaves: by today's cut-off, else by tomorrow's. */
function leavesAfter({ cutoffMinutes }: SourceWarehouse): number {
  if (cutoffMinutes === null) return 0
  return cutoffMinutes >= 0 ? cutoffMinutes : cutoffMinutes + DAY
}

function balanceOf({ load, capacity }: SourceWarehouse): number {
  return capacity === null || capacity === 0 ? 0 : Math.min(POINT, Math.round((load * POINT) / capacity))
}

function worst(figures: readonly (number | null)[]): number {
  return figures.reduce<number>((most, one) => Math.max(most, one ?? 0), 0)
}

function cut(figure: number): number {
  return Math.max(0, Math.min(PART_MOST, Math.round(figure)))
}

/** A weight of the search, never shown or kept: what a parcel costs is added up in whole minor units by `addCost`. */
function minor(cost: bigint | null): number | null {
  return cost === null ? null : Number(cost)
}

/** Kilograms begun; a parcel of unknown or no weight counts as one. */
export function kilogramsOf(grams: number): number {
  return Math.max(1, Math.ceil(grams / 1_000))
}

/** A parcel of a plan, for its score. */
export type Weighed = { readonly place: Place; readonly grams: number }

/** The figures of a plan as people read them; a part that is unknown for one parcel is unknown for the plan. */
export function scoreOf(
  parcels: readonly Weighed[],
  waiting: number,
  weights: SourceWeights,
): SourceScore & { readonly key: number } {
  let key = 0
  let pace = 0
  let km: number | null = 0
  let costMinor: bigint | null = 0n
  let hours: number | null = 0
  for (const { place, grams } of parcels) {
    key += place.fixed + place.rate * (kilogramsOf(grams) - 1)
    pace = Math.max(pace, place.pace)
    km = km === null || place.at.km === null ? null : km + place.at.km
    costMinor = addCost(costMinor, place.at, grams)
    hours = hours === null || place.hours === null ? null : Math.max(hours, place.hours)
  }
  key += pace
  const first = isParcelsFirst(weights) ? PARCEL_FIRST * parcels.length : 0
  const total = Math.floor(key / TIE) - first
  return { parcels: parcels.length, waiting, km, costMinor, hours, total, key }
}

function addCost(sum: bigint | null, at: SourceWarehouse, grams: number): bigint | null {
  const further = BigInt(kilogramsOf(grams) - 1)
  if (sum === null || at.firstKgMinor === null) return null
  if (further > 0n && at.furtherKgMinor === null) return null
  return sum + at.firstKgMinor + further * (at.furtherKgMinor ?? 0n)
}
