import { Type } from 'typebox'
import { SEVERITIES } from '#domain/notice.ts'
import { formatInstant } from '#kernel/instant.ts'
import type { Result } from '#kernel/result.ts'
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
import type { RouteDraft } from './core/parse-route.ts'
import { addSilence, dropRoute, type ManageDeps, putRoute, stopSilence, testRoute } from './manage-routes.ts'
import { type DeliveryRow, readDeliveries } from './records/store.ts'
import { type RouteRow, readRoutes, readSilences, type SilenceRow } from './store.ts'

// Whom alarms are told, when not, and what was told.

const tags = ['alarms']
const Id = Type.String({ pattern: '^\\d{1,18}$' })
const Params = Type.Object({ id: Id })
const Target = Type.String({ minLength: 1, maxLength: 60 })
const Patterns = Type.Array(Type.String({ maxLength: 200 }), { maxItems: 50 })
const WallTime = Type.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d$', examples: ['22:00'] })

const routeFields = {
  name: Type.String({ minLength: 1, maxLength: 100 }),
  rules: Type.Array(Type.String({ maxLength: 80 }), {
    maxItems: 50,
    description: 'rules with `*` for any run of characters; empty takes all',
  }),
  leastSeverity: oneOf(SEVERITIES),
  targets: Type.Array(Target, { maxItems: 20, description: 'notifier connections' }),
  escalateTo: Type.Array(Target, { maxItems: 20 }),
  escalateAfterMinutes: nullable(Type.Integer({ minimum: 1, maximum: 1_440 })),
  quietFrom: nullable(WallTime),
  quietTo: nullable(WallTime),
  zone: nullable(Type.String({ maxLength: 60 })),
  groupSeconds: Type.Integer({ minimum: 0, maximum: 3_600 }),
  repeatMinutes: nullable(Type.Integer({ minimum: 5, maximum: 10_080 })),
  tellResolved: Type.Boolean(),
  language: oneOf(['zh', 'en', 'both'] as const),
  active: Type.Boolean(),
}
const RouteJson = Type.Object(
  { id: Type.String(), ...routeFields, updatedBy: Type.String(), updatedAt: IsoTime },
  { title: 'AlarmRoute' },
)
const RouteBody = Type.Object(
  {
    name: routeFields.name,
    targets: routeFields.targets,
    rules: Type.Optional(routeFields.rules),
    leastSeverity: Type.Optional(routeFields.leastSeverity),
    escalateTo: Type.Optional(routeFields.escalateTo),
    escalateAfterMinutes: Type.Optional(routeFields.escalateAfterMinutes),
    quietFrom: Type.Optional(routeFields.quietFrom),
    quietTo: Type.Optional(routeFields.quietTo),
    zone: Type.Optional(routeFields.zone),
    groupSeconds: Type.Optional(routeFields.groupSeconds),
    repeatMinutes: Type.Optional(routeFields.repeatMinutes),
    tellResolved: Type.Optional(routeFields.tellResolved),
    language: Type.Optional(routeFields.language),
    active: Type.Optional(routeFields.active),
  },
  { additionalProperties: false },
)
const SilenceJson = Type.Object(
  {
    id: Type.String(),
    rules: Type.Array(Type.String()),
    subjects: Type.Array(Type.String()),
    reason: Type.String(),
    until: IsoTime,
    createdBy: Type.String(),
    createdAt: IsoTime,
    endedAt: nullable(IsoTime),
    holds: Type.Boolean(),
  },
  { title: 'AlarmSilence' },
)
export const DeliveryJson = Type.Object(
  {
    id: Type.String(),
    notice: Type.String(),
    route: nullable(Type.Object({ id: Type.String(), name: Type.String() })),
    target: Type.Object({ id: Type.String(), name: Type.String() }),
    kind: Type.String(),
    rule: Type.String(),
    severity: oneOf(SEVERITIES),
    title: Type.String(),
    alarms: Type.Array(Type.String()),
    direct: Type.Boolean({ description: 'told past a database that was away' }),
    state: oneOf(['queued', 'delivered', 'refused', 'failed', 'unknown'] as const),
    words: nullable(Type.String({ description: "the platform's own words" })),
    attempts: Type.Integer(),
    nextAt: nullable(IsoTime),
    createdAt: IsoTime,
    settledAt: nullable(IsoTime),
  },
  { title: 'AlarmDelivery' },
)

export function routeRoutes(app: HttpApp, deps: ManageDeps): void {
  readingRoutes(app, deps)
  writingRoutes(app, deps)
  silenceRoutes(app, deps)
  deliveryRoutes(app, deps)
}

