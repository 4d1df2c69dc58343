import type { Taken } from '#domain/stock.ts'
import type { PlanAsk } from '#features/order-stock/index.ts'
import type { ParcelRow, PlanRow } from '../store.ts'

/**
 * What is still here of a plan whose other parcels are on their way: a gift that waits for its goods, or has them and waits for its
 * waybill. Its parcels keep their numbers, pieces and amounts.
 */
export type Rest = {
  readonly leadId: bigint
  readonly asks: readonly PlanAsk[]
  readonly parcels: readonly ParcelRow[]
}

type Known = {
  readonly plans: ReadonlyMap<bigint, PlanRow>
  readonly parcels: ReadonlyMap<bigint, readonly ParcelRow[]>
}

export function restsOf(asks: readonly PlanAsk[], { plans, parcels }: Known): Rest[] {
  const leaving = asks.filter((ask) => ask.isLeaving && ask.waits && plans.get(ask.order.id) !== undefined)
  const byLead = Map.groupBy(leaving, (ask) => plans.get(ask.order.id)?.leadId ?? ask.order.id)
  return [...byLead].flatMap(([leadId, mates]) => {
    const all = parcels.get(leadId) ?? []
    const hasLeft = all.some((parcel) => parcel.state === 'left')
    const open = all.filter(
      (parcel) =>
        parcel.state === 'planned' &&
        // What waited for nothing leaves with the first of them.
        (parcel.waits || hasLeft) &&
        mates.some((ask) => isStillHere(parcel, ask)),
    )
    const members = mates.filter((ask) => open.some((parcel) => isStillHere(parcel, ask)))
    return open.length === 0 ? [] : [{ leadId, asks: members, parcels: open }]
  })
}

/** Whether the parcel has pieces of the order that are in nobody's hands yet, by the lines that its waybills name. */
function isStillHere(parcel: ParcelRow, { order }: PlanAsk): boolean {
  if (order.leftWhole || order.status === 'shipped') return false
  const live = order.parcels.filter(({ stage }) => stage !== 'void' && stage !== 'announced')
  if (live.some(({ lines }) => lines.length === 0)) return false
  const named = new Map<string, number>()
  for (const { lineId, quantity } of live.flatMap(({ lines }) => lines))
    named.set(lineId, (named.get(lineId) ?? 0) + quantity)
  return parcel.pieces.some(({ orderId, lineId }) => {
    if (orderId !== order.id) return false
    const ordered = order.lines.find((line) => line.lineId === lineId)?.quantity ?? 0
    return (named.get(lineId) ?? 0) < ordered
  })
}

/**
 * Where an order's goods are to be had: of the rest by its parcels' warehouses, of what is printed and not handed over yet where it is
 * held. `later`: pieces that nobody has.
 */
export function restPlaces(
  rest: Rest,
  ask: PlanAsk,
  warehouseOf: (parcel: ParcelRow) => string | null,
): { readonly places: readonly Taken[]; readonly later: ReadonlyMap<string, number> } {
  const need = new Map(ask.hold)
  const later = new Map<string, number>()
  const places: Taken[] = []
  const held = ask.held.map((line) => ({ ...line }))
  for (const parcel of rest.parcels) {
    const warehouse = warehouseOf(parcel)
    for (const { orderId, sku, quantity } of parcel.pieces) {
      if (orderId !== ask.order.id) continue
      need.set(sku, (need.get(sku) ?? 0) - quantity)
      if (warehouse === null) {
        later.set(sku, (later.get(sku) ?? 0) + quantity)
        continue
      }
      places.push({ sku, warehouse, quantity })
      const own = held.find((line) => line.sku === sku && line.warehouse === warehouse)
      if (own !== undefined) own.quantity -= Math.min(own.quantity, quantity)
    }
  }
  for (const line of held) {
    const quantity = Math.min(line.quantity, need.get(line.sku) ?? 0)
    if (quantity <= 0) continue
    places.push({ ...line, quantity })
    need.set(line.sku, (need.get(line.sku) ?? 0) - quantity)
  }
  return { places, later }
}
