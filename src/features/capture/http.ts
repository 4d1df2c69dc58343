import { Type } from 'typebox'
import type { Clock } from '#kernel/clock.ts'
import { formatInstant } from '#kernel/instant.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { IsoTime, NoContent, nullable, oneOf, problemResponses } from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import type { Database } from '#platform/postgres/database.ts'
import { acknowledgeGap, type ChangeFeedDeps, pauseFeed, resnapshotFeed, resumeFeed } from './change-feed.ts'
import { type FeedState, type LagFigures, readFeedStates, readLagFigures } from './read-feeds.ts'
import { FEED_STATUSES } from './store.ts'

export type CaptureHttpDeps = ChangeFeedDeps & {
  readonly db: Database
  readonly clock: Clock
  readonly zone: () => string
  /** Name of a connection; null where there is none. */
  readonly nameOf: (connection: string) => string | null
}

const tags = ['capture']
const text = nullable(Type.String())
const time = nullable(IsoTime)
const IdParams = Type.Object({ id: Type.String({ pattern: '^\\d{1,18}$' }) })
const WordsJson = Type.Object({ zh: Type.String(), en: Type.String() })
const LagJson = Type.Object(
  {
    warehouse: Type.String(),
    name: Type.String(),
    changes: Type.Integer({ description: 'of the minutes asked for' }),
    averageMs: nullable(
      Type.Integer({ description: "from the source's commit to the ledger's; null: nothing came" }),
    ),
    mostMs: nullable(Type.Integer()),
    minutes: Type.Array(
      Type.Object({
        at: IsoTime,
        changes: Type.Integer(),
        averageMs: Type.Integer(),
        mostMs: Type.Integer(),
      }),
    ),
  },
  { title: 'CaptureLag' },
)
const FeedJson = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    source: Type.Object({
      kind: oneOf(['connection', 'push', 'file']),
      id: Type.String(),
      name: text,
    }),
    state: oneOf(['draft', 'dry_run', 'live', 'paused']),
    status: oneOf(FEED_STATUSES),
    statusSince: IsoTime,
    words: WordsJson,
    mode: oneOf(['levels', 'movements']),
    table: Type.String(),
    onDrift: oneOf(['ask', 'accept']),
    onUnknownSku: oneOf(['create', 'ignore', 'ask']),
    position: text,
    changes: Type.Integer(),
    sourceAt: time,
    appliedAt: time,
    seenAt: nullable(Type.String({ description: 'when the source last showed that it is there' })),
    snapshot: Type.Object({
      at: time,
      stage: nullable(oneOf(['reading', 'comparing'])),
      rows: Type.Integer(),
      total: nullable(Type.Integer({ description: 'estimated while reading' })),
      wanted: Type.Boolean(),
    }),
    gap: nullable(Type.Object({ at: IsoTime, words: WordsJson })),
    schemaChange: nullable(Type.Object({ at: IsoTime, usable: Type.Boolean(), words: WordsJson })),
    warehouses: Type.Array(Type.Object({ code: Type.String(), sourceCode: Type.String() })),
    lag: Type.Array(LagJson),
    openFindings: Type.Integer(),
  },
  { title: 'CaptureFeed' },
)

