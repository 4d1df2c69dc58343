import { Type } from 'typebox'
import { formatInstant } from '#kernel/instant.ts'
import { refuse } from '#kernel/result.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import {
  IsoTime,
  NoContent,
  nullable,
  oneOf,
  PAGE_LIMIT,
  pageOf,
  pageQuery,
  problemResponses,
} from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import type { LabelDeps } from '../deps.ts'
import { refusedToPrinters } from '../people-only.ts'
import { Id, IdParams, Reason, TaskJson, tags, taskJson } from '../schemas.ts'
import { acknowledge, claimTask, readTaskDocument } from './agent.ts'
import { addDevice, dropTask, removeDevice, renewKey, requeueTask, saveDevice } from './desk.ts'
import { eventsOf, listTasks, readDevices, readTask, TASK_KINDS } from './store.ts'

const read = { scope: 'parcels:read' } as const
const write = { scope: 'parcels:write' } as const
const print = { scope: 'labels:print' } as const

export function printRoutes(app: HttpApp, deps: LabelDeps): void {
  deviceRoutes(app, deps)
  queueRoutes(app, deps)
  taskActRoutes(app, deps)
  agentRoutes(app, deps)
}

const Code = Type.String({ pattern: '^[\\w.-]{1,40}$', description: '打印设备ID, as it stands in the facts' })
const deviceFields = {
  name: Type.String({ minLength: 1, maxLength: 60 }),
  warehouse: nullable(Type.String({ maxLength: 60 })),
  takes: Type.Array(oneOf(TASK_KINDS), { minItems: 1, maxItems: 5 }),
}
const DeviceJson = Type.Object(
  {
    id: Type.String(),
    code: Type.String(),
    name: Type.String(),
    warehouse: nullable(Type.String()),
    takes: Type.Array(Type.String()),
    hasKey: Type.Boolean(),
    lastSeenAt: nullable(IsoTime),
    lastWords: Type.String(),
    open: Type.Integer({ description: 'tasks that are queued or given out' }),
    stuck: Type.Integer({ description: 'tasks that failed or wait for a person' }),
  },
  { title: 'PrintDevice' },
)
const KeyJson = Type.Object({
  id: Type.String(),
  key: Type.String({ description: 'told this once; the bearer token of the program' }),
})

