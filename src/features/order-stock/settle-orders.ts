import {
  type Answered,
  applyStock,
  type LockCommand,
  type OnLocked,
  type StockCommand,
  shortOf,
} from '#features/stock/index.ts'
import type { Clock, Instant } from '#kernel/clock.ts'
import { writeJournal } from '#platform/journal/store.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { commandsOf, type Step } from './commands-of.ts'
import {
  type Circumstances,
  decideStock,
  HOLD_FREED,
  isIdle,
  type OrderHold,
  type Plan,
  SHORT,
  type StockState,
} from './core/decide.ts'
import { type RouteRule, routeFor } from './core/routes.ts'
import { isPacked, isWaiting, type StockOrder, type Target, targetOf, withoutLater } from './core/target.ts'
import { PLANS_AT_MOST, type PlanAsk, type Planned, type Planner, type PlanSession } from './planner.ts'
import { bundlesFor, recipesFor, skusOf } from './recipes.ts'
import { standingAfter } from './standing-after.ts'
import {
  countsSince,
  type KeptStanding,
  type KnownWarehouse,
  type Lack,
  markPlace,
  readActiveRoutes,
  readBundles,
  readKnownWarehouses,
  readOrderHolds,
  readStandings,
  readStockOrders,
  returnToPlace,
  saveStandings,
  takeTurn,
} from './store.ts'
import { timeFor } from './time-for.ts'

export type SettleDeps = {
  readonly clock: Clock
  /** The time by which is decided who waits how long: the database's, which all processes share. Without it the clock's. */
  readonly timeOf?: (sql: Sql) => Promise<Instant>
  /** Minutes until an order's hold is overdue unless its order renews it. */
  readonly lockMinutes: number
  /**
   * Told how the locks of orders went: each that was had, and the first refusal of each order that falls short (it is tried again many
   * times, which says nothing new of the warehouse). A transaction that is run again tells twice.
   */
  readonly onLocked?: OnLocked
  /** Says from which warehouses an order is to be served; without it, or where it has nothing to say, the route does. */
  readonly planner?: Planner
}

export type SettleOptions = {
  /** Somebody, or its turn, asks for these now: what was freed for others may be taken again. */
  readonly asked?: ReadonlySet<bigint>
  /** These give what they hold to the first order and are served after it. */
  readonly givers?: ReadonlySet<bigint>
  readonly actor?: string
}

/** What became of an order's stock. */
export type Settled = {
  readonly orderId: bigint
  readonly connection: string
  readonly state: StockState
  readonly code: string | null
  readonly shortage: readonly Lack[] | null
  /** Whether the ledger was asked for anything: false where all was as it should be. */
  readonly acted: boolean
  /** Whether the order was looked at before. */
  readonly wasKnown: boolean
}

export const ORDERS_AT_ONCE = 500

/**
 * Brings the stock of these orders (500 at most) to what their facts ask for, in the caller's transaction, one such at a time over all
 * processes. Looks at how everything stands now: it may be called as often and in whatever order anybody likes. Does nothing while the
 * hub counts no stock.
 */
export async function settleOrders(
  tx: Sql,
  deps: SettleDeps,
  orderIds: readonly bigint[],
  options: SettleOptions = {},
): Promise<readonly Settled[]> {
  const since = await countsSince(tx)
  if (orderIds.length === 0) return []
  const began = deps.clock.now()
  const now = await timeFor(tx, deps)
  const session = deps.planner?.(tx, now) ?? null
  if (since === null && (session === null || (await session.isIdle()))) return []
  await takeTurn(tx)
  const ids = session === null ? orderIds : await session.mates(orderIds)
  const read = await readCases(tx, ids, { since: since ?? now, options, now })
  if (since === null) {
    await session?.plan(read.map(askOf), { counted: false, again: false })
    await session?.settled(null)
    return []
  }
  const cases = session === null ? read : await planCases(session, read, false)
  let done = await carryOutPlanned(tx, deps, session, cases, now, options)
  const leaving = done.filter((one) => one.plan.leavesAtOnce && one.hold !== null)
  if (leaving.length > 0) done = await commitAtOnce(tx, deps, done, now, options)
  tellLocks(deps, done, began)
  const rows = done.flatMap((one) => standingAfter(one, now) ?? [])
  const changed = await saveStandings(tx, rows, now)
  await writeJournal(
    tx,
    changed.map(({ orderId, state }) => ({ kind: 'order_stock.changed', orderId, data: { state } })),
    now,
  )
  const settled = done.map(settledOf)
  await session?.settled(settled)
  return settled
}

