import { takeTurn } from '#features/order-stock/index.ts'
import type { Clock } from '#kernel/clock.ts'
import { ok, type Refused, type Result, refuse } from '#kernel/result.ts'
import type { Actor } from '#platform/http/scopes.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'
import { checkManual, type ManualParcel } from '../core/manual.ts'
import { checkMerge } from '../core/merge.ts'
import { placePersonHold, releaseHolds } from '../holds/store.ts'
import type { NormaliseShipTo } from '../orders/read-rule-orders.ts'
import {
  activeWarehouses,
  type ParcelRow,
  type PlanRow,
  readMates,
  readParcels,
  readPlans,
  writeEvents,
} from '../store.ts'
import { readUnits } from './read-units.ts'
import { addExcluded, clearExcluded, openGroup, partGroup, readForMerge, setManual } from './store.ts'

/** What a person does to a plan. */
export type PlanChange =
  | { readonly do: 'arrange'; readonly parcels: readonly ManualParcel[] }
  | { readonly do: 'move'; readonly parcelNo: string; readonly warehouse: string }
  | { readonly do: 'automatic' }
  | { readonly do: 'replan'; readonly exclude?: readonly string[] }
  | { readonly do: 'hold' }
  | { readonly do: 'release' }
  | { readonly do: 'merge'; readonly orders: readonly bigint[]; readonly confirmed: boolean }
  | { readonly do: 'unmerge'; readonly orders: readonly bigint[] | null }

export type ChangeAsk = {
  readonly orderId: bigint
  readonly change: PlanChange
  readonly reason: string
  readonly actor: Pick<Actor, 'kind' | 'id' | 'name'>
  /** The plan's revision that the person saw; another one is refused. Null: whatever it is now. */
  readonly revision: number | null
}

export type ChangeDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly normalise: NormaliseShipTo
  /** Plans and locks these orders in the caller's transaction: `isAsked` anew, else only what is not as it should be. */
  readonly settle: (tx: Sql, ids: readonly bigint[], actor: string, isAsked: boolean) => Promise<void>
  readonly audit: (
    tx: Sql,
    event: {
      readonly actor: ChangeAsk['actor']
      readonly action: string
      readonly subject: string
      readonly detail: Record<string, unknown>
    },
  ) => Promise<void>
}

/** How the plans of the orders concerned stood before and after. */
export type Changed = { readonly before: readonly PlanShape[]; readonly after: readonly PlanShape[] }
export type PlanShape = { readonly plan: PlanRow; readonly parcels: readonly ParcelRow[] }

/**
 * Carries a person's change out, with the locks that belong to it, or (`preview`) shows what it would do: the same work in a transaction
 * that is undone. Refuses with `fulfilment.not_found`, `fulfilment.changed_conflict`, `fulfilment.closed` and what each change may refuse.
 */
export async function changePlan(
  deps: ChangeDeps,
  ask: ChangeAsk,
  preview: boolean,
): Promise<Result<Changed>> {
  const undone = new Undone()
  try {
    return await deps.db.begin(async (tx) => {
      const done = await change(deps, tx, ask)
      if (!done.ok || preview) {
        undone.result = done
        throw undone
      }
      return done
    })
  } catch (error) {
    if (error === undone && undone.result !== null) return undone.result
    throw error
  }
}

/** Ends a transaction that is only looked at. */
class Undone extends Error {
  result: Result<Changed> | null = null
}

