import { type Static, Type } from 'typebox'
import { ok, type Result } from '#kernel/result.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { NoContent, nullable, oneOf, problemResponses } from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import { accountGone, addSegments, endSegment } from './add-segments.ts'
import { askBalance } from './ask-balances.ts'
import { askForNumbers, changeSettings, closeApplication } from './change-pool.ts'
import { CHECK_RULES } from './core/check-digit.ts'
import { numberAt, sizeOf, type TypedSegment } from './core/segment.ts'
import { parseSegmentCsv, parseSegments, SEGMENTS_MOST } from './core/segment-list.ts'
import type { PoolDeps } from './deps.ts'
import {
  applicationToJson,
  balanceToJson,
  DetailJson,
  PoolJson,
  poolToJson,
  segmentToJson,
} from './pool-json.ts'
import { poolNow } from './read-pools.ts'
import { readApplications } from './refill/store.ts'
import { REFILLS, readBalances, readHours, readPools, readSegments } from './store.ts'

const TAGS = ['parcels']
const READ = { scope: 'parcels:read' } as const
const WRITE = { scope: 'parcels:write' } as const
const Id = Type.String({ pattern: '^\\d{1,18}$' })
const Account = Type.Object({ account: Id })
const SEGMENTS_SHOWN = 200
const ROWS_SHOWN = 50

const Text = (most: number) => Type.Optional(Type.String({ maxLength: most }))
const TypedJson = Type.Object(
  {
    prefix: Text(20),
    from: Type.String({ minLength: 1, maxLength: 60 }),
    to: Text(60),
    count: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000_000 })),
    suffix: Text(10),
    check: Type.Optional(oneOf(CHECK_RULES)),
  },
  { additionalProperties: false },
)
const SegmentsBody = Type.Object(
  {
    segments: Type.Optional(Type.Array(TypedJson, { minItems: 1, maxItems: SEGMENTS_MOST })),
    csv: Type.Optional(
      Type.String({
        maxLength: 200_000,
        description: 'titles prefix,from,to,count,suffix,check; or from,to alone',
      }),
    ),
    note: Text(300),
    application: Type.Optional(Id),
  },
  { additionalProperties: false, description: 'segments or csv' },
)

/** Routes of the number pools page. */
export function numberPoolRoutes(app: HttpApp, deps: PoolDeps): void {
  listRoute(app, deps)
  showRoute(app, deps)
  previewRoute(app)
  addRoute(app, deps)
  retireRoute(app, deps)
  settingsRoute(app, deps)
  askRoute(app, deps)
  applyRoute(app, deps)
  closeRoute(app, deps)
}

function listRoute(app: HttpApp, deps: PoolDeps): void {
  app.get(
    '/api/number-pools',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'Stocks of waybill numbers by account',
        response: {
          200: Type.Object({ items: Type.Array(PoolJson), next: Type.Null() }),
          ...problemResponses,
        },
      },
    },
    async () => {
      const pools = (await readPools(deps.db)).map(poolNow)
      return { items: pools.map((pool) => poolToJson(deps, pool, pools)), next: null }
    },
  )
}

function showRoute(app: HttpApp, deps: PoolDeps): void {
  app.get(
    '/api/number-pools/:account',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'One stock: segments, balances, applications',
        params: Account,
        response: { 200: DetailJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const id = BigInt(request.params.account)
      const { db, clock, zone } = deps
      const pools = (await readPools(db)).map(poolNow)
      const pool = pools.find(({ row }) => row.account_id === id)
      if (pool === undefined) return sendRefusal(reply, accountGone(id).refusal)
      const used = new Map((await readHours(db, clock.now(), id)).map((row) => [row.ago, Number(row.count)]))
      return {
        pool: poolToJson(deps, pool, pools),
        hours: Array.from({ length: 24 }, (_, ago) => used.get(ago) ?? 0),
        segments: (await readSegments(db, id, SEGMENTS_SHOWN)).map((row) => segmentToJson(row, zone())),
        applications: (await readApplications(db, id, ROWS_SHOWN)).map((row) =>
          applicationToJson(row, zone()),
        ),
        balances: (await readBalances(db, id, ROWS_SHOWN)).map((row) => balanceToJson(row, zone())),
      }
    },
  )
}

