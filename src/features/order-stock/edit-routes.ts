import type { Clock } from '#kernel/clock.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'
import { type Free, placeDemand } from './core/place.ts'
import { type RouteRule, routeFor, type Warehouses } from './core/routes.ts'
import { isPacked, type StockOrder, targetOf } from './core/target.ts'
import { readFree } from './remedies/store.ts'
import {
  insertRoute,
  kindOfConnection,
  type RouteDraft,
  removeRoute,
  updateRoute,
  waitingOrders,
} from './routes/store.ts'
import {
  readActiveRoutes,
  readBundles,
  readKnownWarehouses,
  readOrderHolds,
  readStockOrders,
  wakeUnrouted,
} from './store.ts'

export type RouteEditDeps = {
  readonly db: Database
  readonly clock: Clock
  /** Kinds of channels that a rule may name. */
  readonly kinds: readonly string[]
}

/**
 * Adds a route, or changes the one with that id; orders that wait for want of one are looked at again. What is locked already stays
 * where it is. Refuses with `order_stock.route_invalid`, `order_stock.name_exists`, `order_stock.route_not_found`.
 */
export async function saveRoute(
  tx: Sql,
  deps: RouteEditDeps,
  id: bigint | null,
  draft: RouteDraft,
  by: string,
): Promise<Result<bigint>> {
  const fault = await faultOf(tx, deps, draft)
  if (fault !== null) return refuse('order_stock.route_invalid', fault)
  const stamp = { by, at: deps.clock.now() }
  if (id === null) {
    const added = await insertRoute(tx, draft, stamp)
    if (added === null) return nameExists()
    await wakeUnrouted(tx, stamp.at)
    return ok(added)
  }
  const done = await updateRoute(tx, id, draft, stamp)
  if (done === 'taken') return nameExists()
  if (done === 'absent') return refuse('order_stock.route_not_found', 'there is no such route')
  await wakeUnrouted(tx, stamp.at)
  return ok(id)
}

/** Refuses with `order_stock.route_not_found`; else answers its name. */
export async function dropRoute(tx: Sql, { clock }: RouteEditDeps, id: bigint): Promise<Result<string>> {
  const name = await removeRoute(tx, id)
  if (name === null) return refuse('order_stock.route_not_found', 'there is no such route')
  await wakeUnrouted(tx, clock.now())
  return ok(name)
}

function nameExists(): Result<never> {
  return refuse('order_stock.name_exists', 'another route has this name')
}

async function faultOf(sql: Sql, { kinds }: RouteEditDeps, draft: RouteDraft): Promise<string | null> {
  if (draft.name === '') return 'a route needs a name'
  if (draft.kind !== '*' && !kinds.includes(draft.kind))
    return `no channel of kind ${draft.kind}; known are *, ${kinds.join(', ')}`
  if (draft.connectionId !== null) {
    const kind = await kindOfConnection(sql, draft.connectionId)
    if (kind === null) return `there is no connection ${draft.connectionId}`
    if (kind !== draft.kind) return `connection ${draft.connectionId} is of kind ${kind}`
  }
  if (new Set(draft.warehouses).size < draft.warehouses.length) return 'a warehouse is named twice'
  const known = new Set((await readKnownWarehouses(sql)).map((one) => one.code))
  const unknown = draft.warehouses.filter((code) => !known.has(code))
  return unknown.length === 0 ? null : `there is no warehouse ${unknown.join(', ')}`
}

export type RoutePreview = {
  readonly orders: number
  /** More wait than were looked at. */
  readonly capped: boolean
  /** Orders with pieces from each warehouse, today and with the rule. */
  readonly warehouses: readonly { readonly code: string; readonly now: number; readonly tried: number }[]
  readonly shortNow: number
  readonly shortTried: number
  /** Orders that would come from elsewhere. */
  readonly moved: number
  readonly sample: readonly {
    readonly orderId: bigint
    readonly orderNo: string
    readonly now: readonly string[]
    readonly tried: readonly string[]
  }[]
}

const PREVIEW_MOST = 1_000
const SAMPLE = 10

