import { Type } from 'typebox'
import { formatInstant } from '#kernel/instant.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { PAGE_LIMIT, pageOf, pageQuery, problemResponses } from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import { mayEnterShop, narrowShops, shopDenied } from '#platform/http/shops.ts'
import { readHeaders } from '#platform/inbox/headers.ts'
import { type MessageFilterInput, parseMessageFilter } from './core/filter.ts'
import { formatMessageId, parseMessageId } from './core/message-id.ts'
import { isHandingOver, showBody, showHeaders } from './core/show.ts'
import { type MessageChoice, previewReplay, type ReplayDeps, replayMessages } from './replay-messages.ts'
import * as schemas from './schemas.ts'
import {
  type MessageRow,
  readFactsOf,
  readMessage,
  readMessages,
  readParked,
  readSubjects,
  readTopics,
} from './store.ts'

export type InboundRoutesDeps = ReplayDeps

const READ = { scope: 'messages:read' } as const
const NARROWED = { ...READ, shops: 'narrowed' } as const
const REPLAY = { scope: 'messages:replay' } as const
const TAGS = ['messages']

export function inboundRoutes(app: HttpApp, deps: InboundRoutesDeps): void {
  listRoute(app, deps)
  topicsRoute(app, deps)
  parkedRoute(app, deps)
  replayRoutes(app, deps)
  messageRoute(app, deps)
}

