import { type Static, Type } from 'typebox'
import { formatInstant } from '#kernel/instant.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { NoContent, oneOf, problemResponses } from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import { grantScripts } from './core/grants.ts'
import { stepOf } from './core/mapping.ts'
import type { RowsPreview } from './core/preview-rows.ts'
import { sourceKind } from './core/sources.ts'
import type { SetupDeps } from './deps.ts'
import { FOLLOW_SECONDS, startDryRun } from './dry-run.ts'
import { changeFeed, createFeed, dropFeed, goLive, noFeed } from './edit-feed.ts'
import { checkSourceOf, previewFor, type Suggested, suggestFor, tablesOf } from './look-at-source.ts'
import {
  CheckJson,
  type DryRunJson,
  FeedJson,
  MappingBody,
  PreviewJson,
  RowsBody,
  SuggestionJson,
  TableJson,
  WarehousesBody,
  Words,
} from './schemas.ts'
import { type FeedDraft, readDraft, readDrafts, readLastTry } from './store.ts'

const tags = ['capture setup']
const read = { scope: 'stock:read' } as const
const write = { scope: 'stock:write' } as const
const Id = Type.Object({ id: Type.String({ pattern: '^[0-9]{1,18}$' }) })
const one = { 200: FeedJson, ...problemResponses }

/** Routes of the onboarding wizard: a feed from its first draft until it is live. */
export function captureSetupRoutes(app: HttpApp, deps: SetupDeps): void {
  readRoutes(app, deps)
  editRoutes(app, deps)
  lookRoutes(app, deps)
  runRoutes(app, deps)
}

function readRoutes(app: HttpApp, deps: SetupDeps): void {
  app.get(
    '/api/capture/setup',
    {
      config: read,
      schema: {
        tags,
        summary: 'Every feed as the wizard knows it, drafts included',
        response: {
          200: Type.Object({ items: Type.Array(FeedJson), next: Type.Null() }),
          ...problemResponses,
        },
      },
    },
    async () => {
      const feeds = await readDrafts(deps.db)
      return { items: await Promise.all(feeds.map((feed) => feedJson(deps, feed))), next: null }
    },
  )
  app.get(
    '/api/capture/setup/grants',
    {
      config: read,
      schema: {
        tags,
        summary: 'What a database administrator runs so that the hub may read, and no more',
        querystring: Type.Object({
          kind: Type.String({ maxLength: 60 }),
          user: Type.Optional(Type.String({ maxLength: 80 })),
          from: Type.Optional(Type.String({ maxLength: 120 })),
          database: Type.Optional(Type.String({ maxLength: 80 })),
          table: Type.Optional(Type.String({ maxLength: 200 })),
        }),
        response: {
          200: Type.Object({
            items: Type.Array(Type.Object({ title: Words, note: Words, script: Type.String() })),
          }),
          ...problemResponses,
        },
      },
    },
    async ({ query }) => {
      const { kind, user = '', from = '%', database = '', table = '' } = query
      return { items: grantScripts({ kind, user, from, database, table }).map((script) => ({ ...script })) }
    },
  )
  app.get(
    '/api/capture/setup/:id',
    { config: read, schema: { tags, summary: 'One feed as the wizard knows it', params: Id, response: one } },
    async (request, reply) => {
      const feed = await readDraft(deps.db, BigInt(request.params.id))
      return feed === null
        ? sendRefusal(reply, noFeed(BigInt(request.params.id)).refusal)
        : feedJson(deps, feed)
    },
  )
}

