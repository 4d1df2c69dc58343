import type { RuleOrder } from '#domain/rule-order.ts'
import type { PlanAsk } from '#features/order-stock/index.ts'
import { fingerprintOf } from '../core/fingerprint.ts'
import { mergedOrder } from '../core/merged-order.ts'
import type { ParcelRow, PlanRow } from '../store.ts'

/** One order, or several that travel together: what is planned as one. */
export type Owner = {
  /** The order under which its parcels are kept. */
  readonly leadId: bigint
  readonly groupId: bigint | null
  readonly order: RuleOrder
  readonly members: readonly { readonly ask: PlanAsk; readonly order: RuleOrder }[]
  /** The lead's plan as it was left; null where there is none. */
  readonly plan: PlanRow | null
  readonly parcels: readonly ParcelRow[]
  /** The highest that any plan of its orders has had: numbers of parcels are made of it, and none is used twice. */
  readonly revision: number
  readonly fingerprint: string
}

export type Known = {
  readonly groupOf: ReadonlyMap<bigint, bigint>
  readonly orders: ReadonlyMap<bigint, RuleOrder>
  readonly plans: ReadonlyMap<bigint, PlanRow>
  readonly parcels: ReadonlyMap<bigint, readonly ParcelRow[]>
}

/** Those of the asks that are to be planned: paid, all of it still here; who paid first goes first. */
export function ownersOf(asks: readonly PlanAsk[], known: Known): Owner[] {
  const waiting = asks.filter(
    (ask) =>
      ask.waits && !ask.isLeaving && known.orders.has(ask.order.id) && !isPackedWithOthers(ask, asks, known),
  )
  const byOwner = Map.groupBy(waiting, (ask) => {
    const group = known.groupOf.get(ask.order.id)
    return group === undefined ? `o${ask.order.id}` : `g${group}`
  })
  const owners = [...byOwner.values()].flatMap((members) => ownerOf(members, known) ?? [])
  return owners.sort(
    (a, b) =>
      Number(givesUp(a)) - Number(givesUp(b)) ||
      Temporal.Instant.compare(since(a), since(b)) ||
      (a.leadId < b.leadId ? -1 : 1),
  )
}

/**
 * The orders that it travels with are printed or packed already: its goods are in the same parcels and stay where they are held, until
 * its own waybill is told or somebody asks for another plan.
 */
function isPackedWithOthers(ask: PlanAsk, asks: readonly PlanAsk[], { groupOf, plans }: Known): boolean {
  const group = groupOf.get(ask.order.id)
  if (group === undefined || ask.asked || ask.givesUp || !isHeldWhole(ask)) return false
  const isOne = plans.get(ask.order.id)?.groupId === group
  return isOne && asks.some((one) => one.isLeaving && groupOf.get(one.order.id) === group)
}

function givesUp({ members }: Owner): boolean {
  return members.some(({ ask }) => ask.givesUp)
}

function since({ members }: Owner): Temporal.Instant {
  return members.reduce<Temporal.Instant>(
    (first, { ask }) => (Temporal.Instant.compare(ask.order.since, first) < 0 ? ask.order.since : first),
    members[0]?.ask.order.since ?? Temporal.Instant.fromEpochMilliseconds(0),
  )
}

function ownerOf(asks: readonly PlanAsk[], known: Known): Owner | null {
  const members = asks
    .flatMap((ask) => {
      const order = known.orders.get(ask.order.id)
      return order === undefined ? [] : [{ ask, order }]
    })
    .sort((a, b) => (a.order.id < b.order.id ? -1 : 1))
  const lead = members[0]
  if (lead === undefined) return null
  const plan = known.plans.get(lead.order.id) ?? null
  const own = plan?.leadId === lead.order.id ? plan : null
  const orders = members.map(({ order }) => order)
  return {
    leadId: lead.order.id,
    groupId: members.length > 1 ? (known.groupOf.get(lead.order.id) ?? null) : null,
    order: mergedOrder(orders),
    members,
    plan,
    parcels: known.parcels.get(lead.order.id) ?? [],
    revision: Math.max(0, ...members.map(({ order }) => known.plans.get(order.id)?.revision ?? 0)),
    fingerprint: fingerprintOf(orders, { manual: own?.manual ?? null, excluded: plan?.excluded ?? [] }),
  }
}

const KEPT: readonly string[] = ['locked', 'held', 'planned']

/**
 * Whether the plan stands: made from the same, for the same orders, and nobody asks for another. One that was made without any figures
 * is made anew once there are some, one whose freight is not known until it is.
 */
export function isStanding(owner: Owner, counted: boolean): boolean {
  const { plan, members, parcels } = owner
  const open = parcels.filter((parcel) => parcel.state === 'planned')
  if (plan === null || open.length === 0 || !KEPT.includes(plan.state)) return false
  // What had left came back (its waybill was voided) while a gift waited behind it.
  if (parcels.some((parcel) => parcel.state === 'left')) return false
  if (plan.answer.isUnrated === true) return false
  if (counted && (plan.state === 'planned' || open.some((one) => one.warehouse === null && !one.waits)))
    return false
  return (
    plan.fingerprint === owner.fingerprint &&
    plan.leadId === owner.leadId &&
    members.every(({ ask }) => !ask.asked && !ask.givesUp)
  )
}

/** Locked before there were plans: its first plan is made of what it holds, where it holds it. */
export function isHeldWithoutPlan({ plan, members }: Owner): boolean {
  return plan === null && members.every(({ ask }) => !ask.asked && !ask.givesUp && isHeldWhole(ask))
}

/** Whether its orders hold all that they want, wherever that is. */
export function isHeldByAll({ members }: Owner): boolean {
  return members.every(({ ask }) => !ask.givesUp && isHeldWhole(ask))
}

function isHeldWhole({ hold, held }: PlanAsk): boolean {
  if (hold.size === 0) return false
  const open = new Map<string, number>()
  for (const line of held) open.set(line.sku, (open.get(line.sku) ?? 0) + line.quantity)
  return open.size === hold.size && [...hold].every(([sku, pieces]) => open.get(sku) === pieces)
}
