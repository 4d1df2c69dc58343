import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import type { Instant } from '#kernel/clock.ts'
import { readDay, readInstant } from '#kernel/instant.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { oneOf, PAGE_LIMIT, pageOf, pageQuery, problemResponses } from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import { TRANSFER_KINDS, TRANSFER_STATES } from './core/transfer.ts'
import { type ImportDeps, importList } from './import-list.ts'
import { instructTransfer } from './instruct.ts'
import { previewTransfer, readDetail, transferToJson } from './list/read.ts'
import { readCounts, readTransfers } from './list/store.ts'
import {
  CountsJson,
  DispatchBody,
  EndBody,
  ImportJson,
  NewTransferBody,
  PreviewBody,
  PreviewJson,
  ReceiveBody,
  RetryBody,
  TransferDetailJson,
  TransferJson,
  TurnBackBody,
} from './schemas.ts'
import { type StepAsked, takeStep } from './take-step.ts'

export type TransferRoutesDeps = ImportDeps

const tags = ['transfers']
const read = { scope: 'stock:read' } as const
const write = { scope: 'stock:write' } as const
const LIST_BYTES_MOST = 5_242_880
const FAILED_SHOWN_HOURS = 24
const IdParams = Type.Object({ id: Type.String({ pattern: '^\\d{1,18}$' }) })
const answers = { 200: TransferDetailJson, ...problemResponses }

export function transferRoutes(app: HttpApp, deps: TransferRoutesDeps): void {
  listRoutes(app, deps)
  readRoutes(app, deps)
  makeRoutes(app, deps)
  goodsRoutes(app, deps)
  endRoutes(app, deps)
}

