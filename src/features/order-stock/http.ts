import { Type } from 'typebox'
import { formatInstant } from '#kernel/instant.ts'
import { formatMoney, money } from '#kernel/money.ts'
import { ok, refuse } from '#kernel/result.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { oneOf, PAGE_LIMIT, pageOf, pageQuery, problemResponses } from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import { STOCK_STATES, type StockState } from './core/decide.ts'
import type { Remedy } from './core/remedies.ts'
import { routeFor } from './core/routes.ts'
import { findRemedies } from './find-remedies.ts'
import { type RouteRoutesDeps, stockRouteRoutes } from './routes-http.ts'
import { OrderParams, OrderStockJson, RemediesJson, TakeBody, TakenJson, UnlockedJson } from './schemas.ts'
import { type Settled, settleOrders } from './settle-orders.ts'
import {
  countStates,
  type Lack,
  readActiveRoutes,
  readHoldViews,
  readKnownWarehouses,
  readStandings,
  readStockOrders,
  readUnlocked,
} from './store.ts'
import { type TakeDeps, takeFromHolds } from './take-from-holds.ts'

export type OrderStockRoutesDeps = TakeDeps & RouteRoutesDeps

const READ = { scope: 'stock:read' } as const
const WRITE = { scope: 'stock:write' } as const
const tags = ['order-stock']

/** How the stock of orders stands, what could be done where it lacks, and which warehouses serve whom. */
export function orderStockRoutes(app: HttpApp, deps: OrderStockRoutesDeps): void {
  listRoute(app, deps)
  orderRoute(app, deps)
  remedyRoutes(app, deps)
  retryRoute(app, deps)
  stockRouteRoutes(app, deps)
}

