import { Type } from 'typebox'
import type { Connector } from '#domain/connector.ts'
import { FACT_KINDS } from '#domain/fact.ts'
import { formatInstant } from '#kernel/instant.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { IsoTime, NoContent, nullable, oneOf, problemResponses } from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import { mayEnterShop } from '#platform/http/shops.ts'
import type { ConnectionDeps } from './deps.ts'
import { addConnection, changeConnection, dropConnection, gone } from './save-connection.ts'
import { openSecrets } from './secrets.ts'
import { type ConnectionRow, readConnections, readTraffic, type Traffic } from './store.ts'
import { testConnection } from './test-connection.ts'

export type ConnectionHttpDeps = ConnectionDeps & {
  /** Where platforms reach this hub, without a slash at the end. */
  readonly publicUrl: () => string
  /** Zone in which times are shown. */
  readonly zone: () => string
}

const tags = ['connections']
const Words = Type.Object({ zh: Type.String(), en: Type.String() })
const FieldJson = Type.Object({
  name: Type.String(),
  zh: Type.String(),
  en: Type.String(),
  secret: Type.Boolean(),
  required: Type.Boolean(),
  default: Type.Optional(Type.String()),
  hint: Type.Optional(Words),
  options: Type.Optional(Type.Array(Type.String())),
})
const CodeJson = Type.Object({
  code: Type.String(),
  fact: oneOf([...FACT_KINDS, 'none']),
  zh: Type.String(),
  en: Type.String(),
})
const ConnectorJson = Type.Object(
  {
    kind: Type.String(),
    role: oneOf(['channel', 'carrier', 'warehouse', 'notifier']),
    zh: Type.String(),
    en: Type.String(),
    zone: Type.String(),
    fields: Type.Array(FieldJson),
    codes: Type.Array(CodeJson),
    capabilities: Type.Object({
      push: Type.Boolean(),
      fetch: Type.Boolean(),
      poll: Type.Boolean(),
      report: Type.Boolean(),
      stream: Type.Boolean(),
      notify: Type.Boolean(),
    }),
  },
  { title: 'Connector' },
)
const TestJson = Type.Object({
  ok: Type.Boolean(),
  words: Type.String(),
  code: Type.Optional(Type.String()),
  at: IsoTime,
})
const ConnectionJson = Type.Object(
  {
    id: Type.String(),
    kind: Type.String(),
    role: oneOf(['channel', 'carrier', 'warehouse', 'notifier', 'unknown']),
    name: Type.String(),
    settings: Type.Record(Type.String(), Type.String()),
    secretsSet: Type.Array(Type.String(), { description: 'names of the secrets that have a value' }),
    zone: nullable(Type.String({ description: "the connection's own zone; null: the connector's" })),
    callbackUrl: nullable(Type.String()),
    paused: Type.Boolean(),
    stream: nullable(Type.Object({ state: Type.String(), words: Type.String() })),
    lastTest: nullable(TestJson),
    lastMessageAt: nullable(IsoTime),
    accepted24h: Type.Integer({ description: 'counted up to 10,000' }),
    rejected24h: Type.Integer({ description: 'counted up to 10,000' }),
  },
  { title: 'Connection' },
)
const Name = Type.String({ minLength: 1, maxLength: 100 })
const Typed = Type.Record(Type.String({ maxLength: 60 }), nullable(Type.String({ maxLength: 16_384 })))
const Zone = nullable(Type.String({ maxLength: 60 }))
const IdParams = Type.Object({ id: Type.String({ maxLength: 60 }) })
const one = { 200: ConnectionJson, ...problemResponses }

/** Routes of the connections page; `/callback/:token`, where platforms push, is the intake's. */
export function connectionRoutes(app: HttpApp, deps: ConnectionHttpDeps): void {
  readRoutes(app, deps)
  writeRoutes(app, deps)
}

function readRoutes(app: HttpApp, deps: ConnectionHttpDeps): void {
  const config = { scope: 'connections:read' } as const
  app.get(
    '/api/connectors',
    {
      config: { ...config, shops: 'apart' },
      schema: {
        tags,
        summary: 'What the hub can connect to',
        response: { 200: Type.Object({ items: Type.Array(ConnectorJson) }), ...problemResponses },
      },
    },
    async () => ({ items: deps.connectors.map((connector) => connectorJson(deps, connector)) }),
  )
  app.get(
    '/api/connections',
    {
      config: { ...config, shops: 'narrowed' },
      schema: {
        tags,
        summary: 'All connections',
        response: {
          200: Type.Object({ items: Type.Array(ConnectionJson), next: Type.Null() }),
          ...problemResponses,
        },
      },
    },
    async (request) => ({
      items: (await connectionsJson(deps)).filter(({ id }) => mayEnterShop(actorOf(request), id)),
      next: null,
    }),
  )
  app.get(
    '/api/connections/:id',
    {
      config: { ...config, shops: { shop: 'id' } },
      schema: { tags, summary: 'One connection', params: IdParams, response: one },
    },
    async (request, reply) => {
      const found = await connectionJson(deps, request.params.id)
      return found ?? sendRefusal(reply, gone(request.params.id).refusal)
    },
  )
}

