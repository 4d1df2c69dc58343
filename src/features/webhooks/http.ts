import { Type } from 'typebox'
import type { Instant } from '#kernel/clock.ts'
import { formatInstant, readInstant } from '#kernel/instant.ts'
import type { Result } from '#kernel/result.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import {
  IsoTime,
  nullable,
  oneOf,
  PAGE_LIMIT,
  pageOf,
  pageQuery,
  problemResponses,
} from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import type { Sql } from '#platform/postgres/database.ts'
import {
  addEndpoint,
  changeEndpoint,
  dropFormerSecret,
  removeEndpoint,
  replay,
  replaySpan,
  rotateSecret,
  sendTest,
} from './change-endpoints.ts'
import { EVENT_TYPES } from './core/events.ts'
import type { WebhookDeps } from './deps.ts'
import {
  countDeliveries,
  type DeliveryRow,
  type EndpointRow,
  readDeliveries,
  readDelivery,
  readEndpoints,
} from './store.ts'

const tags = ['webhooks']
const config = { scope: 'webhooks:write' } as const
const time = nullable(IsoTime)
const Id = Type.Object({ id: Type.String({ pattern: '^\\d{1,18}$' }) })
const Done = Type.Object({ done: Type.Boolean() })
const Body = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 60, pattern: '\\S' }),
    url: Type.String({ minLength: 1, maxLength: 500 }),
    types: Type.Array(Type.String({ maxLength: 60 }), { maxItems: 50, description: 'empty: all' }),
    shops: Type.Array(Type.String({ maxLength: 100 }), {
      maxItems: 200,
      description: 'connections; empty: all',
    }),
    active: Type.Boolean(),
  },
  { additionalProperties: false },
)
const EndpointJson = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    url: Type.String(),
    types: Type.Array(Type.String()),
    shops: Type.Array(Type.String()),
    active: Type.Boolean(),
    hasFormerSecret: Type.Boolean(),
    stoppedCode: nullable(Type.String()),
    stoppedAt: time,
    failures: Type.Integer({ description: 'in a row' }),
    failingSince: time,
    lastOkAt: time,
    day: Type.Object({ pending: Type.Integer(), failed: Type.Integer(), done: Type.Integer() }),
    updatedAt: IsoTime,
  },
  { title: 'WebhookEndpoint' },
)
const DeliveryJson = Type.Object(
  {
    id: Type.String(),
    endpointId: Type.String(),
    endpoint: Type.String(),
    messageId: Type.String({ description: 'webhook-id, the same at every attempt and replay' }),
    type: Type.String(),
    orderId: nullable(Type.String()),
    orderNo: nullable(Type.String()),
    trackingNo: nullable(Type.String()),
    state: oneOf(['pending', 'done', 'failed']),
    attempts: Type.Integer(),
    replays: Type.Integer(),
    status: nullable(Type.Integer()),
    words: Type.String(),
    ms: nullable(Type.Integer()),
    at: IsoTime,
    lastAt: time,
    body: Type.String(),
  },
  { title: 'WebhookDelivery' },
)

export function webhookRoutes(app: HttpApp, deps: WebhookDeps): void {
  readRoutes(app, deps)
  editRoutes(app, deps)
  deliveryRoutes(app, deps)
  replayRoutes(app, deps)
}

function readRoutes(app: HttpApp, { db, clock, zone }: WebhookDeps): void {
  app.get(
    '/api/webhooks',
    {
      config,
      schema: {
        tags,
        summary: 'Endpoints that are told of events, and the types of events',
        response: {
          200: Type.Object({ items: Type.Array(EndpointJson), types: Type.Array(Type.String()) }),
          ...problemResponses,
        },
      },
    },
    async () => {
      const counts = await countDeliveries(db, clock.now().subtract({ hours: 24 }))
      const items = (await readEndpoints(db)).map((row) => {
        const day = counts.get(row.id)
        return {
          ...endpointToJson(row, zone()),
          day: {
            pending: Number(day?.pending ?? 0n),
            failed: Number(day?.failed ?? 0n),
            done: Number(day?.done ?? 0n),
          },
        }
      })
      return { items, types: [...EVENT_TYPES] }
    },
  )
}

