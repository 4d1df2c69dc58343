import { Readable } from 'node:stream'
import { Type } from 'typebox'
import { formatInstant } from '#kernel/instant.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
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
import { readSet } from '../store.ts'
import type { Figures } from './core/tally.ts'
import type { DryRunDeps } from './deps.ts'
import { exportRows } from './export-rows.ts'
import { ROWS_LIMIT } from './run-dry-run.ts'
import { DAYS_MOST, passDryRun, runGone, startDryRun, stopDryRun } from './start-dry-run.ts'
import { type RunRow, readRows, readRun, readRunsOfSet, type ShownRow, stateOf, tallyOf } from './store.ts'

const tags = ['rules']
const READ = { scope: 'rules:read' } as const
const WRITE = { scope: 'rules:write' } as const
const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
const RUNS_SHOWN = 50

const WordsJson = Type.Object({ zh: Type.String(), en: Type.String() })
const SumsJson = Type.Record(Type.String(), Type.Object({ before: Type.String(), after: Type.String() }), {
  description: 'whole numbers as text; amounts in the minor unit',
})
const DryRunJson = Type.Object(
  {
    id: Type.String(),
    state: oneOf(['queued', 'running', 'done', 'failed', 'stopped']),
    setId: Type.String(),
    versionId: Type.String(),
    versionNumber: Type.Integer(),
    hash: Type.String(),
    againstVersionId: nullable(Type.String()),
    againstNumber: nullable(Type.Integer()),
    from: IsoTime,
    to: IsoTime,
    done: Type.Integer(),
    total: nullable(Type.Integer()),
    changed: Type.Integer(),
    same: Type.Integer(),
    reviews: Type.Object({ before: Type.Integer(), after: Type.Integer() }),
    newlyReview: Type.Integer({ description: 'decided before, for a person after' }),
    cut: Type.Boolean({ description: `more orders change than the ${ROWS_LIMIT} whose rows are kept` }),
    groups: Type.Array(Type.Object({ group: Type.String(), count: Type.Integer(), figures: SumsJson }), {
      description: 'changed orders, most first',
    }),
    figures: SumsJson,
    passed: nullable(Type.Boolean()),
    passWords: nullable(WordsJson),
    passedBy: nullable(Type.String()),
    error: nullable(Type.String()),
    jobId: Type.String(),
    createdAt: IsoTime,
    createdBy: Type.String(),
  },
  { title: 'RuleDryRun' },
)
const SideJson = nullable(
  Type.Object({
    outcome: oneOf(['decided', 'review']),
    words: WordsJson,
    figures: Type.Record(Type.String(), Type.String()),
  }),
)
const RowJson = Type.Object({
  orderId: Type.String(),
  orderNo: Type.String(),
  connection: Type.String(),
  connectionName: nullable(Type.String()),
  before: SideJson,
  after: SideJson,
  group: Type.String(),
})
const Id = Type.String({ pattern: '^\\d{1,18}$' })
const Params = Type.Object({ id: Id })
const answers = { 200: Type.Object({ dryRun: DryRunJson }), ...problemResponses }

/** Dry runs: a version tried on the orders of the last days, beside what decides now. */
export function dryRunRoutes(app: HttpApp, deps: DryRunDeps): void {
  startRoutes(app, deps)
  readRoutes(app, deps)
  rowRoutes(app, deps)
}

function startRoutes(app: HttpApp, deps: DryRunDeps): void {
  app.post(
    '/api/rules/versions/:id/dry-runs',
    {
      config: WRITE,
      schema: {
        tags,
        summary: 'Try a version on past orders',
        params: Params,
        body: Type.Object(
          {
            days: Type.Optional(Type.Integer({ minimum: 1, maximum: DAYS_MOST, default: 7 })),
            againstVersionId: Type.Optional(nullable(Id)),
          },
          { additionalProperties: false },
        ),
        response: answers,
      },
    },
    async (request, reply) => {
      const { days = 7, againstVersionId } = request.body
      const against =
        againstVersionId === undefined || againstVersionId === null ? null : BigInt(againstVersionId)
      const started = await startDryRun(deps, actorOf(request), BigInt(request.params.id), {
        days,
        againstVersionId: against,
      })
      if (!started.ok) return sendRefusal(reply, started.refusal)
      const run = await readRun(deps.db, started.value)
      return run === null ? sendRefusal(reply, runGone().refusal) : { dryRun: runJson(run, deps.zone()) }
    },
  )
  app.post(
    '/api/rules/dry-runs/:id/pass',
    {
      config: WRITE,
      schema: {
        tags,
        summary: 'Accept what a dry run would change',
        params: Params,
        body: Type.Object(
          { because: Type.String({ minLength: 1, maxLength: 500, pattern: '\\S' }) },
          { additionalProperties: false },
        ),
        response: answers,
      },
    },
    async (request, reply) => {
      const id = BigInt(request.params.id)
      const passed = await passDryRun(deps, actorOf(request), id, request.body.because)
      if (!passed.ok) return sendRefusal(reply, passed.refusal)
      const run = await readRun(deps.db, id)
      return run === null ? sendRefusal(reply, runGone().refusal) : { dryRun: runJson(run, deps.zone()) }
    },
  )
  app.post(
    '/api/rules/dry-runs/:id/stop',
    {
      config: WRITE,
      schema: {
        tags,
        summary: 'Stop a dry run',
        params: Params,
        response: { 204: NoContent, ...problemResponses },
      },
    },
    async (request, reply) => {
      const stopped = await stopDryRun(deps, BigInt(request.params.id))
      return stopped.ok ? reply.code(204).send(undefined) : sendRefusal(reply, stopped.refusal)
    },
  )
}