async function change(deps: ChangeDeps, tx: Sql, ask: ChangeAsk): Promise<Result<Changed>> {
  // Before anything is read: who settles meanwhile would change it, or wait for rows that we hold while we wait for our turn.
  await takeTurn(tx)
  const plan = (await readPlans(tx, [ask.orderId])).get(ask.orderId)
  if (plan === undefined)
    return refuse('fulfilment.not_found', 'this order has no plan: it is not paid, or has left')
  if (plan.state === 'left' || plan.state === 'ended')
    return refuse('fulfilment.closed', 'its parcels are printed or on their way, or the order has ended')
  const isHold = ask.change.do === 'hold' || ask.change.do === 'release'
  const kept = (await readParcels(tx, [plan.leadId])).get(plan.leadId) ?? []
  if (!isHold && kept.some((parcel) => parcel.state === 'left'))
    return refuse(
      'fulfilment.closed',
      'all but a gift is on its way: the gift follows as soon as it is there',
    )
  if (ask.revision !== null && ask.revision !== plan.revision)
    return refuse('fulfilment.changed_conflict', 'the plan changed meanwhile: look at it again', {
      revision: plan.revision,
    })
  const mates = (await readMates(tx, [plan.orderId])).map((one) => one.orderId)
  const named = ask.change.do === 'merge' ? ask.change.orders : []
  const ids = [...new Set([plan.orderId, ...mates, ...named])].sort((a, b) => (a < b ? -1 : 1))
  const before = await shapesOf(tx, ids)
  const applied = await applyChange(deps, tx, ask, { plan, ids, before })
  if (!applied.ok) return applied
  // Who is held or released stays where its goods are.
  const isAsked = ask.change.do !== 'hold' && ask.change.do !== 'release'
  await deps.settle(tx, ids, ask.actor.name, isAsked)
  const after = await shapesOf(tx, ids)
  const failed = failureOf(ask.change, before, after)
  if (failed !== null) return failed
  const detail = { before: before.map(summary), after: after.map(summary) }
  const now = deps.clock.now()
  const event = { what: ask.change.do, actor: ask.actor.name, reason: ask.reason, detail }
  await writeEvents(
    tx,
    ids.map((orderId) => ({ orderId, ...event })),
    now,
  )
  await deps.audit(tx, {
    actor: ask.actor,
    action: `fulfilment.${ask.change.do}`,
    subject: plan.orderNo,
    detail: { reason: ask.reason, ...detail },
  })
  return ok({ before, after })
}

type Given = {
  readonly plan: PlanRow
  readonly ids: readonly bigint[]
  readonly before: readonly PlanShape[]
}

async function applyChange(
  deps: ChangeDeps,
  tx: Sql,
  { change: wanted, reason, actor }: ChangeAsk,
  { plan, ids, before }: Given,
): Promise<Result<null>> {
  const at = deps.clock.now()
  switch (wanted.do) {
    case 'arrange':
      return await arrange(deps, tx, plan, ids, wanted.parcels)
    case 'move': {
      const parcels = before.find((one) => one.plan.orderId === plan.leadId)?.parcels ?? []
      if (parcels.every((parcel) => parcel.parcelNo !== wanted.parcelNo))
        return refuse('fulfilment.no_parcel', `the plan has no parcel ${wanted.parcelNo}`)
      return await arrange(
        deps,
        tx,
        plan,
        ids,
        parcels.map((parcel) => ({
          pieces: parcel.pieces.map(({ unit, quantity }) => ({ unit, quantity })),
          warehouse: parcel.parcelNo === wanted.parcelNo ? wanted.warehouse : parcel.warehouse,
        })),
      )
    }
    case 'automatic':
      await setManual(tx, plan.leadId, null)
      await clearExcluded(tx, ids)
      return ok(null)
    case 'replan':
      if (wanted.exclude !== undefined) await addExcluded(tx, ids, wanted.exclude)
      return ok(null)
    case 'hold':
      await placePersonHold(tx, { orderId: plan.orderId, reason, by: actor.name, at })
      return ok(null)
    case 'release': {
      let released = 0
      for (const orderId of ids)
        released += await releaseHolds(tx, { orderId, words: reason, by: actor.name, at })
      return released > 0 ? ok(null) : refuse('fulfilment.not_held', 'nothing holds this order')
    }
    case 'merge':
      return await merge(tx, { ids, reason, by: actor.name, at, confirmed: wanted.confirmed })
    case 'unmerge': {
      if (plan.groupId === null) return refuse('fulfilment.not_merged', 'this order travels alone')
      if (wanted.orders !== null && !wanted.orders.some((id) => ids.includes(id)))
        return refuse('fulfilment.not_merged', 'none of these orders travels with this one')
      await setManual(tx, plan.leadId, null)
      await partGroup(tx, {
        groupId: plan.groupId,
        orderIds: wanted.orders,
        words: reason,
        by: actor.name,
        at,
      })
      return ok(null)
    }
  }
}