function readingRoutes(app: HttpApp, deps: ManageDeps): void {
  app.get(
    '/api/alarm-routes',
    {
      config: { scope: 'alarms:read' },
      schema: {
        tags,
        summary: 'Whom alarms are told',
        response: { 200: Type.Object({ items: Type.Array(RouteJson) }), ...problemResponses },
      },
    },
    async () => ({
      items: (await readRoutes(deps.db, deps.zone())).map((row) => routeJson(row, deps.zone())),
    }),
  )
}

function writingRoutes(app: HttpApp, deps: ManageDeps): void {
  const config = { scope: 'alarms:write' } as const
  const answer = { 200: RouteJson, ...problemResponses }
  const saved = async (id: bigint) => {
    const row = (await readRoutes(deps.db, deps.zone())).find((one) => one.id === id)
    return row === undefined ? null : routeJson(row, deps.zone())
  }
  app.post(
    '/api/alarm-routes',
    { config, schema: { tags, summary: 'Add a route', body: RouteBody, response: answer } },
    async (request, reply) => {
      const put = await putRoute(deps, null, draftOf(request.body), actorOf(request))
      if (!put.ok) return sendRefusal(reply, put.refusal)
      return (await saved(put.value)) ?? sendRefusal(reply, gone())
    },
  )
  app.put(
    '/api/alarm-routes/:id',
    {
      config,
      schema: { tags, summary: 'Replace a route', params: Params, body: RouteBody, response: answer },
    },
    async (request, reply) => {
      const id = BigInt(request.params.id)
      const put = await putRoute(deps, id, draftOf(request.body), actorOf(request))
      if (!put.ok) return sendRefusal(reply, put.refusal)
      return (await saved(id)) ?? sendRefusal(reply, gone())
    },
  )
  app.delete(
    '/api/alarm-routes/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Remove a route',
        params: Params,
        response: { 204: NoContent, ...problemResponses },
      },
    },
    async (request, reply) => {
      const dropped = await dropRoute(deps, BigInt(request.params.id), actorOf(request))
      return dropped.ok ? reply.code(204).send(undefined) : sendRefusal(reply, dropped.refusal)
    },
  )
  const Tested = Type.Object({
    target: Type.String(),
    name: Type.String(),
    state: oneOf(['delivered', 'refused', 'failed', 'unknown'] as const),
    words: Type.String(),
  })
  app.post(
    '/api/alarm-routes/:id/test',
    {
      config,
      schema: {
        tags,
        summary: 'Send a marked test notice to everybody whom the route tells',
        params: Params,
        response: { 200: Type.Object({ items: Type.Array(Tested) }), ...problemResponses },
      },
    },
    async (request, reply) => {
      const tested = await testRoute(deps, BigInt(request.params.id), actorOf(request))
      if (!tested.ok) return sendRefusal(reply, tested.refusal)
      return {
        items: tested.value.map((one) => ({ ...one, name: deps.find(one.target)?.name ?? one.target })),
      }
    },
  )
}

