import { type TSchema, Type } from 'typebox'
import { FACT_KINDS } from '#domain/fact.ts'
import { formatInstant } from '#kernel/instant.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { IsoTime, NoContent, nullable, oneOf, problemResponses } from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import type { Reading } from './core/rules.ts'
import type { MappingDeps } from './deps.ts'
import { addDraft, changeDraft, checkScope, dropDraft, previewDraft } from './edit-draft.ts'
import { publishDraft, rollBack } from './publish-version.ts'
import { readUnknown, readVersions, type Scope, type UnknownRow, type VersionRow } from './store.ts'

export type MappingHttpDeps = MappingDeps & {
  /** Zone in which times are shown. */
  readonly zone: () => string
}

const tags = ['mapping']
const Fact = oneOf([...FACT_KINDS, 'none'])
const Rules = Type.Record(Type.String({ minLength: 1, maxLength: 200 }), Fact)
const CodeJson = Type.Object({ code: Type.String(), fact: Fact, zh: Type.String(), en: Type.String() })
const VersionJson = Type.Object(
  {
    id: Type.String(),
    version: Type.Integer(),
    state: oneOf(['draft', 'live', 'retired']),
    rules: Type.Record(Type.String(), Fact),
    note: Type.String(),
    author: Type.String(),
    createdAt: IsoTime,
    publishedAt: nullable(IsoTime),
  },
  { title: 'MappingVersion' },
)
const UnknownJson = Type.Object({
  connection: Type.String(),
  code: Type.String(),
  seen: Type.Integer(),
  firstAt: IsoTime,
  lastAt: IsoTime,
  sampleMessage: Type.String(),
})
const MappingJson = Type.Object({
  defaults: Type.Array(CodeJson),
  live: nullable(VersionJson),
  drafts: Type.Array(VersionJson),
  history: Type.Array(VersionJson, { description: 'live and retired, newest first, at most 200' }),
  unknown: Type.Array(UnknownJson),
})
const PreviewJson = Type.Object({
  messages: Type.Integer(),
  orders: Type.Array(
    Type.Object({
      id: Type.String(),
      orderNo: Type.String(),
      from: nullable(Type.String()),
      to: Type.String(),
      factsAdded: Type.Integer(),
      factsRemoved: Type.Integer(),
    }),
    { description: 'the first 200' },
  ),
  total: Type.Integer({ description: 'orders that would change' }),
  factsAdded: Type.Integer(),
  factsRemoved: Type.Integer(),
  unknownLeft: Type.Array(Type.String()),
})
const PublishedJson = Type.Object({
  version: Type.Integer(),
  replayed: Type.Integer({ description: 'messages put back to be read again' }),
})
const KindParams = Type.Object({ kind: Type.String({ maxLength: 60 }) })
const DraftParams = Type.Object({ id: Type.String({ pattern: '^\\d{1,18}$' }) })
const ConnectionQuery = Type.Object({ connection: Type.Optional(Type.String({ maxLength: 60 })) })
const Note = Type.String({ maxLength: 500 })
const Days = Type.Integer({ minimum: 0, maximum: 30, default: 7 })
const HISTORY_LIMIT = 200
const ORDERS_SHOWN = 200
/** Decided codes stay in the table, so more are read than shown. */
const UNKNOWN_SEARCHED = 10_000
const UNKNOWN_SHOWN = 500

const answers = <T extends TSchema>(schema: T) => ({ 200: schema, ...problemResponses })

/** Routes of the status mapping page. */
export function mappingRoutes(app: HttpApp, deps: MappingHttpDeps): void {
  readRoutes(app, deps)
  draftRoutes(app, deps)
  publishRoutes(app, deps)
}

function readRoutes(app: HttpApp, deps: MappingHttpDeps): void {
  app.get(
    '/api/mapping/:kind',
    {
      config: { scope: 'mapping:read' },
      schema: {
        tags,
        summary: 'Status mapping of a connector, or of one connection',
        params: KindParams,
        querystring: ConnectionQuery,
        response: answers(MappingJson),
      },
    },
    async (request, reply) => {
      const scope = { kind: request.params.kind, connectionId: request.query.connection ?? null }
      const known = checkScope(deps, scope)
      return known.ok ? await mappingJson(deps, scope) : sendRefusal(reply, known.refusal)
    },
  )
}

