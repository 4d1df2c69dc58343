import type { Instant } from '#kernel/clock.ts'
import type { WorkedOut } from '../plan/work-out.ts'
import type { ParcelRow } from '../store.ts'

/** The parcels of a plan as they are kept: numbered `P<order>-<revision>-<n>`, so that a number is never used for another parcel. */
export function parcelRows(leadId: bigint, revision: number, worked: WorkedOut, at: Instant): ParcelRow[] {
  const units = new Map(worked.units.map((unit) => [unit.key, unit]))
  return worked.parcels.map((parcel, i) => ({
    leadId,
    seq: i + 1,
    parcelNo: `P${leadId}-${revision}-${i + 1}`,
    warehouse: parcel.warehouse,
    state: 'planned' as const,
    waits: parcel.waits,
    reasons: parcel.reasons,
    plannedAt: at,
    pieces: parcel.pieces.flatMap(({ unit: key, quantity }) => {
      const unit = units.get(key)
      if (unit === undefined) return []
      const { orderId, lineId, sku, title, gift, weightG } = unit
      const valueMinor = (unit.valueMinor * BigInt(quantity)) / BigInt(Math.max(1, unit.quantity))
      return [{ unit: key, orderId, lineId, sku, title, gift, quantity, valueMinor, weightG }]
    }),
  }))
}

/** Whether these parcels are what is kept already. */
export function isSamePlan(kept: readonly ParcelRow[], { parcels }: Pick<WorkedOut, 'parcels'>): boolean {
  const open = kept.filter((parcel) => parcel.state === 'planned')
  const text = (
    warehouse: string | null,
    waits: boolean,
    pieces: readonly { unit: string; quantity: number }[],
  ): string =>
    `${warehouse}|${waits}|${pieces
      .map((piece) => `${piece.unit}*${piece.quantity}`)
      .sort()
      .join()}`
  const before = open.map((one) => text(one.warehouse, one.waits, one.pieces)).sort()
  const now = parcels.map((one) => text(one.warehouse, one.waits, one.pieces)).sort()
  return before.length === now.length && before.every((one, i) => one === now[i])
}
