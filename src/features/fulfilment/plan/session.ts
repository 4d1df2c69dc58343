import type { PlanUnit } from '#domain/fulfilment.ts'
import {
  type LockedPlan,
  PLANS_AT_MOST,
  type PlanAsk,
  type Planned,
  type Planner,
  type PlanSession,
} from '#features/order-stock/index.ts'
import { readSourceWarehousesFor } from '#features/sourcing/index.ts'
import type { Instant } from '#kernel/clock.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { type OrderPlaces, placesByOrder } from '../core/places.ts'
import { restsOf } from '../core/rest.ts'
import type { PlanDeps } from '../deps.ts'
import { readRuleOrders } from '../orders/read-rule-orders.ts'
import { hasAnythingToPlan, readMates, readParcels, readPlans } from '../store.ts'
import { readFreeStock } from './free-stock.ts'
import { isHeldByAll, isHeldWithoutPlan, isStanding, type Known, type Owner, ownersOf } from './owners.ts'
import { type MadeRest, makeRests, plannedRests } from './plan-rests.ts'
import { saveOutcome } from './save-outcome.ts'
import { planOrder, type WorkedOut } from './work-out.ts'

/** A plan of this settling: made anew, or the one that stood. */
export type Made = {
  readonly owner: Owner
  readonly worked: WorkedOut | null
  /** How often it was worked out in this settling. */
  readonly times: number
}

/** Plans orders inside the transaction that locks them: what was planned is what is locked. */
export function openPlanner(deps: PlanDeps): Planner {
  return (tx, now) => openSession(deps, tx, now)
}

const PLAN_KINDS = ['review', 'split', 'sourcing', 'freight']

function openSession(deps: PlanDeps, tx: Sql, now: Instant): PlanSession {
  const made = new Map<bigint, Made>()
  const rests = new Map<bigint, MadeRest>()
  let known: Known | null = null
  let groupOf = new Map<bigint, bigint>()
  const asked = new Map<bigint, PlanAsk>()
  return {
    isIdle: async () => !deps.hasRules(PLAN_KINDS) && !(await hasAnythingToPlan(tx)),
    mates: async (ids) => {
      const mates = await readMates(tx, ids)
      groupOf = new Map(mates.map((one) => [one.orderId, one.groupId]))
      return [...new Set([...ids, ...mates.map((one) => one.orderId)])]
    },
    plan: async (asks, { counted, again }) => {
      for (const ask of asks) asked.set(ask.order.id, ask)
      known ??= await readKnown(deps, tx, [...asked.values()], groupOf)
      // Of a merged order that could not be had, all are planned again.
      const leads = new Set(asks.map((ask) => leadOf(made, ask.order.id) ?? ask.order.id))
      const concerned = again
        ? [...asked.values()].filter((ask) => leads.has(leadOf(made, ask.order.id) ?? ask.order.id))
        : asks
      const owners = ownersOf(concerned, known)
      const fresh = owners.filter((owner) => again || !isStanding(owner, counted))
      for (const owner of owners)
        if (!fresh.includes(owner)) made.set(owner.leadId, { owner, worked: null, times: 1 })
      await makePlans(deps, tx, { owners: fresh, counted, now }, made)
      const wanted = new Set(asks.map((ask) => ask.order.id))
      const left = restsOf([...asked.values()], known).filter((rest) =>
        rest.asks.some((ask) => wanted.has(ask.order.id)),
      )
      if (counted && left.length > 0) await makeRests(deps, tx, left, { known, now, made: rests })
      return new Map([...plannedBy(owners, made, wanted), ...plannedRests(rests.values(), wanted)])
    },
    settled: async (outcomes: readonly LockedPlan[] | null) => {
      known ??= await readKnown(deps, tx, [...asked.values()], groupOf)
      await saveOutcome(deps, tx, {
        made: [...made.values()],
        rests: [...rests.values()],
        asked,
        known,
        outcomes,
        now,
      })
    },
  }
}

function leadOf(made: ReadonlyMap<bigint, Made>, orderId: bigint): bigint | null {
  for (const { owner } of made.values())
    if (owner.members.some(({ order }) => order.id === orderId)) return owner.leadId
  return null
}

async function readKnown(
  deps: PlanDeps,
  tx: Sql,
  asks: readonly PlanAsk[],
  groupOf: ReadonlyMap<bigint, bigint>,
): Promise<Known> {
  const ids = asks.map((ask) => ask.order.id)
  const plans = await readPlans(tx, ids)
  const leads = [...new Set([...plans.values()].map((plan) => plan.leadId))]
  const parcels = await readParcels(tx, leads)
  const left = restsOf(asks, { plans, parcels }).flatMap((rest) => rest.asks)
  const waiting = [...asks.filter((ask) => ask.waits && !ask.isLeaving), ...left].map((ask) => ask.order.id)
  const recipes = new Map(asks.map((ask) => [ask.order.id, ask.bundles]))
  const orders = await readRuleOrders(tx, deps.normalise, waiting, recipes)
  return { groupOf, orders: new Map(orders.map((order) => [order.id, order])), plans, parcels }
}