function writeRoutes(app: HttpApp, deps: ConnectionHttpDeps): void {
  const config = { scope: 'connections:write' } as const
  const Body = Type.Object(
    {
      kind: Type.String({ maxLength: 60 }),
      name: Name,
      settings: Typed,
      zone: Type.Optional(Zone),
      paused: Type.Optional(Type.Boolean()),
    },
    { additionalProperties: false },
  )
  const Change = Type.Partial(Type.Omit(Body, ['kind']), { additionalProperties: false })
  app.post(
    '/api/connections',
    { config, schema: { tags, summary: 'Add a connection', body: Body, response: one } },
    async (request, reply) => {
      const added = await addConnection(deps, actorOf(request), request.body)
      if (!added.ok) return sendRefusal(reply, added.refusal)
      return (await connectionJson(deps, added.value)) ?? sendRefusal(reply, gone(added.value).refusal)
    },
  )
  app.patch(
    '/api/connections/:id',
    {
      config,
      schema: { tags, summary: 'Change a connection', params: IdParams, body: Change, response: one },
    },
    async (request, reply) => {
      const { id } = request.params
      const changed = await changeConnection(deps, actorOf(request), id, request.body)
      if (!changed.ok) return sendRefusal(reply, changed.refusal)
      return (await connectionJson(deps, id)) ?? sendRefusal(reply, gone(id).refusal)
    },
  )
  app.delete(
    '/api/connections/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Remove an unused connection',
        params: IdParams,
        response: { 204: NoContent, ...problemResponses },
      },
    },
    async (request, reply) => {
      const dropped = await dropConnection(deps, actorOf(request), request.params.id)
      return dropped.ok ? reply.code(204).send(undefined) : sendRefusal(reply, dropped.refusal)
    },
  )
  app.post(
    '/api/connections/:id/test',
    {
      config,
      schema: {
        tags,
        summary: 'Make a real call',
        params: IdParams,
        response: { 200: TestJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const tested = await testConnection(deps, request.params.id)
      return tested.ok ? testJson(tested.value, deps.zone()) : sendRefusal(reply, tested.refusal)
    },
  )
}

function connectorJson(deps: ConnectionHttpDeps, connector: Connector) {
  const { kind, role, zh, en, zone } = connector
  const calls = connector.calls?.({}, deps.callsFor({ id: '', connector, settings: {} }))
  return {
    kind,
    role,
    zh,
    en,
    zone,
    fields: connector.fields.map(({ options, ...field }) => ({
      ...field,
      ...(options === undefined ? {} : { options: [...options] }),
    })),
    codes: connector.codes.map((entry) => ({ ...entry })),
    capabilities: {
      push: connector.receive !== undefined,
      fetch: calls?.fetchOrder !== undefined,
      poll: connector.poll !== undefined && calls?.listUpdated !== undefined,
      report: calls?.reportShipment !== undefined,
      stream: connector.stream !== undefined,
      notify: calls?.notify !== undefined,
    },
  }
}

async function connectionJson(deps: ConnectionHttpDeps, id: string) {
  return (await connectionsJson(deps)).find((one) => one.id === id) ?? null
}

async function connectionsJson(deps: ConnectionHttpDeps) {
  const since = deps.clock.now().subtract({ hours: 24 })
  const [rows, traffic] = await Promise.all([readConnections(deps.db), readTraffic(deps.db, since)])
  const byId = new Map(traffic.map((one) => [one.connection_id, one]))
  return rows.map((row) => rowJson(deps, row, byId.get(row.id)))
}

function rowJson(deps: ConnectionHttpDeps, row: ConnectionRow, traffic: Traffic | undefined) {
  const connector = deps.connectors.find((one) => one.kind === row.kind)
  const zone = deps.zone()
  const lastAt = traffic?.last_at ?? null
  return {
    id: row.id,
    kind: row.kind,
    role: connector?.role ?? ('unknown' as const),
    name: row.name,
    settings: row.settings,
    secretsSet: secretNames(deps, row),
    zone: row.zone,
    callbackUrl:
      connector?.receive === undefined ? null : `${deps.publicUrl()}/callback/${row.callback_token}`,
    paused: row.paused,
    stream: row.stream_state === null ? null : { state: row.stream_state, words: row.stream_words ?? '' },
    lastTest: row.last_test === null ? null : testJson(row.last_test, zone),
    lastMessageAt: lastAt === null ? null : formatInstant(lastAt, zone),
    accepted24h: Number(traffic?.accepted ?? 0n),
    rejected24h: Number(traffic?.rejected ?? 0n),
  }
}

/** Names only. A value that cannot be opened any more counts as not set, which is what the operator has to mend. */
function secretNames(deps: ConnectionHttpDeps, row: ConnectionRow): string[] {
  try {
    return Object.keys(openSecrets(deps.vault, row.secrets)).sort()
  } catch {
    return []
  }
}

function testJson(test: { ok: boolean; words: string; code: string | null; at: string }, zone: string) {
  return {
    ok: test.ok,
    words: test.words,
    ...(test.code === null ? {} : { code: test.code }),
    at: formatInstant(Temporal.Instant.from(test.at), zone),
  }
}
