import { Type } from 'typebox'
import { formatInstant } from '#kernel/instant.ts'
import { refuse } from '#kernel/result.ts'
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
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import { isStillGood } from '../core/source.ts'
import type { LabelDeps } from '../deps.ts'
import { refusedToPrinters } from '../people-only.ts'
import { confirmPrinted } from '../print/confirm-printed.ts'
import { sendBatch } from '../print/queue-tasks.ts'
import { keepPages } from '../render/merge-pdf.ts'
import {
  BatchJson,
  batchJson,
  Id,
  IdParams,
  ItemJson,
  itemJson,
  Reason,
  Size,
  Substitutes,
  tags,
} from '../schemas.ts'
import { LABELS_MOST, makeBatch, retryFailed } from './make-batch.ts'
import { itemsOfChunk, listBatches, listItems, listPending, readBatch, readPdf } from './store.ts'

const read = { scope: 'parcels:read' } as const
const print = { scope: 'labels:print' } as const
const cursorOf = (cursor: string | undefined): bigint | null =>
  cursor !== undefined && /^\d{1,18}$/.test(cursor) ? BigInt(cursor) : null
const notFound = refuse('labels.batch_not_found', 'there is no such batch').refusal

export function batchRoutes(app: HttpApp, deps: LabelDeps): void {
  pendingRoute(app, deps)
  makeRoute(app, deps)
  listRoutes(app, deps)
  actRoutes(app, deps)
  pdfRoute(app, deps)
}

const PendingJson = Type.Object({
  waybillId: Type.String(),
  parcelNo: Type.String(),
  trackingNo: Type.String(),
  carrier: Type.String(),
  warehouse: nullable(Type.String()),
  pieces: Type.Integer(),
  document: nullable(
    Type.String({ description: 'pdf, png, zpl: the label of the carrier; sealed: a print component' }),
  ),
  orderNos: Type.Array(Type.String()),
  issuedAt: IsoTime,
  batches: Type.Integer({ description: 'batches that it is in already' }),
})

function pendingRoute(app: HttpApp, deps: LabelDeps): void {
  const short = Type.Optional(Type.String({ maxLength: 60 }))
  app.get(
    '/api/labels/pending',
    {
      config: read,
      schema: {
        tags,
        summary: 'Waybills with a number and without a printed label, those that wait longest first',
        querystring: Type.Object({ ...pageQuery, carrier: short, warehouse: short, q: short }),
        response: { 200: pageOf(PendingJson), ...problemResponses },
      },
    },
    async (request) => {
      const { cursor, limit = PAGE_LIMIT, carrier, warehouse, q } = request.query
      const rows = await listPending(deps.db, {
        after: cursorOf(cursor) ?? 0n,
        limit: limit + 1,
        carrier: carrier ?? null,
        warehouse: warehouse ?? null,
        q: q ?? null,
      })
      const page = rows.slice(0, limit)
      return {
        items: page.map((row) => ({
          waybillId: String(row.id),
          parcelNo: row.parcel_no,
          trackingNo: row.tracking_no,
          carrier: row.carrier,
          warehouse: row.warehouse,
          pieces: row.pieces,
          document: row.document_kind,
          orderNos: [...row.order_nos],
          issuedAt: formatInstant(row.issued_at, deps.zone()),
          batches: row.prints,
        })),
        next: rows.length > limit ? String(page.at(-1)?.id ?? '') : null,
      }
    },
  )
}