function endpointToJson(row: EndpointRow, zone: string) {
  const at = (instant: Instant | null) => (instant === null ? null : formatInstant(instant, zone))
  return {
    id: row.id.toString(),
    name: row.name,
    url: row.url,
    types: [...row.types],
    shops: [...row.shops],
    active: row.active,
    hasFormerSecret: row.former_secret !== null,
    stoppedCode: row.stopped_code,
    stoppedAt: at(row.stopped_at),
    failures: row.failures,
    failingSince: at(row.failing_since),
    lastOkAt: at(row.last_ok_at),
    updatedAt: formatInstant(row.updated_at, zone),
  }
}

function editRoutes(app: HttpApp, deps: WebhookDeps): void {
  const { db } = deps
  const Added = Type.Object({ id: Type.String(), secret: Type.String({ description: 'shown once' }) })
  app.post(
    '/api/webhooks',
    {
      config,
      schema: { tags, summary: 'Add an endpoint', body: Body, response: { 200: Added, ...problemResponses } },
    },
    async (request, reply) => {
      const done = await db.begin((tx) => addEndpoint(tx, deps, request.body, actorOf(request)))
      return done.ok
        ? { id: done.value.id.toString(), secret: done.value.secret }
        : sendRefusal(reply, done.refusal)
    },
  )
  const answers = { 200: Done, ...problemResponses }
  app.put(
    '/api/webhooks/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Change an endpoint; one that was stopped goes on',
        params: Id,
        body: Body,
        response: answers,
      },
    },
    async (request, reply) => {
      const id = BigInt(request.params.id)
      const done = await db.begin((tx) => changeEndpoint(tx, deps, id, request.body, actorOf(request)))
      return done.ok ? { done: true } : sendRefusal(reply, done.refusal)
    },
  )
  app.delete(
    '/api/webhooks/:id',
    { config, schema: { tags, summary: 'Remove an endpoint and its log', params: Id, response: answers } },
    async (request, reply) => {
      const done = await db.begin((tx) =>
        removeEndpoint(tx, deps, BigInt(request.params.id), actorOf(request)),
      )
      return done.ok ? { done: true } : sendRefusal(reply, done.refusal)
    },
  )
  app.post(
    '/api/webhooks/:id/rotate',
    {
      config,
      schema: {
        tags,
        summary: 'A new secret; the former one signs beside it until it is dropped',
        params: Id,
        response: { 200: Type.Object({ secret: Type.String() }), ...problemResponses },
      },
    },
    async (request, reply) => {
      const done = await db.begin((tx) => rotateSecret(tx, deps, BigInt(request.params.id), actorOf(request)))
      return done.ok ? { secret: done.value.secret } : sendRefusal(reply, done.refusal)
    },
  )
  app.post(
    '/api/webhooks/:id/drop-former',
    { config, schema: { tags, summary: 'Sign with the new secret alone', params: Id, response: answers } },
    async (request, reply) => {
      const done = await db.begin((tx) =>
        dropFormerSecret(tx, deps, BigInt(request.params.id), actorOf(request)),
      )
      return done.ok ? { done: true } : sendRefusal(reply, done.refusal)
    },
  )
}