function previewRoute(app: HttpApp): void {
  app.post(
    '/api/number-pools/preview',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'What these segments would print; nothing is kept',
        body: SegmentsBody,
        response: {
          200: Type.Object({
            numbers: Type.String(),
            segments: Type.Array(
              Type.Object({ from: Type.String(), to: Type.String(), size: Type.Integer() }),
            ),
          }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const typed = typedOf(request.body)
      const read = typed.ok ? parseSegments(typed.value) : typed
      if (!read.ok) return sendRefusal(reply, read.refusal)
      return {
        numbers: read.value.reduce((sum, one) => sum + sizeOf(one), 0n).toString(),
        segments: read.value.map((one) => ({
          from: numberAt(one, one.first),
          to: numberAt(one, one.last),
          size: Number(sizeOf(one)),
        })),
      }
    },
  )
}

function addRoute(app: HttpApp, deps: PoolDeps): void {
  app.post(
    '/api/number-pools/:account/segments',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        summary: 'Put segments in; all of them or none, used at once by every process',
        params: Account,
        body: SegmentsBody,
        response: {
          200: Type.Object({ segments: Type.Array(Type.String()), numbers: Type.String() }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const typed = typedOf(request.body)
      if (!typed.ok) return sendRefusal(reply, typed.refusal)
      const { note = '', application } = request.body
      const added = await addSegments(deps, actorOf(request), {
        accountId: BigInt(request.params.account),
        typed: typed.value,
        note,
        applicationId: application === undefined ? null : BigInt(application),
      })
      if (!added.ok) return sendRefusal(reply, added.refusal)
      return { segments: added.value.segments.map(String), numbers: added.value.numbers.toString() }
    },
  )
}

function typedOf({ segments, csv }: Static<typeof SegmentsBody>): Result<readonly TypedSegment[]> {
  return csv === undefined ? ok(segments ?? []) : parseSegmentCsv(csv)
}

function retireRoute(app: HttpApp, deps: PoolDeps): void {
  app.post(
    '/api/number-pools/segments/:id/retire',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        summary: 'Take a segment out of use; what it gave stays given',
        params: Type.Object({ id: Id }),
        body: Type.Object({ reason: Type.String({ maxLength: 300 }) }, { additionalProperties: false }),
        response: { 204: NoContent, ...problemResponses },
      },
    },
    async (request, reply) => {
      const done = await endSegment(deps, actorOf(request), BigInt(request.params.id), request.body.reason)
      return done.ok ? reply.code(204).send(undefined) : sendRefusal(reply, done.refusal)
    },
  )
}

function settingsRoute(app: HttpApp, deps: PoolDeps): void {
  app.put(
    '/api/number-pools/:account/settings',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        summary: 'When a stock is low and what is done then',
        params: Account,
        body: Type.Object(
          {
            lowAt: nullable(Type.Integer({ minimum: 0, maximum: 100_000_000 })),
            failOverTo: nullable(Id),
            refill: oneOf(REFILLS),
            refillCount: Type.Integer({ minimum: 1, maximum: 10_000_000 }),
            refillUrl: nullable(Type.String({ maxLength: 500 })),
            newSecret: Type.Optional(Type.Boolean()),
          },
          { additionalProperties: false },
        ),
        response: {
          200: Type.Object({ secret: nullable(Type.String({ description: 'shown this once' })) }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const { failOverTo, newSecret = false, ...rest } = request.body
      const draft = { ...rest, newSecret, failOverTo: failOverTo === null ? null : BigInt(failOverTo) }
      const changed = await changeSettings(deps, actorOf(request), BigInt(request.params.account), draft)
      return changed.ok ? changed.value : sendRefusal(reply, changed.refusal)
    },
  )
}

function askRoute(app: HttpApp, deps: PoolDeps): void {
  app.post(
    '/api/number-pools/:account/ask',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        summary: 'Ask the carrier for the balance now',
        params: Account,
        response: { 200: Type.Object({ left: nullable(Type.Integer()) }), ...problemResponses },
      },
    },
    async (request, reply) => {
      const asked = await askBalance(deps, BigInt(request.params.account))
      return asked.ok ? asked.value : sendRefusal(reply, asked.refusal)
    },
  )
}

function applyRoute(app: HttpApp, deps: PoolDeps): void {
  app.post(
    '/api/number-pools/:account/applications',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        summary: 'Ask the branch for numbers',
        params: Account,
        body: Type.Object(
          { count: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000_000 })), note: Text(300) },
          { additionalProperties: false },
        ),
        response: { 200: Type.Object({ id: Type.String() }), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { count = null, note = '' } = request.body
      const asked = await askForNumbers(deps, actorOf(request), BigInt(request.params.account), {
        count,
        note,
      })
      return asked.ok ? { id: asked.value.toString() } : sendRefusal(reply, asked.refusal)
    },
  )
}

function closeRoute(app: HttpApp, deps: PoolDeps): void {
  app.post(
    '/api/number-pools/applications/:id/close',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        summary: 'End an application',
        params: Type.Object({ id: Id }),
        body: Type.Object({ note: Text(300) }, { additionalProperties: false }),
        response: { 204: NoContent, ...problemResponses },
      },
    },
    async (request, reply) => {
      const { note = '' } = request.body
      const done = await closeApplication(deps, actorOf(request), BigInt(request.params.id), note)
      return done.ok ? reply.code(204).send(undefined) : sendRefusal(reply, done.refusal)
    },
  )
}