function editRoutes(app: HttpApp, deps: SetupDeps): void {
  app.post(
    '/api/capture/setup',
    {
      config: write,
      schema: {
        tags,
        summary: 'Begin a feed',
        body: Type.Object(
          {
            name: Type.String({ minLength: 1, maxLength: 200 }),
            source: Type.String({
              minLength: 1,
              maxLength: 60,
              description: 'a connection’s id, `:push` or `:file`',
            }),
          },
          { additionalProperties: false },
        ),
        response: one,
      },
    },
    async (request, reply) => {
      const made = await createFeed(deps, actorOf(request), request.body)
      return made.ok ? await savedJson(deps, made.value) : sendRefusal(reply, made.refusal)
    },
  )
  app.patch(
    '/api/capture/setup/:id',
    {
      config: write,
      schema: {
        tags,
        summary: 'Change a feed; one that is live reads its table anew',
        params: Id,
        body: Type.Partial(
          Type.Object({
            name: Type.String({ minLength: 1, maxLength: 200 }),
            mapping: MappingBody,
            warehouses: WarehousesBody,
            onDrift: oneOf(['ask', 'accept']),
            onUnknownSku: oneOf(['create', 'ignore', 'ask']),
          }),
          { additionalProperties: false, minProperties: 1 },
        ),
        response: one,
      },
    },
    async (request, reply) => {
      const id = BigInt(request.params.id)
      const changed = await changeFeed(deps, actorOf(request), id, request.body)
      return changed.ok ? await savedJson(deps, id) : sendRefusal(reply, changed.refusal)
    },
  )
  app.delete(
    '/api/capture/setup/:id',
    {
      config: write,
      schema: {
        tags,
        summary: 'Remove a feed that never went live',
        params: Id,
        response: { 204: NoContent, ...problemResponses },
      },
    },
    async (request, reply) => {
      const dropped = await dropFeed(deps, actorOf(request), BigInt(request.params.id))
      return dropped.ok ? reply.code(204).send(undefined) : sendRefusal(reply, dropped.refusal)
    },
  )
}

