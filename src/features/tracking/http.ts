import { Type } from 'typebox'
import { tellOnce } from '#domain/told-once.ts'
import type { AuditEvent } from '#features/identity/index.ts'
import { TRACKING_NO_MOST } from '#kernel/id.ts'
import { formatInstant } from '#kernel/instant.ts'
import { type Result, refuse } from '#kernel/result.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { nullable, oneOf, PAGE_LIMIT, pageOf, pageQuery, problemResponses } from '#platform/http/schemas.ts'
import { type Actor, actorOf, type HttpApp } from '#platform/http/scopes.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'
import { timeline } from './core/standing.ts'
import { FINDINGS, PARCEL_STATES } from './core/states.ts'
import type { StandingDeps } from './deps.ts'
import { readEvents } from './standing/store.ts'
import { readSubscription } from './subscriptions/store.ts'
import { answerParcel, askNow, disputeParcel, subscribeParcels } from './views/change-parcels.ts'
import { figureRoutes } from './views/figures-http.ts'
import {
  eventToJson,
  ParcelEventJson,
  ParcelJson,
  parcelToJson,
  SubscriptionJson,
  subscriptionToJson,
} from './views/json.ts'
import { settingRoutes } from './views/settings-http.ts'
import {
  connectionNames,
  countParcels,
  type ParcelFilter,
  type ParcelRow,
  readParcel,
  readParcels,
} from './views/store.ts'
import { subscriptionRoutes } from './views/subscriptions-http.ts'

export type ParcelRoutesDeps = StandingDeps & {
  readonly db: Database
  readonly zone: () => string
  readonly warehouseNames: () => ReadonlyMap<string, string>
  readonly hours: {
    readonly firstScanHours: number
    readonly stalledHours: number
    readonly customsHours: number
  }
  readonly incompletePermille: number
  readonly audit: (tx: Sql, event: AuditEvent) => Promise<void>
  /** Puts an order and its parcels first in line at the fallback poll. */
  readonly askOrder: (actor: Actor, orderId: bigint) => Promise<Result<{ readonly asked: readonly string[] }>>
}

export const READ = { scope: 'parcels:read' } as const
export const WRITE = { scope: 'parcels:write' } as const
export const TAGS = ['parcels']
const NumberParams = Type.Object({ number: Type.String({ minLength: 1, maxLength: TRACKING_NO_MOST }) })
const Words = Type.String({ minLength: 1, maxLength: 500, pattern: '\\S' })
const Code = Type.String({ minLength: 1, maxLength: 60 })

/** Parcels: where each is, all that was said of it, what is wrong, and what people may do. */
export function parcelRoutes(app: HttpApp, deps: ParcelRoutesDeps): void {
  // Fixed paths first, for readers; the router takes them before `:number` anyway.
  figureRoutes(app, deps)
  subscriptionRoutes(app, deps)
  settingRoutes(app, deps)
  listRoutes(app, deps)
  parcelRoute(app, deps)
  actionRoutes(app, deps)
}

function listRoutes(app: HttpApp, { db, zone }: ParcelRoutesDeps): void {
  app.get(
    '/api/parcels',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'Parcels, the newest first',
        querystring: Type.Object({
          q: Type.Optional(Type.String({ maxLength: 200, description: 'tracking number or order number' })),
          state: Type.Optional(oneOf(PARCEL_STATES)),
          carrier: Type.Optional(Code),
          warehouse: Type.Optional(Code),
          connection: Type.Optional(Code),
          find: Type.Optional(oneOf(['any', ...FINDINGS], { description: 'what is wrong and not answered' })),
          order: Type.Optional(Type.String({ pattern: '^\\d{1,18}$', description: 'id of an order' })),
          ...pageQuery,
        }),
        response: { 200: pageOf(ParcelJson), ...problemResponses },
      },
    },
    async (request, reply) => {
      const {
        q,
        state,
        carrier,
        warehouse,
        connection,
        find,
        order,
        cursor,
        limit = PAGE_LIMIT,
      } = request.query
      const place = cursor === undefined ? null : decodeCursor('parcels', cursor)
      if (place !== null && !place.ok) return sendRefusal(reply, place.refusal)
      const [at, id] = (place?.value ?? []).map(String)
      const filter: ParcelFilter = {
        q: q?.trim() ? q : null,
        state: state ?? null,
        carrier: carrier ?? null,
        warehouse: warehouse ?? null,
        connection: connection ?? null,
        find: find ?? null,
        order: order === undefined ? null : BigInt(order),
      }
      const after = at === undefined ? null : { at: Temporal.Instant.from(at), id: BigInt(id ?? 0) }
      const rows = await readParcels(db, filter, after, limit + 1)
      return pageJson(rows, limit, zone())
    },
  )
  app.get(
    '/api/parcels/summary',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'How many parcels are in each state, and what is wrong',
        response: {
          200: Type.Object({
            states: Type.Record(Type.String(), Type.Integer()),
            findings: Type.Record(Type.String(), Type.Integer()),
            open: Type.Integer(),
          }),
          ...problemResponses,
        },
      },
    },
    async () => await countParcels(db),
  )
}

