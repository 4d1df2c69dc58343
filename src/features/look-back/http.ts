import { Readable } from 'node:stream'
import { Type } from 'typebox'
import { readInstant } from '#kernel/instant.ts'
import { type Result, refuse } from '#kernel/result.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { IsoTime, oneOf, PAGE_LIMIT, pageOf, pageQuery, problemResponses } from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import type { LookBackDeps } from './deps.ts'
import { exportRun } from './export-run.ts'
import { readCauses, readDifferences, readOrders } from './found/store.ts'
import {
  CauseJson,
  causeToJson,
  DifferenceJson,
  differenceToJson,
  Effects,
  OrderJson,
  orderToJson,
  RunJson,
  runToJson,
} from './json.ts'
import { applyLookBack, cancelLookBack, resumeLookBack, startLookBack } from './start-run.ts'
import { readRun, readRuns } from './store.ts'

const TAGS = ['messages']
const READ = { scope: 'messages:read' } as const
const WRITE = { scope: 'messages:replay' } as const
const Id = Type.String({ pattern: '^\\d{1,18}$' })
const Params = Type.Object({ id: Id })
const Reason = Type.String({ minLength: 3, maxLength: 500, pattern: '\\S' })

/** Routes of looking back 回看: recompute raw messages of some days, see the differences, apply them. */
export function lookBackRoutes(app: HttpApp, deps: LookBackDeps): void {
  listRoutes(app, deps)
  orderRoutes(app, deps)
  differenceRoute(app, deps)
  exportRoute(app, deps)
  changeRoutes(app, deps)
  goOnRoutes(app, deps)
}

