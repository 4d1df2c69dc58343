import { PLANS_AT_MOST, type Planned } from '#features/order-stock/index.ts'
import { readSourceWarehousesFor } from '#features/sourcing/index.ts'
import type { Instant } from '#kernel/clock.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { mergedOrder } from '../core/merged-order.ts'
import { type Rest, restPlaces } from '../core/rest.ts'
import type { PlanDeps } from '../deps.ts'
import type { ParcelRow } from '../store.ts'
import { readFreeStock } from './free-stock.ts'
import type { Known, Owner } from './owners.ts'
import { planRest } from './work-out.ts'

/** A rest with the warehouses that were found for what waited, by parcel number. */
export type MadeRest = {
  readonly rest: Rest
  readonly found: ReadonlyMap<string, string>
  readonly times: number
}

/** Looks for the goods of parcels that were left behind, each by itself and from one warehouse. */
export async function makeRests(
  deps: PlanDeps,
  tx: Sql,
  rests: readonly Rest[],
  {
    known,
    now,
    made,
  }: { readonly known: Known; readonly now: Instant; readonly made: Map<bigint, MadeRest> },
): Promise<void> {
  const owners = rests.flatMap((rest) => {
    const owner = ownerOf(rest, known)
    return owner === null ? [] : [{ rest, owner }]
  })
  const seeking = owners.filter(({ rest }) => rest.parcels.some((parcel) => parcel.waits))
  const skus = seeking.flatMap(({ rest }) =>
    rest.parcels.flatMap((one) => one.pieces.map((piece) => piece.sku)),
  )
  const free =
    seeking.length === 0
      ? null
      : await readFreeStock(
          tx,
          seeking.map((one) => one.owner),
          [...new Set(skus)],
        )
  const warehouses = await readSourceWarehousesFor(
    tx,
    seeking.map(({ owner }) => ({
      key: owner.leadId.toString(),
      codes: owner.members[0]?.ask.route?.warehouses ?? [],
      to: owner.order.to,
    })),
    now,
    deps.zone(),
  )
  for (const { rest, owner } of owners) {
    const times = (made.get(rest.leadId)?.times ?? 0) + 1
    const found = new Map<string, string>()
    // What could not be had so often waits on.
    const waiting = times === PLANS_AT_MOST ? [] : rest.parcels.filter((parcel) => parcel.waits)
    for (const parcel of waiting) {
      const worked = planRest(
        deps,
        {
          order: owner.order,
          isMerged: owner.members.length > 1,
          pins: owner.plan?.pins ?? NO_PINS,
          manual: null,
          excluded: owner.plan?.excluded ?? [],
          warehouses: warehouses.get(owner.leadId.toString()) ?? [],
          spread: 'never',
          free: free?.for(owner) ?? null,
          now,
        },
        parcel.pieces,
      )
      const [one, ...more] = worked.outcome === 'placed' ? worked.parcels : []
      if (one === undefined || more.length > 0 || one.waits || one.warehouse === null) continue
      const { warehouse } = one
      found.set(parcel.parcelNo, warehouse)
      free?.take(
        owner,
        parcel.pieces.map(({ sku, quantity }) => ({ sku, warehouse, quantity })),
      )
    }
    made.set(rest.leadId, { rest, found, times })
  }
}

const NO_PINS = { review: null, split: null, sourcing: null, freight: null }

/** Its members hold nothing here: what they hold is printed already. */
function ownerOf(rest: Rest, known: Known): Owner | null {
  const members = rest.asks.flatMap((ask) => {
    const order = known.orders.get(ask.order.id)
    return order === undefined ? [] : [{ ask: { ...ask, held: [] }, order }]
  })
  if (members.length === 0) return null
  const plan = known.plans.get(rest.leadId) ?? known.plans.get(members[0]?.order.id ?? 0n) ?? null
  return {
    leadId: rest.leadId,
    groupId: plan?.groupId ?? null,
    order: mergedOrder(members.map(({ order }) => order)),
    members,
    plan,
    parcels: rest.parcels,
    revision: plan?.revision ?? 0,
    fingerprint: plan?.fingerprint ?? '',
  }
}

export function plannedRests(made: Iterable<MadeRest>, wanted: ReadonlySet<bigint>): Map<bigint, Planned> {
  const planned = new Map<bigint, Planned>()
  for (const one of made)
    for (const ask of one.rest.asks) {
      if (!wanted.has(ask.order.id)) continue
      const { places, later } = restPlaces(one.rest, ask, (parcel) => warehouseOf(one, parcel))
      const lacks = [...later].map(([sku, pieces]) => ({ sku, wanted: pieces, had: 0, available: [] }))
      planned.set(ask.order.id, { is: 'placed', lead: one.rest.leadId, places, later, lacks })
    }
  return planned
}

function warehouseOf({ found }: MadeRest, parcel: ParcelRow): string | null {
  return parcel.waits ? (found.get(parcel.parcelNo) ?? null) : parcel.warehouse
}
