import { Type } from 'typebox'
import type { Instant } from '#kernel/clock.ts'
import { formatInstant } from '#kernel/instant.ts'
import { Outage } from '#kernel/outage.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import {
  IsoTime,
  nullable,
  oneOf,
  PAGE_LIMIT,
  pageOf,
  pageQuery,
  problemResponses,
} from '#platform/http/schemas.ts'
import { type Actor, actorOf, type HttpApp } from '#platform/http/scopes.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'
import type { SpoolStatus } from '#platform/spool/spool.ts'
import type { Level } from '#platform/spool/spooling-intake.ts'
import { OUTCOMES } from './core/judge.ts'
import { decideConflict, readConflict } from './decide-conflict.ts'
import {
  countOpenConflicts,
  type KeptMessage,
  type ReceiptRow,
  type RunRow,
  readReceipts,
  readRuns,
} from './store.ts'

export type Emergency = {
  readonly level: () => Level
  readonly spool: () => SpoolStatus
  /** A merge is under way in this process. */
  readonly merging: () => boolean
  /** Asks the database, and merges if it answers; answers whether it did. */
  readonly mergeNow: () => Promise<boolean>
}

export type RecoveryRoutesDeps = {
  readonly db: Database
  readonly clock: { readonly now: () => Instant }
  readonly zone: () => string
  readonly emergency: Emergency
  readonly laneOf: (connection: string) => string
  readonly audit: (
    tx: Sql,
    entry: { actor: Actor; action: string; subject: string; detail: Record<string, unknown> },
  ) => Promise<void>
  readonly onTaken: () => void
}

const TAGS = ['emergency']
const READ = { scope: 'messages:read' } as const
const WRITE = { scope: 'messages:replay' } as const

const LevelJson = Type.Object(
  {
    level: Type.Integer({ description: '0 normal, 1 messages go to the local disk' }),
    since: IsoTime,
    reason: nullable(Type.String()),
    spool: Type.Object({
      usable: Type.Boolean(),
      records: Type.Integer(),
      bytes: Type.Integer(),
      quotaBytes: Type.Integer(),
      oldestSeconds: Type.Number(),
    }),
    merging: Type.Boolean(),
  },
  { title: 'EmergencyLevel' },
)
const RunJson = Type.Object(
  {
    id: Type.String(),
    source: Type.String(),
    startedAt: IsoTime,
    finishedAt: nullable(IsoTime),
    files: Type.Integer(),
    accepted: Type.Integer(),
    duplicate: Type.Integer(),
    conflict: Type.Integer(),
    rejected: Type.Integer(),
    damaged: Type.Integer(),
  },
  { title: 'SpoolRun' },
)
const EmergencyJson = Type.Object(
  {
    now: LevelJson,
    folders: Type.Array(
      Type.Object({
        dir: Type.String(),
        trouble: nullable(Type.String()),
        files: Type.Integer(),
        bytes: Type.Integer(),
      }),
    ),
    runs: nullable(Type.Array(RunJson)),
    openConflicts: nullable(
      Type.Integer({ description: 'counted to 1,000; null while the database is away' }),
    ),
  },
  { title: 'Emergency' },
)
const ReceiptJson = Type.Object(
  {
    id: Type.String(),
    run: Type.String(),
    file: Type.String(),
    offset: Type.Integer(),
    connection: Type.Object({ id: Type.String(), name: Type.String() }),
    orderNo: nullable(Type.String()),
    topic: Type.String(),
    receivedAt: IsoTime,
    outcome: oneOf(OUTCOMES),
    messageId: nullable(Type.String()),
    ownMessageId: nullable(Type.String()),
    detail: nullable(Type.String()),
    mergedAt: IsoTime,
    decision: nullable(oneOf(['ours', 'theirs'])),
    decidedAt: nullable(IsoTime),
    decidedBy: nullable(Type.String()),
  },
  { title: 'SpoolReceipt' },
)
const SideJson = Type.Object({
  topic: Type.String(),
  receivedAt: IsoTime,
  body: Type.String(),
  encoding: oneOf(['utf8', 'base64']),
})
const ConflictJson = Type.Object(
  { receipt: ReceiptJson, ours: nullable(SideJson), theirs: nullable(SideJson) },
  { title: 'SpoolConflict' },
)
const Id = Type.Object({ id: Type.String({ pattern: '^\\d{1,18}$' }) })

/** What the hub can still do without its database, what it keeps on disk, and what became of it. */
export function recoveryRoutes(app: HttpApp, deps: RecoveryRoutesDeps): void {
  levelRoutes(app, deps)
  receiptRoutes(app, deps)
  conflictRoutes(app, deps)
}

function levelRoutes(app: HttpApp, deps: RecoveryRoutesDeps): void {
  const { db, zone, emergency } = deps
  app.get(
    '/api/emergency/level',
    {
      config: { scope: 'signed_in', shops: 'apart' },
      logLevel: 'silent',
      schema: {
        tags: TAGS,
        summary: 'Level of this process, from memory',
        response: { 200: LevelJson, ...problemResponses },
      },
    },
    async () => levelToJson(deps),
  )
  app.get(
    '/api/emergency',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'Level, spool and the last merges; answers without a database too',
        response: { 200: EmergencyJson, ...problemResponses },
      },
    },
    async () => {
      const known = emergency.level().level === 1 ? null : await fromDatabase(db)
      return {
        now: levelToJson(deps),
        folders: emergency.spool().folders.map((folder) => ({ ...folder })),
        runs: known?.runs.map((run) => runToJson(run, zone())) ?? null,
        openConflicts: known?.openConflicts ?? null,
      }
    },
  )
  app.post(
    '/api/emergency/merge',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        summary: 'Ask the database now and merge if it answers',
        response: { 200: LevelJson, ...problemResponses },
      },
    },
    async (_request, reply) =>
      (await emergency.mergeNow())
        ? levelToJson(deps)
        : sendRefusal(reply, {
            code: 'recovery.database_away',
            detail: `the database still takes no commit: ${emergency.level().reason ?? 'no answer'}`,
          }),
  )
}

