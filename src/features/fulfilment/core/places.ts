import type { PlanUnit, SourcedParcel } from '#domain/fulfilment.ts'
import type { Taken } from '#domain/stock.ts'

export type OrderPlaces = {
  /** Pieces to be locked, by SKU and warehouse. */
  readonly places: readonly Taken[]
  /** Pieces that wait for goods by design, by SKU. */
  readonly later: ReadonlyMap<string, number>
}

/** What each order of a plan has to lock where; the sum over all orders is exactly what the parcels hold. */
export function placesByOrder(
  parcels: readonly Pick<SourcedParcel, 'warehouse' | 'pieces' | 'waits'>[],
  units: ReadonlyMap<string, Pick<PlanUnit, 'orderId' | 'sku'>>,
): Map<bigint, OrderPlaces> {
  const places = new Map<bigint, Map<string, Taken>>()
  const later = new Map<bigint, Map<string, number>>()
  for (const { warehouse, pieces, waits } of parcels)
    for (const { unit: key, quantity } of pieces) {
      const unit = units.get(key)
      if (unit === undefined) continue
      if (waits || warehouse === null) {
        const of = later.get(unit.orderId) ?? new Map<string, number>()
        later.set(unit.orderId, of.set(unit.sku, (of.get(unit.sku) ?? 0) + quantity))
        continue
      }
      const of = places.get(unit.orderId) ?? new Map<string, Taken>()
      const place = `${unit.sku}\n${warehouse}`
      of.set(place, { sku: unit.sku, warehouse, quantity: quantity + (of.get(place)?.quantity ?? 0) })
      places.set(unit.orderId, of)
    }
  const orders = new Set([...places.keys(), ...later.keys()])
  return new Map(
    [...orders].map((id) => [
      id,
      { places: [...(places.get(id)?.values() ?? [])].sort(byPlace), later: later.get(id) ?? new Map() },
    ]),
  )
}

function byPlace(a: Taken, b: Taken): number {
  if (a.sku !== b.sku) return a.sku < b.sku ? -1 : 1
  return a.warehouse < b.warehouse ? -1 : a.warehouse > b.warehouse ? 1 : 0
}