function askOf(one: Case): PlanAsk {
  return {
    order: one.order,
    waits: one.target.waits,
    isLeaving: isPacked(one.order),
    hold: one.target.hold,
    held: one.holds
      .filter((hold) => hold.state === 'held')
      .flatMap((hold) => hold.lines.map(({ sku, warehouse, open }) => ({ sku, warehouse, quantity: open })))
      .filter((line) => line.quantity > 0),
    route: one.route,
    bundles: one.bundles,
    takes: one.how.givesUp || planOf(one, false).code !== HOLD_FREED,
    givesUp: one.how.givesUp,
    asked: one.how.asked,
  }
}

/** The cases with their plans' places; pieces that wait by design are not asked of the ledger. */
async function planCases(session: PlanSession, cases: readonly Case[], again: boolean): Promise<Case[]> {
  const plans = await session.plan(cases.map(askOf), { counted: true, again })
  return cases.map((one) => {
    const planned = plans.get(one.order.id) ?? null
    const target = planned?.is === 'placed' ? withoutLater(one.target, planned.later) : one.target
    const places = planned?.is === 'placed' ? planned.places : null
    return { ...one, whole: one.target, planned, target, how: { ...one.how, places } }
  })
}

/**
 * A plan is made from figures that others may change before it is locked: what could not be had is planned once more on those that the
 * ledger has locked for us by then.
 */
async function carryOutPlanned(
  tx: Sql,
  deps: SettleDeps,
  session: PlanSession | null,
  cases: readonly Case[],
  now: Instant,
  options: SettleOptions,
): Promise<Done[]> {
  let done = await carryOut(tx, deps, cases, now, options)
  for (let attempt = 1; session !== null && attempt < PLANS_AT_MOST; attempt += 1) {
    const missed = done.filter((one) => one.planned?.is === 'placed' && hasMissed(one))
    if (missed.length === 0) break
    // With those that travel with them: the plan of all may become another one.
    const ids = new Set(await session.mates(missed.map((one) => one.order.id)))
    const concerned = done.filter((one) => ids.has(one.order.id))
    const holds = await readOrderHolds(tx, [...ids])
    const anew = concerned.map((one) => asItStands(one, holds.get(one.order.id) ?? []))
    const replanned = await planCases(session, anew, true)
    const after = await carryOut(tx, deps, replanned, now, options)
    const byId = new Map(after.map((one) => [one.order.id, one]))
    done = done.map((one) => laterOf(one, byId.get(one.order.id)))
  }
  return done
}

function hasMissed({ shortage, refused }: Done): boolean {
  return shortage !== null || refused !== null
}

/** The case after what was done in this turn, as if it were looked at for the first time. */
function asItStands(one: Done, holds: readonly OrderHold[]): Case {
  const { hold, plan, standing } = one
  const took = hold !== null && plan.lock !== null && standing !== null
  return {
    ...one,
    target: one.whole,
    holds,
    standing: took ? { ...standing, holdKey: hold.key, generation: plan.lock.generation } : standing,
  }
}

/** What was had before and stays as it is was had. */
function laterOf(one: Done, later: Done | undefined): Done {
  if (later === undefined) return one
  const stays = one.hold !== null && isIdle(later.plan) && !hasMissed(later)
  return stays ? { ...one, planned: later.planned, target: later.target, how: later.how } : later
}

/** An order with all that decides on it. */
export type Case = {
  readonly order: StockOrder
  readonly target: Target
  readonly standing: KeptStanding | null
  readonly holds: readonly OrderHold[]
  readonly route: RouteRule | null
  readonly how: Circumstances
  readonly figures: ReadonlyMap<string, KnownWarehouse['figures']>
  readonly bundles: KeptStanding['bundles']
  /** What its plan says; null without one. */
  readonly planned: Planned | null
  /** What is asked of the ledger together with what waits by design. */
  readonly whole: Target
}

/** A case with what was decided and what the ledger said. */
export type Done = Case & {
  readonly plan: Plan
  /** The hold that was taken now. */
  readonly hold: OrderHold | null
  readonly shortage: readonly Lack[] | null
  /** Why the lock was refused, but for want of stock. */
  readonly refused: string | null
  /** Something changed under our hands: to be looked at again in a moment. */
  readonly again: boolean
  readonly restoredNow: boolean
  /** The lock that was asked for, and what became of it. */
  readonly asked: { readonly command: LockCommand; readonly answer: Answered } | null
}

