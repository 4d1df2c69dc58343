import { Readable } from 'node:stream'
import { Type } from 'typebox'
import type { Clock } from '#kernel/clock.ts'
import { ok, type Result } from '#kernel/result.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { NoContent, PAGE_LIMIT, pageOf, problemResponses } from '#platform/http/schemas.ts'
import { type Actor, actorOf, type HttpApp } from '#platform/http/scopes.ts'
import { mayEnterShop, narrowShops, shopDenied } from '#platform/http/shops.ts'
import type { Database } from '#platform/postgres/database.ts'
import { applyBulk, type BulkPorts, type Choice, previewBulk } from './list/apply-bulk.ts'
import { COLUMN_NAMES, isColumnName } from './list/core/columns.ts'
import { type FilterInput, listOf, type OrderQuestion, parseQuestion } from './list/core/filter.ts'
import { exportOrders } from './list/export-orders.ts'
import { listOrders } from './list/list-orders.ts'
import { rowToJson } from './list/order-json.ts'
import { CLIENTS_AT_MOST, openOrderStream, type Subscribe } from './list/order-stream.ts'
import { readOrder } from './list/read-order.ts'
import { type Audit, revealRecipient } from './list/reveal-recipient.ts'
import * as schemas from './list/schemas.ts'
import { readRows } from './list/store.ts'
import { listSavedViews, openPresetViews, removeView, saveView } from './list/views.ts'

export type OrderRoutesDeps = {
  readonly sql: Database
  readonly clock: Clock
  /** The hub's zone; a setting that may change while we run. */
  readonly zone: () => string
  readonly unseal: (sealed: Uint8Array) => Uint8Array
  readonly audit: Audit
  readonly bulk: BulkPorts
  readonly subscribe: Subscribe
}

export function orderRoutes(app: HttpApp, deps: OrderRoutesDeps): void {
  listRoutes(app, deps)
  viewRoutes(app, deps)
  streamRoute(app, deps)
  bulkRoutes(app, deps)
  exportRoute(app, deps)
  orderRoute(app, deps)
}

const READ = { scope: 'orders:read', shops: 'narrowed' } as const
const WRITE = { scope: 'orders:write', shops: 'narrowed' } as const
const OF_ORDER = { order: 'id' } as const
const TAGS = ['orders']

function listRoutes(app: HttpApp, deps: OrderRoutesDeps): void {
  const page = async (actor: Actor, asked: FilterInput & { cursor?: string; limit?: number }) => {
    const question = questionOf(deps, actor, asked)
    if (!question.ok) return question
    return await listOrders(deps.sql, question.value, {
      cursor: asked.cursor ?? null,
      limit: asked.limit ?? PAGE_LIMIT,
    })
  }
  const response = { 200: pageOf(schemas.OrderRowJson), ...problemResponses }
  app.get(
    '/api/orders',
    { config: READ, schema: { tags: TAGS, querystring: schemas.ListQuery, response } },
    async (request, reply) => {
      const found = await page(actorOf(request), request.query)
      if (!found.ok) return sendRefusal(reply, found.refusal)
      const { rows, next } = found.value
      return { items: rows.map((row) => rowToJson(row, deps.zone())), next }
    },
  )
  app.post(
    '/api/orders/search',
    {
      config: READ,
      schema: {
        tags: TAGS,
        description: 'the same as GET /api/orders, for more pasted numbers than a URL holds',
        body: schemas.ListQuery,
        response,
      },
    },
    async (request, reply) => {
      const found = await page(actorOf(request), request.body)
      if (!found.ok) return sendRefusal(reply, found.refusal)
      const { rows, next } = found.value
      return { items: rows.map((row) => rowToJson(row, deps.zone())), next }
    },
  )
}

