import { Type } from 'typebox'
import { formatInstant } from '#kernel/instant.ts'
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
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import { importMappings, mapSku, type SkuDeps, unmapSku } from './map-skus.ts'
import { readMappings, readUnmatched } from './store.ts'

export type SkuRoutesDeps = SkuDeps & { readonly zone: () => string }

const READ = { scope: 'orders:read' } as const
const WRITE = { scope: 'orders:write' } as const
const TAGS = ['skus']
const Shop = Type.Object({ id: Type.String(), name: Type.String() })
const Sku = Type.String({ minLength: 1, maxLength: 120 })
const ConnectionId = Type.String({ minLength: 1, maxLength: 100, description: '`*`: every shop' })
const mapped = { mapped: Type.Integer(), lines: Type.Integer(), orders: Type.Integer() }

export function skuRoutes(app: HttpApp, deps: SkuRoutesDeps): void {
  unmatchedRoute(app, deps)
  mappingsRoute(app, deps)
  mapRoute(app, deps)
  unmapRoute(app, deps)
  importRoute(app, deps)
}

function unmatchedRoute(app: HttpApp, { sql }: SkuRoutesDeps): void {
  const Item = Type.Object({
    connection: Shop,
    shopSku: Type.String(),
    title: Type.String(),
    orders: Type.Integer(),
    quantity: Type.Integer(),
  })
  app.get(
    '/api/skus/unmatched',
    {
      config: READ,
      schema: {
        tags: TAGS,
        description: 'shop SKUs that no stock SKU is known for, those that hold up the most orders first',
        querystring: Type.Object({
          q: Type.Optional(Type.String({ maxLength: 100, description: 'part of the code or the title' })),
          connection: Type.Optional(Type.String({ maxLength: 100 })),
          orderNo: Type.Optional(
            Type.String({
              maxLength: 120,
              description: 'only what this order waits for; counts are of all orders',
            }),
          ),
          ...pageQuery,
        }),
        response: { 200: pageOf(Item), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { q = '', connection: shop = null, orderNo = null, cursor, limit = PAGE_LIMIT } = request.query
      const place = cursor === undefined ? null : decodeCursor('skus:unmatched', cursor)
      if (place !== null && !place.ok) return sendRefusal(reply, place.refusal)
      const [orders, connection, shopSku] = place === null ? [] : place.value.map(String)
      const after =
        place === null
          ? null
          : { orders: BigInt(orders ?? 0), connection: connection ?? '', shopSku: shopSku ?? '' }
      const rows = await readUnmatched(sql, { connection: shop, search: q.trim(), orderNo }, after, limit + 1)
      const shown = rows.slice(0, limit)
      const last = rows.length > limit ? shown.at(-1) : undefined
      return {
        items: shown.map((row) => ({
          connection: { id: row.connection_id, name: row.connection_name ?? row.connection_id },
          shopSku: row.shop_sku,
          title: row.title,
          orders: Number(row.orders),
          quantity: Number(row.quantity),
        })),
        next:
          last === undefined
            ? null
            : encodeCursor('skus:unmatched', [last.orders.toString(), last.connection_id, last.shop_sku]),
      }
    },
  )
}

function mappingsRoute(app: HttpApp, { sql, zone }: SkuRoutesDeps): void {
  const Item = Type.Object({
    connectionId: Type.String({ description: '`*`: every shop' }),
    connectionName: nullable(Type.String()),
    shopSku: Type.String(),
    stockSku: Type.String(),
    updatedBy: Type.String(),
    updatedAt: IsoTime,
  })
  app.get(
    '/api/skus/mapping',
    {
      config: READ,
      schema: {
        tags: TAGS,
        querystring: Type.Object({ q: Type.Optional(Type.String({ maxLength: 100 })), ...pageQuery }),
        response: { 200: pageOf(Item), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { q = '', cursor, limit = PAGE_LIMIT } = request.query
      const place = cursor === undefined ? null : decodeCursor('skus:mapping', cursor)
      if (place !== null && !place.ok) return sendRefusal(reply, place.refusal)
      const [shopSku, connection] = place === null ? [] : place.value.map(String)
      const after = place === null ? null : { shopSku: shopSku ?? '', connection: connection ?? '' }
      const rows = await readMappings(sql, q.trim(), after, limit + 1)
      const shown = rows.slice(0, limit)
      const last = rows.length > limit ? shown.at(-1) : undefined
      return {
        items: shown.map((row) => ({
          connectionId: row.connection_id,
          connectionName: row.connection_name,
          shopSku: row.shop_sku,
          stockSku: row.stock_sku,
          updatedBy: row.updated_by,
          updatedAt: formatInstant(row.updated_at, zone()),
        })),
        next: last === undefined ? null : encodeCursor('skus:mapping', [last.shop_sku, last.connection_id]),
      }
    },
  )
}

function mapRoute(app: HttpApp, deps: SkuRoutesDeps): void {
  app.put(
    '/api/skus/mapping',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        body: Type.Object(
          {
            connectionId: ConnectionId,
            shopSku: Sku,
            stockSku: Sku,
            again: Type.Optional(
              Type.Boolean({
                description:
                  'also lines that the earlier stock SKU was given to, nothing of whose order has left',
              }),
            ),
          },
          { additionalProperties: false },
        ),
        response: { 200: Type.Object(mapped), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { connectionId, shopSku, stockSku, again = false } = request.body
      const mapping = { connection: connectionId, shopSku: shopSku.trim(), stockSku: stockSku.trim() }
      const done = await mapSku(deps, mapping, actorOf(request), again)
      return done.ok ? done.value : sendRefusal(reply, done.refusal)
    },
  )
}

function unmapRoute(app: HttpApp, deps: SkuRoutesDeps): void {
  app.delete(
    '/api/skus/mapping',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        description:
          'Removes a mapping. Lines keep their stock SKU, unless `unmatch` and nothing of their order has left.',
        querystring: Type.Object({
          connectionId: ConnectionId,
          shopSku: Sku,
          unmatch: Type.Optional(oneOf(['1'])),
        }),
        response: {
          200: Type.Object({ lines: Type.Integer(), orders: Type.Integer(), waiting: Type.Integer() }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const { connectionId: connection, shopSku, unmatch } = request.query
      const done = await unmapSku(deps, { connection, shopSku }, unmatch === '1', actorOf(request))
      return done.ok ? done.value : sendRefusal(reply, done.refusal)
    },
  )
}

const FILE_BYTES = 10 * 1024 * 1024

function importRoute(app: HttpApp, deps: SkuRoutesDeps): void {
  const RowErrorJson = Type.Object({
    row: Type.Integer(),
    column: Type.String(),
    code: Type.String(),
    detail: Type.String(),
  })
  app.post(
    '/api/skus/mapping/import',
    {
      config: { ...WRITE, rawBody: true },
      bodyLimit: FILE_BYTES,
      schema: {
        tags: TAGS,
        consumes: ['text/csv'],
        description:
          'a CSV file with the columns shop_sku, stock_sku and, if wanted, connection (id or name)',
        response: { 200: Type.Object({ ...mapped, errors: Type.Array(RowErrorJson) }), ...problemResponses },
      },
    },
    async (request, reply) => {
      const file = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
      const done = await importMappings(deps, file, actorOf(request))
      return done.ok ? { ...done.value, errors: [...done.value.errors] } : sendRefusal(reply, done.refusal)
    },
  )
}