function deviceRoutes(app: HttpApp, deps: LabelDeps): void {
  app.get(
    '/api/print/devices',
    {
      config: read,
      schema: {
        tags,
        response: { 200: Type.Object({ items: Type.Array(DeviceJson) }), ...problemResponses },
      },
    },
    async () => {
      const items = (await readDevices(deps.db)).map((row) => ({
        id: String(row.id),
        code: row.code,
        name: row.name,
        warehouse: row.warehouse,
        takes: [...row.takes],
        hasKey: row.key_id !== null,
        lastSeenAt: row.last_seen_at === null ? null : formatInstant(row.last_seen_at, deps.zone()),
        lastWords: row.last_words,
        open: row.open,
        stuck: row.stuck,
      }))
      return { items }
    },
  )
  app.post(
    '/api/print/devices',
    {
      config: write,
      schema: {
        tags,
        summary: 'Register a printer; its key is told once',
        body: Type.Object({ code: Code, ...deviceFields }, { additionalProperties: false }),
        response: { 200: KeyJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const { code, ...ask } = request.body
      const made = await addDevice(deps, code, ask, actorOf(request))
      return made.ok ? { id: String(made.value.id), key: made.value.key } : sendRefusal(reply, made.refusal)
    },
  )
  app.put(
    '/api/print/devices/:id',
    {
      config: write,
      schema: {
        tags,
        params: IdParams,
        body: Type.Object(deviceFields, { additionalProperties: false }),
        response: { 204: NoContent, ...problemResponses },
      },
    },
    async (request, reply) => {
      const saved = await saveDevice(deps, BigInt(request.params.id), request.body, actorOf(request))
      return saved.ok ? reply.code(204).send(undefined) : sendRefusal(reply, saved.refusal)
    },
  )
  app.post(
    '/api/print/devices/:id/key',
    {
      config: write,
      schema: {
        tags,
        summary: 'A new key in the place of a lost one',
        params: IdParams,
        response: { 200: KeyJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const made = await renewKey(deps, BigInt(request.params.id), actorOf(request))
      return made.ok ? { id: String(made.value.id), key: made.value.key } : sendRefusal(reply, made.refusal)
    },
  )
  app.delete(
    '/api/print/devices/:id',
    { config: write, schema: { tags, params: IdParams, response: { 204: NoContent, ...problemResponses } } },
    async (request, reply) => {
      const removed = await removeDevice(deps, BigInt(request.params.id), actorOf(request))
      return removed.ok ? reply.code(204).send(undefined) : sendRefusal(reply, removed.refusal)
    },
  )
}

function queueRoutes(app: HttpApp, deps: LabelDeps): void {
  app.get(
    '/api/print/tasks',
    {
      config: read,
      schema: {
        tags,
        summary: 'What is to be printed and was, newest first',
        querystring: Type.Object({
          ...pageQuery,
          state: Type.Optional(oneOf(['queued', 'handed_out', 'printed', 'failed', 'stuck', 'dropped'])),
          device: Type.Optional(Id),
          batch: Type.Optional(Id),
        }),
        response: { 200: pageOf(TaskJson), ...problemResponses },
      },
    },
    async (request) => {
      const { cursor, limit = PAGE_LIMIT, state, device, batch } = request.query
      const rows = await listTasks(deps.db, {
        before: cursor !== undefined && /^\d{1,18}$/.test(cursor) ? BigInt(cursor) : null,
        limit: limit + 1,
        state: state ?? null,
        device: device === undefined ? null : BigInt(device),
        batch: batch === undefined ? null : BigInt(batch),
      })
      const page = rows.slice(0, limit)
      const next = rows.length > limit ? String(page.at(-1)?.id ?? '') : null
      return { items: page.map((row) => taskJson(row, deps.zone())), next }
    },
  )
  const EventJson = Type.Object({
    at: IsoTime,
    what: Type.String(),
    actor: Type.String(),
    words: Type.String(),
  })
  app.get(
    '/api/print/tasks/:id',
    {
      config: read,
      schema: {
        tags,
        params: IdParams,
        response: {
          200: Type.Object({ task: TaskJson, events: Type.Array(EventJson) }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const id = BigInt(request.params.id)
      const task = await readTask(deps.db, id)
      if (task === null)
        return sendRefusal(reply, refuse('labels.task_not_found', 'there is no such print task').refusal)
      const events = (await eventsOf(deps.db, id)).map((event) => ({
        ...event,
        at: formatInstant(event.at, deps.zone()),
      }))
      return { task: taskJson(task, deps.zone()), events }
    },
  )
}

function taskActRoutes(app: HttpApp, deps: LabelDeps): void {
  app.post(
    '/api/print/tasks/:id/requeue',
    {
      config: print,
      schema: {
        tags,
        summary: 'Queue a task again, here or for another printer',
        params: IdParams,
        body: Type.Object(
          { deviceId: Type.Optional(nullable(Id)), reason: Reason },
          { additionalProperties: false },
        ),
        response: { 204: NoContent, ...problemResponses },
      },
    },
    async (request, reply) => {
      const barred = await refusedToPrinters(deps, request)
      if (barred !== null) return sendRefusal(reply, barred.refusal)
      const { deviceId, reason } = request.body
      const ask = { deviceId: deviceId === undefined || deviceId === null ? null : BigInt(deviceId), reason }
      const done = await requeueTask(deps, BigInt(request.params.id), ask, actorOf(request))
      return done.ok ? reply.code(204).send(undefined) : sendRefusal(reply, done.refusal)
    },
  )
  app.post(
    '/api/print/tasks/:id/drop',
    {
      config: print,
      schema: {
        tags,
        params: IdParams,
        body: Type.Object({ reason: Reason }, { additionalProperties: false }),
        response: { 204: NoContent, ...problemResponses },
      },
    },
    async (request, reply) => {
      const barred = await refusedToPrinters(deps, request)
      if (barred !== null) return sendRefusal(reply, barred.refusal)
      const done = await dropTask(deps, BigInt(request.params.id), request.body.reason, actorOf(request))
      return done.ok ? reply.code(204).send(undefined) : sendRefusal(reply, done.refusal)
    },
  )
}

const ClaimedJson = Type.Object({
  task: nullable(
    Type.Object({
      id: Type.String(),
      kind: oneOf(TASK_KINDS),
      batchNo: Type.String(),
      labels: Type.Integer(),
      delivery: Type.Integer(),
      repeated: Type.Boolean({
        description: 'these labels were given out before and may be on paper already',
      }),
      lease: Type.String(),
      leaseUntil: IsoTime,
      document: Type.String({ description: 'path to fetch the document from' }),
    }),
  ),
})

function agentRoutes(app: HttpApp, deps: LabelDeps): void {
  app.post(
    '/api/print/claim',
    {
      config: print,
      schema: {
        tags,
        summary: "A printer's program asks for its next labels",
        body: Type.Object(
          { device: Code, words: Type.Optional(Type.String({ maxLength: 200 })) },
          { additionalProperties: false },
        ),
        response: { 200: ClaimedJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const { device, words } = request.body
      const claimed = await claimTask(deps, device, words ?? '', actorOf(request))
      if (!claimed.ok) return sendRefusal(reply, claimed.refusal)
      const task = claimed.value
      if (task === null || task.lease === null || task.lease_until === null) return { task: null }
      return {
        task: {
          id: String(task.id),
          kind: task.kind,
          batchNo: task.batch_no,
          labels: task.labels,
          delivery: task.deliveries,
          repeated: task.deliveries > 1,
          lease: task.lease,
          leaseUntil: formatInstant(task.lease_until, deps.zone()),
          document: `/api/print/tasks/${task.id}/document?lease=${task.lease}`,
        },
      }
    },
  )
  const Lease = Type.String({ pattern: '^[\\w-]{16}$' })
  app.get(
    '/api/print/tasks/:id/document',
    {
      config: print,
      schema: {
        tags,
        summary:
          'What is to be printed: a PDF, ZPL, or the sealed document of a platform as JSON for its print component',
        produces: ['application/pdf', 'application/octet-stream', 'application/json'],
        params: IdParams,
        querystring: Type.Object({ lease: Lease }),
        response: { 200: Type.Unsafe<Buffer>({ type: 'string', format: 'binary' }), ...problemResponses },
      },
    },
    async (request, reply) => {
      const id = BigInt(request.params.id)
      const found = await readTaskDocument(deps, id, request.query.lease, actorOf(request))
      if (!found.ok) return sendRefusal(reply, found.refusal)
      reply.header('cache-control', 'no-store')
      const document = found.value
      if (document.kind === 'sealed')
        return reply.type('application/json').send(Buffer.from(JSON.stringify(document.document)))
      reply.type(document.kind === 'pdf' ? 'application/pdf' : 'application/octet-stream')
      return reply.send(Buffer.from(document.bytes))
    },
  )
  app.post(
    '/api/print/tasks/:id/ack',
    {
      config: print,
      schema: {
        tags,
        summary: 'What became of it; the same answer twice is one answer',
        params: IdParams,
        body: Type.Object(
          {
            lease: Lease,
            outcome: oneOf(['printed', 'failed']),
            words: Type.Optional(Type.String({ maxLength: 300 })),
          },
          { additionalProperties: false },
        ),
        response: {
          200: Type.Object({
            state: Type.String(),
            twice: Type.Boolean({ description: 'another delivery of the same labels was printed too' }),
          }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const { lease, outcome, words } = request.body
      const said = { lease, outcome, words: words ?? '' }
      const done = await acknowledge(deps, BigInt(request.params.id), said, actorOf(request))
      return done.ok ? { ...done.value } : sendRefusal(reply, done.refusal)
    },
  )
}
