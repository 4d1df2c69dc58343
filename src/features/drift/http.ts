import { Type } from 'typebox'
import type { Clock, Instant } from '#kernel/clock.ts'
import { formatInstant, readDay, readInstant } from '#kernel/instant.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { IsoTime, nullable, PAGE_LIMIT, pageOf, pageQuery, problemResponses } from '#platform/http/schemas.ts'
import type { HttpApp } from '#platform/http/scopes.ts'
import type { Database } from '#platform/postgres/database.ts'
import {
  type DriftPlace,
  type DriftRow,
  type DriftSort,
  readConnectionNames,
  readDrifts,
  readSummary,
} from './store.ts'

export type DriftRoutesDeps = { readonly sql: Database; readonly clock: Clock; readonly zone: () => string }

const READ = { scope: 'orders:read' } as const
const TAGS = ['drift']
const time = nullable(IsoTime)
const short = Type.Optional(Type.String({ maxLength: 60 }))
const period = { from: short, to: short }

const DriftItem = Type.Object(
  {
    orderId: Type.String(),
    orderNo: Type.String(),
    connection: Type.Object({ id: Type.String(), name: Type.String() }),
    field: Type.String(),
    cause: Type.String(),
    since: time,
    until: time,
    durationSeconds: Type.Integer({ description: 'within the period asked for; until now where it is open' }),
    claims: Type.Array(Type.Object({ source: Type.String(), says: Type.String(), at: time })),
  },
  { title: 'DriftItem' },
)

export function driftRoutes(app: HttpApp, deps: DriftRoutesDeps): void {
  listRoute(app, deps)
  topRoute(app, deps)
  summaryRoute(app, deps)
}