function settledOf(one: Done): Settled {
  const row = standingAfter(one, null)
  return {
    orderId: one.order.id,
    connection: one.order.connection,
    state: row?.state ?? one.standing?.state ?? 'none',
    code: row === null ? (one.standing?.code ?? null) : row.code,
    shortage: one.shortage,
    acted: !isIdle(one.plan),
    wasKnown: one.standing !== null,
  }
}

type Given = { readonly since: Instant; readonly options: SettleOptions; readonly now: Instant }

async function readCases(
  tx: Sql,
  orderIds: readonly bigint[],
  { since, options, now }: Given,
): Promise<Case[]> {
  const ids = [...new Set(orderIds)].sort((a, b) => (a < b ? -1 : 1))
  const orders = await readStockOrders(tx, ids)
  const standings = await readStandings(tx, ids)
  // Most orders of a batch were never held: their holds need not be looked for.
  const holds = standings.size === 0 ? new Map() : await readOrderHolds(tx, [...standings.keys()])
  const routes = await readActiveRoutes(tx)
  const warehouses = await readKnownWarehouses(tx)
  const recipes = await readBundles(tx, skusOf(orders))
  const active = warehouses.filter((one) => one.active)
  const figures = new Map(warehouses.map((one) => [one.code, one.figures]))
  return orders.map((order) => {
    const standing = standings.get(order.id) ?? null
    const bundles = bundlesFor(order, standing, recipes)
    const left = order.shippedAt ?? (isWaiting(order.status) ? null : order.since)
    const route = routeFor(order, routes, active)
    const isDue =
      standing !== null &&
      standing.nextTryAt !== null &&
      Temporal.Instant.compare(standing.nextTryAt, now) <= 0
    const target = targetOf(order, bundles)
    return {
      order,
      target,
      whole: target,
      planned: null,
      standing,
      holds: holds.get(order.id) ?? [],
      route,
      figures,
      bundles: recipesFor(order, bundles),
      how: {
        hasRoute: route !== null,
        beforeStock: left !== null && Temporal.Instant.compare(left, since) < 0,
        keepOld: false,
        givesUp: options.givers?.has(order.id) ?? false,
        asked: isDue || (options.asked?.has(order.id) ?? false),
        places: null,
      },
    }
  })
}

function planOf(one: Case, keepOld: boolean): Plan {
  const plan = decideStock(one.target, { standing: one.standing, holds: one.holds }, { ...one.how, keepOld })
  // Who gives up what it holds and is found nothing else for holds nothing.
  if (!one.how.givesUp || one.planned?.is !== 'short' || plan.lock === null) return plan
  return { ...plan, lock: null, state: 'short', code: SHORT }
}

const TRIES_AT_MOST = 3

/**
 * Asks the ledger once for the whole batch. Where a changed demand cannot be had, everything is undone and asked again with that order
 * keeping what it holds: it must not lose its goods to others for want of one more piece.
 */
async function carryOut(
  tx: Sql,
  deps: SettleDeps,
  cases: readonly Case[],
  now: Instant,
  options: SettleOptions,
): Promise<Done[]> {
  // What no warehouse can serve by its plan's own rules is not asked for: its lacks are known.
  const keeping = new Map<bigint, readonly Lack[] | null>(
    cases.flatMap((one) =>
      one.planned?.is === 'short' && !one.how.givesUp ? [[one.order.id, one.planned.lacks]] : [],
    ),
  )
  for (let attempt = 1; ; attempt += 1) {
    const planned = cases.map((one) => ({ ...one, plan: planOf(one, keeping.has(one.order.id)) }))
    const steps = commandsOf(planned, deps, options.actor)
    const replacing = planned.filter((one) => one.plan.replaces)
    if (replacing.length > 0) await markPlace(tx)
    const answers = await ask(tx, steps, now)
    const done = planned.map((one) => doneOf(one, answers, keeping.get(one.order.id) ?? lacksOf(one)))
    const failed = done.filter((one) => one.plan.replaces && one.hold === null)
    if (failed.length === 0) return done
    await returnToPlace(tx)
    const kept = attempt < TRIES_AT_MOST ? failed : done.filter((one) => one.plan.replaces)
    for (const one of kept) keeping.set(one.order.id, one.shortage)
  }
}

/** Of a giver that nothing else was found for. */
function lacksOf({ planned, how }: Case): readonly Lack[] | null {
  return how.givesUp && planned?.is === 'short' ? planned.lacks : null
}