function deliveryRoutes(app: HttpApp, { db, zone }: WebhookDeps): void {
  const word = Type.Optional(Type.String({ maxLength: 200 }))
  app.get(
    '/api/webhooks/deliveries',
    {
      config,
      schema: {
        tags,
        summary: 'What was sent, the newest first',
        querystring: Type.Object({
          endpoint: Type.Optional(Type.String({ pattern: '^\\d{1,18}$' })),
          state: Type.Optional(oneOf(['pending', 'done', 'failed'])),
          type: word,
          q: word,
          ...pageQuery,
        }),
        response: { 200: pageOf(DeliveryJson), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { endpoint, state = null, type = null, q = '', cursor, limit = PAGE_LIMIT } = request.query
      const place = cursor === undefined ? null : decodeCursor('webhook-deliveries', cursor)
      if (place !== null && !place.ok) return sendRefusal(reply, place.refusal)
      const before = place === null ? null : BigInt(String(place.value[0]))
      const filter = {
        endpoint: endpoint === undefined ? null : BigInt(endpoint),
        state,
        type,
        q: q.trim() === '' ? null : q.trim(),
      }
      const rows = await readDeliveries(db, filter, before, limit + 1)
      const shown = rows.slice(0, limit)
      const last = rows.length > limit ? shown.at(-1) : undefined
      return {
        items: shown.map((row) => deliveryToJson(row, zone())),
        next: last === undefined ? null : encodeCursor('webhook-deliveries', [last.id.toString()]),
      }
    },
  )
  app.get(
    '/api/webhooks/deliveries/:id',
    {
      config,
      schema: {
        tags,
        summary: 'One delivery',
        params: Id,
        response: { 200: DeliveryJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const row = await readDelivery(db, BigInt(request.params.id))
      return row === null
        ? sendRefusal(reply, { code: 'webhooks.not_found', detail: 'there is no such delivery' })
        : deliveryToJson(row, zone())
    },
  )
}

function deliveryToJson(row: DeliveryRow, zone: string) {
  return {
    id: row.id.toString(),
    endpointId: row.endpoint_id.toString(),
    endpoint: row.endpoint_name,
    messageId: row.message_id,
    type: row.type,
    orderId: row.order_id?.toString() ?? null,
    orderNo: row.order_no,
    trackingNo: row.tracking_no,
    state: row.state,
    attempts: row.attempts,
    replays: row.replays,
    status: row.last_status,
    words: row.last_words,
    ms: row.last_ms,
    at: formatInstant(row.at, zone),
    lastAt: row.last_at === null ? null : formatInstant(row.last_at, zone),
    body: row.body,
  }
}

function replayRoutes(app: HttpApp, deps: WebhookDeps): void {
  const { db } = deps
  const queued = async <T>(work: (tx: Sql) => Promise<T>): Promise<T> => {
    const done = await db.begin(work)
    deps.onQueued()
    return done
  }
  app.post(
    '/api/webhooks/:id/test',
    {
      config,
      schema: {
        tags,
        summary: 'Send a test event',
        params: Id,
        response: { 200: Type.Object({ deliveryId: Type.String() }), ...problemResponses },
      },
    },
    async (request, reply) => {
      const done: Result<bigint> = await queued((tx) =>
        sendTest(tx, deps, BigInt(request.params.id), actorOf(request)),
      )
      return done.ok ? { deliveryId: done.value.toString() } : sendRefusal(reply, done.refusal)
    },
  )
  app.post(
    '/api/webhooks/deliveries/replay',
    {
      config,
      schema: {
        tags,
        summary: 'Send deliveries again, with the same id',
        body: Type.Object(
          { ids: Type.Array(Type.String({ pattern: '^\\d{1,18}$' }), { minItems: 1, maxItems: 500 }) },
          { additionalProperties: false },
        ),
        response: { 200: Type.Object({ sent: Type.Integer() }), ...problemResponses },
      },
    },
    async (request) => ({
      sent: await queued((tx) => replay(tx, deps, request.body.ids.map(BigInt), actorOf(request))),
    }),
  )
  app.post(
    '/api/webhooks/:id/replay',
    {
      config,
      schema: {
        tags,
        summary: 'Send all events of a span that the endpoint takes; 10,000 at most',
        params: Id,
        body: Type.Object(
          {
            from: Type.String({ maxLength: 40, description: 'instant with offset' }),
            to: Type.String({ maxLength: 40 }),
            onlyFailed: Type.Optional(Type.Boolean()),
          },
          { additionalProperties: false },
        ),
        response: { 200: Type.Object({ sent: Type.Integer(), more: Type.Boolean() }), ...problemResponses },
      },
    },
    async (request, reply) => {
      const [from, to] = [readInstant(request.body.from), readInstant(request.body.to)]
      if (from === null || to === null)
        return sendRefusal(reply, {
          code: 'webhooks.bad_span',
          detail: 'from and to are instants with an offset',
        })
      const span = { from, to, onlyFailed: request.body.onlyFailed ?? false }
      const done = await queued((tx) =>
        replaySpan(tx, deps, BigInt(request.params.id), span, actorOf(request)),
      )
      return done.ok ? done.value : sendRefusal(reply, done.refusal)
    },
  )
}
