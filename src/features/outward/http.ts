import { Type } from 'typebox'
import type { Instant } from '#kernel/clock.ts'
import { formatInstant } from '#kernel/instant.ts'
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
import { type ChangeDeps, chooseBackup, forceBreaker, releaseBreaker, setLimit } from './change-outward.ts'
import { BACKUP_CAPABILITIES } from './core/route.ts'
import { type AccountNow, type ReadDeps, readOutward, type WayOfOne } from './read-outward.ts'
import { readDecisions } from './route/store.ts'
import { readEvents, readMinutes } from './store.ts'

export type OutwardRoutesDeps = ReadDeps & ChangeDeps & { readonly zone: () => string }

const tags = ['outward']
const READ = { scope: 'connections:read' } as const
const WRITE = { scope: 'connections:write' } as const
const State = oneOf(['closed', 'open', 'half_open'])
const MinuteJson = Type.Object({
  at: IsoTime,
  calls: Type.Integer(),
  errors: Type.Integer(),
  slow: Type.Integer({ description: 'answered after 5 s or later' }),
})
const ForcedJson = Type.Object({
  state: oneOf(['open', 'closed']),
  until: IsoTime,
  by: Type.String(),
  reason: Type.String(),
})
const BackupJson = Type.Object({
  capability: oneOf(BACKUP_CAPABILITIES),
  connection: nullable(Type.Object({ id: Type.String(), name: Type.String() })),
})
const WayJson = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    kind: Type.String(),
    role: Type.String(),
    paused: Type.Boolean(),
    state: State,
    cause: Type.String({ description: 'of the last change by the rules; empty: never changed' }),
    since: nullable(IsoTime),
    probeAt: nullable(IsoTime),
    probes: Type.Object({ ok: Type.Integer(), failed: Type.Integer(), of: Type.Integer() }),
    forced: nullable(ForcedJson),
    calls: Type.Integer({ description: 'of the last five minutes' }),
    errors: Type.Integer({ description: 'of the last five minutes' }),
    slow: Type.Integer({ description: 'of the last five minutes' }),
    minutes: Type.Array(MinuteJson, { description: 'of the last half hour, those with calls' }),
    waiting: Type.Integer({ description: 'intents that are to be carried out' }),
    oldestWaiting: nullable(IsoTime),
    account: Type.String(),
    backups: Type.Array(BackupJson, { description: 'one for each call that another connection could make' }),
  },
  { title: 'WayOut' },
)
const AccountJson = Type.Object(
  {
    account: Type.String(),
    kind: Type.String(),
    connections: Type.Array(Type.String()),
    perSecond: Type.Number(),
    burst: Type.Integer(),
    source: oneOf(['operator', 'platform', 'cautious']),
    setBy: nullable(Type.String()),
    factor: Type.Number({ description: 'share of the rate in use, 0.05 to 1' }),
    available: Type.Integer({ description: 'calls that may go out this moment' }),
    waiting: Type.Integer({ description: 'calls that wait in the process that answers' }),
    held: Type.Integer({ description: 'intents that were put back because the budget was used up' }),
    oldestHeld: nullable(IsoTime),
    waited: Type.Integer(),
    refused: Type.Integer({ description: 'times the platform said "too many"' }),
    blockedUntil: nullable(IsoTime),
  },
  { title: 'CallBudget' },
)
const EventJson = Type.Object({
  id: Type.String(),
  at: IsoTime,
  from: Type.String(),
  to: Type.String(),
  cause: Type.String(),
  actor: Type.String(),
  evidence: Type.Record(Type.String(), Type.Unknown()),
})
const DecisionJson = Type.Object({
  id: Type.String(),
  at: IsoTime,
  capability: Type.String(),
  wanted: Type.String(),
  taken: Type.String(),
  orderId: nullable(Type.String()),
  subject: nullable(Type.String()),
  reason: Type.String(),
})
const IdParams = Type.Object({ id: Type.String({ minLength: 1, maxLength: 60 }) })

/** Breakers, budgets and backups: `/api/outward`. */
export function outwardRoutes(app: HttpApp, deps: OutwardRoutesDeps): void {
  overviewRoute(app, deps)
  historyRoute(app, deps)
  decisionRoute(app, deps)
  forceRoutes(app, deps)
  limitRoutes(app, deps)
  backupRoute(app, deps)
}

function overviewRoute(app: HttpApp, deps: OutwardRoutesDeps): void {
  app.get(
    '/api/outward',
    {
      config: READ,
      schema: {
        tags,
        summary: 'How every connection that is called stands, and every account',
        response: {
          200: Type.Object({ connections: Type.Array(WayJson), accounts: Type.Array(AccountJson) }),
          ...problemResponses,
        },
      },
    },
    async () => {
      const { connections, accounts } = await readOutward(deps)
      const nameOf = (id: string): string => deps.connections().find((one) => one.id === id)?.name ?? id
      return {
        connections: connections.map((one) => wayJson(deps, one, nameOf)),
        accounts: accounts.map((one) => accountJson(one, deps.zone())),
      }
    },
  )
}