function silenceRoutes(app: HttpApp, deps: ManageDeps): void {
  app.get(
    '/api/alarm-silences',
    {
      config: { scope: 'alarms:read' },
      schema: {
        tags,
        summary: 'Silences that hold, or all of the last 30 days',
        querystring: Type.Object({ ended: Type.Optional(Type.Boolean()) }),
        response: { 200: Type.Object({ items: Type.Array(SilenceJson) }), ...problemResponses },
      },
    },
    async (request) => {
      const now = deps.clock.now()
      const rows = await readSilences(deps.db, now, request.query.ended ?? false)
      return { items: rows.map((row) => silenceJson(row, now, deps.zone())) }
    },
  )
  app.post(
    '/api/alarm-silences',
    {
      config: { scope: 'alarms:write' },
      schema: {
        tags,
        summary: 'Tell nobody of these for a while',
        body: Type.Object(
          {
            rules: Patterns,
            subjects: Patterns,
            until: Type.Optional(
              Type.String({ maxLength: 40, description: 'an instant, ISO 8601; or `minutes`' }),
            ),
            minutes: Type.Optional(Type.Integer({ minimum: 1, maximum: 43_200 })),
            reason: Type.String({ minLength: 1, maxLength: 500 }),
          },
          { additionalProperties: false },
        ),
        response: { 200: SilenceJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const added = await addSilence(deps, request.body, actorOf(request))
      if (!added.ok) return sendRefusal(reply, added.refusal)
      const now = deps.clock.now()
      const row = (await readSilences(deps.db, now, false)).find(({ id }) => id === added.value)
      return row === undefined ? sendRefusal(reply, gone()) : silenceJson(row, now, deps.zone())
    },
  )
  app.delete(
    '/api/alarm-silences/:id',
    {
      config: { scope: 'alarms:write' },
      schema: {
        tags,
        summary: 'End a silence',
        params: Params,
        response: { 204: NoContent, ...problemResponses },
      },
    },
    async (request, reply) => {
      const stopped = await stopSilence(deps, BigInt(request.params.id), actorOf(request))
      return stopped.ok ? reply.code(204).send(undefined) : sendRefusal(reply, stopped.refusal)
    },
  )
}

function deliveryRoutes(app: HttpApp, { db, zone }: ManageDeps): void {
  const list = 'alarm-deliveries'
  app.get(
    '/api/alarm-deliveries',
    {
      config: { scope: 'alarms:read' },
      schema: {
        tags,
        summary: 'What was told to whom, newest first',
        querystring: Type.Object({
          alarm: Type.Optional(Id),
          target: Type.Optional(Type.String({ maxLength: 60 })),
          state: Type.Optional(oneOf(['queued', 'delivered', 'refused', 'failed', 'unknown'] as const)),
          kind: Type.Optional(Type.String({ maxLength: 20 })),
          ...pageQuery,
        }),
        response: { 200: pageOf(DeliveryJson), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { cursor, limit = PAGE_LIMIT, alarm, target, state, kind } = request.query
      const before = idOfCursor(list, cursor)
      if (before !== null && !before.ok) return sendRefusal(reply, before.refusal)
      const filter = {
        alarm: alarm === undefined ? null : BigInt(alarm),
        target: target ?? null,
        states: state === undefined ? [] : [state],
        kind: kind ?? null,
      }
      const rows = await readDeliveries(db, filter, before?.value ?? null, limit + 1)
      const shown = rows.slice(0, limit)
      const last = rows.length > limit ? shown.at(-1) : undefined
      return {
        items: shown.map((row) => deliveryJson(row, zone())),
        next: last === undefined ? null : encodeCursor(list, [last.id.toString()]),
      }
    },
  )
}

function idOfCursor(list: string, cursor: string | undefined): Result<bigint> | null {
  if (cursor === undefined) return null
  const values = decodeCursor(list, cursor)
  return values.ok ? { ok: true, value: BigInt(String(values.value[0])) } : values
}

type TypedRoute = { name: string; targets: string[] } & { [K in keyof RouteDraft]?: unknown }

/** What is left out has a default that tells people soon and leaves them alone otherwise. */
function draftOf(body: TypedRoute): RouteDraft {
  return {
    rules: [],
    leastSeverity: 'warning',
    escalateTo: [],
    escalateAfterMinutes: null,
    quietFrom: null,
    quietTo: null,
    zone: null,
    groupSeconds: 30,
    repeatMinutes: null,
    tellResolved: true,
    language: 'zh',
    active: true,
    ...body,
  } as RouteDraft
}

function gone() {
  return { code: 'alerting.route_not_found', detail: 'somebody else removed it meanwhile' }
}

function routeJson(row: RouteRow, zone: string) {
  return {
    id: row.id.toString(),
    name: row.name,
    rules: [...row.rules],
    leastSeverity: row.leastSeverity,
    targets: [...row.targets],
    escalateTo: [...row.escalateTo],
    escalateAfterMinutes: row.escalateAfterMinutes,
    quietFrom: row.quietFrom,
    quietTo: row.quietTo,
    zone: row.zone,
    groupSeconds: row.groupSeconds,
    repeatMinutes: row.repeatMinutes,
    tellResolved: row.tellResolved,
    language: row.language,
    active: row.active,
    updatedBy: row.updatedBy,
    updatedAt: formatInstant(row.updatedAt, zone),
  }
}

function silenceJson(row: SilenceRow, now: Temporal.Instant, zone: string) {
  return {
    id: row.id.toString(),
    rules: [...row.rules],
    subjects: [...row.subjects],
    reason: row.reason,
    until: formatInstant(row.until, zone),
    createdBy: row.createdBy,
    createdAt: formatInstant(row.createdAt, zone),
    endedAt: row.endedAt === null ? null : formatInstant(row.endedAt, zone),
    holds: row.endedAt === null && Temporal.Instant.compare(row.until, now) > 0,
  }
}

export function deliveryJson(row: DeliveryRow, zone: string) {
  return {
    id: row.id.toString(),
    notice: row.notice_id,
    route: row.route_id === null ? null : { id: row.route_id.toString(), name: row.route_name ?? '' },
    target: { id: row.target, name: row.target_name ?? row.target },
    kind: row.kind,
    rule: row.rule,
    severity: row.severity,
    title: row.title ?? '',
    alarms: row.alarm_ids.map((id) => id.toString()),
    direct: row.direct,
    state: row.state as 'queued' | 'delivered' | 'refused' | 'failed' | 'unknown',
    words: row.state === 'queued' ? (row.last ?? row.words) : row.words,
    attempts: row.attempts ?? 0,
    nextAt: row.next_at === null ? null : formatInstant(row.next_at, zone),
    createdAt: formatInstant(row.created_at, zone),
    settledAt: row.settled_at === null ? null : formatInstant(row.settled_at, zone),
  }
}
