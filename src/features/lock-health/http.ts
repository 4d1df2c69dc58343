import { Type } from 'typebox'
import type { Clock, Instant } from '#kernel/clock.ts'
import { formatInstant, readInstant } from '#kernel/instant.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { IsoTime, nullable, PAGE_LIMIT, pageOf, pageQuery, problemResponses } from '#platform/http/schemas.ts'
import type { HttpApp } from '#platform/http/scopes.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { readHeat } from './read-heat.ts'
import { countFailures, type FailureRow, readFailures } from './store.ts'

export type LockHealthRoutesDeps = {
  readonly sql: Sql
  readonly clock: Clock
  readonly zone: () => string
  /** The line that a warehouse's hour is judged by, 0 to 1. */
  readonly leastRate: number
}

const READ = { scope: 'stock:read' } as const
const tags = ['stock']
const DAYS_MOST = 62
const HOUR_MS = 3_600_000
const STEPS_MOST = 800
const short = Type.Optional(Type.String({ maxLength: 40 }))
const Count = Type.Integer()
const Share = nullable(Type.Number({ description: '0 to 1; null where nothing was asked' }))
const Figures = {
  asked: Count,
  locked: Count,
  refused: Type.Integer({ description: 'not enough there: an answer' }),
  timedOut: Type.Integer({ description: '`INV_LOCK_TIMEOUT`' }),
  invalid: Type.Integer({ description: "the caller's mistakes; in no rate" }),
  rate: Share,
  technicalRate: Type.Union([Type.Number(), Type.Null()], {
    description: 'share answered in time, with yes or no',
  }),
  tookMsMean: nullable(Type.Number()),
  tookMsMost: Type.Number(),
}
const HeatJson = Type.Object(
  {
    from: IsoTime,
    to: IsoTime,
    stepHours: Type.Integer(),
    line: Type.Number({ description: 'the rate that the sources ask for' }),
    alarmLine: Type.Number({ description: 'the rate below which a warehouse is alarmed' }),
    total: Type.Object(Figures),
    steps: Type.Array(IsoTime, { description: 'begin of each column' }),
    warehouses: Type.Array(Type.Object({ code: Type.String(), name: Type.String(), ...Figures })),
    cells: Type.Array(
      Type.Object({
        warehouse: Type.String(),
        step: Type.Integer({ description: 'index in `steps`' }),
        ...Figures,
      }),
    ),
  },
  { title: 'LockHealth' },
)
const FailureJson = Type.Object(
  {
    id: Type.String(),
    at: IsoTime,
    key: Type.String(),
    owner: Type.Object({ kind: Type.String(), id: Type.String(), reference: Type.String() }),
    channel: nullable(Type.Object({ id: Type.String(), name: Type.String() })),
    code: Type.String(),
    detail: Type.String(),
    warehouse: Type.Object({ code: Type.String(), name: Type.String() }),
    sku: Type.String(),
    wanted: Type.Integer(),
    available: Type.Integer(),
    elsewhere: Type.Array(Type.Object({ warehouse: Type.String(), available: Type.Integer() })),
    tookMs: Type.Integer(),
    hold: Type.Union([Type.Object({ id: Type.String(), state: Type.String() }), Type.Null()], {
      description: 'the hold under the same key, where a later attempt stands',
    }),
  },
  { title: 'LockFailure' },
)

export function lockHealthRoutes(app: HttpApp, deps: LockHealthRoutesDeps): void {
  heatRoute(app, deps)
  failuresRoute(app, deps)
  groupsRoute(app, deps)
}