function listRoutes(app: HttpApp, { db, clock, zone }: TransferRoutesDeps): void {
  const code = Type.Optional(Type.String({ maxLength: 40 }))
  app.get(
    '/api/transfers',
    {
      config: read,
      schema: {
        tags,
        summary: 'Transfers, the newest first',
        querystring: Type.Object({
          state: Type.Optional(
            Type.Union([oneOf(TRANSFER_STATES), Type.Array(oneOf(TRANSFER_STATES), { maxItems: 8 })]),
          ),
          view: Type.Optional(
            oneOf(['open', 'late', 'overdue'], {
              description:
                'late: the lock does not stand in time, or was given up; overdue: not arrived in time',
            }),
          ),
          from: code,
          to: code,
          kind: Type.Optional(oneOf(TRANSFER_KINDS)),
          orderId: Type.Optional(Type.String({ pattern: '^\\d{1,18}$' })),
          q: Type.Optional(Type.String({ maxLength: 100, description: 'part of number, reason or SKU' })),
          ...pageQuery,
        }),
        response: { 200: pageOf(TransferJson), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { state = [], view = null, from = null, to = null, kind = null, orderId, q = '' } = request.query
      const { cursor, limit = PAGE_LIMIT } = request.query
      const place = cursor === undefined ? null : decodeCursor('transfers', cursor)
      if (place !== null && !place.ok) return sendRefusal(reply, place.refusal)
      const [at, id] = place === null ? [] : place.value.map(String)
      const after =
        at === undefined || id === undefined ? null : { at: Temporal.Instant.from(at), id: BigInt(id) }
      const filter = {
        state: typeof state === 'string' ? [state] : state,
        view,
        from,
        to,
        kind,
        orderId: orderId === undefined ? null : BigInt(orderId),
        search: q.trim(),
      }
      const now = clock.now()
      const rows = await readTransfers(db, filter, now, after, limit + 1)
      const shown = rows.slice(0, limit)
      const last = rows.length > limit ? shown.at(-1) : undefined
      return {
        items: shown.map((row) => transferToJson(row, { zone: zone(), now })),
        next:
          last === undefined
            ? null
            : encodeCursor('transfers', [last.instructed_at.toString(), last.id.toString()]),
      }
    },
  )
}

function readRoutes(app: HttpApp, deps: TransferRoutesDeps): void {
  const { db, clock } = deps
  app.get(
    '/api/transfers/counts',
    {
      config: read,
      schema: {
        tags,
        summary: 'How many are open, late and overdue',
        response: { 200: CountsJson, ...problemResponses },
      },
    },
    async () => {
      const now = clock.now()
      const { part_received, pieces_on_the_way, ...rest } = await readCounts(
        db,
        now,
        now.subtract({ hours: FAILED_SHOWN_HOURS }),
      )
      return {
        instructed: Number(rest.instructed),
        locked: Number(rest.locked),
        dispatched: Number(rest.dispatched),
        partReceived: Number(part_received),
        late: Number(rest.late),
        overdue: Number(rest.overdue),
        piecesOnTheWay: Number(pieces_on_the_way),
      }
    },
  )
  app.get(
    '/api/transfers/:id',
    { config: read, schema: { tags, summary: 'One transfer', params: IdParams, response: answers } },
    async (request, reply) => await showTransfer(deps, BigInt(request.params.id), reply),
  )
  app.post(
    '/api/transfers/preview',
    {
      config: read,
      schema: {
        tags,
        summary: 'What a transfer would find at both ends now; nothing is locked',
        body: PreviewBody,
        response: { 200: PreviewJson, ...problemResponses },
      },
    },
    async (request) => {
      const { from, to, lines, drawSafety = false } = request.body
      return await previewTransfer(db, {
        from,
        to,
        drawSafety,
        lines: lines.map(({ sku, quantity, fromChannel = null }) => ({ sku, quantity, fromChannel })),
      })
    },
  )
}

function makeRoutes(app: HttpApp, deps: TransferRoutesDeps): void {
  app.post(
    '/api/transfers',
    {
      config: write,
      schema: {
        tags,
        summary: 'Makes a transfer and locks its goods',
        description:
          'The lock is taken before the answer. Goods that are not there leave the transfer `instructed`: it is tried again with pauses.',
        body: NewTransferBody,
        response: answers,
      },
    },
    async (request, reply) => {
      const { key, orderId, expectedAt, note = '', drawSafety = false, ...rest } = request.body
      const due = timeOf(expectedAt, deps.zone())
      if (!due.ok) return sendRefusal(reply, due.refusal)
      const lines = rest.lines.map(({ sku, quantity, fromChannel = null, toChannel = null }) => ({
        sku: sku.trim(),
        quantity,
        fromChannel,
        toChannel,
      }))
      const order = orderId === undefined || orderId === null ? null : BigInt(orderId)
      const done = await instructTransfer(
        deps,
        {
          ...rest,
          lines,
          requestKey: `api:${key}`,
          orderId: order,
          expectedAt: due.value,
          note,
          drawSafety,
        },
        actorOf(request),
      )
      return done.ok ? await showTransfer(deps, done.value.id, reply) : sendRefusal(reply, done.refusal)
    },
  )
  app.post(
    '/api/transfers/import',
    {
      config: { ...write, rawBody: 'stream' },
      bodyLimit: LIST_BYTES_MOST,
      schema: {
        tags,
        summary: 'Makes the transfers of a CSV or XLSX list',
        description:
          'Columns from, to, sku, quantity; and if wanted transfer, reason, expected_at, order, from_channel, to_channel. A list with any fault makes nothing.',
        querystring: Type.Object({ dryRun: Type.Optional(oneOf(['1'])) }),
        response: { 200: ImportJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const bytes = request.body instanceof Readable ? request.body : Readable.from([])
      const done = await importList(deps, bytes, request.query.dryRun === '1', actorOf(request))
      return done.ok ? done.value : sendRefusal(reply, done.refusal)
    },
  )
}

function goodsRoutes(app: HttpApp, deps: TransferRoutesDeps): void {
  app.post(
    '/api/transfers/:id/dispatch',
    {
      config: write,
      schema: {
        tags,
        summary: 'The goods leave: down at the source, in transit at the destination',
        params: IdParams,
        body: DispatchBody,
        response: answers,
      },
    },
    async (request, reply) => {
      const { key = null, lines = null, expectedAt, note = '' } = request.body
      const due = timeOf(expectedAt, deps.zone())
      if (!due.ok) return sendRefusal(reply, due.refusal)
      const asked: StepAsked = { do: 'dispatch', key, lines, expectedAt: due.value, note }
      return await step(deps, request, asked, reply)
    },
  )
  app.post(
    '/api/transfers/:id/receive',
    {
      config: write,
      schema: {
        tags,
        summary: 'Goods arrive, all or a part; damaged and lost ones are counted apart',
        params: IdParams,
        body: ReceiveBody,
        response: answers,
      },
    },
    async (request, reply) => {
      const { key = null, lines, note = '' } = request.body
      return await step(deps, request, { do: 'receive', key, lines, note }, reply)
    },
  )
}

function endRoutes(app: HttpApp, deps: TransferRoutesDeps): void {
  for (const [path, what, summary] of [
    ['close', 'close', 'What has not arrived is lost, what has not left is free again'],
    ['cancel', 'cancel', 'Before anything has left: the lock is given back'],
  ] as const)
    app.post(
      `/api/transfers/:id/${path}`,
      { config: write, schema: { tags, summary, params: IdParams, body: EndBody, response: answers } },
      async (request, reply) => {
        const { key = null, reason, note = '' } = request.body
        return await step(deps, request, { do: what, key, reason, note }, reply)
      },
    )
  app.post(
    '/api/transfers/:id/turn-back',
    {
      config: write,
      schema: {
        tags,
        summary: 'What is on the way goes back to its source by a transfer of its own',
        params: IdParams,
        body: TurnBackBody,
        response: answers,
      },
    },
    async (request, reply) => {
      const { key = null, reason, note = '', expectedAt } = request.body
      const due = timeOf(expectedAt, deps.zone())
      if (!due.ok) return sendRefusal(reply, due.refusal)
      return await step(deps, request, { do: 'turn_back', key, reason, note, expectedAt: due.value }, reply)
    },
  )
  app.post(
    '/api/transfers/:id/retry',
    {
      config: write,
      schema: {
        tags,
        summary: 'Tries the lock at once, with a new limit',
        params: IdParams,
        body: RetryBody,
        response: answers,
      },
    },
    async (request, reply) =>
      await step(deps, request, { do: 'retry', key: request.body.key ?? null, note: '' }, reply),
  )
}

type StepRequest = Parameters<typeof actorOf>[0] & { readonly params: { readonly id: string } }

async function step(deps: TransferRoutesDeps, request: StepRequest, asked: StepAsked, reply: FastifyReply) {
  const done = await takeStep(deps, BigInt(request.params.id), asked, actorOf(request))
  return done.ok ? await showTransfer(deps, done.value.id, reply) : sendRefusal(reply, done.refusal)
}

async function showTransfer({ db, clock, zone }: TransferRoutesDeps, id: bigint, reply: FastifyReply) {
  const found = await readDetail(db, id, { zone: zone(), now: clock.now() })
  return found ?? sendRefusal(reply, { code: 'transfer.not_found', detail: `there is no transfer ${id}` })
}

/** A day means its end in the hub's zone: goods expected on a day may come in its evening. */
function timeOf(text: string | null | undefined, zone: string): Result<Instant | null> {
  if (text === undefined || text === null || text === '') return ok(null)
  const at = readDay(text, zone, 1) ?? readInstant(text)
  return at === null
    ? refuse('transfer.bad_time', 'a time is a day (2026-01-25) or an instant with offset')
    : ok(at)
}
