import type { PlanPiece, PlanUnit } from '#domain/fulfilment.ts'
import type { Instant } from '#kernel/clock.ts'
import type { WorkedOut } from '../plan/work-out.ts'
import type { ParcelRow } from '../store.ts'

/** The parcels of a plan as they are kept: numbered `P<order>-<revision>-<n>`, so that a number is never used for another parcel. */
export function parcelRows(leadId: bigint, revision: number, worked: WorkedOut, at: Instant): ParcelRow[] {
  const units = new Map(worked.units.map((unit) => [unit.key, unit]))
  const placed = new Map<string, number>()
  return worked.parcels.map((parcel, i) => ({
    leadId,
    seq: i + 1,
    parcelNo: `P${leadId}-${revision}-${i + 1}`,
    warehouse: parcel.warehouse,
    state: 'planned' as const,
    waits: parcel.waits,
    reasons: parcel.reasons,
    plannedAt: at,
    pieces: addUp(parcel.pieces).flatMap(({ unit: key, quantity }) => {
      const unit = units.get(key)
      if (unit === undefined) return []
      const { orderId, lineId, sku, title, gift, weightG } = unit
      const before = placed.get(key) ?? 0
      placed.set(key, before + quantity)
      const valueMinor = valueUpTo(unit, before + quantity) - valueUpTo(unit, before)
      return [{ unit: key, orderId, lineId, sku, title, gift, quantity, valueMinor, weightG }]
    }),
  }))
}

/** What the first so many pieces of a unit are worth: the shares of its parcels add up to the unit's value. */
function valueUpTo({ valueMinor, quantity }: PlanUnit, pieces: number): bigint {
  return (valueMinor * BigInt(pieces)) / BigInt(Math.max(1, quantity))
}

/** A parcel names a unit once. */
function addUp(pieces: readonly PlanPiece[]): PlanPiece[] {
  const sums = new Map<string, number>()
  for (const { unit, quantity } of pieces) sums.set(unit, (sums.get(unit) ?? 0) + quantity)
  return [...sums].map(([unit, quantity]) => ({ unit, quantity }))
}

/** Whether these parcels are what is kept already; numbers and times apart. */
export function isSamePlan(kept: readonly ParcelRow[], made: readonly ParcelRow[]): boolean {
  const texts = (parcels: readonly ParcelRow[]): string[] => parcels.map(textOf).sort()
  const [before, now] = [texts(kept), texts(made)]
  return before.length === now.length && before.every((one, i) => one === now[i])
}

function textOf({ state, warehouse, waits, pieces }: ParcelRow): string {
  const texts = pieces.map((one) => `${one.unit}*${one.quantity}=${one.valueMinor}`)
  return `${state}|${warehouse}|${waits}|${texts.sort().join()}`
}