function heatRoute(app: HttpApp, { sql, clock, zone, leastRate }: LockHealthRoutesDeps): void {
  app.get(
    '/api/lock-health',
    {
      config: READ,
      schema: {
        tags,
        summary: 'Success rate of locks by warehouse and hour (跨仓锁库成功率)',
        querystring: Type.Object({
          from: short,
          to: short,
          hours: Type.Optional(
            Type.Integer({
              minimum: 1,
              maximum: 1_488,
              description: 'the last so many hours, in place of from',
            }),
          ),
          stepHours: Type.Optional(Type.Integer({ minimum: 1, maximum: 24, default: 1 })),
        }),
        response: { 200: HeatJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const { hours: last = 24, stepHours = 1 } = request.query
      const span = parseSpan(request.query.from, request.query.to, clock.now(), { wholeHours: last })
      if (!span.ok) return sendRefusal(reply, span.refusal)
      const hours = (span.value.to.epochMilliseconds - span.value.from.epochMilliseconds) / HOUR_MS
      if (hours / stepHours > STEPS_MOST)
        return sendRefusal(
          reply,
          refuse('lock_health.bad_span', `at most ${STEPS_MOST} columns; make stepHours larger`).refusal,
        )
      const heat = await readHeat(sql, { ...span.value, stepHours })
      const iso = (at: Instant): string => formatInstant(at, zone())
      return {
        ...heat,
        from: iso(heat.from),
        to: iso(heat.to),
        steps: heat.steps.map(iso),
        stepHours,
        line: 0.9995,
        alarmLine: leastRate,
      }
    },
  )
}

const failureQuery = {
  from: short,
  to: short,
  warehouse: Type.Optional(Type.String({ maxLength: 40 })),
}

function failuresRoute(app: HttpApp, { sql, clock, zone }: LockHealthRoutesDeps): void {
  app.get(
    '/api/lock-health/failures',
    {
      config: READ,
      schema: {
        tags,
        summary: 'Locks that failed, the newest first',
        querystring: Type.Object({
          ...failureQuery,
          code: Type.Optional(Type.String({ maxLength: 60 })),
          ...pageQuery,
        }),
        response: { 200: pageOf(FailureJson), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { from, to, warehouse = null, code = null, cursor, limit = PAGE_LIMIT } = request.query
      const span = parseSpan(from, to, clock.now(), null)
      if (!span.ok) return sendRefusal(reply, span.refusal)
      const place = cursor === undefined ? null : decodeCursor('lock-failures', cursor)
      if (place !== null && !place.ok) return sendRefusal(reply, place.refusal)
      const [at, id] = place === null ? [] : place.value.map(String)
      const after =
        at === undefined || id === undefined ? null : { at: Temporal.Instant.from(at), id: BigInt(id) }
      const rows = await readFailures(sql, { ...span.value, warehouse, code }, after, limit + 1)
      const shown = rows.slice(0, limit)
      const last = rows.length > limit ? shown.at(-1) : undefined
      return {
        items: shown.map((row) => failureToJson(row, zone())),
        next:
          last === undefined ? null : encodeCursor('lock-failures', [last.at.toString(), last.id.toString()]),
      }
    },
  )
}

function groupsRoute(app: HttpApp, { sql, clock }: LockHealthRoutesDeps): void {
  app.get(
    '/api/lock-health/failures/groups',
    {
      config: READ,
      schema: {
        tags,
        summary: 'Kept failures by reason and SKU, the most frequent first',
        querystring: Type.Object(failureQuery),
        response: {
          200: Type.Object({
            items: Type.Array(
              Type.Object({ code: Type.String(), sku: Type.String(), count: Type.Integer() }),
            ),
          }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const { from, to, warehouse = null } = request.query
      const span = parseSpan(from, to, clock.now(), null)
      if (!span.ok) return sendRefusal(reply, span.refusal)
      const rows = await countFailures(sql, { ...span.value, warehouse, code: null })
      return { items: rows.map((row) => ({ ...row, count: Number(row.count) })) }
    },
  )
}

/**
 * The last 24 hours unless given; `wholeHours` widens to whole hours, so many of them where `from` is not given. Refuses with
 * `lock_health.bad_span` what is no time, turned round or longer than 62 days.
 */
function parseSpan(
  from: string | undefined,
  to: string | undefined,
  now: Instant,
  whole: { readonly wholeHours: number } | null,
): Result<{ from: Instant; to: Instant }> {
  // What failed in this very moment is among the failures until now.
  const end = to === undefined ? (whole === null ? now.add({ seconds: 1 }) : now) : readInstant(to)
  const begin =
    from === undefined
      ? (end?.subtract({ hours: whole === null ? 24 : whole.wholeHours - 1 }) ?? null)
      : readInstant(from)
  if (end === null || begin === null)
    return refuse('lock_health.bad_span', 'from and to are instants, 2026-01-25T09:00:00+08:00')
  const hour = (at: Instant, roundingMode: 'floor' | 'ceil'): Instant =>
    whole === null ? at : at.round({ smallestUnit: 'hour', roundingMode })
  const span = { from: hour(begin, 'floor'), to: hour(end, 'ceil') }
  const ms = span.to.epochMilliseconds - span.from.epochMilliseconds
  if (ms <= 0 || ms > DAYS_MOST * 24 * HOUR_MS)
    return refuse('lock_health.bad_span', `from must be before to, and at most ${DAYS_MOST} days`)
  return ok(span)
}

function failureToJson(row: FailureRow, zone: string) {
  return {
    id: row.id.toString(),
    at: formatInstant(row.at, zone),
    key: row.key,
    owner: { kind: row.owner_kind, id: row.owner, reference: row.reference },
    channel: row.channel === null ? null : { id: row.channel, name: row.channel_name ?? row.channel },
    code: row.code,
    detail: row.detail,
    warehouse: { code: row.warehouse, name: row.warehouse_name ?? row.warehouse },
    sku: row.sku,
    wanted: row.wanted,
    available: row.available,
    elsewhere: [...row.elsewhere],
    tookMs: row.took_ms,
    hold:
      row.hold_id === null || row.hold_state === null
        ? null
        : { id: row.hold_id.toString(), state: row.hold_state },
  }
}