function readRoutes(app: HttpApp, deps: DryRunDeps): void {
  app.get(
    '/api/rules/dry-runs/:id',
    {
      config: READ,
      schema: {
        tags,
        summary: 'A dry run',
        params: Params,
        response: { 200: DryRunJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const run = await readRun(deps.db, BigInt(request.params.id))
      return run === null ? sendRefusal(reply, runGone().refusal) : runJson(run, deps.zone())
    },
  )
  app.get(
    '/api/rules/sets/:id/dry-runs',
    {
      config: READ,
      schema: {
        tags,
        summary: 'Dry runs of a rule set, newest first',
        params: Params,
        response: { 200: Type.Object({ items: Type.Array(DryRunJson) }), ...problemResponses },
      },
    },
    async (request, reply) => {
      const id = BigInt(request.params.id)
      if ((await readSet(deps.db, id)) === null)
        return sendRefusal(reply, { code: 'rulebook.set_not_found', detail: 'there is no such rule set' })
      const runs = await readRunsOfSet(deps.db, id, RUNS_SHOWN)
      return { items: runs.map((run) => runJson(run, deps.zone())) }
    },
  )
}

function rowRoutes(app: HttpApp, deps: DryRunDeps): void {
  app.get(
    '/api/rules/dry-runs/:id/rows',
    {
      config: READ,
      schema: {
        tags,
        summary: 'Orders that a dry run would change',
        params: Params,
        querystring: Type.Object({ group: Type.Optional(Type.String({ maxLength: 300 })), ...pageQuery }),
        response: { 200: pageOf(RowJson), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { group = null, cursor, limit = PAGE_LIMIT } = request.query
      const id = BigInt(request.params.id)
      const list = `dry-run-rows:${id}:${group ?? ''}`
      const place = cursor === undefined ? null : decodeCursor(list, cursor)
      if (place !== null && !place.ok) return sendRefusal(reply, place.refusal)
      if ((await readRun(deps.db, id)) === null) return sendRefusal(reply, runGone().refusal)
      const after = BigInt(place?.value[0] ?? 0)
      const rows = await readRows(deps.db, id, { group, after, limit: limit + 1 })
      const page = rows.slice(0, limit)
      const last = page.at(-1)
      return {
        items: page.map((row) => rowJson(row, deps)),
        next:
          rows.length > limit && last !== undefined ? encodeCursor(list, [last.order_id.toString()]) : null,
      }
    },
  )
  app.get(
    '/api/rules/dry-runs/:id/export',
    {
      config: READ,
      schema: {
        tags,
        summary: 'Orders that a dry run would change, as XLSX',
        description: 'every kept row with its figures on both sides',
        params: Params,
        querystring: Type.Object({ locale: Type.Optional(oneOf(['zh', 'en'])) }),
      },
    },
    async (request, reply) => {
      const run = await readRun(deps.db, BigInt(request.params.id))
      if (run === null) return sendRefusal(reply, runGone().refusal)
      const locale = request.query.locale ?? 'zh'
      reply
        .type(XLSX)
        .header('content-disposition', `attachment; filename="dry-run-${run.id}-v${run.number}.xlsx"`)
      return reply.send(Readable.fromWeb(exportRows(deps, run, locale) as never))
    },
  )
}

function runJson(run: RunRow, zone: string) {
  const tally = tallyOf(run)
  return {
    id: run.id.toString(),
    state: stateOf(run),
    setId: run.set_id.toString(),
    versionId: run.version_id.toString(),
    versionNumber: run.number,
    hash: run.hash,
    againstVersionId: run.against_version?.toString() ?? null,
    againstNumber: run.against_number,
    from: formatInstant(run.from_at, zone),
    to: formatInstant(run.to_at, zone),
    done: tally.done,
    total: run.total === null ? null : Number(run.total),
    changed: tally.changed,
    same: tally.same,
    reviews: { before: tally.reviewsBefore, after: tally.reviewsAfter },
    newlyReview: tally.newlyReview,
    cut: tally.changed > run.rows_kept,
    groups: tally.groups.map(({ group, count, figures }) => ({ group, count, figures: sumsJson(figures) })),
    figures: sumsJson(tally.figures),
    passed: run.passed,
    passWords: run.pass_zh === '' ? null : { zh: run.pass_zh, en: run.pass_en },
    passedBy: run.pass_by,
    error: run.error ?? run.job_error,
    jobId: run.job_id.toString(),
    createdAt: formatInstant(run.created_at, zone),
    createdBy: run.created_by,
  }
}

function sumsJson(figures: Figures) {
  return Object.fromEntries(
    Object.entries(figures).map(([name, { before, after }]) => [
      name,
      { before: before.toString(), after: after.toString() },
    ]),
  )
}

function rowJson(row: ShownRow, { nameOf }: DryRunDeps) {
  return {
    orderId: row.order_id.toString(),
    orderNo: row.order_no,
    connection: row.connection_id,
    connectionName: nameOf(row.connection_id),
    before: row.before,
    after: row.after,
    group: row.change_group,
  }
}
