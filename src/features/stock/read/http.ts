import { Type } from 'typebox'
import type { Clock } from '#kernel/clock.ts'
import { formatInstant } from '#kernel/instant.ts'
import { refuse } from '#kernel/result.ts'
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
import type { HttpApp } from '#platform/http/scopes.ts'
import type { Database } from '#platform/postgres/database.ts'
import { LEVEL_SHOWS, LEVEL_SORTS, LOW_AT } from './core/levels.ts'
import { holdReadRoutes } from './holds/http.ts'
import { parseTime } from './parse-time.ts'
import { listLevels, openSummary, readSkuLevels } from './read-levels.ts'
import {
  LevelJson,
  levelToJson,
  MovementJson,
  movementToJson,
  QuotaJson,
  quotaToJson,
  Sku,
  SkuJson,
  skuToJson,
  Warehouse,
} from './schemas.ts'
import { readMovements, readQuotas } from './store.ts'

export type StockReadDeps = { readonly sql: Database; readonly clock: Clock; readonly zone: () => string }

const READ = { scope: 'stock:read' } as const
const TAGS = ['stock']
const Place = Type.Object({ sku: Sku, warehouse: Warehouse })

/** Everything that the stock and hold pages read. */
export function stockReadRoutes(app: HttpApp, deps: StockReadDeps): void {
  levelsRoute(app, deps)
  summaryRoute(app, deps)
  levelRoute(app, deps)
  movementsRoute(app, deps)
  quotasRoute(app, deps)
  holdReadRoutes(app, deps)
}

export const levelQuery = {
  q: Type.Optional(Type.String({ maxLength: 100, description: 'part of the SKU' })),
  warehouse: Type.Optional(Warehouse),
  show: Type.Optional(
    oneOf(LEVEL_SHOWS, {
      description:
        '`negative`: a warehouse has less than is held, or less than nothing; `out`: nothing sellable; `low`: 1 to `lowAt` sellable; `short`: an order lacks it',
    }),
  ),
  lowAt: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000, default: LOW_AT })),
}