async function makePlans(
  deps: PlanDeps,
  tx: Sql,
  {
    owners,
    counted,
    now,
  }: { readonly owners: readonly Owner[]; readonly counted: boolean; readonly now: Instant },
  made: Map<bigint, Made>,
): Promise<void> {
  if (owners.length === 0) return
  const skus = [...new Set(owners.flatMap((owner) => skusOf(owner)))]
  const free = counted ? await readFreeStock(tx, owners, skus) : null
  const warehouses = await readSourceWarehousesFor(
    tx,
    owners.map((owner) => ({
      key: owner.leadId.toString(),
      codes: owner.members[0]?.ask.route?.warehouses ?? [],
      to: owner.order.to,
    })),
    now,
    deps.zone(),
  )
  for (const owner of owners) {
    const times = (made.get(owner.leadId)?.times ?? 0) + 1
    // Goods that cannot be had elsewhere, whatever the figures say, are planned where they are.
    const stays = times === PLANS_AT_MOST && isHeldByAll(owner)
    const isAdopted = counted && (stays || isHeldWithoutPlan(owner))
    const worked = planOrder(deps, {
      order: owner.order,
      isMerged: owner.members.length > 1,
      pins: owner.plan?.pins ?? NO_PINS,
      manual: owner.plan?.leadId === owner.leadId ? owner.plan.manual : null,
      excluded: owner.plan?.excluded ?? [],
      warehouses: warehouses.get(owner.leadId.toString()) ?? [],
      spread: owner.members[0]?.ask.route?.spread ?? 'lines',
      free: (isAdopted ? free?.heldBy(owner) : free?.for(owner)) ?? null,
      now,
    })
    // What today's rules would lock elsewhere stays as it is until somebody asks or something changes.
    if (isAdopted && !stays && worked.outcome === 'short') continue
    made.set(owner.leadId, { owner, worked, times })
    if (owner.members.every(({ ask }) => ask.takes))
      for (const { places } of placesOf(worked).values()) free?.take(owner, places)
  }
}

const NO_PINS = { review: null, split: null, sourcing: null, freight: null }

function skusOf({ order }: Owner): string[] {
  return order.lines.flatMap((line) => line.parts?.map((part) => part.sku) ?? line.sku ?? [])
}

function placesOf(worked: WorkedOut): Map<bigint, OrderPlaces> {
  return placesByOrder(worked.parcels, unitsByKey(worked.units))
}

function unitsByKey(units: readonly PlanUnit[]): Map<string, PlanUnit> {
  return new Map(units.map((unit) => [unit.key, unit]))
}

/** What order-stock is told: where each order's goods are to be had. What cannot be decided is held by the route meanwhile. */
function plannedBy(
  owners: readonly Owner[],
  made: ReadonlyMap<bigint, Made>,
  wanted: ReadonlySet<bigint>,
): Map<bigint, Planned> {
  const planned = new Map<bigint, Planned>()
  for (const owner of owners) {
    const worked = made.get(owner.leadId)?.worked ?? null
    if (worked !== null && worked.outcome !== 'placed') {
      if (worked.outcome === 'short')
        for (const { order } of owner.members)
          if (wanted.has(order.id)) planned.set(order.id, { is: 'short', lacks: lacksOf(worked) })
      continue
    }
    const places = worked === null ? standingPlaces(owner) : placesOf(worked)
    for (const { order } of owner.members) {
      const of = places.get(order.id)
      if (!wanted.has(order.id) || of === undefined) continue
      planned.set(order.id, {
        is: 'placed',
        lead: owner.leadId,
        places: of.places,
        later: of.later,
        lacks: lacksLater(of),
      })
    }
  }
  return planned
}

function standingPlaces({ parcels }: Owner): Map<bigint, OrderPlaces> {
  const open = parcels.filter((parcel) => parcel.state === 'planned')
  const units = new Map(open.flatMap((parcel) => parcel.pieces.map((piece) => [piece.unit, piece] as const)))
  return placesByOrder(open, units)
}

type Lack = Extract<Planned, { is: 'short' }>['lacks'][number]

function lacksOf({ refusal }: WorkedOut): readonly Lack[] {
  const data = refusal?.data
  if (typeof data !== 'object' || data === null || !('short' in data) || !Array.isArray(data.short)) return []
  return (
    data.short as readonly { sku: string; wanted: number; had: number; elsewhere?: Lack['available'] }[]
  ).map((one) => ({ sku: one.sku, wanted: one.wanted, had: one.had, available: one.elsewhere ?? [] }))
}

function lacksLater({ later }: OrderPlaces): readonly Lack[] {
  return [...later].map(([sku, wanted]) => ({ sku, wanted, had: 0, available: [] }))
}
