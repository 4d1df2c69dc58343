import { Type } from 'typebox'
import { sendRefusal } from '#platform/http/problem.ts'
import { nullable, problemResponses } from '#platform/http/schemas.ts'
import type { HttpApp } from '#platform/http/scopes.ts'
import type { Metrics } from '#platform/metrics.ts'

export type Readiness = {
  readonly ready: boolean
  readonly database: boolean
  readonly migrations: boolean
  /** Age in seconds of the oldest message that waits to be interpreted; null when the database does not answer. */
  readonly lagSeconds: number | null
  /** It was told to stop and finishes what came; whoever spreads requests sends the next ones elsewhere. */
  readonly draining: boolean
  /** 0 normal, 1 the local disk stands in for the database. */
  readonly level: 0 | 1
  readonly reason: string | null
  readonly spool: {
    readonly usable: boolean
    readonly records: number
    readonly bytes: number
    readonly oldestSeconds: number
  }
}

export type HubStatus = {
  readonly version: string
  readonly uptimeSeconds: number
  readonly level: 0 | 1
  readonly reason: string | null
  readonly spool: { readonly records: number; readonly bytes: number }
  readonly database: {
    readonly kind: 'embedded' | 'external'
    readonly version: string
    readonly answers: boolean
    readonly sizeBytes: number | null
  }
  /** Null, like the outbox, while the database does not answer. */
  readonly inbox: { readonly pending: number; readonly parked: number; readonly oldestSeconds: number } | null
  readonly outbox: Readonly<Record<string, number>> | null
  /** The oldest first; null while the database does not answer. */
  readonly processes: readonly HubProcess[] | null
  /** What decides locks. `state` is how far Redis is believed; null without it. */
  readonly stock: {
    readonly engine: 'postgresql' | 'redis'
    readonly state: 'starting' | 'building' | 'ready' | 'away' | null
    readonly reason: string | null
    readonly seconds: number
    readonly cluster: boolean
  }
  readonly throughput: { readonly acceptedPerSecond: number; readonly interpretedPerSecond: number }
}

export type HubProcess = {
  readonly id: string
  readonly roles: readonly string[]
  readonly version: string
  readonly host: string
  readonly pid: number
  readonly url: string
  /** `silent`: nothing heard of it for a while; `gone`: the others have taken over its work. */
  readonly state: 'running' | 'draining' | 'silent' | 'gone'
  readonly isThis: boolean
  readonly startedAt: string
  readonly seenSecondsAgo: number
  readonly cpuPercent: number
  readonly memoryBytes: number
  readonly loopDelayMs: number
  readonly acceptedPerSecond: number
  readonly interpretedPerSecond: number
  readonly effectsPerSecond: number
}

export type SystemDeps = {
  readonly metrics: Metrics
  readonly readiness: () => Promise<Readiness>
  readonly status: () => Promise<HubStatus>
}

const ReadinessJson = Type.Object({
  ready: Type.Boolean(),
  database: Type.Boolean(),
  migrations: Type.Boolean(),
  lagSeconds: nullable(Type.Number()),
  draining: Type.Boolean({ description: 'Told to stop: new requests belong elsewhere' }),
  level: Type.Integer({ description: '0 normal, 1 messages go to the local disk' }),
  reason: nullable(Type.String()),
  spool: Type.Object({
    usable: Type.Boolean(),
    records: Type.Integer(),
    bytes: Type.Integer(),
    oldestSeconds: Type.Number(),
  }),
})
const ProcessJson = Type.Object({
  id: Type.String(),
  roles: Type.Array(Type.String()),
  version: Type.String(),
  host: Type.String(),
  pid: Type.Integer(),
  url: Type.String(),
  state: Type.String({ description: '`running`, `draining`, `silent` or `gone`' }),
  isThis: Type.Boolean({ description: 'The process that answers' }),
  startedAt: Type.String(),
  seenSecondsAgo: Type.Number(),
  cpuPercent: Type.Number({ description: 'Of one core' }),
  memoryBytes: Type.Integer(),
  loopDelayMs: Type.Number(),
  acceptedPerSecond: Type.Number(),
  interpretedPerSecond: Type.Number(),
  effectsPerSecond: Type.Number(),
})
const StatusJson = Type.Object({
  version: Type.String(),
  uptimeSeconds: Type.Number(),
  level: Type.Integer(),
  reason: nullable(Type.String()),
  spool: Type.Object({ records: Type.Integer(), bytes: Type.Integer() }),
  database: Type.Object({
    kind: Type.String(),
    version: Type.String(),
    answers: Type.Boolean(),
    sizeBytes: nullable(Type.Number()),
  }),
  inbox: nullable(
    Type.Object({ pending: Type.Integer(), parked: Type.Integer(), oldestSeconds: Type.Number() }),
  ),
  outbox: nullable(Type.Record(Type.String(), Type.Integer())),
  processes: nullable(Type.Array(ProcessJson)),
  stock: Type.Object({
    engine: Type.String({ description: '`postgresql`, or `redis` in front of it' }),
    state: nullable(
      Type.String({ description: '`starting`, `building`, `ready` or `away`; null without Redis' }),
    ),
    reason: nullable(Type.String()),
    seconds: Type.Number({ description: 'Since when it is in this state' }),
    cluster: Type.Boolean(),
  }),
  throughput: Type.Object({ acceptedPerSecond: Type.Number(), interpretedPerSecond: Type.Number() }),
})

/** Health, readiness, metrics and the status that console and CLI show. */
export function systemRoutes(app: HttpApp, deps: SystemDeps): void {
  const tags = ['system']
  app.get(
    '/healthz',
    {
      config: { scope: 'public' },
      logLevel: 'silent',
      schema: {
        tags,
        summary: 'The process answers',
        response: { 200: Type.Object({ ok: Type.Boolean() }) },
      },
    },
    async () => ({ ok: true }),
  )
  app.get(
    '/readyz',
    {
      config: { scope: 'public' },
      logLevel: 'silent',
      schema: {
        tags,
        summary: 'The hub can take work',
        response: { 200: ReadinessJson, 503: ReadinessJson },
      },
    },
    async (_request, reply) => {
      const readiness = await deps.readiness()
      return reply.code(readiness.ready ? 200 : 503).send(readiness)
    },
  )
  app.get(
    '/metrics',
    { config: { scope: 'public' }, logLevel: 'silent', schema: { tags, summary: 'Prometheus metrics' } },
    async (request, reply) => {
      if (!isFromHere(request.ip, request.headers['x-forwarded-for']))
        return sendRefusal(reply, {
          code: 'http.metrics_forbidden',
          detail: 'metrics are given to this machine and trusted proxies only',
        })
      return reply
        .type(deps.metrics.registry.contentType)
        .serializer(String)
        .send(await deps.metrics.registry.metrics())
    },
  )
  app.get(
    '/api/status',
    {
      config: { scope: 'signed_in' },
      schema: { tags, summary: 'How the hub is', response: { 200: StatusJson, ...problemResponses } },
    },
    async () => {
      const { processes, ...status } = await deps.status()
      return { ...status, processes: processes?.map((one) => ({ ...one, roles: [...one.roles] })) ?? null }
    },
  )
}

/** Behind an undeclared proxy every caller looks local; the header that the proxy adds gives that away. */
function isFromHere(address: string, forwarded: unknown): boolean {
  return forwarded === undefined && /^(127\.|::1$|::ffff:127\.)/.test(address)
}