function listRoute(app: HttpApp, { sql, zone }: InboundRoutesDeps): void {
  app.get(
    '/api/messages',
    {
      config: NARROWED,
      schema: {
        tags: TAGS,
        querystring: Type.Object({ ...schemas.filterFields, ...pageQuery }),
        response: { 200: pageOf(schemas.MessageJson), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { cursor, limit = PAGE_LIMIT, ...asked } = request.query
      const filter = parseMessageFilter(asked, zone())
      if (!filter.ok) return sendRefusal(reply, filter.refusal)
      const { connection } = filter.value
      const { shops } = actorOf(request)
      const allowed = narrowShops({ shops }, connection === null ? [] : [connection])
      if (!allowed.ok) return sendRefusal(reply, allowed.refusal)
      const place = cursor === undefined ? null : decodeCursor('messages', cursor)
      if (place !== null && !place.ok) return sendRefusal(reply, place.refusal)
      const before = place === null ? null : BigInt(String(place.value[0]))
      const rows = await readMessages(sql, { ...filter.value, within: shops }, before, limit + 1)
      if (!rows.ok) return sendRefusal(reply, rows.refusal)
      const shown = rows.value.slice(0, limit)
      const last = rows.value.length > limit ? shown.at(-1) : undefined
      return {
        items: shown.map((row) => rowToJson(row, zone())),
        next: last === undefined ? null : encodeCursor('messages', [last.id.toString()]),
      }
    },
  )
}

/** Days of which the topics are offered. */
const TOPIC_DAYS = 7

function topicsRoute(app: HttpApp, { sql, clock }: InboundRoutesDeps): void {
  app.get(
    '/api/messages/topics',
    {
      config: NARROWED,
      schema: {
        tags: TAGS,
        summary: 'The topics of the last seven days',
        response: { 200: Type.Object({ items: Type.Array(Type.String()) }), ...problemResponses },
      },
    },
    async (request) => {
      const since = clock.now().subtract({ hours: 24 * TOPIC_DAYS })
      return { items: await readTopics(sql, since, actorOf(request).shops) }
    },
  )
}

function parkedRoute(app: HttpApp, { sql, zone }: InboundRoutesDeps): void {
  app.get(
    '/api/messages/parked',
    {
      config: NARROWED,
      schema: {
        tags: TAGS,
        response: { 200: Type.Object({ items: Type.Array(schemas.ParkedJson) }), ...problemResponses },
      },
    },
    async (request) => ({
      items: (await readParked(sql, actorOf(request).shops)).map((group) => ({
        code: group.code,
        kind: group.kind,
        count: Number(group.count),
        oldest: formatInstant(group.oldest, zone()),
        sample: formatMessageId(group.sample_id, group.sample_at),
      })),
    }),
  )
}

function messageRoute(app: HttpApp, { sql, zone }: InboundRoutesDeps): void {
  app.get(
    '/api/messages/:id',
    {
      config: NARROWED,
      schema: {
        tags: TAGS,
        params: Type.Object({ id: Type.String({ maxLength: 40 }) }),
        response: { 200: schemas.WholeMessageJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const place = parseMessageId(request.params.id)
      const message = place === null ? null : await readMessage(sql, place)
      const actor = actorOf(request)
      if (actor.shops !== null && !mayEnterShop(actor, message?.connection_id ?? null))
        return sendRefusal(reply, shopDenied().refusal)
      if (place === null || message === null)
        return sendRefusal(reply, {
          code: 'messages.not_found',
          detail: 'there is no such message; raw messages are kept for a limited number of days',
        })
      // The order that the receipt named is in the message itself; `inbox_subject` holds what only reading it told.
      const named = message.order_no === null ? [] : [`order:${message.connection_id}:${message.order_no}`]
      const subjects = [...new Set([...named, ...(await readSubjects(sql, place))])]
      const facts = await readFactsOf(sql, request.params.id, subjects)
      return {
        ...rowToJson(message, zone()),
        headers: showHeaders(readHeaders(message.headers), isHandingOver(message)),
        ...showBody(message.body),
        responseBody: message.response_body,
        subjects,
        facts: facts.map(({ id, kind, subject, at, at_raw: raw }) => ({
          id,
          kind,
          subject,
          at: at === null ? null : formatInstant(at, zone()),
          raw,
        })),
      }
    },
  )
}

const NO_CHOICE = { code: 'messages.no_choice', detail: 'give either `ids` or `filter`' }

function replayRoutes(app: HttpApp, deps: InboundRoutesDeps): void {
  app.post(
    '/api/messages/replay/preview',
    {
      config: REPLAY,
      schema: {
        tags: TAGS,
        body: schemas.ReplayBody,
        response: { 200: schemas.ReplayPreviewJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const choice = choiceOf(request.body)
      if (choice === null) return sendRefusal(reply, NO_CHOICE)
      const outcome = await previewReplay(deps, choice)
      if (!outcome.ok) return sendRefusal(reply, outcome.refusal)
      const { messages, matching, matchingCapped, factsAdded, factsRemoved, orders, stillParked } =
        outcome.value
      return {
        messages,
        matching,
        matchingCapped,
        factsAdded,
        factsRemoved,
        ordersChanged: orders.map(({ orderNo, from, to }) => ({ orderNo, from, to })),
        stillParked: stillParked.reduce((sum, { count }) => sum + count, 0),
        stillParkedBy: [...stillParked],
      }
    },
  )
  app.post(
    '/api/messages/replay',
    {
      config: REPLAY,
      schema: {
        tags: TAGS,
        body: schemas.ReplayBody,
        response: {
          200: Type.Object({ jobId: Type.Union([Type.String(), Type.Null()]), queued: Type.Integer() }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const choice = choiceOf(request.body)
      if (choice === null) return sendRefusal(reply, NO_CHOICE)
      const started = await replayMessages(deps, choice, actorOf(request))
      return started.ok ? started.value : sendRefusal(reply, started.refusal)
    },
  )
}

function choiceOf(body: { ids?: readonly string[]; filter?: MessageFilterInput }): MessageChoice | null {
  if ((body.ids === undefined) === (body.filter === undefined)) return null
  return body.ids === undefined ? { filter: body.filter ?? {} } : { ids: body.ids }
}

function rowToJson(row: MessageRow, zone: string) {
  return {
    id: formatMessageId(row.id, row.received_at) as string,
    receivedAt: formatInstant(row.received_at, zone),
    connection: {
      id: row.connection_id,
      kind: row.connection_kind ?? 'unknown',
      name: row.connection_name ?? row.connection_id,
    },
    transport: row.transport,
    topic: row.topic,
    orderNo: row.order_no,
    verdict: row.verdict,
    refusalCode: row.refusal_code,
    refusalDetail: row.refusal_detail,
    state: row.task_state ?? (row.verdict === 'accepted' ? 'interpreted' : null),
    parkCode: row.park_code,
    parkDetail: row.park_detail,
    responseStatus: row.response_status,
    latencyMs: row.latency_us / 1_000,
    bytes: row.bytes,
  }
}