async function fromDatabase(db: Sql): Promise<{ runs: RunRow[]; openConflicts: number } | null> {
  try {
    const [runs, openConflicts] = await Promise.all([readRuns(db, 20), countOpenConflicts(db)])
    return { runs, openConflicts }
  } catch (error) {
    if (error instanceof Outage) return null
    throw error
  }
}

function receiptRoutes(app: HttpApp, { db, zone }: RecoveryRoutesDeps): void {
  app.get(
    '/api/emergency/receipts',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'What became of each message of the spool, newest first',
        querystring: Type.Object({
          outcome: Type.Optional(oneOf(OUTCOMES)),
          run: Type.Optional(Type.String({ maxLength: 100 })),
          orderNo: Type.Optional(Type.String({ maxLength: 200 })),
          open: Type.Optional(Type.Boolean({ description: 'conflicts that wait for a decision' })),
          ...pageQuery,
        }),
        response: { 200: pageOf(ReceiptJson), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { cursor, limit = PAGE_LIMIT, ...filter } = request.query
      const place = cursor === undefined ? null : decodeCursor('receipts', cursor)
      if (place !== null && !place.ok) return sendRefusal(reply, place.refusal)
      const before = place === null ? null : BigInt(String(place.value[0]))
      const rows = await readReceipts(db, filter, { before, limit: limit + 1 })
      const shown = rows.slice(0, limit)
      const last = rows.length > limit ? shown.at(-1) : undefined
      return {
        items: shown.map((row) => receiptToJson(row, zone())),
        next: last === undefined ? null : encodeCursor('receipts', [last.id.toString()]),
      }
    },
  )
}

function conflictRoutes(app: HttpApp, deps: RecoveryRoutesDeps): void {
  const { db, zone } = deps
  app.get(
    '/api/emergency/conflicts/:id',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'Both bodies under one key',
        params: Id,
        response: { 200: ConflictJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const found = await readConflict(db, BigInt(request.params.id))
      if (!found.ok) return sendRefusal(reply, found.refusal)
      const { receipt, ours, theirs } = found.value
      return {
        receipt: receiptToJson(receipt, zone()),
        ours: sideToJson(ours, zone()),
        theirs: sideToJson(theirs, zone()),
      }
    },
  )
  app.post(
    '/api/emergency/conflicts/:id/decision',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        summary: 'Keep what the hub had, or read the spooled body as well',
        params: Id,
        body: Type.Object({ decision: oneOf(['ours', 'theirs']) }, { additionalProperties: false }),
        response: { 200: Type.Object({ messageId: nullable(Type.String()) }), ...problemResponses },
      },
    },
    async (request, reply) => {
      const actor = actorOf(request)
      const audit = (tx: Sql, { id, decision }: { id: bigint; decision: string }): Promise<void> =>
        deps.audit(tx, {
          actor,
          action: 'recovery.decided',
          subject: `conflict ${id}`,
          detail: { decision },
        })
      const decided = await decideConflict({ ...deps, audit }, BigInt(request.params.id), {
        decision: request.body.decision,
        by: actor.name,
      })
      return decided.ok ? decided.value : sendRefusal(reply, decided.refusal)
    },
  )
}

function levelToJson({ emergency, clock, zone }: RecoveryRoutesDeps) {
  const { level, since, reason } = emergency.level()
  const { usable, records, bytes, quotaBytes, oldestAt } = emergency.spool()
  return {
    level,
    since: formatInstant(since, zone()),
    reason,
    spool: {
      usable,
      records,
      bytes,
      quotaBytes,
      oldestSeconds: oldestAt === null ? 0 : Math.max(0, clock.now().since(oldestAt).total('seconds')),
    },
    merging: emergency.merging(),
  }
}

function runToJson(run: RunRow, zone: string) {
  return {
    id: run.id,
    source: run.source,
    startedAt: formatInstant(run.started_at, zone),
    finishedAt: run.finished_at === null ? null : formatInstant(run.finished_at, zone),
    files: Number(run.files),
    accepted: Number(run.accepted),
    duplicate: Number(run.duplicate),
    conflict: Number(run.conflict),
    rejected: Number(run.rejected),
    damaged: Number(run.damaged),
  }
}

function receiptToJson(row: ReceiptRow, zone: string) {
  return {
    id: row.id.toString(),
    run: row.run,
    file: row.file,
    offset: Number(row.offset),
    connection: { id: row.connection_id, name: row.connection_name ?? row.connection_id },
    orderNo: row.order_no,
    topic: row.topic,
    receivedAt: formatInstant(row.received_at, zone),
    outcome: row.outcome,
    messageId: row.message_id,
    ownMessageId: row.own_message_id,
    detail: row.detail,
    mergedAt: formatInstant(row.merged_at, zone),
    decision: row.decision,
    decidedAt: row.decided_at === null ? null : formatInstant(row.decided_at, zone),
    decidedBy: row.decided_by,
  }
}

function sideToJson(message: KeptMessage | null, zone: string) {
  if (message === null) return null
  const text = message.body.toString('utf8')
  const isText = Buffer.from(text).equals(message.body)
  return {
    topic: message.topic,
    receivedAt: formatInstant(message.received_at, zone),
    body: isText ? text : message.body.toString('base64'),
    encoding: isText ? ('utf8' as const) : ('base64' as const),
  }
}