function historyRoute(app: HttpApp, deps: OutwardRoutesDeps): void {
  app.get(
    '/api/outward/:id/history',
    {
      config: READ,
      schema: {
        tags,
        summary: "A breaker's changes, newest first, and its minutes of the last day",
        params: IdParams,
        querystring: Type.Object(pageQuery),
        response: {
          200: Type.Object({
            items: Type.Array(EventJson),
            next: nullable(Type.String()),
            minutes: Type.Array(
              Type.Intersect([
                MinuteJson,
                Type.Object({ codes: Type.Record(Type.String(), Type.Integer()) }),
              ]),
            ),
          }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const { cursor, limit = PAGE_LIMIT } = request.query
      const { id } = request.params
      const before = placeOf(`outward:${id}`, cursor)
      if (!before.ok) return sendRefusal(reply, before.refusal)
      const events = await readEvents(deps.db, id, before.value, limit + 1)
      const shown = events.slice(0, limit)
      const last = events.length > limit ? shown.at(-1) : undefined
      const since = deps.clock.now().subtract({ hours: 24 })
      const minutes = before.value === null ? await readMinutes(deps.db, since, id) : []
      return {
        items: shown.map((event) => ({
          id: event.id.toString(),
          at: formatInstant(event.at, deps.zone()),
          from: event.from_state,
          to: event.to_state,
          cause: event.cause,
          actor: event.actor,
          evidence: event.evidence,
        })),
        next: last === undefined ? null : encodeCursor(`outward:${id}`, [last.id.toString()]),
        minutes: minutes.map(({ at, calls, errors, slow, codes }) => ({
          at: formatInstant(at, deps.zone()),
          calls,
          errors,
          slow,
          codes,
        })),
      }
    },
  )
}

function decisionRoute(app: HttpApp, deps: OutwardRoutesDeps): void {
  app.get(
    '/api/outward/decisions',
    {
      config: READ,
      schema: {
        tags,
        summary: 'Calls that took another way than the usual one, newest first',
        querystring: Type.Object({
          order: Type.Optional(Type.String({ pattern: '^\\d{1,18}$' })),
          ...pageQuery,
        }),
        response: { 200: pageOf(DecisionJson), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { cursor, order, limit = PAGE_LIMIT } = request.query
      const before = placeOf('outward-decisions', cursor)
      if (!before.ok) return sendRefusal(reply, before.refusal)
      const orderId = order === undefined ? null : BigInt(order)
      const rows = await readDecisions(deps.db, { orderId, before: before.value, limit: limit + 1 })
      const shown = rows.slice(0, limit)
      const last = rows.length > limit ? shown.at(-1) : undefined
      return {
        items: shown.map((row) => ({
          id: row.id.toString(),
          at: formatInstant(row.at, deps.zone()),
          capability: row.capability,
          wanted: row.wanted,
          taken: row.taken,
          orderId: row.order_id === null ? null : row.order_id.toString(),
          subject: row.subject,
          reason: row.reason,
        })),
        next: last === undefined ? null : encodeCursor('outward-decisions', [last.id.toString()]),
      }
    },
  )
}

function forceRoutes(app: HttpApp, deps: OutwardRoutesDeps): void {
  const Body = Type.Object(
    {
      state: oneOf(['open', 'closed']),
      minutes: Type.Integer({ minimum: 1, maximum: 1_440 }),
      reason: Type.String({ maxLength: 300 }),
    },
    { additionalProperties: false },
  )
  const response = { 204: NoContent, ...problemResponses }
  app.post(
    '/api/outward/:id/force',
    {
      config: WRITE,
      schema: {
        tags,
        summary: 'Hold a breaker open or closed for a while',
        params: IdParams,
        body: Body,
        response,
      },
    },
    async (request, reply) => {
      const done = await forceBreaker(deps, actorOf(request), request.params.id, request.body)
      return done.ok ? reply.code(204).send(undefined) : sendRefusal(reply, done.refusal)
    },
  )
  app.delete(
    '/api/outward/:id/force',
    {
      config: WRITE,
      schema: { tags, summary: 'Give a breaker back to the rules', params: IdParams, response },
    },
    async (request, reply) => {
      const done = await releaseBreaker(deps, actorOf(request), request.params.id)
      return done.ok ? reply.code(204).send(undefined) : sendRefusal(reply, done.refusal)
    },
  )
}

function limitRoutes(app: HttpApp, deps: OutwardRoutesDeps): void {
  const params = Type.Object({ account: Type.String({ minLength: 1, maxLength: 300 }) })
  const Body = Type.Object(
    {
      perSecond: Type.Number({ minimum: 0.001, maximum: 10_000 }),
      burst: Type.Integer({ minimum: 1, maximum: 10_000 }),
    },
    { additionalProperties: false },
  )
  const response = { 204: NoContent, ...problemResponses }
  app.put(
    '/api/outward/accounts/:account',
    { config: WRITE, schema: { tags, summary: 'Set the limit of an account', params, body: Body, response } },
    async (request, reply) => {
      const done = await setLimit(deps, actorOf(request), request.params.account, request.body)
      return done.ok ? reply.code(204).send(undefined) : sendRefusal(reply, done.refusal)
    },
  )
  app.delete(
    '/api/outward/accounts/:account',
    { config: WRITE, schema: { tags, summary: "Give the platform's own limit back", params, response } },
    async (request, reply) => {
      const done = await setLimit(deps, actorOf(request), request.params.account, null)
      return done.ok ? reply.code(204).send(undefined) : sendRefusal(reply, done.refusal)
    },
  )
}

function backupRoute(app: HttpApp, deps: OutwardRoutesDeps): void {
  const Body = Type.Object(
    {
      capability: oneOf(BACKUP_CAPABILITIES),
      backup: nullable(Type.String({ minLength: 1, maxLength: 60 })),
    },
    { additionalProperties: false },
  )
  app.put(
    '/api/outward/:id/backup',
    {
      config: WRITE,
      schema: {
        tags,
        summary: 'Choose who takes over while the breaker is open',
        params: IdParams,
        body: Body,
        response: { 204: NoContent, ...problemResponses },
      },
    },
    async (request, reply) => {
      const { capability, backup } = request.body
      const done = await chooseBackup(deps, actorOf(request), request.params.id, capability, backup)
      return done.ok ? reply.code(204).send(undefined) : sendRefusal(reply, done.refusal)
    },
  )
}

function placeOf(list: string, cursor: string | undefined) {
  if (cursor === undefined) return { ok: true, value: null } as const
  const values = decodeCursor(list, cursor)
  return values.ok ? ({ ok: true, value: BigInt(String(values.value[0])) } as const) : values
}

function wayJson(deps: OutwardRoutesDeps, one: WayOfOne, nameOf: (id: string) => string) {
  const { connected, row, state, minutes, waiting, account, capabilities, backups } = one
  const iso = (at: Instant | null): string | null => (at === null ? null : formatInstant(at, deps.zone()))
  const from = deps.clock.now().subtract({ minutes: 5 })
  const recent = minutes.filter(({ at }) => Temporal.Instant.compare(at, from) >= 0)
  const sum = (of: (minute: (typeof minutes)[number]) => number): number =>
    recent.reduce((all, minute) => all + of(minute), 0)
  const backupOf = (capability: string): string | null =>
    backups.find((backup) => backup.capability === capability)?.backup_id ?? null
  return {
    id: connected.id,
    name: connected.name,
    kind: connected.connector.kind,
    role: connected.connector.role,
    paused: connected.paused,
    state,
    cause: row.cause,
    since: row.cause === '' ? null : iso(row.since),
    probeAt: iso(row.probeAt),
    probes: { ok: row.probesOk, failed: row.probesFailed, of: 10 },
    forced:
      row.forced === null || Temporal.Instant.compare(row.forced.until, deps.clock.now()) <= 0
        ? null
        : { ...row.forced, until: formatInstant(row.forced.until, deps.zone()) },
    calls: sum(({ calls }) => calls),
    errors: sum(({ errors }) => errors),
    slow: sum(({ slow }) => slow),
    minutes: minutes.map(({ at, calls, errors, slow }) => ({
      at: formatInstant(at, deps.zone()),
      calls,
      errors,
      slow,
    })),
    waiting: Number(waiting?.count ?? 0n),
    oldestWaiting: iso(waiting?.oldest ?? null),
    account,
    backups: capabilities.map((capability) => {
      const id = backupOf(capability)
      return { capability, connection: id === null ? null : { id, name: nameOf(id) } }
    }),
  }
}

function accountJson(one: AccountNow, zone: string) {
  return {
    account: one.account,
    kind: one.kind,
    connections: [...one.connections],
    perSecond: one.limit.perSecond,
    burst: one.limit.burst,
    source: one.source,
    setBy: one.set?.by ?? null,
    factor: one.factor,
    available: one.available,
    waiting: one.waiting,
    held: Number(one.held?.count ?? 0n),
    oldestHeld: one.held === null ? null : formatInstant(one.held.oldest, zone),
    waited: Number(one.waited),
    refused: Number(one.refused),
    blockedUntil: one.blockedUntil === null ? null : formatInstant(one.blockedUntil, zone),
  }
}