/**
 * Where today's waiting orders would be locked if they were locked anew with this rule, beside where they would be with the rules as
 * they are; nothing is changed.
 */
export async function previewRoute(
  deps: RouteEditDeps,
  id: bigint | null,
  draft: RouteDraft,
): Promise<Result<RoutePreview>> {
  const fault = await faultOf(deps.db, deps, draft)
  if (fault !== null) return refuse('order_stock.route_invalid', fault)
  const { db } = deps
  const ids = await waitingOrders(db, PREVIEW_MOST + 1)
  const all = await readStockOrders(db, ids.slice(0, PREVIEW_MOST))
  const orders = all
    .filter((order) => !isPacked(order))
    .sort((a, b) => Temporal.Instant.compare(a.since, b.since) || (a.id < b.id ? -1 : 1))
  const rules = await readActiveRoutes(db)
  const warehouses = (await readKnownWarehouses(db)).filter((one) => one.active)
  const skus = new Set(orders.flatMap((order) => order.lines.flatMap((line) => line.sku ?? [])))
  const bundles = await readBundles(db, [...skus])
  const parts = [...skus].flatMap((sku) => bundles.get(sku)?.map((part) => part.sku) ?? [sku])
  const free = await freeBeside(db, orders, parts)
  const place = (by: readonly RouteRule[]) => placeAll(orders, bundles, by, warehouses, new Map(free))
  const others = rules.filter((rule) => rule.id !== id)
  const tried: RouteRule = {
    id: id ?? 1n << 62n,
    name: draft.name,
    kind: draft.kind,
    connection: draft.connectionId,
    warehouses: draft.warehouses,
    spread: draft.spread,
    drawSafety: draft.drawSafety,
  }
  const now = place(rules)
  const after = place(draft.active ? [...others, tried] : others)
  return ok(compare(orders, now, after, ids.length > PREVIEW_MOST))
}

/** What is free, with what these orders hold themselves given back. */
async function freeBeside(
  db: Database,
  orders: readonly StockOrder[],
  skus: readonly string[],
): Promise<Free> {
  const free: Free = new Map(
    (await readFree(db, skus)).map((level) => [`${level.sku}\n${level.warehouse}`, level.available]),
  )
  const holds = await readOrderHolds(
    db,
    orders.map((order) => order.id),
  )
  for (const line of [...holds.values()].flat().flatMap((hold) => hold.lines)) {
    const place = `${line.sku}\n${line.warehouse}`
    free.set(place, (free.get(place) ?? 0) + line.open)
  }
  return free
}

function placeAll(
  orders: readonly StockOrder[],
  bundles: Parameters<typeof targetOf>[1],
  rules: readonly RouteRule[],
  warehouses: Warehouses,
  free: Free,
): ReadonlyMap<bigint, readonly string[]> {
  return new Map(
    orders.map((order) => {
      const route = routeFor(order, rules, warehouses)
      const { hold } = targetOf(order, bundles)
      const takes = route === null || hold.size === 0 ? null : placeDemand(hold, route, free)
      return [order.id, [...new Set((takes ?? []).map((take) => take.warehouse))].sort()]
    }),
  )
}

function compare(
  orders: readonly StockOrder[],
  now: ReadonlyMap<bigint, readonly string[]>,
  after: ReadonlyMap<bigint, readonly string[]>,
  capped: boolean,
): RoutePreview {
  const rows = orders.map((order) => ({
    orderId: order.id,
    orderNo: order.orderNo,
    now: now.get(order.id) ?? [],
    tried: after.get(order.id) ?? [],
  }))
  const moved = rows.filter((row) => row.now.join() !== row.tried.join())
  const codes = [...new Set(rows.flatMap((row) => [...row.now, ...row.tried]))].sort()
  return {
    orders: rows.length,
    capped,
    warehouses: codes.map((code) => ({
      code,
      now: rows.filter((row) => row.now.includes(code)).length,
      tried: rows.filter((row) => row.tried.includes(code)).length,
    })),
    shortNow: rows.filter((row) => row.now.length === 0).length,
    shortTried: rows.filter((row) => row.tried.length === 0).length,
    moved: moved.length,
    sample: moved.slice(0, SAMPLE),
  }
}
