import { Type } from 'typebox'
import { formatInstant } from '#kernel/instant.ts'
import { formatMoney, money } from '#kernel/money.ts'
import { ok, type Result } from '#kernel/result.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { oneOf, PAGE_LIMIT, pageOf, pageQuery, problemResponses } from '#platform/http/schemas.ts'
import type { HttpApp } from '#platform/http/scopes.ts'
import { KEEPS } from './core/clocks.ts'
import { type RuleRoutesDeps, ruleRoutes } from './rules-http.ts'
import { BUCKETS, QueueItemJson, STATES, SummaryJson } from './schemas.ts'
import {
  type BucketRow,
  type QueuePlace,
  type QueueRow,
  type QueueSort,
  readBuckets,
  readQueue,
} from './store.ts'

export type PromiseRoutesDeps = RuleRoutesDeps

const READ = { scope: 'orders:read' } as const
const tags = ['promises']

/** The deadline queue, and the rules and calendars that its clocks run by. */
export function promiseRoutes(app: HttpApp, deps: PromiseRoutesDeps): void {
  queueRoute(app, deps)
  summaryRoute(app, deps)
  ruleRoutes(app, deps)
}

const Words = Type.Optional(Type.String({ maxLength: 2_000, description: 'comma separated' }))

function queueRoute(app: HttpApp, { db, clock, zone }: PromiseRoutesDeps): void {
  app.get(
    '/api/promises',
    {
      config: READ,
      schema: {
        tags,
        summary: 'The deadline queue: by time left, or by what a breach costs',
        querystring: Type.Object({
          connection: Words,
          keeps: Type.Optional(oneOf(KEEPS)),
          state: Type.Optional(oneOf(STATES)),
          within: Type.Optional(
            Type.Integer({
              minimum: 1,
              maximum: 100_000,
              description: 'due within so many minutes, or past',
            }),
          ),
          sort: Type.Optional(oneOf(['due', 'penalty'])),
          ...pageQuery,
        }),
        response: { 200: pageOf(QueueItemJson), ...problemResponses },
      },
    },
    async (request, reply) => {
      const {
        connection = '',
        keeps,
        state,
        within,
        sort = 'due',
        cursor,
        limit = PAGE_LIMIT,
      } = request.query
      const place = cursor === undefined ? ok(null) : readPlace(sort, cursor)
      if (!place.ok) return sendRefusal(reply, place.refusal)
      const now = clock.now()
      const filter = {
        connections: connection.split(',').filter((word) => word !== ''),
        keeps: keeps === undefined ? [] : [keeps],
        states: state === undefined ? [] : [state],
        before: within === undefined ? null : now.add({ minutes: within }),
        from: null,
      }
      const rows = await readQueue(db, filter, sort, place.value, limit + 1)
      const shown = rows.slice(0, limit)
      const last = rows.length > limit ? shown.at(-1) : undefined
      return {
        items: shown.map((row) => queueItem(row, now, zone())),
        next: last === undefined ? null : placeAfter(sort, last),
      }
    },
  )
}

function readPlace(sort: QueueSort, cursor: string): Result<QueuePlace> {
  const values = decodeCursor(`promises:${sort}`, cursor)
  if (!values.ok) return values
  const [due, penalty, id, source] = values.value
  return ok({
    due: Temporal.Instant.from(String(due)),
    penalty: penalty === null ? null : BigInt(String(penalty)),
    id: BigInt(String(id)),
    source: String(source),
  })
}

function placeAfter(sort: QueueSort, row: QueueRow): string {
  return encodeCursor(`promises:${sort}`, [
    row.due_at.toString(),
    row.penalty_minor?.toString() ?? null,
    row.order_id.toString(),
    row.source,
  ])
}

function queueItem(row: QueueRow, now: Temporal.Instant, zone: string) {
  const time = (at: Temporal.Instant | null): string | null => (at === null ? null : formatInstant(at, zone))
  return {
    orderId: row.order_id.toString(),
    orderNo: row.order_no,
    connection: {
      id: row.connection_id,
      kind: row.connection_kind ?? 'unknown',
      name: row.connection_name ?? row.connection_id,
    },
    status: row.status,
    firstTitle: row.first_title,
    itemCount: row.item_count,
    region: row.region,
    source: row.source,
    ruleName: row.rule_name,
    keeps: row.keeps,
    startsAt: time(row.starts_at),
    dueAt: formatInstant(row.due_at, zone),
    warnAt: formatInstant(row.warn_at, zone),
    keptAt: time(row.kept_at),
    state: row.state as (typeof STATES)[number],
    secondsLeft: Math.floor((row.due_at.epochMilliseconds - now.epochMilliseconds) / 1_000),
    penalty: amountOf(row.penalty_minor, row.currency),
  }
}

function amountOf(
  minor: bigint | null,
  currency: string | null,
): { currency: string; amount: string } | null {
  return minor === null || currency === null
    ? null
    : { currency, amount: formatMoney(money(currency, minor)) }
}

function summaryRoute(app: HttpApp, { db, clock }: PromiseRoutesDeps): void {
  app.get(
    '/api/promises/summary',
    {
      config: READ,
      schema: {
        tags,
        summary: 'Open promises by time left, in all and per connection',
        response: { 200: SummaryJson, ...problemResponses },
      },
    },
    async () => {
      const rows = await readBuckets(db, clock.now())
      return {
        buckets: BUCKETS.map((bucket) => ({ bucket, ...bucketTotals(rows, bucket) })),
        connections: connectionTotals(rows),
      }
    },
  )
}

type Bucket = (typeof BUCKETS)[number]

function bucketTotals(rows: readonly BucketRow[], bucket: Bucket) {
  const own = rows.filter((row) => row.bucket === bucket)
  const sums = Map.groupBy(
    own.filter((row) => row.penalty_minor !== null && row.currency !== null),
    (row) => row.currency ?? '',
  )
  return {
    count: own.reduce((sum, row) => sum + Number(row.count), 0),
    penalties: [...sums].flatMap(
      ([currency, group]) =>
        amountOf(
          group.reduce((sum, row) => sum + (row.penalty_minor ?? 0n), 0n),
          currency,
        ) ?? [],
    ),
  }
}

function connectionTotals(rows: readonly BucketRow[]) {
  return [...Map.groupBy(rows, (row) => row.connection_id)].map(([id, group]) => {
    const of = (bucket: Bucket): number =>
      group.filter((row) => row.bucket === bucket).reduce((sum, row) => sum + Number(row.count), 0)
    return {
      id,
      name: group[0]?.connection_name ?? id,
      breached: of('breached'),
      hour: of('hour'),
      four_hours: of('four_hours'),
      day: of('day'),
      later: of('later'),
    }
  })
}
