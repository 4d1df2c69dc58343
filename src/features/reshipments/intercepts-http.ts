import { Type } from 'typebox'
import { readOrderFacts } from '#features/orders/index.ts'
import { refuse } from '#kernel/result.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { nullable, oneOf, PAGE_LIMIT, problemResponses } from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import { INTERCEPT_STATES } from './core/intercept.ts'
import { byParcel } from './core/proof.ts'
import type { ReshipmentDeps } from './deps.ts'
import { readIntercept, readIntercepts } from './desk/store.ts'
import { askIntercept, waysOf, withdrawIntercept } from './intercepts.ts'
import { eventsOf, interceptToJson } from './views/json.ts'
import {
  EventJson,
  Id,
  InterceptJson,
  listSchema,
  Number40,
  Params,
  pageFrom,
  placeOf,
  READ,
  TAGS,
  Words,
  WRITE,
} from './views/schemas.ts'

const WayJson = Type.Object({
  connectionId: Type.String(),
  name: Type.String(),
  via: oneOf(['carrier', 'partner']),
})

export function interceptRoutes(app: HttpApp, deps: ReshipmentDeps): void {
  const { db, zone } = deps
  app.get(
    '/api/intercepts',
    {
      config: READ,
      schema: listSchema('intercepts, newest first', InterceptJson, oneOf(INTERCEPT_STATES), {
        order: Type.Optional(Id),
      }),
    },
    async (request, reply) => {
      const { state = null, order, cursor, limit = PAGE_LIMIT } = request.query
      const place = placeOf('intercepts', cursor)
      if (!place.ok) return sendRefusal(reply, place.refusal)
      const states = state === null ? null : [state]
      const rows = await readIntercepts(db, {
        ids: null,
        states,
        orderId: order === undefined ? null : BigInt(order),
        before: place.value,
        limit: limit + 1,
      })
      return pageFrom('intercepts', rows, limit, (row) => interceptToJson(row, zone()))
    },
  )
  app.get(
    '/api/intercepts/:id',
    {
      config: READ,
      schema: {
        tags: TAGS,
        description: 'one intercept with its history',
        params: Params,
        response: {
          200: Type.Object({ intercept: InterceptJson, events: Type.Array(EventJson) }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const row = await readIntercept(db, BigInt(request.params.id))
      if (row === null)
        return sendRefusal(reply, refuse('intercepts.not_found', 'there is no such intercept').refusal)
      return { intercept: interceptToJson(row, zone()), events: await eventsOf(deps, `intercept:${row.id}`) }
    },
  )
  app.get(
    '/api/intercepts/ways',
    {
      config: READ,
      schema: {
        tags: TAGS,
        description: 'connections that can be asked to stop this parcel',
        querystring: Type.Object({ order: Id, trackingNo: Number40 }),
        response: { 200: Type.Object({ items: Type.Array(WayJson) }), ...problemResponses },
      },
    },
    async (request) => {
      const id = BigInt(request.query.order)
      const facts = (await readOrderFacts(db, [id])).get(id)?.facts ?? []
      const own = byParcel(facts).get(request.query.trackingNo) ?? []
      const carrier = own.flatMap((fact) => fact.detail.carrier ?? [])[0] ?? null
      const account = await deps.accountOf(db, request.query.trackingNo)
      return { items: waysOf(deps, carrier, account?.connectionId ?? null) }
    },
  )
  askRoutes(app, deps)
}

function askRoutes(app: HttpApp, deps: ReshipmentDeps): void {
  app.post(
    '/api/intercepts',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        description:
          'asks a carrier or a partner warehouse to stop a parcel and bring it back; without a connection the first of its ways is taken',
        body: Type.Object(
          {
            orderId: Id,
            trackingNo: Number40,
            connectionId: Type.Optional(nullable(Number40)),
            reason: Words,
          },
          { additionalProperties: false },
        ),
        response: { 200: InterceptJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const { orderId, reason, trackingNo, connectionId = null } = request.body
      const ask = { trackingNo, connectionId, orderId: BigInt(orderId), reason: reason.trim() }
      const done = await askIntercept(deps, ask, actorOf(request))
      return done.ok ? interceptToJson(done.value, deps.zone()) : sendRefusal(reply, done.refusal)
    },
  )
  app.post(
    '/api/intercepts/:id/withdraw',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        description: 'takes it back before anybody was asked',
        params: Params,
        response: { 200: InterceptJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const done = await withdrawIntercept(deps, BigInt(request.params.id), actorOf(request))
      return done.ok ? interceptToJson(done.value, deps.zone()) : sendRefusal(reply, done.refusal)
    },
  )
}