function pageJson(rows: readonly ParcelRow[], limit: number, zone: string) {
  const shown = rows.slice(0, limit)
  const last = rows.length > limit ? shown.at(-1) : undefined
  return {
    items: shown.map((row) => parcelToJson(row, zone)),
    next:
      last === undefined
        ? null
        : encodeCursor('parcels', [last.first_seen_at.toString(), last.id.toString()]),
  }
}

function parcelRoute(app: HttpApp, { db, zone }: ParcelRoutesDeps): void {
  app.get(
    '/api/parcels/:number',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'One parcel with all that was said of it, oldest first',
        params: NumberParams,
        response: {
          200: Type.Object({
            parcel: ParcelJson,
            events: Type.Array(ParcelEventJson),
            subscription: nullable(SubscriptionJson),
          }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const number = plainNumber(request.params.number)
      const row = await readParcel(db, number)
      if (row === null) return sendRefusal(reply, notFound().refusal)
      const [events, names, subscription] = await Promise.all([
        readEvents(db, [number]),
        connectionNames(db),
        readSubscription(db, number),
      ])
      return {
        parcel: parcelToJson(row, zone()),
        events: tellOnce(timeline(events.get(number) ?? [])).map((one) => eventToJson(one, zone(), names)),
        subscription:
          subscription === null
            ? null
            : subscriptionToJson(subscription, zone(), names.get(subscription.connection_id ?? '') ?? null),
      }
    },
  )
}

function actionRoutes(app: HttpApp, deps: ParcelRoutesDeps): void {
  app.post(
    '/api/parcels/:number/ask',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        summary: 'Ask the carrier about this parcel now',
        params: NumberParams,
        response: { 202: Type.Object({ asked: Type.Array(Type.String()) }), ...problemResponses },
      },
    },
    async (request, reply) => {
      const asked = await askNow(deps, actorOf(request), plainNumber(request.params.number))
      return asked.ok
        ? reply.code(202).send({ asked: [...asked.value.asked] })
        : sendRefusal(reply, asked.refusal)
    },
  )
  app.post(
    '/api/parcels/subscribe',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        summary: 'Subscribe these parcels anew',
        body: Type.Object({
          numbers: Type.Array(Type.String({ minLength: 1, maxLength: TRACKING_NO_MOST }), {
            minItems: 1,
            maxItems: 500,
          }),
        }),
        response: {
          202: Type.Object({ asked: Type.Array(Type.String()), left: Type.Array(Type.String()) }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const done = await subscribeParcels(deps, actorOf(request), request.body.numbers.map(plainNumber))
      return reply.code(202).send({ asked: [...done.asked], left: [...done.left] })
    },
  )
  app.post(
    '/api/parcels/:number/resolve',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        summary: 'Say that nothing is to be done about what is wrong; holds until something else is',
        params: NumberParams,
        body: Type.Object({ words: Words }),
        response: { 200: ParcelJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const done = await answerParcel(
        deps,
        actorOf(request),
        plainNumber(request.params.number),
        request.body.words,
      )
      return done.ok ? parcelToJson(done.value, deps.zone()) : sendRefusal(reply, done.refusal)
    },
  )
  app.post(
    '/api/parcels/:number/dispute',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        summary: 'Note that the buyer has not got what is said to be delivered, or take that back',
        params: NumberParams,
        body: Type.Object({ disputed: Type.Boolean(), words: Words }),
        response: { 200: ParcelJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const { disputed, words } = request.body
      const done = await disputeParcel(deps, actorOf(request), plainNumber(request.params.number), {
        disputed,
        words,
      })
      return done.ok ? parcelToJson(done.value, deps.zone()) : sendRefusal(reply, done.refusal)
    },
  )
}

export function notFound() {
  return refuse('tracking.not_found', 'no parcel with this number is known')
}

export function plainNumber(text: string): string {
  return text.replace(/\s+/g, '').toUpperCase()
}

export function optionalTime(at: Temporal.Instant | null, zone: string): string | null {
  return at === null ? null : formatInstant(at, zone)
}
