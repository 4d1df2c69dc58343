import { Type } from 'typebox'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import {
  IsoTime,
  NoContent,
  nullable,
  oneOf,
  PAGE_LIMIT,
  pageOf,
  pageQuery,
  problemResponses,
} from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import { askForOrder, type ChangeDeps, changeAll, changeConnection, runNow } from './change-polls.ts'
import { BOUNDS } from './core/settings.ts'
import { type ReadPollsDeps, readAskLines, readOrderAsks, readPolls } from './figures/read-polls.ts'

export type FallbackRoutesDeps = ReadPollsDeps & ChangeDeps

const tags = ['polls']
const OUTCOMES = ['kept', 'found', 'nothing_new', 'unchanged', 'nothing_yet', 'refused', 'outage'] as const
const text = nullable(Type.String())
const time = nullable(IsoTime)
const whole = (name: keyof typeof BOUNDS, description: string) =>
  Type.Integer({ minimum: BOUNDS[name][0], maximum: BOUNDS[name][1], description })

const Thresholds = {
  enabled: Type.Boolean(),
  everySeconds: whole(
    'everySeconds',
    'between two questions about one subject; doubled with every fruitless one',
  ),
  longestMinutes: whole('longestMinutes', 'longest wait between two fruitless questions'),
  noEventMinutes: whole('noEventMinutes', 'a waybill without a scan for so long is asked about'),
  silentMinutes: whole('silentMinutes', 'a parcel under way without news for so long is asked about'),
  orderSilentMinutes: whole(
    'orderSilentMinutes',
    'a paid order of which its shop says nothing for so long is fetched',
  ),
  givenUpDays: whole('givenUpDays', 'days after which an order is not asked about any more'),
  findsMuchPercent: whole(
    'findsMuchPercent',
    'share of news found by polls first above which pushes count as broken',
  ),
}
const Plan = { everySeconds: Type.Integer(), overlapSeconds: Type.Integer(), lagSeconds: Type.Integer() }
const PollJson = Type.Object(
  {
    connection: Type.Object({
      id: Type.String(),
      kind: Type.String(),
      name: Type.String(),
      role: oneOf(['channel', 'carrier', 'warehouse', 'notifier']),
    }),
    paused: Type.Boolean(),
    pushes: Type.Integer({ description: 'pushed messages of the last hour, counted up to 10,000' }),
    increment: nullable(
      Type.Object({
        ...Plan,
        standard: Type.Object(Plan),
        changed: Type.Boolean(),
        polledTo: time,
        ranAt: time,
        messages: Type.Integer({ description: 'of the last run' }),
        fresh: Type.Integer({ description: 'of the last run: messages that were not known yet' }),
        lost: Type.Integer({ description: 'of the last hour: orders whose news no push had brought' }),
        trouble: text,
        troubleSince: time,
        wanted: Type.Boolean(),
      }),
    ),
    fallback: nullable(
      Type.Object({
        enabled: Type.Boolean(),
        everySeconds: Type.Integer(),
        longestMinutes: Type.Integer(),
        own: Type.Record(Type.String(), Type.Unknown(), {
          description: 'what is set for this connection alone',
        }),
        apartSeconds: Type.Integer({
          description: "the platform's own least distance between two questions",
        }),
        waiting: Type.Integer({ description: 'watched subjects' }),
        due: Type.Integer(),
        oldestDue: time,
        asked: Type.Integer({ description: 'of the last hour, as the next three' }),
        found: Type.Integer(),
        fruitless: Type.Integer(),
        failed: Type.Integer(),
      }),
    ),
  },
  { title: 'Poll' },
)
const AskJson = Type.Object(
  {
    id: Type.String(),
    at: IsoTime,
    connection: Type.Object({ id: Type.String(), kind: Type.String(), name: Type.String() }),
    rule: Type.String(),
    subject: nullable(Type.String({ description: 'tracking number; null: the order' })),
    orderId: text,
    orderNo: text,
    outcome: oneOf(OUTCOMES),
    code: text,
    words: Type.String(),
    messageId: text,
    facts: Type.Integer({ description: 'facts that no push had brought' }),
  },
  { title: 'PollAsk' },
)
const OrderAskJson = Type.Object(
  {
    subject: nullable(Type.String()),
    via: text,
    rule: Type.String(),
    state: oneOf(['asking', 'due', 'waiting']),
    dueAt: IsoTime,
    askedAt: time,
    asks: Type.Integer(),
    fruitless: Type.Integer(),
    waitSeconds: Type.Integer(),
    outcome: text,
    words: text,
  },
  { title: 'OrderAsk' },
)
const ConnectionParams = Type.Object({ connection: Type.String({ minLength: 1, maxLength: 60 }) })
const OrderParams = Type.Object({ id: Type.String({ pattern: '^\\d{1,18}$' }) })

export function fallbackRoutes(app: HttpApp, deps: FallbackRoutesDeps): void {
  readRoutes(app, deps)
  lineRoutes(app, deps)
  changeRoutes(app, deps)
  orderRoutes(app, deps)
}

function readRoutes(app: HttpApp, deps: FallbackRoutesDeps): void {
  app.get(
    '/api/polls',
    {
      config: { scope: 'connections:read' },
      schema: {
        tags,
        summary: 'Polls of every connection: settings, state and what they found in the last hour',
        response: {
          200: Type.Object({ settings: Type.Object(Thresholds), items: Type.Array(PollJson) }),
          ...problemResponses,
        },
      },
    },
    async () => await readPolls(deps),
  )
}

