import { Type } from 'typebox'
import type { Instant } from '#kernel/clock.ts'
import { formatInstant } from '#kernel/instant.ts'
import { Outage } from '#kernel/outage.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { problemResponses } from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { judgeTls } from './core/tls.ts'
import type { CallbackHealthDeps } from './deps.ts'
import { type Health, readHealth } from './read-health.ts'
import * as schemas from './schemas.ts'
import { type MinuteRow, type ProbeRow, readProbes, readSteps, readTotals, type Totals } from './store.ts'
import { judgeCertificates } from './sweeps.ts'
import { askPlatform, canAsk, changeWatch } from './watch.ts'

/** The id under which requests to addresses that no connection has are counted. */
const UNKNOWN = 'unknown'

export type CallbackHealthHttpDeps = CallbackHealthDeps & {
  /** Where connections are told to push, as the connections page shows it. */
  readonly shownUrl: () => string
  readonly audit: (
    sql: Sql,
    entry: {
      readonly actor: ReturnType<typeof actorOf>
      readonly action: string
      readonly subject: string
      readonly detail: Record<string, unknown>
    },
  ) => Promise<void>
}

const tags = ['callbacks']
const READ = { scope: 'connections:read' } as const
const WRITE = { scope: 'connections:write' } as const
const IdParams = Type.Object({ id: Type.String({ maxLength: 60 }) })
const detail = { 200: schemas.HealthDetailJson, ...problemResponses }
const probes = { 200: Type.Object({ items: Type.Array(schemas.TlsJson) }), ...problemResponses }

export function callbackHealthRoutes(app: HttpApp, deps: CallbackHealthHttpDeps): void {
  readRoutes(app, deps)
  writeRoutes(app, deps)
  probeRoutes(app, deps)
}

function readRoutes(app: HttpApp, deps: CallbackHealthHttpDeps): void {
  app.get(
    '/api/callbacks',
    {
      config: READ,
      schema: {
        tags,
        summary: 'The health of every connection from which messages come by themselves',
        response: { 200: schemas.ListJson, ...problemResponses },
      },
    },
    async () => {
      const since = deps.clock.now().subtract({ hours: 1 })
      const [healths, totals] = await Promise.all([readHealth(deps), readTotals(deps.db, since)])
      return {
        items: healths.map((health) => healthJson(deps, health)),
        unknown: figures(totals.find((one) => one.connection_id === UNKNOWN) ?? null),
        publicUrl: deps.publicUrl,
      }
    },
  )
  app.get(
    '/api/callbacks/:id',
    {
      config: READ,
      schema: { tags, summary: 'One connection: its day and its rhythm', params: IdParams, response: detail },
    },
    async (request, reply) =>
      (await detailJson(deps, request.params.id)) ?? sendRefusal(reply, gone(request.params.id)),
  )
}