function listRoute(app: HttpApp, { sql, clock, zone }: DriftRoutesDeps): void {
  app.get(
    '/api/drift',
    {
      config: READ,
      schema: {
        tags: TAGS,
        querystring: Type.Object({
          open: Type.Optional(Type.Integer({ minimum: 0, maximum: 1 })),
          field: short,
          cause: short,
          ...period,
          sort: Type.Optional(Type.Union([Type.Literal('duration'), Type.Literal('since')])),
          ...pageQuery,
        }),
        response: { 200: pageOf(DriftItem), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { open, field, cause, from, to, sort = 'duration', cursor, limit = PAGE_LIMIT } = request.query
      const bounds = parsePeriod(from, to, zone())
      if (!bounds.ok) return sendRefusal(reply, bounds.refusal)
      const place = decodePlace(sort, cursor, clock.now())
      if (!place.ok) return sendRefusal(reply, place.refusal)
      const { now, after } = place.value
      const filter = { open: open === 1, field: field ?? null, cause: cause ?? null, ...bounds.value }
      const rows = await readDrifts(sql, filter, { sort, now, after, limit: limit + 1 })
      const shown = rows.slice(0, limit)
      const last = rows.length > limit ? shown.at(-1) : undefined
      const names = await readConnectionNames(sql)
      return {
        items: shown.map((row) => rowToJson(row, names, zone())),
        next:
          last === undefined
            ? null
            : encodeCursor(`drift:${sort}`, [
                now.toString(),
                last.key.toString(),
                last.order_id.toString(),
                last.field,
              ]),
      }
    },
  )
}

function topRoute(app: HttpApp, { sql, clock, zone }: DriftRoutesDeps): void {
  app.get(
    '/api/drift/top',
    {
      config: READ,
      schema: {
        tags: TAGS,
        description:
          'the orders whose sources disagreed longest within a period; this month where none is given',
        querystring: Type.Object({
          ...period,
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
        }),
        response: {
          200: Type.Object({ from: IsoTime, to: IsoTime, items: Type.Array(DriftItem) }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const now = clock.now()
      const asked = parsePeriod(request.query.from, request.query.to, zone())
      if (!asked.ok) return sendRefusal(reply, asked.refusal)
      const from = asked.value.from ?? monthOf(now, zone())
      const to = asked.value.to ?? now
      const filter = { open: false, field: null, cause: null, from, to }
      const rows = await readDrifts(sql, filter, {
        sort: 'duration',
        now,
        after: null,
        limit: request.query.limit ?? 10,
      })
      const names = await readConnectionNames(sql)
      return {
        from: formatInstant(from, zone()),
        to: formatInstant(to, zone()),
        items: rows.map((row) => rowToJson(row, names, zone())),
      }
    },
  )
}

function summaryRoute(app: HttpApp, { sql, clock }: DriftRoutesDeps): void {
  const Group = Type.Object({
    field: Type.String(),
    cause: Type.String(),
    open: Type.Integer(),
    closed: Type.Integer(),
    longestSeconds: Type.Integer(),
  })
  app.get(
    '/api/drift/summary',
    {
      config: READ,
      schema: {
        tags: TAGS,
        response: {
          200: Type.Object({ open: Type.Integer(), closed: Type.Integer(), groups: Type.Array(Group) }),
          ...problemResponses,
        },
      },
    },
    async () => {
      const groups = (await readSummary(sql, clock.now())).map((group) => ({
        field: group.field,
        cause: group.cause,
        open: Number(group.open),
        closed: Number(group.closed),
        longestSeconds: Number(group.longest / 1_000_000n),
      }))
      const sum = (of: (group: (typeof groups)[number]) => number): number =>
        groups.reduce((all, group) => all + of(group), 0)
      return { open: sum((group) => group.open), closed: sum((group) => group.closed), groups }
    },
  )
}

function rowToJson(row: DriftRow, names: ReadonlyMap<string, string>, zone: string) {
  const iso = (instant: Instant | null): string | null =>
    instant === null ? null : formatInstant(instant, zone)
  return {
    orderId: row.order_id.toString(),
    orderNo: row.order_no,
    connection: { id: row.connection_id, name: row.connection_name ?? row.connection_id },
    field: row.field,
    cause: row.cause,
    since: iso(row.since),
    until: iso(row.until),
    durationSeconds: Number(row.lasted / 1_000_000n),
    claims: row.claims.map((claim) => ({
      source: claim.source
        .split(' ')
        .map((id) => names.get(id) ?? id)
        .join(', '),
      says: claim.says,
      at: claim.at === null ? null : iso(Temporal.Instant.from(claim.at)),
    })),
  }
}

function monthOf(now: Instant, zone: string): Instant {
  return now.toZonedDateTimeISO(zone).toPlainDate().with({ day: 1 }).toZonedDateTime(zone).toInstant()
}

/** Days of the hub zone, `to` including its day, or instants with offset. Refuses with `drift.bad_time`. */
function parsePeriod(
  from: string | undefined,
  to: string | undefined,
  zone: string,
): Result<{ from: Instant | null; to: Instant | null }> {
  const bound = (text: string | undefined, addDays: number): Instant | null | undefined => {
    if (text === undefined || text === '') return null
    return readDay(text, zone, addDays) ?? readInstant(text) ?? undefined
  }
  const period = { from: bound(from, 0), to: bound(to, 1) }
  if (period.from === undefined || period.to === undefined)
    return refuse('drift.bad_time', 'from and to are days (2026-01-25) or instants with offset')
  return ok({ from: period.from, to: period.to })
}

/** A cursor keeps the moment of its first page: open disagreements grow while a person turns pages. */
function decodePlace(
  sort: DriftSort,
  cursor: string | undefined,
  now: Instant,
): Result<{ now: Instant; after: DriftPlace | null }> {
  if (cursor === undefined) return ok({ now, after: null })
  const values = decodeCursor(`drift:${sort}`, cursor)
  if (!values.ok) return values
  const [at, key, orderId, field] = values.value.map(String)
  return ok({
    now: Temporal.Instant.from(at ?? ''),
    after: { key: BigInt(key ?? 0), orderId: BigInt(orderId ?? 0), field: field ?? '' },
  })
}
