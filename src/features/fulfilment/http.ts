import { type Static, Type } from 'typebox'
import { formatInstant } from '#kernel/instant.ts'
import { formatMoney, money } from '#kernel/money.ts'
import { ok } from '#kernel/result.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { nullable, oneOf, PAGE_LIMIT, pageOf, pageQuery, problemResponses } from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import { explainPlan } from './core/explain.ts'
import { readHolds } from './holds/store.ts'
import { type ChangeDeps, changePlan, type PlanChange } from './manual/change-plan.ts'
import { readUnits } from './manual/read-units.ts'
import { readCandidates } from './manual/store.ts'
import { PLAN_STATES, PLAN_STEPS, type PlanState, readParcels, readPlans } from './store.ts'
import { ShapeJson, shapeToJson, UnitsJson, unitToJson, WordsJson } from './views/plan-json.ts'
import { countStates, readEvents, readList, readMembers } from './views/store.ts'

export type FulfilmentRoutesDeps = ChangeDeps & { readonly zone: () => string }

const READ = { scope: 'orders:read' } as const
const WRITE = { scope: 'fulfilment:write' } as const
const tags = ['fulfilment']
const Id = Type.String({ pattern: '^\\d{1,18}$' })
const OrderParams = Type.Object({ id: Id })
const Reason = Type.String({ minLength: 1, maxLength: 500 })

/** Fulfilment plans: why an order is where it is, and what people may do to it. */
export function fulfilmentRoutes(app: HttpApp, deps: FulfilmentRoutesDeps): void {
  listRoutes(app, deps)
  planRoute(app, deps)
  changeRoutes(app, deps)
  bulkRoute(app, deps)
  mergeRoute(app, deps)
}