function makeRoute(app: HttpApp, deps: LabelDeps): void {
  app.post(
    '/api/labels/batches',
    {
      config: print,
      schema: {
        tags,
        summary: 'Queue the labels of some waybills as one PDF; follow it by GET /api/jobs/:id',
        body: Type.Object(
          {
            waybillIds: Type.Array(Id, { minItems: 1, maxItems: LABELS_MOST }),
            size: Size,
            template: Type.Optional(nullable(Type.String({ maxLength: 40 }))),
            reason: Type.Optional(
              nullable(Type.String({ maxLength: 200, description: 'why printed again' })),
            ),
            substitutes: Type.Optional(Substitutes),
            deviceId: Type.Optional(nullable(Id)),
          },
          { additionalProperties: false },
        ),
        response: {
          200: Type.Object({ id: Type.String(), batchNo: Type.String(), jobId: Type.String() }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const barred = await refusedToPrinters(deps, request)
      if (barred !== null) return sendRefusal(reply, barred.refusal)
      const { waybillIds, size, template, reason, substitutes, deviceId } = request.body
      const made = await makeBatch(
        deps,
        {
          waybillIds: waybillIds.map(BigInt),
          size,
          template: template ?? null,
          reason: reason ?? null,
          substitutes: substitutes ?? {},
          deviceId: deviceId === undefined || deviceId === null ? null : BigInt(deviceId),
        },
        actorOf(request),
      )
      if (!made.ok) return sendRefusal(reply, made.refusal)
      return { id: String(made.value.id), batchNo: made.value.batchNo, jobId: String(made.value.jobId) }
    },
  )
}

function listRoutes(app: HttpApp, deps: LabelDeps): void {
  app.get(
    '/api/labels/batches',
    {
      config: read,
      schema: {
        tags,
        summary: 'Print batches, newest first',
        querystring: Type.Object({
          ...pageQuery,
          state: Type.Optional(oneOf(['waiting', 'rendering', 'ready', 'failed', 'dropped'])),
        }),
        response: { 200: pageOf(BatchJson), ...problemResponses },
      },
    },
    async (request) => {
      const { cursor, limit = PAGE_LIMIT, state } = request.query
      const rows = await listBatches(deps.db, {
        before: cursorOf(cursor),
        limit: limit + 1,
        state: state ?? null,
      })
      const page = rows.slice(0, limit)
      const next = rows.length > limit ? String(page.at(-1)?.id ?? '') : null
      return { items: page.map((row) => batchJson(row, deps.zone())), next }
    },
  )
  app.get(
    '/api/labels/batches/:id',
    {
      config: read,
      schema: { tags, params: IdParams, response: { 200: BatchJson, ...problemResponses } },
    },
    async (request, reply) => {
      const row = await readBatch(deps.db, BigInt(request.params.id))
      return row === null ? sendRefusal(reply, notFound) : batchJson(row, deps.zone())
    },
  )
  app.get(
    '/api/labels/batches/:id/items',
    {
      config: read,
      schema: {
        tags,
        summary: 'Labels of a batch in the order of their pages; failed ones with the reason and remedies',
        params: IdParams,
        querystring: Type.Object({
          ...pageQuery,
          state: Type.Optional(oneOf(['waiting', 'rendered', 'failed', 'passed'])),
        }),
        response: { 200: pageOf(ItemJson), ...problemResponses },
      },
    },
    async (request) => {
      const { cursor, limit = PAGE_LIMIT, state } = request.query
      const rows = await listItems(deps.db, BigInt(request.params.id), {
        after: Number(cursorOf(cursor) ?? 0n),
        limit: limit + 1,
        state: state ?? null,
      })
      const page = rows.slice(0, limit)
      return {
        items: page.map(itemJson),
        next: rows.length > limit ? String(page.at(-1)?.position ?? 0) : null,
      }
    },
  )
}

function actRoutes(app: HttpApp, deps: LabelDeps): void {
  app.post(
    '/api/labels/batches/:id/retry',
    {
      config: print,
      schema: {
        tags,
        summary: 'Draw the failed labels of a batch again, with what stands for missing characters',
        params: IdParams,
        body: Type.Object({ substitutes: Type.Optional(Substitutes) }, { additionalProperties: false }),
        response: { 200: Type.Object({ labels: Type.Integer(), jobId: Type.String() }), ...problemResponses },
      },
    },
    async (request, reply) => {
      const barred = await refusedToPrinters(deps, request)
      if (barred !== null) return sendRefusal(reply, barred.refusal)
      const { substitutes } = request.body
      const id = BigInt(request.params.id)
      const retried = await retryFailed(deps, id, substitutes ?? {}, actorOf(request))
      if (!retried.ok) return sendRefusal(reply, retried.refusal)
      return { labels: retried.value.labels, jobId: String(retried.value.jobId) }
    },
  )
  app.post(
    '/api/labels/batches/:id/send',
    {
      config: print,
      schema: {
        tags,
        summary: 'Queue a ready batch for a printer',
        params: IdParams,
        body: Type.Object({ deviceId: Id }, { additionalProperties: false }),
        response: { 200: Type.Object({ tasks: Type.Integer() }), ...problemResponses },
      },
    },
    async (request, reply) => {
      const barred = await refusedToPrinters(deps, request)
      if (barred !== null) return sendRefusal(reply, barred.refusal)
      const device = BigInt(request.body.deviceId)
      const sent = await sendBatch(deps, BigInt(request.params.id), device, actorOf(request))
      return sent.ok ? sent.value : sendRefusal(reply, sent.refusal)
    },
  )
  app.post(
    '/api/labels/batches/:id/printed',
    {
      config: print,
      schema: {
        tags,
        summary: 'A person printed the PDF by hand: batch number and printer become facts',
        params: IdParams,
        body: Type.Object(
          { device: Type.String({ pattern: '^[\\w.-]{1,40}$' }), words: Type.Optional(Reason) },
          { additionalProperties: false },
        ),
        response: { 200: Type.Object({ waybills: Type.Integer() }), ...problemResponses },
      },
    },
    async (request, reply) => {
      const barred = await refusedToPrinters(deps, request)
      if (barred !== null) return sendRefusal(reply, barred.refusal)
      const { device } = request.body
      const done = await confirmPrinted(deps, BigInt(request.params.id), device, actorOf(request))
      return done.ok ? done.value : sendRefusal(reply, done.refusal)
    },
  )
}

function pdfRoute(app: HttpApp, deps: LabelDeps): void {
  app.get(
    '/api/labels/batches/:id/pdf',
    {
      config: print,
      schema: {
        tags,
        summary: 'All labels of a batch as one PDF',
        produces: ['application/pdf'],
        params: IdParams,
        response: { 200: Type.Unsafe<Buffer>({ type: 'string', format: 'binary' }), ...problemResponses },
      },
    },
    async (request, reply) => {
      const barred = await refusedToPrinters(deps, request)
      if (barred !== null) return sendRefusal(reply, barred.refusal)
      const id = BigInt(request.params.id)
      const row = await readBatch(deps.db, id)
      if (row === null) return sendRefusal(reply, notFound)
      const sealed = await readPdf(deps.db, id)
      if (sealed === null)
        return sendRefusal(
          reply,
          row.state === 'dropped'
            ? { code: 'labels.batch_gone', detail: 'the pages of this batch are no longer kept' }
            : { code: 'labels.batch_not_ready_conflict', detail: `the batch is ${row.state} and has no PDF` },
        )
      const pages = await goodPages(deps, id, deps.vault.open(sealed))
      if (pages === null)
        return sendRefusal(reply, {
          code: 'labels.batch_gone',
          detail: 'all waybills of this batch were cancelled; none of its labels is to be printed',
        })
      await deps.db.begin((tx) =>
        deps.audit(tx, { actor: actorOf(request), action: 'labels.pdf_read', subject: row.batch_no }),
      )
      reply.type('application/pdf')
      reply.header('content-disposition', `inline; filename="${row.batch_no}.pdf"`)
      reply.header('cache-control', 'no-store')
      return reply.send(Buffer.from(pages))
    },
  )
}

/** Without the labels of waybills that were cancelled since they were drawn; null: all were. */
async function goodPages(deps: LabelDeps, id: bigint, pdf: Uint8Array): Promise<Uint8Array | null> {
  const items = await itemsOfChunk(deps.db, id, 'all')
  const issued = await deps.issued(deps.db, [...new Set(items.map((one) => one.waybill_id))])
  if (!items.some((one) => isStillGood(one, issued))) return null
  return await keepPages(pdf, items, (one) => isStillGood(one, issued))
}