function lineRoutes(app: HttpApp, deps: FallbackRoutesDeps): void {
  app.get(
    '/api/polls/asks',
    {
      config: { scope: 'connections:read' },
      schema: {
        tags,
        summary: 'What was asked and what came of it, newest first',
        querystring: Type.Object({
          connection: Type.Optional(Type.String({ maxLength: 60 })),
          outcome: Type.Optional(oneOf(OUTCOMES)),
          order: Type.Optional(Type.String({ pattern: '^\\d{1,18}$', description: 'id of an order' })),
          orderNo: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
          ...pageQuery,
        }),
        response: { 200: pageOf(AskJson), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { connection, outcome, order, orderNo, cursor, limit = PAGE_LIMIT } = request.query
      const place = cursor === undefined ? null : decodeCursor('poll-asks', cursor)
      if (place !== null && !place.ok) return sendRefusal(reply, place.refusal)
      const rows = await readAskLines(
        deps,
        {
          connection: connection ?? null,
          outcome: outcome ?? null,
          order: order === undefined ? null : BigInt(order),
          orderNo: orderNo?.trim() ?? null,
        },
        place === null ? null : BigInt(place.value[0] ?? 0),
        limit + 1,
      )
      const items = rows
        .slice(0, limit)
        .map((row) => ({ ...row, outcome: row.outcome as (typeof OUTCOMES)[number] }))
      const last = rows.length > limit ? items.at(-1) : undefined
      return { items, next: last === undefined ? null : encodeCursor('poll-asks', [last.id]) }
    },
  )
}

const seconds = Type.Optional(Type.Integer({ minimum: 0, maximum: 86_400 }))
const ChangeBody = Type.Object(
  {
    increment: Type.Optional(
      nullable(
        Type.Object(
          { everySeconds: seconds, overlapSeconds: seconds, lagSeconds: seconds },
          { additionalProperties: false, description: "null: the platform's standard again" },
        ),
      ),
    ),
    fallback: Type.Optional(
      Type.Object(
        {
          enabled: Type.Optional(nullable(Type.Boolean())),
          everySeconds: Type.Optional(nullable(Type.Integer())),
          longestMinutes: Type.Optional(nullable(Type.Integer())),
        },
        { additionalProperties: false, description: 'null: as for all connections' },
      ),
    ),
  },
  { additionalProperties: false, minProperties: 1 },
)

function changeRoutes(app: HttpApp, deps: FallbackRoutesDeps): void {
  const config = { scope: 'connections:write' } as const
  const done = { 204: NoContent, ...problemResponses }
  const Body = Type.Partial(Type.Object(Thresholds), { additionalProperties: false, minProperties: 1 })
  app.put(
    '/api/polls',
    {
      config,
      schema: {
        tags,
        summary: 'Change when the fallback poll asks, for all connections',
        body: Body,
        response: done,
      },
    },
    async (request, reply) => {
      const changed = await changeAll(deps, actorOf(request), request.body)
      return changed.ok ? reply.code(204).send(undefined) : sendRefusal(reply, changed.refusal)
    },
  )
  app.put(
    '/api/polls/:connection',
    {
      config,
      schema: {
        tags,
        summary: 'Change the polls of one connection',
        params: ConnectionParams,
        body: ChangeBody,
        response: done,
      },
    },
    async (request, reply) => {
      const changed = await changeConnection(deps, actorOf(request), request.params.connection, request.body)
      return changed.ok ? reply.code(204).send(undefined) : sendRefusal(reply, changed.refusal)
    },
  )
  app.post(
    '/api/polls/:connection/run',
    {
      config,
      schema: {
        tags,
        summary: 'Poll one connection now',
        params: ConnectionParams,
        response: {
          202: Type.Object({ increment: Type.Boolean(), hurried: Type.Integer() }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const run = await runNow(deps, actorOf(request), request.params.connection)
      return run.ok ? reply.code(202).send(run.value) : sendRefusal(reply, run.refusal)
    },
  )
}

function orderRoutes(app: HttpApp, deps: FallbackRoutesDeps): void {
  app.get(
    '/api/orders/:id/asks',
    {
      config: { scope: 'orders:read', shops: { order: 'id' } },
      schema: {
        tags,
        summary: 'What an order and its parcels are watched for, and when each was asked about',
        params: OrderParams,
        response: {
          200: Type.Object({ watched: Type.Array(OrderAskJson), recent: Type.Array(AskJson) }),
          ...problemResponses,
        },
      },
    },
    async (request) => {
      const id = BigInt(request.params.id)
      const recent = await readAskLines(
        deps,
        { connection: null, outcome: null, order: id, orderNo: null },
        null,
        10,
      )
      return {
        watched: await readOrderAsks(deps, id),
        recent: recent.map((row) => ({ ...row, outcome: row.outcome as (typeof OUTCOMES)[number] })),
      }
    },
  )
  app.post(
    '/api/orders/:id/ask',
    {
      config: { scope: 'orders:write', shops: { order: 'id' } },
      schema: {
        tags,
        summary: 'Ask about one order and its parcels now',
        params: OrderParams,
        response: { 202: Type.Object({ asked: Type.Array(Type.String()) }), ...problemResponses },
      },
    },
    async (request, reply) => {
      const asked = await askForOrder(deps, actorOf(request), BigInt(request.params.id))
      return asked.ok
        ? reply.code(202).send({ asked: [...asked.value.asked] })
        : sendRefusal(reply, asked.refusal)
    },
  )
}