function listRoute(app: HttpApp, { db, zone }: OrderStockRoutesDeps): void {
  app.get(
    '/api/order-stock',
    {
      config: READ,
      schema: {
        tags,
        summary: 'Paid orders that cannot be locked, those that wait the longest first',
        querystring: Type.Object({
          state: Type.Optional(oneOf(['waiting', 'short'])),
          connection: Type.Optional(Type.String({ maxLength: 100 })),
          ...pageQuery,
        }),
        response: { 200: pageOf(UnlockedJson), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { state = null, connection = null, cursor, limit = PAGE_LIMIT } = request.query
      const place = cursor === undefined ? ok(null) : decodeCursor('order-stock', cursor)
      if (!place.ok) return sendRefusal(reply, place.refusal)
      const after =
        place.value === null
          ? null
          : { since: Temporal.Instant.from(String(place.value[0])), id: BigInt(String(place.value[1])) }
      const rows = await readUnlocked(db, { state, connection }, after, limit + 1)
      const shown = rows.slice(0, limit)
      const last = rows.length > limit ? shown.at(-1) : undefined
      return {
        items: shown.map((row) => ({
          orderId: row.order_id.toString(),
          orderNo: row.order_no,
          connection: { id: row.connection_id, name: row.connection_name ?? row.connection_id },
          state: row.state === 'short' ? ('short' as const) : ('waiting' as const),
          code: row.code,
          shortage: lacksOf(row.shortage),
          since: formatInstant(row.since, zone()),
          tries: row.tries,
          nextTryAt: row.next_try_at === null ? null : formatInstant(row.next_try_at, zone()),
        })),
        next:
          last === undefined
            ? null
            : encodeCursor('order-stock', [last.since.toString(), last.order_id.toString()]),
      }
    },
  )
  app.get(
    '/api/order-stock/summary',
    {
      config: READ,
      schema: {
        tags,
        response: {
          200: Type.Object({
            waiting: Type.Integer(),
            short: Type.Integer(),
            locked: Type.Integer({ description: 'open holds of orders' }),
          }),
          ...problemResponses,
        },
      },
    },
    async () => {
      const counts = await countStates(db)
      const of = (state: string): number => counts.get(state) ?? 0
      return { waiting: of('waiting'), short: of('short'), locked: of('locked') }
    },
  )
}

function lacksOf(shortage: readonly Lack[] | null) {
  return (shortage ?? []).map((lack) => ({ ...lack, available: lack.available.map((one) => ({ ...one })) }))
}

function orderRoute(app: HttpApp, { db, zone }: OrderStockRoutesDeps): void {
  app.get(
    '/api/order-stock/:orderId',
    {
      config: { ...READ, shops: { order: 'orderId' } },
      schema: { tags, params: OrderParams, response: { 200: OrderStockJson, ...problemResponses } },
    },
    async (request, reply) => {
      const id = BigInt(request.params.orderId)
      const [order] = await readStockOrders(db, [id])
      if (order === undefined)
        return sendRefusal(reply, refuse('order_stock.not_found', 'there is no such order').refusal)
      const [standings, holds, rules, warehouses] = await Promise.all([
        readStandings(db, [id]),
        readHoldViews(db, id),
        readActiveRoutes(db),
        readKnownWarehouses(db),
      ])
      const standing = standings.get(id)
      const route = routeFor(
        order,
        rules,
        warehouses.filter((one) => one.active),
      )
      const time = (at: Temporal.Instant): string => formatInstant(at, zone())
      return {
        orderId: id.toString(),
        state: standing?.state ?? ('none' as const),
        code: standing?.code ?? null,
        since: standing === undefined ? null : time(standing.since),
        tries: standing?.tries ?? 0,
        nextTryAt: standing?.nextTryAt == null ? null : time(standing.nextTryAt),
        shortage: lacksOf(standing?.shortage ?? null),
        restored: (standing?.restored ?? []).map((one) => ({ ...one })),
        route:
          route === null
            ? null
            : {
                id: route.id?.toString() ?? null,
                name: route.name,
                warehouses: [...route.warehouses],
                spread: route.spread,
              },
        holds: holds.map((hold) => ({
          id: hold.id.toString(),
          key: hold.key,
          state: hold.state,
          createdAt: time(hold.created_at),
          deadlineAt: time(hold.deadline_at),
          heartbeatAt: time(hold.heartbeat_at),
          lines: hold.lines.map(({ name, ...line }) => ({ ...line, warehouseName: name })),
        })),
      }
    },
  )
}

function remedyRoutes(app: HttpApp, deps: OrderStockRoutesDeps): void {
  const { zone } = deps
  app.get(
    '/api/order-stock/:orderId/remedies',
    {
      config: READ,
      schema: {
        tags,
        summary: 'Whose lock costs least to release for a short order',
        params: OrderParams,
        response: { 200: RemediesJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const found = await findRemedies(deps, BigInt(request.params.orderId))
      if (!found.ok) return sendRefusal(reply, found.refusal)
      const { shortage, holds, plan } = found.value
      return {
        shortage: lacksOf(shortage),
        holds: holds.map((remedy) => remedyJson(remedy, zone())),
        plan: plan === null ? null : plan.map((remedy) => remedy.hold.id.toString()),
      }
    },
  )
  app.post(
    '/api/order-stock/:orderId/take',
    {
      config: WRITE,
      schema: {
        tags,
        summary: 'Release what other orders hold and lock it for this one: all of it, or nothing changes',
        params: OrderParams,
        body: TakeBody,
        response: { 200: TakenJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const holds = request.body.holds.map(BigInt)
      const done = await takeFromHolds(deps, BigInt(request.params.orderId), holds, actorOf(request))
      return done.ok ? { orders: done.value.map(settledJson) } : sendRefusal(reply, done.refusal)
    },
  )
}

function retryRoute(app: HttpApp, deps: OrderStockRoutesDeps): void {
  app.post(
    '/api/order-stock/:orderId/retry',
    {
      config: { ...WRITE, shops: { order: 'orderId' } },
      schema: {
        tags,
        summary: 'Bring the stock of the order to what its facts say, now',
        params: OrderParams,
        response: { 200: TakenJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const id = BigInt(request.params.orderId)
      const [order] = await readStockOrders(deps.db, [id])
      if (order === undefined)
        return sendRefusal(reply, refuse('order_stock.not_found', 'there is no such order').refusal)
      const settled = await deps.db.begin(async (tx) => {
        const done = await settleOrders(tx, deps, [id], {
          asked: new Set([id]),
          actor: actorOf(request).name,
        })
        await deps.audit(tx, {
          actor: actorOf(request),
          action: 'order_stock.retried',
          subject: order.orderNo,
          detail: { orderId: id.toString(), state: done[0]?.state ?? 'none' },
        })
        return done
      })
      return { orders: settled.map(settledJson) }
    },
  )
}

function settledJson(one: Settled) {
  return {
    orderId: one.orderId.toString(),
    state: stateOf(one.state),
    code: one.code,
    shortage: lacksOf(one.shortage),
  }
}

function stateOf(state: string): StockState {
  return STOCK_STATES.find((one) => one === state) ?? 'none'
}

function remedyJson({ hold, ...remedy }: Remedy, zone: string) {
  const { order } = hold
  const amount = (minor: bigint | null | undefined) =>
    minor == null || order?.currency == null
      ? null
      : { currency: order.currency, amount: formatMoney(money(order.currency, minor)) }
  return {
    holdId: hold.id.toString(),
    owner: { ...hold.owner },
    reason: hold.reason,
    createdAt: formatInstant(hold.createdAt, zone),
    deadlineAt: formatInstant(hold.deadlineAt, zone),
    frees: remedy.frees.map((line) => ({ ...line })),
    lines: hold.lines.map((line) => ({ ...line })),
    overdue: remedy.overdue,
    servedElsewhere: remedy.servedElsewhere,
    minutesLeft: remedy.minutesLeft,
    penalty: amount(order?.penaltyMinor),
    paid: amount(order?.paidMinor),
    blocked: remedy.blocked,
  }
}