function writeRoutes(app: HttpApp, deps: CallbackHealthHttpDeps): void {
  app.put(
    '/api/callbacks/:id',
    {
      config: WRITE,
      schema: {
        tags,
        summary: 'How silence is watched, and the address that the platform has on record',
        params: IdParams,
        body: schemas.WatchBody,
        response: detail,
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const actor = actorOf(request)
      const changed = await changeWatch(deps, id, request.body, actor.name)
      if (!changed.ok) return sendRefusal(reply, changed.refusal)
      await deps.audit(deps.db, {
        actor,
        action: 'callbacks.watch_changed',
        subject: id,
        detail: { ...request.body },
      })
      return (await detailJson(deps, id)) ?? sendRefusal(reply, gone(id))
    },
  )
  app.post(
    '/api/callbacks/:id/check',
    {
      config: WRITE,
      schema: {
        tags,
        summary: 'Ask the platform now where it calls us',
        params: IdParams,
        response: detail,
      },
    },
    async (request, reply) => {
      const { id } = request.params
      try {
        const answer = await askPlatform(deps, id)
        if (!answer.ok) return sendRefusal(reply, answer.refusal)
      } catch (error) {
        if (!(error instanceof Outage)) throw error
        // The platform's outage is not ours: a 503 would say that the hub is away.
        return sendRefusal(reply, { code: 'callbacks.no_answer', detail: `${error.code}: ${error.message}` })
      }
      return (await detailJson(deps, id)) ?? sendRefusal(reply, gone(id))
    },
  )
}

function probeRoutes(app: HttpApp, deps: CallbackHealthHttpDeps): void {
  app.get(
    '/api/tls-probe',
    { config: READ, schema: { tags, summary: 'The last look at every certificate', response: probes } },
    async () => ({ items: (await readProbes(deps.db)).map((row) => tlsJson(deps, row)) }),
  )
  app.post(
    '/api/tls-probe',
    { config: WRITE, schema: { tags, summary: 'Look at every certificate now', response: probes } },
    async () => {
      await judgeCertificates(deps)
      return { items: (await readProbes(deps.db)).map((row) => tlsJson(deps, row)) }
    },
  )
}

function gone(id: string) {
  return {
    code: 'callbacks.not_found',
    detail: `no connection ${id.slice(0, 60)} to which messages come by themselves`,
  }
}

async function detailJson(deps: CallbackHealthHttpDeps, id: string) {
  const health = (await readHealth(deps)).find(({ connection }) => connection.id === id)
  if (health === undefined) return null
  const steps = await readSteps(deps.db, id, deps.clock.now().subtract({ hours: 24 }))
  return {
    health: healthJson(deps, health),
    steps: steps.map((step) => stepJson(step, deps.zone())),
    rhythm: health.rhythm === null ? null : [...health.rhythm.per_hour],
  }
}

function healthJson(deps: CallbackHealthHttpDeps, health: Health) {
  const zone = deps.zone()
  const { connection, silence, address, rhythm, set } = health
  return {
    connection: {
      id: connection.id,
      kind: connection.kind,
      name: connection.name,
      paused: connection.paused,
    },
    verdict: health.verdict,
    troubles: [...health.troubles],
    watch: health.watch,
    firstMessageAt: timeOrNull(health.firstAt, zone),
    lastMessageAt: timeOrNull(health.lastAt, zone),
    silence:
      silence === null
        ? null
        : {
            minutes: silence.seconds / 60,
            expected: silence.expected,
            probability: silence.probability,
            silent: silence.silent,
          },
    expectedPerHour: health.expectedPerHour,
    rhythmWeeks: rhythm?.weeks ?? null,
    rhythmLearnedAt: timeOrNull(rhythm?.learned_at ?? null, zone),
    tenMinutes: { ...health.window, maxLatencyMs: figures(health.hour).maxLatencyMs },
    hour: figures(health.hour),
    day: figures(health.day),
    statuses: { ...health.statuses },
    codes: { ...health.codes },
    ackDeadlineMs: connection.connector.ackDeadlineMs ?? null,
    address: addressJson(deps, health, address),
    watched: set?.watched ?? true,
    silenceMinutes: set?.silence_minutes ?? null,
  }
}

function addressJson(deps: CallbackHealthHttpDeps, { connection }: Health, address: Health['address']) {
  const path = address.ours === null ? null : `/callback/${address.ours.split('/callback/')[1] ?? ''}`
  return {
    ours: path === null ? null : `${deps.shownUrl()}${path}`,
    registered: [...address.registered],
    readAt: timeOrNull(address.readAt, deps.zone()),
    readBy: address.readBy,
    readProblem: address.readProblem,
    match: address.match,
    worst: address.worst,
    canAsk: canAsk(deps, connection),
    observed: address.observed.map((one) => ({ ...one })),
  }
}

function figures(totals: Totals | null) {
  return {
    accepted: Number(totals?.accepted ?? 0n),
    duplicate: Number(totals?.duplicate ?? 0n),
    challenge: Number(totals?.challenge ?? 0n),
    rejected: Number(totals?.rejected ?? 0n),
    forged: Number(totals?.forged ?? 0n),
    unavailable: Number(totals?.unavailable ?? 0n),
    late: Number(totals?.late ?? 0n),
    maxLatencyMs: Number(totals?.latency_us_max ?? 0n) / 1_000,
  }
}

function stepJson(step: MinuteRow, zone: string) {
  return {
    at: formatInstant(step.at, zone),
    accepted: Number(step.accepted),
    duplicate: Number(step.duplicate),
    rejected: Number(step.rejected),
    forged: Number(step.forged),
    unavailable: Number(step.unavailable),
    late: Number(step.late),
    maxLatencyMs: Number(step.latency_us_max) / 1_000,
  }
}

function tlsJson(deps: CallbackHealthHttpDeps, { address, at, outcome }: ProbeRow) {
  const zone = deps.zone()
  const { notBefore, notAfter, names, ...rest } = outcome
  return {
    address,
    at: formatInstant(at, zone),
    ...judgeTls(outcome, deps.clock.now(), deps.rules.tls),
    ...rest,
    names: [...names],
    notBefore: notBefore === null ? null : formatInstant(Temporal.Instant.from(notBefore), zone),
    notAfter: notAfter === null ? null : formatInstant(Temporal.Instant.from(notAfter), zone),
  }
}

function timeOrNull(at: Instant | null, zone: string): string | null {
  return at === null ? null : formatInstant(at, zone)
}