/** Feeds, their state and their lag. */
export function captureRoutes(app: HttpApp, deps: CaptureHttpDeps): void {
  const shown = (states: readonly FeedState[]) => states.map((one) => feedJson(one, deps))
  app.get(
    '/api/capture/feeds',
    {
      config: { scope: 'stock:read' },
      schema: {
        tags,
        summary: 'How the stock of warehouses is captured: state, position and lag of every feed',
        response: { 200: Type.Object({ items: Type.Array(FeedJson) }), ...problemResponses },
      },
    },
    async () => ({ items: shown(await readFeedStates(deps.db, deps.clock.now())) }),
  )
  app.get(
    '/api/capture/feeds/:id',
    {
      config: { scope: 'stock:read' },
      schema: {
        tags,
        summary: 'One feed',
        params: IdParams,
        response: { 200: FeedJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const states = await readFeedStates(deps.db, deps.clock.now())
      const one = states.find(({ row }) => row.id === BigInt(request.params.id))
      if (one !== undefined) return feedJson(one, deps)
      return sendRefusal(reply, {
        code: 'capture.feed_not_found',
        detail: `there is no feed ${request.params.id}`,
      })
    },
  )
  app.get(
    '/api/capture/lag',
    {
      config: { scope: 'stock:read' },
      schema: {
        tags,
        summary: "Lag of every warehouse from its source's commit to the ledger, by minute",
        querystring: Type.Object({
          minutes: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_440, default: 60 })),
        }),
        response: { 200: Type.Object({ items: Type.Array(LagJson) }), ...problemResponses },
      },
    },
    async (request) => {
      const figures = await readLagFigures(deps.db, deps.clock.now(), request.query.minutes ?? 60)
      return { items: figures.map((one) => lagJson(one, deps.zone())) }
    },
  )
  changeRoutes(app, deps)
}

function changeRoutes(app: HttpApp, deps: CaptureHttpDeps): void {
  const steps = [
    ['pause', 'Stop following; the position is kept', pauseFeed],
    ['resume', 'Follow again from the position', resumeFeed],
    ['resnapshot', 'Read the whole table anew and compare it with the ledger', resnapshotFeed],
    ['gap-seen', 'Say that what a source without a table missed has been counted', acknowledgeGap],
  ] as const
  for (const [name, summary, run] of steps)
    app.post(
      `/api/capture/feeds/:id/${name}`,
      {
        config: { scope: 'stock:write' },
        schema: { tags, summary, params: IdParams, response: { 204: NoContent, ...problemResponses } },
      },
      async (request, reply) => {
        const done = await run(deps, actorOf(request), BigInt(request.params.id))
        return done.ok ? reply.code(204).send(undefined) : sendRefusal(reply, done.refusal)
      },
    )
}

function feedJson({ row, kind, codes, lag, open }: FeedState, deps: CaptureHttpDeps) {
  const zone = deps.zone()
  const at = (instant: Temporal.Instant | null) => (instant === null ? null : formatInstant(instant, zone))
  return {
    id: String(row.id),
    name: row.name,
    source: {
      kind,
      id: row.connection_id,
      name: kind === 'connection' ? deps.nameOf(row.connection_id) : null,
    },
    state: row.state,
    status: row.status,
    statusSince: formatInstant(row.status_since, zone),
    words: { zh: row.words, en: row.words_en },
    mode: row.mapping.mode,
    table: row.mapping.table,
    onDrift: row.on_drift,
    onUnknownSku: row.on_unknown_sku,
    position: row.position,
    changes: Number(row.changes),
    sourceAt: at(row.source_at),
    appliedAt: at(row.applied_at),
    seenAt: at(row.seen_at),
    snapshot: {
      at: at(row.snapshot_at),
      stage: row.snapshot_stage,
      rows: Number(row.snapshot_rows),
      total: row.snapshot_total === null ? null : Number(row.snapshot_total),
      wanted: row.wants_snapshot,
    },
    gap:
      row.gap_at === null
        ? null
        : {
            at: formatInstant(row.gap_at, zone),
            words: { zh: row.gap_words ?? '', en: row.gap_words_en ?? '' },
          },
    schemaChange:
      row.schema_at === null
        ? null
        : {
            at: formatInstant(row.schema_at, zone),
            usable: row.schema_usable === true,
            words: { zh: row.schema_words ?? '', en: row.schema_words_en ?? '' },
          },
    warehouses: codes.map((one) => ({ code: one.warehouse, sourceCode: one.source_code })),
    lag: lag.map((one) => lagJson(one, zone)),
    openFindings: open,
  }
}

function lagJson({ minutes, ...one }: LagFigures, zone: string) {
  return {
    ...one,
    minutes: minutes.map(({ at, ...figures }) => ({ at: formatInstant(at, zone), ...figures })),
  }
}