async function arrange(
  deps: ChangeDeps,
  tx: Sql,
  plan: PlanRow,
  ids: readonly bigint[],
  parcels: readonly ManualParcel[],
): Promise<Result<null>> {
  const known = new Set(await activeWarehouses(tx))
  const unknown = parcels.find((parcel) => parcel.warehouse !== null && !known.has(parcel.warehouse))
  if (unknown !== undefined)
    return refuse('fulfilment.unknown_warehouse', `no warehouse "${unknown.warehouse}" takes locks`)
  const { units, bindings } = await readUnits(tx, deps.normalise, ids)
  const checked = checkManual(parcels, units, bindings)
  if (!checked.ok) return checked
  await setManual(tx, plan.leadId, parcels)
  return ok(null)
}

async function merge(
  tx: Sql,
  given: {
    readonly ids: readonly bigint[]
    readonly reason: string
    readonly by: string
    readonly at: Temporal.Instant
    readonly confirmed: boolean
  },
): Promise<Result<null>> {
  const rows = await readForMerge(tx, given.ids)
  if (rows.length < given.ids.length)
    return refuse('fulfilment.not_found', 'one of the orders does not exist')
  const checked = checkMerge(
    rows.map((row) => ({
      orderNo: row.order_no,
      status: row.status,
      currency: row.currency,
      recipientKey: row.recipient_key,
      hasParcels: row.parcel_count > 0,
      isGrouped: row.grouped,
      region: row.region,
    })),
    given.confirmed,
  )
  if (!checked.ok) return checked
  for (const id of given.ids) await setManual(tx, id, null)
  await openGroup(tx, { orderIds: given.ids, reason: given.reason, by: given.by, at: given.at })
  return ok(null)
}

/** A change that a person names must come true, or nothing is changed; orders that wait for goods may wait for them together. */
function failureOf(
  wanted: PlanChange,
  before: readonly PlanShape[],
  after: readonly PlanShape[],
): Refused | null {
  if (wanted.do !== 'arrange' && wanted.do !== 'move' && wanted.do !== 'merge') return null
  const waited = wanted.do === 'merge' && before.some(({ plan }) => plan.state === 'short')
  const stuck = after.find(({ plan }) => isStuck(plan) && !(waited && plan.state === 'short'))
  if (stuck === undefined) return null
  return refuse(stuck.plan.code ?? 'fulfilment.not_possible', stuck.plan.words.en, {
    words: stuck.plan.words,
  })
}

function isStuck({ state }: PlanRow): boolean {
  return state === 'short' || state === 'review' || state === 'unmatched'
}

async function shapesOf(tx: Sql, ids: readonly bigint[]): Promise<PlanShape[]> {
  const plans = [...(await readPlans(tx, ids)).values()]
  const parcels = await readParcels(tx, [...new Set(plans.map((plan) => plan.leadId))])
  return plans.map((plan) => ({
    plan,
    parcels: plan.leadId === plan.orderId ? (parcels.get(plan.leadId) ?? []) : [],
  }))
}

function summary({ plan, parcels }: PlanShape) {
  return {
    orderNo: plan.orderNo,
    state: plan.state,
    revision: plan.revision,
    parcels: parcels.map((parcel) => ({
      warehouse: parcel.warehouse,
      waits: parcel.waits,
      pieces: parcel.pieces.map((piece) => `${piece.sku}×${piece.quantity}`),
    })),
  }
}