type Answers = ReadonlyMap<bigint, readonly { readonly step: Step; readonly answer: Answered }[]>

async function ask(tx: Sql, steps: readonly Step[], now: Instant): Promise<Answers> {
  const commands: StockCommand[] = steps.map((step) => step.command)
  const answers = commands.length === 0 ? [] : await applyStock(tx, commands, now)
  return Map.groupBy(
    steps.flatMap((step, i) => {
      const answer = answers[i]
      return answer === undefined ? [] : [{ step, answer }]
    }),
    ({ step }) => step.orderId,
  )
}

function doneOf(one: Case & { readonly plan: Plan }, answers: Answers, kept: readonly Lack[] | null): Done {
  let hold: OrderHold | null = null
  let shortage = kept
  let refused: string | null = null
  let again = false
  let restoredNow = one.plan.restore.length > 0
  let asked: Done['asked'] = null
  for (const { step, answer } of answers.get(one.order.id) ?? []) {
    if (step.command.do === 'lock') asked = { command: step.command, answer }
    if (answer.ok) {
      if (step.command.do === 'lock' && answer.value.do === 'lock') hold = answer.value.hold
      continue
    }
    if (step.command.do === 'adjust') restoredNow = false
    if (step.command.do !== 'lock') again = true
    else {
      const short = shortOf(answer)
      if (short.length > 0) shortage = short.map(lackOf)
      else if (BUSY.includes(answer.refusal.code)) again = true
      else refused = answer.refusal.code
    }
  }
  return { ...one, hold, shortage, refused, again, restoredNow, asked }
}

function tellLocks({ onLocked, clock }: SettleDeps, done: readonly Done[], at: Instant): void {
  const outcomes = done.flatMap(({ asked, standing }) => {
    if (asked === null || (!asked.answer.ok && standing?.state === 'short')) return []
    return [{ ...asked, at, tookMs: Math.max(0, clock.now().since(at).total('milliseconds')) }]
  })
  if (outcomes.length > 0) onLocked?.(outcomes)
}

/** The key is taken by a hold that was not known when the plan was made: the next look finds it. */
const BUSY: readonly string[] = ['stock.key_reused', 'stock.hold_ended']

function lackOf(short: ReturnType<typeof shortOf>[number]): Lack {
  return { sku: short.sku, wanted: short.wanted, had: short.available, available: short.elsewhere }
}

/** Goods that had left before they were ever held: taken a moment ago, committed now, on levels that this transaction has locked. */
async function commitAtOnce(
  tx: Sql,
  deps: SettleDeps,
  done: readonly Done[],
  now: Instant,
  options: SettleOptions,
): Promise<Done[]> {
  const planned = done.flatMap((one) => {
    if (!one.plan.leavesAtOnce || one.hold === null) return []
    const before = one.holds.map((hold) => settledHold(hold, one.plan))
    const restored = [...(one.standing?.restored ?? []), ...one.plan.restore]
    const standing = one.standing === null ? null : { ...one.standing, restored }
    const holds = [...before, one.hold]
    const plan = decideStock(one.target, { standing, holds }, { ...one.how, asked: true })
    return [{ ...one, holds, plan: { ...plan, lock: null, release: [], restore: [] } }]
  })
  const answers = await ask(tx, commandsOf(planned, deps, options.actor), now)
  const after = new Map(planned.map((one) => [one.order.id, one.plan]))
  return done.map((one) => {
    const plan = after.get(one.order.id)
    if (plan === undefined) return one
    const failed = (answers.get(one.order.id) ?? []).some(({ answer }) => !answer.ok)
    return { ...one, again: one.again || failed, plan: { ...one.plan, state: plan.state, code: plan.code } }
  })
}

/** The hold as it is after the plan's commits and releases. */
function settledHold(hold: OrderHold, plan: Plan): OrderHold {
  const commits = plan.commit.find((one) => one.key === hold.key)?.lines ?? []
  const isReleased = plan.release.some((one) => one.key === hold.key)
  return {
    ...hold,
    state: isReleased ? 'released' : hold.state,
    lines: hold.lines.map((line) => {
      const pieces = commits
        .filter((one) => one.sku === line.sku && one.warehouse === line.warehouse)
        .reduce((total, one) => total + one.quantity, 0)
      return {
        ...line,
        open: isReleased ? 0 : line.open - pieces,
        committed: line.committed + pieces,
      }
    }),
  }
}
