import { Type } from 'typebox'
import { formatInstant } from '#kernel/instant.ts'
import type { Result } from '#kernel/result.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { IsoTime, nullable, PAGE_LIMIT, pageOf, pageQuery, problemResponses } from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import { changeJob, dropChosen, type OperationsDeps, retryChosen } from './change-intents.ts'
import {
  INTENT_STATES,
  type IntentFilter,
  type IntentRow,
  type JobRow,
  readIntentSummary,
  readIntents,
  readJob,
  readJobs,
} from './store.ts'

export type OperationsRoutesDeps = OperationsDeps & { readonly zone: () => string }

export function operationsRoutes(app: HttpApp, deps: OperationsRoutesDeps): void {
  outboxRoutes(app, deps)
  outboxChangeRoutes(app, deps)
  jobRoutes(app, deps)
  jobChangeRoutes(app, deps)
}

const text = nullable(Type.String())
const State = Type.Union(INTENT_STATES.map((state) => Type.Literal(state)))
const short = Type.Optional(Type.String({ maxLength: 100 }))
const filterFields = {
  state: Type.Optional(Type.Union([State, Type.Array(State, { maxItems: INTENT_STATES.length })])),
  effect: short,
  connection: short,
  code: short,
}
const IntentJson = Type.Object(
  {
    id: Type.String(),
    key: Type.String(),
    effect: Type.String(),
    connection: Type.Object({ id: Type.String(), kind: Type.String(), name: Type.String() }),
    orderNo: text,
    orderId: text,
    state: Type.String(),
    attempts: Type.Integer(),
    notBefore: IsoTime,
    lastCode: text,
    lastDetail: text,
    createdAt: IsoTime,
    updatedAt: IsoTime,
  },
  { title: 'OutboxIntent' },
)
const JobJson = Type.Object(
  {
    id: Type.String(),
    kind: Type.String(),
    state: Type.String(),
    progress: Type.Integer(),
    total: nullable(Type.Integer()),
    result: Type.Unknown(),
    error: text,
    attempts: Type.Integer(),
    createdBy: Type.String(),
    createdAt: IsoTime,
    updatedAt: IsoTime,
  },
  { title: 'Job' },
)
const Id = Type.String({ pattern: '^\\d{1,18}$' })
const Params = Type.Object({ id: Id })