function lookRoutes(app: HttpApp, deps: SetupDeps): void {
  app.post(
    '/api/capture/setup/:id/check',
    {
      config: write,
      schema: {
        tags,
        summary: 'Look at everything that can be wrong with the source, with what to do about it',
        params: Id,
        response: { 200: Type.Object({ items: Type.Array(CheckJson) }), ...problemResponses },
      },
    },
    async (request, reply) => {
      const feed = await readDraft(deps.db, BigInt(request.params.id))
      if (feed === null) return sendRefusal(reply, noFeed(BigInt(request.params.id)).refusal)
      const checks = await checkSourceOf(deps, feed)
      return checks.ok
        ? { items: checks.value.map((check) => ({ ...check })) }
        : sendRefusal(reply, checks.refusal)
    },
  )
  app.get(
    '/api/capture/setup/:id/tables',
    {
      config: write,
      schema: {
        tags,
        summary: 'Tables or streams that the account sees, the likeliest stock tables first',
        params: Id,
        response: {
          200: Type.Object({
            items: Type.Array(Type.Object({ ...TableJson.properties, likeness: Type.Number() })),
          }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const feed = await readDraft(deps.db, BigInt(request.params.id))
      if (feed === null) return sendRefusal(reply, noFeed(BigInt(request.params.id)).refusal)
      const tables = await tablesOf(deps, feed)
      if (!tables.ok) return sendRefusal(reply, tables.refusal)
      return { items: tables.value.map((table) => ({ ...table, columns: [...table.columns] })) }
    },
  )
  app.post(
    '/api/capture/setup/:id/suggest',
    {
      config: write,
      schema: {
        tags,
        summary: 'Propose which column is what, with reasons, and show real rows',
        params: Id,
        body: Type.Object(
          { table: Type.Optional(Type.String({ maxLength: 200 })), rows: Type.Optional(RowsBody) },
          { additionalProperties: false },
        ),
        response: { 200: SuggestionJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const feed = await readDraft(deps.db, BigInt(request.params.id))
      if (feed === null) return sendRefusal(reply, noFeed(BigInt(request.params.id)).refusal)
      const { table = '', rows = null } = request.body
      const suggested = await suggestFor(deps, feed, { table, rows })
      return suggested.ok ? suggestionJson(suggested.value) : sendRefusal(reply, suggested.refusal)
    },
  )
  app.post(
    '/api/capture/setup/:id/preview',
    {
      config: write,
      schema: {
        tags,
        summary: 'Real rows through a mapping; nothing is kept',
        params: Id,
        body: Type.Object(
          { mapping: MappingBody, warehouses: Type.Optional(WarehousesBody), rows: Type.Optional(RowsBody) },
          { additionalProperties: false },
        ),
        response: { 200: PreviewJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const feed = await readDraft(deps.db, BigInt(request.params.id))
      if (feed === null) return sendRefusal(reply, noFeed(BigInt(request.params.id)).refusal)
      const { mapping, warehouses = feed.warehouses, rows = null } = request.body
      const seen = await previewFor(deps, feed, { mapping, warehouses, rows })
      return seen.ok ? previewJson(seen.value) : sendRefusal(reply, seen.refusal)
    },
  )
}

function runRoutes(app: HttpApp, deps: SetupDeps): void {
  const { least, most, standard } = FOLLOW_SECONDS
  app.post(
    '/api/capture/setup/:id/dry-run',
    {
      config: write,
      schema: {
        tags,
        summary: 'Read everything, compare it with the ledger and listen a while, as a job; writes nothing',
        params: Id,
        body: Type.Object(
          { seconds: Type.Optional(Type.Integer({ minimum: least, maximum: most, default: standard })) },
          { additionalProperties: false },
        ),
        response: { 200: Type.Object({ jobId: Type.String() }), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { seconds = standard } = request.body
      const started = await startDryRun(deps, actorOf(request), BigInt(request.params.id), seconds)
      return started.ok ? { jobId: String(started.value) } : sendRefusal(reply, started.refusal)
    },
  )
  app.post(
    '/api/capture/setup/:id/live',
    {
      config: write,
      schema: { tags, summary: 'From now on its figures are the ledger’s', params: Id, response: one },
    },
    async (request, reply) => {
      const id = BigInt(request.params.id)
      const done = await goLive(deps, actorOf(request), id)
      return done.ok ? await savedJson(deps, id) : sendRefusal(reply, done.refusal)
    },
  )
}

async function savedJson(deps: SetupDeps, id: bigint) {
  return await feedJson(deps, (await readDraft(deps.db, id)) as FeedDraft)
}

async function feedJson(deps: SetupDeps, feed: FeedDraft) {
  const entry = deps.connections.byId(feed.source)
  const last = await readLastTry(deps.db, feed.id)
  const kind = sourceKind(feed.source)
  return {
    id: String(feed.id),
    name: feed.name,
    source: feed.source,
    sourceKind: kind,
    connection: entry === null ? null : { id: entry.id as string, name: entry.name, kind: entry.kind },
    state: feed.state,
    step: stepOf({ ...feed, source: kind }),
    mapping: { ...feed.mapping },
    warehouses: feed.warehouses.map((row) => ({ ...row })),
    onDrift: feed.onDrift,
    onUnknownSku: feed.onUnknownSku,
    lastTry:
      last === null
        ? null
        : {
            jobId: String(last.id),
            state: last.state,
            error: last.error,
            at: formatInstant(last.at, deps.zone()),
            result: last.state === 'done' ? (last.result as Static<typeof DryRunJson>) : null,
          },
    running: runningJson(deps, feed),
    updatedBy: feed.updatedBy,
    updatedAt: formatInstant(feed.updatedAt, deps.zone()),
  }
}

function runningJson({ zone }: SetupDeps, { running }: FeedDraft) {
  const { sourceAt, appliedAt, snapshotAt, words, ...rest } = running
  const lagMs =
    sourceAt === null || appliedAt === null ? null : appliedAt.epochMilliseconds - sourceAt.epochMilliseconds
  return {
    ...rest,
    words: { ...words },
    snapshotAt: snapshotAt === null ? null : formatInstant(snapshotAt, zone()),
    lagMs: lagMs === null ? null : Math.max(0, lagMs),
  }
}

function suggestionJson({ mapping, guesses, open, table, rows }: Suggested) {
  return {
    mapping: { ...mapping },
    guesses: guesses.map((guess) => ({ ...guess, reasons: [...guess.reasons] })),
    open: [...open],
    table: { ...table, columns: [...table.columns] },
    rows: rows.map((row) => ({ ...row })),
  }
}

function previewJson(seen: RowsPreview) {
  return {
    rows: seen.rows.map(({ row, change, fault, warehouse, isKnownSku }) => ({
      row: { ...row },
      sku: change?.sku ?? null,
      quantity: change === null ? null : change.kind === 'level' ? change.quantity : change.delta,
      version: change?.kind === 'level' && change.version !== null ? String(change.version) : null,
      warehouse,
      isKnownSku,
      fault,
    })),
    good: seen.good,
    faults: seen.faults.map(({ code, count, example }) => ({
      code,
      count,
      detail: example.detail,
      row: { ...example.row },
    })),
    unknownSkus: [...seen.unknownSkus],
    warehouses: seen.warehouses.map((row) => ({ ...row })),
  }
}