function listRoutes(app: HttpApp, { db, zone }: LookBackDeps): void {
  app.get(
    '/api/look-back',
    {
      config: READ,
      schema: {
        tags: TAGS,
        description: 'looks back, newest first',
        querystring: Type.Object({ ...pageQuery }),
        response: { 200: pageOf(RunJson), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { cursor, limit = PAGE_LIMIT } = request.query
      const place = placeOf('look-back', cursor)
      if (!place.ok) return sendRefusal(reply, place.refusal)
      const rows = await readRuns(db, place.value, limit + 1)
      const shown = rows.slice(0, limit)
      return {
        items: shown.map((row) => runToJson(row, zone())),
        next: nextOf('look-back', rows.length > limit, shown.at(-1)?.id),
      }
    },
  )
  app.get(
    '/api/look-back/:id',
    {
      config: READ,
      schema: {
        tags: TAGS,
        description: 'one look back with the causes of its differences, the most frequent first',
        params: Params,
        response: { 200: Type.Object({ run: RunJson, causes: Type.Array(CauseJson) }), ...problemResponses },
      },
    },
    async (request, reply) => {
      const run = await readRun(db, BigInt(request.params.id))
      if (run === null) return sendRefusal(reply, NOT_FOUND.refusal)
      return { run: runToJson(run, zone()), causes: (await readCauses(db, run.id)).map(causeToJson) }
    },
  )
}

function orderRoutes(app: HttpApp, { db, zone }: LookBackDeps): void {
  app.get(
    '/api/look-back/:id/orders',
    {
      config: READ,
      schema: {
        tags: TAGS,
        description: 'orders that the differences speak of',
        params: Params,
        querystring: Type.Object({
          show: Type.Optional(oneOf(['changed', 'effects', 'all'])),
          cause: Type.Optional(Type.String({ maxLength: 300 })),
          ...pageQuery,
        }),
        response: { 200: pageOf(OrderJson), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { show = 'changed', cause = null, cursor, limit = PAGE_LIMIT } = request.query
      const list = `look-back-orders:${request.params.id}`
      const place = placeOf(list, cursor)
      if (!place.ok) return sendRefusal(reply, place.refusal)
      const filter = { changes: show === 'changed' ? true : null, cause, effects: show === 'effects' }
      const rows = await readOrders(db, BigInt(request.params.id), filter, place.value, limit + 1)
      const shown = rows.slice(0, limit)
      return {
        items: shown.map((row) => orderToJson(row, zone())),
        next: nextOf(list, rows.length > limit, shown.at(-1)?.order_id),
      }
    },
  )
}

function differenceRoute(app: HttpApp, { db, zone }: LookBackDeps): void {
  app.get(
    '/api/look-back/:id/differences',
    {
      config: READ,
      schema: {
        tags: TAGS,
        description: 'facts that would come, go or change, in the order of their messages',
        params: Params,
        querystring: Type.Object({
          order: Type.Optional(Id),
          cause: Type.Optional(Type.String({ maxLength: 300 })),
          ...pageQuery,
        }),
        response: { 200: pageOf(DifferenceJson), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { order, cause = null, cursor, limit = PAGE_LIMIT } = request.query
      const list = `look-back-differences:${request.params.id}`
      const place = placeOf(list, cursor)
      if (!place.ok) return sendRefusal(reply, place.refusal)
      const filter = {
        orderId: order === undefined ? null : BigInt(order),
        cause,
        after: place.value ?? 0n,
      }
      const rows = await readDifferences(db, BigInt(request.params.id), filter, limit + 1)
      const shown = rows.slice(0, limit)
      return {
        items: shown.map((row) => differenceToJson(row, zone())),
        next: nextOf(list, rows.length > limit, shown.at(-1)?.id),
      }
    },
  )
}

const SHEET = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'

function exportRoute(app: HttpApp, { db, zone }: LookBackDeps): void {
  app.get(
    '/api/look-back/:id/export',
    {
      config: READ,
      schema: {
        tags: TAGS,
        description: 'all orders that would change, as XLSX or CSV',
        params: Params,
        querystring: Type.Object({
          format: Type.Optional(oneOf(['xlsx', 'csv'])),
          lang: Type.Optional(oneOf(['zh', 'en'])),
        }),
        produces: [SHEET, 'text/csv'],
      },
    },
    async (request, reply) => {
      const { format = 'xlsx', lang = 'zh' } = request.query
      const run = await readRun(db, BigInt(request.params.id))
      if (run === null) return sendRefusal(reply, NOT_FOUND.refusal)
      reply.type(format === 'csv' ? 'text/csv; charset=utf-8' : SHEET)
      reply.header('content-disposition', `attachment; filename="look-back-${run.id}.${format}"`)
      const sheet = await exportRun({ sql: db, zone }, run.id, format, lang)
      return reply.send(Readable.fromWeb(sheet as never))
    },
  )
}

function changeRoutes(app: HttpApp, deps: LookBackDeps): void {
  app.post(
    '/api/look-back',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        description:
          'reads the messages of a span again with the readers and rules of today, as a job; changes nothing until it is applied',
        body: Type.Object(
          {
            connections: Type.Array(Type.String({ minLength: 1, maxLength: 60 }), {
              minItems: 1,
              maxItems: 100,
            }),
            from: Type.Optional(IsoTime),
            to: Type.Optional(IsoTime),
            reason: Reason,
          },
          { additionalProperties: false },
        ),
        response: { 200: RunJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const { connections, from, to, reason } = request.body
      const span = {
        from: from === undefined ? null : readInstant(from),
        to: to === undefined ? null : readInstant(to),
      }
      if ((from !== undefined && span.from === null) || (to !== undefined && span.to === null))
        return sendRefusal(
          reply,
          refuse('look_back.bad_span', 'from and to are instants with an offset').refusal,
        )
      const done = await startLookBack(
        deps,
        { connections, reason: reason.trim(), ...span },
        actorOf(request),
      )
      return done.ok ? runToJson(done.value, deps.zone()) : sendRefusal(reply, done.refusal)
    },
  )
}

function goOnRoutes(app: HttpApp, deps: LookBackDeps): void {
  app.post(
    '/api/look-back/:id/cancel',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        description: 'stops it; what was applied stays',
        params: Params,
        response: { 200: RunJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const done = await cancelLookBack(deps, BigInt(request.params.id), actorOf(request))
      return done.ok ? runToJson(done.value, deps.zone()) : sendRefusal(reply, done.refusal)
    },
  )
  app.post(
    '/api/look-back/:id/resume',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        description: 'lets one whose job failed for good go on from its mark',
        params: Params,
        response: { 200: RunJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const done = await resumeLookBack(deps, BigInt(request.params.id), actorOf(request))
      return done.ok ? runToJson(done.value, deps.zone()) : sendRefusal(reply, done.refusal)
    },
  )
  app.post(
    '/api/look-back/:id/apply',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        description:
          'applies what was found, all or the messages of the chosen orders; what it would newly do to the world is accepted by its figures',
        params: Params,
        body: Type.Object(
          {
            orders: Type.Optional(Type.Array(Id, { minItems: 1, maxItems: 10_000 })),
            accept: Type.Optional(Effects),
          },
          { additionalProperties: false },
        ),
        response: { 200: RunJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const { orders, accept = { reports: 0, reships: 0 } } = request.body
      const ask = { orders: orders?.map(BigInt) ?? null, accepted: accept }
      const done = await applyLookBack(deps, BigInt(request.params.id), ask, actorOf(request))
      return done.ok ? runToJson(done.value, deps.zone()) : sendRefusal(reply, done.refusal)
    },
  )
}

const NOT_FOUND = refuse('look_back.not_found', 'there is no such look back')

function placeOf(list: string, cursor: string | undefined): Result<bigint | null> {
  if (cursor === undefined) return { ok: true, value: null }
  const place = decodeCursor(list, cursor)
  return place.ok ? { ok: true, value: BigInt(String(place.value[0] ?? 0)) } : place
}

function nextOf(list: string, hasMore: boolean, id: bigint | undefined): string | null {
  return hasMore && id !== undefined ? encodeCursor(list, [id.toString()]) : null
}