function outboxRoutes(app: HttpApp, { sql, clock, zone }: OperationsRoutesDeps): void {
  const config = { scope: 'outbox:read' } as const
  const tags = ['outbox']
  app.get(
    '/api/outbox',
    {
      config,
      schema: {
        tags,
        querystring: Type.Object({ ...filterFields, ...pageQuery }),
        response: { 200: pageOf(IntentJson), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { cursor, limit = PAGE_LIMIT, ...asked } = request.query
      const before = idOfCursor('outbox', cursor)
      if (before !== null && !before.ok) return sendRefusal(reply, before.refusal)
      const rows = await readIntents(sql, toFilter(asked), before?.value ?? null, limit + 1)
      return pageByIds('outbox', rows, limit, (row) => intentToJson(row, zone()))
    },
  )
  const Group = Type.Object({
    state: Type.String(),
    effect: Type.String(),
    code: text,
    count: Type.Integer(),
  })
  app.get(
    '/api/outbox/summary',
    {
      config,
      schema: {
        tags,
        description: 'counts per state, effect and code; of what is done or moot only the last 24 hours',
        response: {
          200: Type.Object({ states: Type.Record(Type.String(), Type.Integer()), items: Type.Array(Group) }),
          ...problemResponses,
        },
      },
    },
    async () => {
      const rows = await readIntentSummary(sql, clock.now().subtract({ hours: 24 }))
      const items = rows.map((row) => ({ ...row, count: Number(row.count) }))
      const states: Record<string, number> = Object.fromEntries(INTENT_STATES.map((state) => [state, 0]))
      for (const { state, count } of items) states[state] = (states[state] ?? 0) + count
      return { states, items }
    },
  )
}

function outboxChangeRoutes(app: HttpApp, deps: OperationsRoutesDeps): void {
  const config = { scope: 'outbox:write' } as const
  const tags = ['outbox']
  const Ids = Type.Array(Id, { minItems: 1, maxItems: 10_000 })
  app.post(
    '/api/outbox/retry',
    {
      config,
      schema: {
        tags,
        body: Type.Object(
          {
            ids: Type.Optional(Ids),
            filter: Type.Optional(Type.Object(filterFields, { additionalProperties: false })),
          },
          { additionalProperties: false, description: 'either `ids` or `filter` with a state' },
        ),
        response: { 200: Type.Object({ retried: Type.Integer() }), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { ids, filter } = request.body
      if ((ids === undefined) === (filter === undefined))
        return sendRefusal(reply, { code: 'outbox.nothing_asked', detail: 'give either `ids` or `filter`' })
      const choice = ids === undefined ? { filter: toFilter(filter ?? {}) } : { ids: ids.map(BigInt) }
      const retried = await retryChosen(deps, choice, actorOf(request))
      return retried.ok ? { retried: retried.value } : sendRefusal(reply, retried.refusal)
    },
  )
  app.post(
    '/api/outbox/drop',
    {
      config,
      schema: {
        tags,
        body: Type.Object(
          { ids: Ids, reason: Type.String({ minLength: 3, maxLength: 500, pattern: '\\S' }) },
          { additionalProperties: false },
        ),
        response: { 200: Type.Object({ dropped: Type.Integer() }), ...problemResponses },
      },
    },
    async (request) => {
      const { ids, reason } = request.body
      return { dropped: await dropChosen(deps, ids.map(BigInt), reason.trim(), actorOf(request)) }
    },
  )
}

function jobRoutes(app: HttpApp, { sql, zone }: OperationsRoutesDeps): void {
  const config = { scope: 'jobs:read' } as const
  const tags = ['jobs']
  app.get(
    '/api/jobs',
    {
      config,
      schema: {
        tags,
        querystring: Type.Object({ kind: short, state: short, ...pageQuery }),
        response: { 200: pageOf(JobJson), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { kind = null, state = null, cursor, limit = PAGE_LIMIT } = request.query
      const before = idOfCursor('jobs', cursor)
      if (before !== null && !before.ok) return sendRefusal(reply, before.refusal)
      const rows = await readJobs(sql, { kind, state }, before?.value ?? null, limit + 1)
      return pageByIds('jobs', rows, limit, (row) => jobToJson(row, zone()))
    },
  )
  app.get(
    '/api/jobs/:id',
    { config, schema: { tags, params: Params, response: { 200: JobJson, ...problemResponses } } },
    async (request, reply) => {
      const job = await readJob(sql, BigInt(request.params.id))
      if (job === null) return sendRefusal(reply, { code: 'jobs.not_found', detail: 'there is no such job' })
      return jobToJson(job, zone())
    },
  )
}

function jobChangeRoutes(app: HttpApp, deps: OperationsRoutesDeps): void {
  for (const how of ['cancel', 'resume'] as const)
    app.post(
      `/api/jobs/:id/${how}`,
      {
        config: { scope: 'jobs:write' },
        schema: { tags: ['jobs'], params: Params, response: { 200: JobJson, ...problemResponses } },
      },
      async (request, reply) => {
        const id = BigInt((request.params as { id: string }).id)
        const changed = await changeJob(deps, id, how, actorOf(request))
        if (!changed.ok) return sendRefusal(reply, changed.refusal)
        const job = await readJob(deps.sql, id)
        if (job === null)
          return sendRefusal(reply, { code: 'jobs.not_found', detail: 'there is no such job' })
        return jobToJson(job, deps.zone())
      },
    )
}

type FilterInput = {
  state?: string | readonly string[]
  effect?: string
  connection?: string
  code?: string
}
function toFilter({ state, effect, connection, code }: FilterInput): IntentFilter {
  const states = state === undefined ? [] : typeof state === 'string' ? [state] : state
  return { states, effect: effect ?? null, connection: connection ?? null, code: code ?? null }
}

function idOfCursor(list: string, cursor: string | undefined): Result<bigint> | null {
  if (cursor === undefined) return null
  const values = decodeCursor(list, cursor)
  return values.ok ? { ok: true, value: BigInt(String(values.value[0])) } : values
}

function pageByIds<Row extends { readonly id: bigint }, Json>(
  list: string,
  rows: readonly Row[],
  limit: number,
  toJson: (row: Row) => Json,
) {
  const shown = rows.slice(0, limit)
  const last = rows.length > limit ? shown.at(-1) : undefined
  return {
    items: shown.map(toJson),
    next: last === undefined ? null : encodeCursor(list, [last.id.toString()]),
  }
}

function intentToJson(row: IntentRow, zone: string) {
  return {
    id: row.id.toString(),
    key: row.key,
    effect: row.effect,
    connection: {
      id: row.connection_id,
      kind: row.connection_kind ?? 'unknown',
      name: row.connection_name ?? row.connection_id,
    },
    orderNo: row.order_no,
    orderId: row.order_id === null ? null : row.order_id.toString(),
    state: row.state,
    attempts: row.attempts,
    notBefore: formatInstant(row.not_before, zone),
    lastCode: row.last_code,
    lastDetail: row.last_detail,
    createdAt: formatInstant(row.created_at, zone),
    updatedAt: formatInstant(row.updated_at, zone),
  }
}

function jobToJson(row: JobRow, zone: string) {
  return {
    id: row.id.toString(),
    kind: row.kind,
    state: row.state,
    progress: Number(row.progress),
    total: row.total === null ? null : Number(row.total),
    result: row.result ?? null,
    error: row.error,
    attempts: row.attempts,
    createdBy: row.created_by,
    createdAt: formatInstant(row.created_at, zone),
    updatedAt: formatInstant(row.updated_at, zone),
  }
}