/** What is asked for, of the shops that the actor may see. Refuses as `parseQuestion` and `narrowShops`. */
function questionOf(deps: OrderRoutesDeps, actor: Actor, asked: FilterInput): Result<OrderQuestion> {
  const question = parseQuestion(asked, deps.zone(), deps.clock.now())
  if (!question.ok) return question
  const { filter } = question.value
  const connections = narrowShops(actor, filter.connections)
  if (!connections.ok) return connections
  return ok({ ...question.value, filter: { ...filter, connections: connections.value } })
}

function viewRoutes(app: HttpApp, deps: OrderRoutesDeps): void {
  const views = Type.Array(schemas.ViewJson)
  const presets = openPresetViews(deps)
  app.get(
    '/api/orders/views',
    {
      config: READ,
      schema: {
        tags: TAGS,
        response: { 200: Type.Object({ presets: views, saved: views }), ...problemResponses },
      },
    },
    async (request) => ({
      presets: [...(await presets(actorOf(request).shops))],
      saved: await listSavedViews(deps, actorOf(request)),
    }),
  )
  app.post(
    '/api/orders/views',
    {
      config: READ,
      schema: {
        tags: TAGS,
        body: Type.Object({
          name: Type.String({ minLength: 1, maxLength: 60 }),
          filter: schemas.FilterJson,
          shared: Type.Optional(Type.Boolean()),
        }),
        response: { 201: schemas.ViewJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const { name, filter, shared = false } = request.body
      const saved = await saveView(deps, actorOf(request), { name, filter, shared })
      return saved.ok ? reply.code(201).send(saved.value) : sendRefusal(reply, saved.refusal)
    },
  )
  app.delete(
    '/api/orders/views/:id',
    {
      config: READ,
      schema: { tags: TAGS, params: schemas.IdParams, response: { 204: NoContent, ...problemResponses } },
    },
    async (request, reply) => {
      const gone = await removeView(deps, actorOf(request).id, BigInt(request.params.id))
      return gone.ok ? reply.code(204).send(undefined) : sendRefusal(reply, gone.refusal)
    },
  )
}

function streamRoute(app: HttpApp, deps: OrderRoutesDeps): void {
  const stream = openOrderStream(deps)
  app.addHook('preClose', async () => stream.close())
  app.get(
    '/api/orders/stream',
    {
      config: READ,
      schema: { tags: TAGS, description: 'server-sent events `order` and `tally`, at most twice a second' },
    },
    async (request, reply) => {
      if (stream.size() >= CLIENTS_AT_MOST)
        return sendRefusal(reply, {
          code: 'orders.stream_throttled',
          detail: `${CLIENTS_AT_MOST} consoles listen already`,
          data: { retryAfterSeconds: 30 },
        })
      const headers = Object.entries(reply.getHeaders()).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value] as const],
      )
      reply.hijack()
      for (const [name, value] of headers) reply.raw.setHeader(name, value)
      reply.raw.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      })
      stream.add(reply.raw, (shop) => mayEnterShop(actorOf(request), shop))
      return reply
    },
  )
}

/** Skipped orders and sample rows that a preview shows. */
const SKIPPED_SHOWN = 200
const SAMPLE_SHOWN = 20

function bulkRoutes(app: HttpApp, deps: OrderRoutesDeps): void {
  app.post(
    '/api/orders/bulk/preview',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        body: schemas.BulkBody,
        response: { 200: schemas.BulkPreviewJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const choice = choiceOf(request.body)
      if (choice === null) return sendRefusal(reply, NO_CHOICE)
      const mine = await narrowChoice(deps, actorOf(request), choice)
      if (!mine.ok) return sendRefusal(reply, mine.refusal)
      const preview = await previewBulk(deps, mine.value, request.body.action)
      if (!preview.ok) return sendRefusal(reply, preview.refusal)
      const { willChange, skipped } = preview.value
      return {
        willChange: willChange.length,
        skipped: skipped.slice(0, SKIPPED_SHOWN).map(({ order, code, detail }) => ({
          id: order.id.toString(),
          orderNo: order.orderNo,
          code,
          detail,
        })),
        skippedTotal: skipped.length,
        sample: willChange.slice(0, SAMPLE_SHOWN).map(({ id, orderNo }) => ({ id: id.toString(), orderNo })),
      }
    },
  )
  app.post(
    '/api/orders/bulk',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        body: schemas.BulkBody,
        response: { 200: schemas.BulkAnswerJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const choice = choiceOf(request.body)
      if (choice === null) return sendRefusal(reply, NO_CHOICE)
      const mine = await narrowChoice(deps, actorOf(request), choice)
      if (!mine.ok) return sendRefusal(reply, mine.refusal)
      const done = await applyBulk(deps, mine.value, request.body.action, actorOf(request))
      return done.ok ? done.value : sendRefusal(reply, done.refusal)
    },
  )
}