function draftRoutes(app: HttpApp, deps: MappingHttpDeps): void {
  const config = { scope: 'mapping:write' } as const
  const Body = Type.Object(
    { connectionId: Type.Optional(nullable(Type.String({ maxLength: 60 }))), rules: Rules, note: Note },
    { additionalProperties: false },
  )
  const Change = Type.Object(
    { rules: Type.Optional(Rules), note: Type.Optional(Note) },
    { additionalProperties: false },
  )
  app.post(
    '/api/mapping/:kind/drafts',
    {
      config,
      schema: {
        tags,
        summary: 'Begin a draft',
        params: KindParams,
        body: Body,
        response: answers(VersionJson),
      },
    },
    async (request, reply) => {
      const { connectionId, ...text } = request.body
      const scope = { kind: request.params.kind, connectionId: connectionId ?? null }
      const added = await addDraft(deps, actorOf(request), scope, text)
      return added.ok ? versionJson(added.value, deps.zone()) : sendRefusal(reply, added.refusal)
    },
  )
  app.patch(
    '/api/mapping/drafts/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Edit a draft',
        params: DraftParams,
        body: Change,
        response: answers(VersionJson),
      },
    },
    async (request, reply) => {
      const changed = await changeDraft(deps, actorOf(request), BigInt(request.params.id), request.body)
      return changed.ok ? versionJson(changed.value, deps.zone()) : sendRefusal(reply, changed.refusal)
    },
  )
  app.delete(
    '/api/mapping/drafts/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Drop a draft',
        params: DraftParams,
        response: { 204: NoContent, ...problemResponses },
      },
    },
    async (request, reply) => {
      const dropped = await dropDraft(deps, actorOf(request), BigInt(request.params.id))
      return dropped.ok ? reply.code(204).send(undefined) : sendRefusal(reply, dropped.refusal)
    },
  )
  app.post(
    '/api/mapping/drafts/:id/preview',
    {
      config: { scope: 'mapping:read' },
      schema: {
        tags,
        summary: 'What publishing would change',
        params: DraftParams,
        body: nullable(
          Type.Object({ days: Type.Optional(Type.Integer({ minimum: 1, maximum: 30, default: 7 })) }),
        ),
        response: answers(PreviewJson),
      },
    },
    async (request, reply) => {
      const preview = await previewDraft(deps, BigInt(request.params.id), request.body?.days ?? 7)
      if (!preview.ok) return sendRefusal(reply, preview.refusal)
      const { orders, unknownLeft, ...figures } = preview.value
      const shown = orders
        .slice(0, ORDERS_SHOWN)
        .map(({ id, orderNo, from, to, factsAdded, factsRemoved }) => ({
          id,
          orderNo,
          from,
          to,
          factsAdded,
          factsRemoved,
        }))
      const { messages, factsAdded, factsRemoved } = figures
      return {
        messages,
        factsAdded,
        factsRemoved,
        orders: shown,
        total: orders.length,
        unknownLeft: [...unknownLeft],
      }
    },
  )
}

function publishRoutes(app: HttpApp, deps: MappingHttpDeps): void {
  const config = { scope: 'mapping:write' } as const
  app.post(
    '/api/mapping/drafts/:id/publish',
    {
      config,
      schema: {
        tags,
        summary: 'Make a draft live; messages of the last `days` days are read again',
        params: DraftParams,
        body: nullable(Type.Object({ days: Type.Optional(Days) }, { additionalProperties: false })),
        response: answers(PublishedJson),
      },
    },
    async (request, reply) => {
      const published = await publishDraft(
        deps,
        actorOf(request),
        BigInt(request.params.id),
        request.body?.days ?? 7,
      )
      return published.ok ? published.value : sendRefusal(reply, published.refusal)
    },
  )
  app.post(
    '/api/mapping/:kind/rollback',
    {
      config,
      schema: {
        tags,
        summary: 'Publish a copy of an older version, or the defaults',
        params: KindParams,
        body: Type.Object(
          {
            toVersion: Type.Integer({
              minimum: 0,
              description: '0: the defaults, which hold where no version was ever published',
            }),
            connectionId: Type.Optional(nullable(Type.String({ maxLength: 60 }))),
            days: Type.Optional(Days),
          },
          { additionalProperties: false },
        ),
        response: answers(PublishedJson),
      },
    },
    async (request, reply) => {
      const { toVersion, connectionId, days } = request.body
      const scope = { kind: request.params.kind, connectionId: connectionId ?? null }
      const published = await rollBack(deps, actorOf(request), scope, toVersion, days ?? 7)
      return published.ok ? published.value : sendRefusal(reply, published.refusal)
    },
  )
}

async function mappingJson(deps: MappingHttpDeps, scope: Scope) {
  const [versions, unknown] = await Promise.all([
    readVersions(deps.db, scope, HISTORY_LIMIT),
    readUnknown(deps.db, scope, UNKNOWN_SEARCHED),
  ])
  const zone = deps.zone()
  const written = versions.map((row) => versionJson(row, zone))
  const connector = deps.connectors.find(({ kind }) => kind === scope.kind)
  return {
    defaults: (connector?.codes ?? []).map((entry) => ({ ...entry })),
    live: written.find(({ state }) => state === 'live') ?? null,
    drafts: written.filter(({ state }) => state === 'draft'),
    history: written.filter(({ state }) => state !== 'draft'),
    unknown: unknown
      .filter((row) => !deps.directory.rulesFor(scope.kind, row.connection_id).has(row.code))
      .slice(0, UNKNOWN_SHOWN)
      .map((row) => unknownJson(row, zone)),
  }
}

function versionJson(row: VersionRow, zone: string) {
  return {
    id: row.id.toString(),
    version: row.version,
    state: row.state,
    rules: { ...row.rules } as Record<string, Reading>,
    note: row.note,
    author: row.author,
    createdAt: formatInstant(row.created_at, zone),
    publishedAt: row.published_at === null ? null : formatInstant(row.published_at, zone),
  }
}

function unknownJson(row: UnknownRow, zone: string) {
  return {
    connection: row.connection_id,
    code: row.code,
    seen: Number(row.seen),
    firstAt: formatInstant(row.first_at, zone),
    lastAt: formatInstant(row.last_at, zone),
    sampleMessage: row.sample_message,
  }
}