function listRoutes(app: HttpApp, { db, zone }: FulfilmentRoutesDeps): void {
  app.get(
    '/api/fulfilment',
    {
      config: READ,
      schema: {
        tags,
        summary: 'Plans, the newest change first',
        querystring: Type.Object({
          state: Type.Optional(oneOf(PLAN_STATES)),
          warehouse: Type.Optional(Type.String({ maxLength: 40 })),
          q: Type.Optional(Type.String({ maxLength: 200, description: 'order number' })),
          ...pageQuery,
        }),
        response: {
          200: pageOf(
            Type.Object({
              orderId: Type.String(),
              orderNo: Type.String(),
              connection: Type.Object({ id: Type.String(), name: Type.String() }),
              state: oneOf(PLAN_STATES),
              step: oneOf(PLAN_STEPS),
              code: nullable(Type.String()),
              words: WordsJson,
              merged: Type.Integer({ description: 'orders that travel together; 1 for one alone' }),
              isManual: Type.Boolean(),
              parcels: Type.Integer(),
              warehouses: Type.Array(Type.String()),
              plannedAt: Type.String(),
              updatedAt: Type.String(),
            }),
          ),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const { state = null, warehouse = null, q = null, cursor, limit = PAGE_LIMIT } = request.query
      const place = cursor === undefined ? ok(null) : decodeCursor('fulfilment', cursor)
      if (!place.ok) return sendRefusal(reply, place.refusal)
      const after =
        place.value === null
          ? null
          : { at: Temporal.Instant.from(String(place.value[0])), id: BigInt(String(place.value[1])) }
      const rows = await readList(db, { state, warehouse, q }, after, limit + 1)
      const shown = rows.slice(0, limit)
      const last = rows.length > limit ? shown.at(-1) : undefined
      return {
        items: shown.map((row) => ({
          orderId: row.order_id.toString(),
          orderNo: row.order_no,
          connection: { id: row.connection_id, name: row.connection_name ?? row.connection_id },
          state: row.state,
          step: row.step,
          code: row.code,
          words: { zh: row.zh, en: row.en },
          merged: Number(row.group_size),
          isManual: row.is_manual,
          parcels: Number(row.parcels),
          warehouses: [...(row.warehouses ?? [])],
          plannedAt: formatInstant(row.planned_at, zone()),
          updatedAt: formatInstant(row.updated_at, zone()),
        })),
        next:
          last === undefined
            ? null
            : encodeCursor('fulfilment', [last.updated_at.toString(), last.order_id.toString()]),
      }
    },
  )
  app.get(
    '/api/fulfilment/summary',
    {
      config: READ,
      schema: {
        tags,
        summary: 'How many open plans stand in each state',
        response: { 200: Type.Record(Type.String(), Type.Integer()), ...problemResponses },
      },
    },
    async () => {
      const counts = await countStates(db)
      return Object.fromEntries(PLAN_STATES.map((state) => [state, counts.get(state) ?? 0]))
    },
  )
}

const PlanJson = Type.Object({
  plan: nullable(ShapeJson),
  units: UnitsJson,
  explained: nullable(
    Type.Object({ why: WordsJson, waitsFor: WordsJson, who: WordsJson, actions: Type.Array(Type.String()) }),
  ),
  holds: Type.Array(
    Type.Object({
      id: Type.String(),
      by: oneOf(['rule', 'person']),
      placedBy: Type.String(),
      reason: Type.String(),
      at: Type.String(),
      releasedAt: nullable(Type.String()),
      releasedBy: nullable(Type.String()),
      releasedWords: nullable(Type.String()),
    }),
  ),
  members: Type.Array(
    Type.Object({ orderId: Type.String(), orderNo: Type.String(), connection: Type.String() }),
  ),
  events: Type.Array(
    Type.Object({
      at: Type.String(),
      what: Type.String(),
      actor: Type.String(),
      reason: Type.String(),
      detail: Type.Unknown(),
    }),
  ),
})

function planRoute(app: HttpApp, { db, zone, normalise }: FulfilmentRoutesDeps): void {
  app.get(
    '/api/fulfilment/orders/:id',
    {
      config: READ,
      schema: {
        tags,
        summary: 'The plan of an order: why it is here, what it waits for, who can move it',
        params: OrderParams,
        response: { 200: PlanJson, ...problemResponses },
      },
    },
    async (request) => {
      const id = BigInt(request.params.id)
      const time = (at: Temporal.Instant): string => formatInstant(at, zone())
      const plan = (await readPlans(db, [id])).get(id)
      const members = plan?.groupId == null ? [] : await readMembers(db, plan.groupId)
      // What holds one of them holds all that travel together.
      const ids = [...new Set([id, ...members.map((row) => row.order_id)])]
      const holds = [...(await readHolds(db, ids)).values()].flat()
      const events = await readEvents(db, id, 100)
      const shape =
        plan === undefined
          ? null
          : { plan, parcels: (await readParcels(db, [plan.leadId])).get(plan.leadId) ?? [] }
      const open = holds.filter((hold) => hold.releasedAt === null)
      const together = members.length > 0 ? members.map((row) => row.order_id) : [id]
      const isBare = shape !== null && shape.parcels.length === 0 && isOpen(shape.plan.state)
      return {
        plan: shape === null ? null : shapeToJson(shape, zone()),
        units: isBare ? (await readUnits(db, normalise, together)).units.map(unitToJson) : [],
        explained:
          plan === undefined
            ? null
            : explainJson({
                ...plan,
                holds: open,
                isMerged: plan.groupId !== null,
                isManual: plan.manual !== null,
              }),
        holds: holds.map((hold) => ({
          id: hold.id.toString(),
          by: hold.by,
          placedBy: hold.placedBy,
          reason: hold.reason,
          at: time(hold.at),
          releasedAt: hold.releasedAt === null ? null : time(hold.releasedAt),
          releasedBy: hold.releasedBy,
          releasedWords: hold.releasedWords,
        })),
        members: members.map((row) => ({
          orderId: row.order_id.toString(),
          orderNo: row.order_no,
          connection: row.connection_id,
        })),
        events: events.map(({ at, what, actor, reason, detail }) => ({
          at: time(at),
          what,
          actor,
          reason,
          detail,
        })),
      }
    },
  )
}

function isOpen(state: PlanState): boolean {
  return state !== 'left' && state !== 'ended'
}

function explainJson(ask: Parameters<typeof explainPlan>[0]) {
  const { why, waitsFor, who, actions } = explainPlan(ask)
  return { why: { ...why }, waitsFor: { ...waitsFor }, who: { ...who }, actions: [...actions] }
}

const ChangeBody = Type.Object({
  change: Type.Union([
    Type.Object({
      do: Type.Literal('arrange'),
      parcels: Type.Array(
        Type.Object({
          pieces: Type.Array(
            Type.Object({
              unit: Type.String({ maxLength: 400 }),
              quantity: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
            }),
            { maxItems: 500 },
          ),
          warehouse: nullable(Type.String({ maxLength: 40 })),
        }),
        { minItems: 1, maxItems: 100 },
      ),
    }),
    Type.Object({
      do: Type.Literal('move'),
      parcelNo: Type.String({ maxLength: 80 }),
      warehouse: Type.String({ maxLength: 40 }),
    }),
    Type.Object({ do: Type.Literal('automatic') }),
    Type.Object({
      do: Type.Literal('replan'),
      exclude: Type.Optional(Type.Array(Type.String({ maxLength: 40 }), { maxItems: 100 })),
    }),
    Type.Object({ do: Type.Literal('hold') }),
    Type.Object({ do: Type.Literal('release') }),
    Type.Object({
      do: Type.Literal('merge'),
      orders: Type.Array(Id, { minItems: 1, maxItems: 50 }),
      confirmed: Type.Optional(
        Type.Boolean({ description: 'a person vouches that the recipients are the same' }),
      ),
    }),
    Type.Object({ do: Type.Literal('unmerge'), orders: Type.Optional(Type.Array(Id, { maxItems: 50 })) }),
  ]),
  reason: Reason,
  revision: Type.Optional(Type.Integer({ description: 'of the plan that was looked at' })),
})
const ChangedJson = Type.Object({ before: Type.Array(ShapeJson), after: Type.Array(ShapeJson) })

function changeRoutes(app: HttpApp, deps: FulfilmentRoutesDeps): void {
  const routes = [
    {
      path: '/api/fulfilment/orders/:id/preview',
      config: READ,
      preview: true,
      summary: 'What a change would do; nothing is changed',
    },
    {
      path: '/api/fulfilment/orders/:id/change',
      config: WRITE,
      preview: false,
      summary: 'Split, merge, move, hold, release, unmerge, plan anew',
    },
  ] as const
  for (const { path, config, preview, summary } of routes)
    app.post(
      path,
      {
        config,
        schema: {
          tags,
          summary,
          params: OrderParams,
          body: ChangeBody,
          response: { 200: ChangedJson, ...problemResponses },
        },
      },
      async (request, reply) => {
        const { change, reason, revision = null } = request.body
        const ask = {
          orderId: BigInt(request.params.id),
          change: changeOf(change),
          reason,
          actor: actorOf(request),
          revision,
        }
        const done = await changePlan(deps, ask, preview)
        if (!done.ok) return sendRefusal(reply, done.refusal)
        return {
          before: done.value.before.map((shape) => shapeToJson(shape, deps.zone())),
          after: done.value.after.map((shape) => shapeToJson(shape, deps.zone())),
        }
      },
    )
}

type ChangeJson = Static<typeof ChangeBody>['change']

function changeOf(change: ChangeJson): PlanChange {
  if (change.do === 'merge')
    return { do: 'merge', orders: change.orders.map(BigInt), confirmed: change.confirmed ?? false }
  if (change.do === 'unmerge') return { do: 'unmerge', orders: change.orders?.map(BigInt) ?? null }
  if (change.do === 'replan')
    return change.exclude === undefined ? { do: 'replan' } : { do: 'replan', exclude: change.exclude }
  return change
}

function bulkRoute(app: HttpApp, deps: FulfilmentRoutesDeps): void {
  app.post(
    '/api/fulfilment/bulk',
    {
      config: WRITE,
      schema: {
        tags,
        summary: 'The same change for up to 200 orders, each by itself',
        body: Type.Object({
          orders: Type.Array(Id, { minItems: 1, maxItems: 200 }),
          do: oneOf(['hold', 'release', 'replan', 'automatic']),
          reason: Reason,
        }),
        response: {
          200: Type.Object({
            done: Type.Integer(),
            refused: Type.Array(
              Type.Object({
                orderId: Type.String(),
                orderNo: nullable(Type.String()),
                code: Type.String(),
                detail: Type.String(),
              }),
            ),
          }),
          ...problemResponses,
        },
      },
    },
    async (request) => {
      const { orders, do: what, reason } = request.body
      const refused: { orderId: string; code: string; detail: string }[] = []
      for (const orderId of new Set(orders)) {
        const done = await changePlan(
          deps,
          { orderId: BigInt(orderId), change: { do: what }, reason, actor: actorOf(request), revision: null },
          false,
        )
        if (!done.ok) refused.push({ orderId, code: done.refusal.code, detail: done.refusal.detail })
      }
      const plans = await readPlans(
        deps.db,
        refused.map((one) => BigInt(one.orderId)),
      )
      const named = refused.map((one) => ({
        ...one,
        orderNo: plans.get(BigInt(one.orderId))?.orderNo ?? null,
      }))
      return { done: new Set(orders).size - refused.length, refused: named }
    },
  )
}

const GROUPS_MOST = 100

function mergeRoute(app: HttpApp, { db }: FulfilmentRoutesDeps): void {
  app.get(
    '/api/fulfilment/merge-candidates',
    {
      config: READ,
      schema: {
        tags,
        summary: 'Waiting orders of one recipient that could travel together, over all channels',
        response: {
          200: Type.Object({
            groups: Type.Array(
              Type.Object({
                recipient: nullable(Type.String({ description: 'masked' })),
                region: nullable(Type.String()),
                orders: Type.Array(
                  Type.Object({
                    orderId: Type.String(),
                    orderNo: Type.String(),
                    connection: Type.Object({ id: Type.String(), name: Type.String() }),
                    payable: nullable(Type.String()),
                    currency: nullable(Type.String()),
                    items: Type.Integer(),
                    title: nullable(Type.String()),
                  }),
                ),
              }),
            ),
          }),
          ...problemResponses,
        },
      },
    },
    async () => {
      const rows = await readCandidates(db, GROUPS_MOST)
      const groups = Map.groupBy(rows, (row) => `${row.recipient_key}\n${row.currency}`)
      return {
        groups: [...groups.values()].map((orders) => ({
          recipient: orders[0]?.recipient_masked ?? null,
          region: orders[0]?.region ?? null,
          orders: orders.map((row) => ({
            orderId: row.id.toString(),
            orderNo: row.order_no,
            connection: { id: row.connection_id, name: row.connection_name ?? row.connection_id },
            payable:
              row.payable_minor === null || row.currency === null
                ? null
                : formatMoney(money(row.currency, row.payable_minor)),
            currency: row.currency,
            items: row.item_count,
            title: row.first_title,
          })),
        })),
      }
    },
  )
}