const NO_CHOICE = { code: 'orders.no_choice', detail: 'give either `ids` or `filter`' }

function choiceOf(body: { ids?: readonly string[]; filter?: FilterInput }): Choice | null {
  if ((body.ids === undefined) === (body.filter === undefined)) return null
  return body.ids === undefined ? { filter: body.filter ?? {} } : { ids: body.ids.map(BigInt) }
}

/** Orders of another shop, or none at all, are refused as a whole: a part of what was chosen is not what was meant. */
async function narrowChoice(deps: OrderRoutesDeps, actor: Actor, choice: Choice): Promise<Result<Choice>> {
  if (actor.shops === null) return ok(choice)
  if ('filter' in choice) {
    const connection = narrowShops(actor, listOf(choice.filter.connection))
    return connection.ok ? ok({ filter: { ...choice.filter, connection: connection.value } }) : connection
  }
  const rows = await readRows(deps.sql, choice.ids)
  const mine = new Set(rows.filter((row) => mayEnterShop(actor, row.connection_id)).map((row) => row.id))
  return choice.ids.every((id) => mine.has(id)) ? ok(choice) : shopDenied()
}

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'

function exportRoute(app: HttpApp, deps: OrderRoutesDeps): void {
  app.post(
    '/api/orders/export',
    {
      config: READ,
      schema: { tags: TAGS, description: 'an XLSX file of exactly this view', body: schemas.ExportBody },
    },
    async (request, reply) => {
      const { filter, columns = COLUMN_NAMES, locale = 'zh' } = request.body
      const question = questionOf(deps, actorOf(request), filter)
      if (!question.ok) return sendRefusal(reply, question.refusal)
      const known = columns.filter(isColumnName)
      if (known.length < columns.length)
        return sendRefusal(reply, {
          code: 'orders.unknown_column',
          detail: `known are ${COLUMN_NAMES.join(', ')}`,
        })
      const day = deps.clock.now().toZonedDateTimeISO(deps.zone()).toPlainDate().toString()
      reply.type(XLSX).header('content-disposition', `attachment; filename="orders-${day}.xlsx"`)
      return reply.send(Readable.fromWeb(exportOrders(deps, question.value, known, locale) as never))
    },
  )
}

function orderRoute(app: HttpApp, deps: OrderRoutesDeps): void {
  app.get(
    '/api/orders/:id',
    {
      config: { ...READ, shops: OF_ORDER },
      schema: {
        tags: TAGS,
        params: schemas.IdParams,
        response: { 200: schemas.OrderDetailJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const order = await readOrder(deps, BigInt(request.params.id))
      return order.ok ? order.value : sendRefusal(reply, order.refusal)
    },
  )
  app.post(
    '/api/orders/:id/reveal',
    {
      config: { ...WRITE, shops: OF_ORDER },
      schema: {
        tags: TAGS,
        params: schemas.IdParams,
        response: { 200: schemas.RecipientJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const recipient = await revealRecipient(deps, BigInt(request.params.id), actorOf(request))
      if (!recipient.ok) return sendRefusal(reply, recipient.refusal)
      return reply.header('cache-control', 'no-store').send(recipient.value)
    },
  )
}

export { watchOrders } from './list/watch-orders.ts'
export type { Audit, BulkPorts, Subscribe }