function levelsRoute(app: HttpApp, { sql, zone }: StockReadDeps): void {
  app.get(
    '/api/stock/levels',
    {
      config: READ,
      schema: {
        tags: TAGS,
        description: 'SKUs with their figures in all, and at each warehouse; with a warehouse only that one',
        querystring: Type.Object({
          ...levelQuery,
          sku: Type.Optional(Type.Array(Sku, { maxItems: 200, description: 'just these, in this order' })),
          sort: Type.Optional(oneOf([...LEVEL_SORTS, ...LEVEL_SORTS.map((name) => `-${name}` as const)])),
          ...pageQuery,
        }),
        response: { 200: pageOf(SkuJson), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { q = '', warehouse = null, show = null, lowAt = LOW_AT, sku, sort = 'sku' } = request.query
      if (sku !== undefined) {
        const items = await readSkuLevels(sql, [...new Set(sku)], warehouse)
        return { items: items.map((one) => skuToJson(one, zone())), next: null }
      }
      const name = LEVEL_SORTS.find((one) => one === sort.replace('-', '')) ?? 'sku'
      const question = { q: q.trim(), warehouse, show, lowAt, sort: name, descending: sort.startsWith('-') }
      const { cursor = null, limit = PAGE_LIMIT } = request.query
      const page = await listLevels(sql, question, { cursor, limit })
      if (!page.ok) return sendRefusal(reply, page.refusal)
      return { items: page.value.items.map((one) => skuToJson(one, zone())), next: page.value.next }
    },
  )
}

function summaryRoute(app: HttpApp, deps: StockReadDeps): void {
  const read = openSummary(deps)
  const Count = Type.Integer()
  app.get(
    '/api/stock/summary',
    {
      config: READ,
      schema: {
        tags: TAGS,
        description: `counts over everything, exact at the instant they name (some seconds old); \`low\` is 1 to ${LOW_AT} sellable`,
        response: {
          200: Type.Object({
            at: IsoTime,
            skus: Count,
            levels: Count,
            physical: Count,
            locked: Count,
            reserved: Count,
            inTransit: Count,
            sellable: Count,
            negative: Count,
            out: Count,
            low: Count,
            short: Count,
          }),
          ...problemResponses,
        },
      },
    },
    async () => {
      const { at, in_transit: inTransit, ...counts } = await read()
      const numbers = Object.fromEntries(Object.entries(counts).map(([name, n]) => [name, Number(n)]))
      return {
        ...(numbers as Record<keyof typeof counts, number>),
        inTransit: Number(inTransit),
        at: formatInstant(at, deps.zone()),
      }
    },
  )
}

function levelRoute(app: HttpApp, { sql, zone }: StockReadDeps): void {
  app.get(
    '/api/stock/levels/:sku/:warehouse',
    {
      config: READ,
      schema: {
        tags: TAGS,
        params: Place,
        response: {
          200: Type.Object({
            level: LevelJson,
            title: nullable(Type.String()),
            short: Type.Object({ orders: Type.Integer(), pieces: Type.Integer() }),
            quotas: Type.Array(QuotaJson),
          }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const { sku, warehouse } = request.params
      const [one] = await readSkuLevels(sql, [sku], warehouse)
      const level = one?.places[0]
      if (one === undefined || level === undefined)
        return sendRefusal(
          reply,
          refuse('stock.level_not_found', `nothing is known of ${sku} at ${warehouse}`).refusal,
        )
      const none = { sku: '', warehouse: '', channel: '' }
      const quotas = await readQuotas(sql, { sku, warehouse, q: '', channel: null }, none, QUOTAS_SHOWN)
      return {
        level: levelToJson(level, zone()),
        title: one.title,
        short: { ...one.short },
        quotas: quotas.map((row) => quotaToJson(row, zone())),
      }
    },
  )
}

const QUOTAS_SHOWN = 200

function movementsRoute(app: HttpApp, { sql, zone }: StockReadDeps): void {
  app.get(
    '/api/stock/levels/:sku/:warehouse/movements',
    {
      config: READ,
      schema: {
        tags: TAGS,
        description: 'every change of one level with its cause, actor and evidence, the newest first',
        params: Place,
        querystring: Type.Object({
          cause: Type.Optional(Type.Array(Type.String({ maxLength: 40 }), { maxItems: 20 })),
          from: Type.Optional(Type.String({ maxLength: 40, description: 'ISO 8601 with an offset' })),
          to: Type.Optional(Type.String({ maxLength: 40, description: 'up to and without' })),
          ...pageQuery,
        }),
        response: { 200: pageOf(MovementJson), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { cause, from, to, cursor, limit = PAGE_LIMIT } = request.query
      const [since, until] = [parseTime(from, 'from'), parseTime(to, 'to')]
      if (!since.ok) return sendRefusal(reply, since.refusal)
      if (!until.ok) return sendRefusal(reply, until.refusal)
      const place = cursor === undefined ? null : decodeCursor('stock:movements', cursor)
      if (place !== null && !place.ok) return sendRefusal(reply, place.refusal)
      const before = place === null ? null : BigInt(String(place.value[0] ?? 0))
      const filter = { ...request.params, causes: cause ?? null, from: since.value, to: until.value }
      const rows = await readMovements(sql, filter, before, limit + 1)
      const shown = rows.slice(0, limit)
      const last = rows.length > limit ? shown.at(-1) : undefined
      return {
        items: shown.map((row) => movementToJson(row, zone())),
        next: last === undefined ? null : encodeCursor('stock:movements', [last.id.toString()]),
      }
    },
  )
}

function quotasRoute(app: HttpApp, { sql, zone }: StockReadDeps): void {
  app.get(
    '/api/stock/quotas',
    {
      config: READ,
      schema: {
        tags: TAGS,
        description: 'what is set aside for one channel each, by SKU and warehouse',
        querystring: Type.Object({
          q: Type.Optional(Type.String({ maxLength: 100, description: 'part of the SKU' })),
          sku: Type.Optional(Sku),
          warehouse: Type.Optional(Warehouse),
          channel: Type.Optional(Type.String({ maxLength: 100, description: 'connection id' })),
          ...pageQuery,
        }),
        response: { 200: pageOf(QuotaJson), ...problemResponses },
      },
    },
    async (request, reply) => {
      const {
        q = '',
        sku = null,
        warehouse = null,
        channel = null,
        cursor,
        limit = PAGE_LIMIT,
      } = request.query
      const place = cursor === undefined ? null : decodeCursor('stock:quotas', cursor)
      if (place !== null && !place.ok) return sendRefusal(reply, place.refusal)
      const [lastSku = '', lastWarehouse = '', lastChannel = ''] = (place?.value ?? []).map(String)
      const after = { sku: lastSku, warehouse: lastWarehouse, channel: lastChannel }
      const rows = await readQuotas(sql, { q: q.trim(), sku, warehouse, channel }, after, limit + 1)
      const shown = rows.slice(0, limit)
      const last = rows.length > limit ? shown.at(-1) : undefined
      return {
        items: shown.map((row) => quotaToJson(row, zone())),
        next:
          last === undefined ? null : encodeCursor('stock:quotas', [last.sku, last.warehouse, last.channel]),
      }
    },
  )
}
