import { Type } from 'typebox'
import { formatInstant } from '#kernel/instant.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { NoContent, PAGE_LIMIT, pageOf, pageQuery, problemResponses } from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import type { SellableRoutesDeps } from '../http.ts'
import { Connection, Ids, ListingJson, ShopSku, Sku, State } from '../schemas.ts'
import { collectFor, dropListing, putListing, retryFor } from './edit-listings.ts'
import { countListings, type ListingRow, readListings } from './store.ts'

const READ = { scope: 'stock:read' } as const
const WRITE = { scope: 'stock:write' } as const
const tags = ['sellable']
const CURSOR = 'sellable:listings'
const SHOP_SKUS_AT_ONCE = 500

/** What each channel calls a stock SKU, and what it was told. */
export function listingRoutes(app: HttpApp, deps: SellableRoutesDeps): void {
  listRoute(app, deps)
  summaryRoute(app, deps)
  changeRoutes(app, deps)
  actionRoutes(app, deps)
}

function listRoute(app: HttpApp, { db, zone, nameOf }: SellableRoutesDeps): void {
  const toJson = (row: ListingRow) => ({
    connection: { id: row.connection, name: nameOf(row.connection) },
    stockSku: row.stockSku,
    shopSku: row.shopSku,
    ids: { ...row.ids },
    wanted: row.wanted,
    wantedAt: row.wantedAt === null ? null : formatInstant(row.wantedAt, zone()),
    told: row.told,
    toldAt: row.toldAt === null ? null : formatInstant(row.toldAt, zone()),
    state: row.state,
    code: row.code,
    words: row.words,
    updatedAt: formatInstant(row.updatedAt, zone()),
  })
  app.get(
    '/api/sellable/listings',
    {
      config: READ,
      schema: {
        tags,
        querystring: Type.Object({
          connection: Type.Optional(Connection),
          state: Type.Optional(State),
          q: Type.Optional(Type.String({ maxLength: 100, description: 'part of either SKU' })),
          ...pageQuery,
        }),
        response: { 200: pageOf(ListingJson), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { connection = null, state = null, q = '', cursor, limit = PAGE_LIMIT } = request.query
      const place = cursor === undefined ? null : decodeCursor(CURSOR, cursor)
      if (place !== null && !place.ok) return sendRefusal(reply, place.refusal)
      const [stockSku = '', shop = '', shopSku = ''] = place?.value.map(String) ?? []
      const after = place === null ? null : { stockSku, connection: shop, shopSku }
      const rows = await readListings(db, { connection, state, search: q.trim() }, after, limit + 1)
      const shown = rows.slice(0, limit)
      const last = rows.length > limit ? shown.at(-1) : undefined
      return {
        items: shown.map(toJson),
        next:
          last === undefined ? null : encodeCursor(CURSOR, [last.stockSku, last.connection, last.shopSku]),
      }
    },
  )
}

function summaryRoute(app: HttpApp, { db, nameOf }: SellableRoutesDeps): void {
  const Item = Type.Object({
    connection: Type.Object({ id: Type.String(), name: Type.String() }),
    states: Type.Record(Type.String(), Type.Integer()),
  })
  app.get(
    '/api/sellable/listings/summary',
    {
      config: READ,
      schema: {
        tags,
        description: 'how many listings of each channel stand in which state',
        response: { 200: Type.Object({ items: Type.Array(Item) }), ...problemResponses },
      },
    },
    async () => {
      const byChannel = Map.groupBy(await countListings(db), (row) => row.connection)
      return {
        items: [...byChannel].map(([id, rows]) => ({
          connection: { id, name: nameOf(id) },
          states: Object.fromEntries(rows.map((row) => [row.state, row.count])),
        })),
      }
    },
  )
}

function changeRoutes(app: HttpApp, deps: SellableRoutesDeps): void {
  const response = { 204: NoContent, ...problemResponses }
  app.put(
    '/api/sellable/listings',
    {
      config: WRITE,
      schema: {
        tags,
        body: Type.Object(
          { connectionId: Connection, stockSku: Sku, shopSku: ShopSku, ids: Type.Optional(Ids) },
          { additionalProperties: false },
        ),
        response,
      },
    },
    async (request, reply) => {
      const { connectionId: connection, stockSku, shopSku, ids = {} } = request.body
      const done = await putListing(deps, { connection, stockSku, shopSku }, ids, actorOf(request))
      if (!done.ok) return sendRefusal(reply, done.refusal)
      return reply.code(204).send(undefined)
    },
  )
  app.delete(
    '/api/sellable/listings',
    {
      config: WRITE,
      schema: {
        tags,
        description: 'Forgets a listing; the channel keeps the figure that it was told last.',
        querystring: Type.Object({ connectionId: Connection, shopSku: ShopSku }),
        response,
      },
    },
    async (request, reply) => {
      const { connectionId: connection, shopSku } = request.query
      const done = await dropListing(deps, { connection, shopSku }, actorOf(request))
      return done.ok ? reply.code(204).send(undefined) : sendRefusal(reply, done.refusal)
    },
  )
}

function actionRoutes(app: HttpApp, deps: SellableRoutesDeps): void {
  app.post(
    '/api/sellable/listings/collect',
    {
      config: WRITE,
      schema: {
        tags,
        description:
          'Makes listings of what the SKU mapping of a channel names and of what it sold within 90 days.',
        body: Type.Object({ connectionId: Connection }, { additionalProperties: false }),
        response: {
          200: Type.Object({ added: Type.Integer({ description: 'new stock SKUs' }) }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const done = await collectFor(deps, request.body.connectionId, actorOf(request))
      if (!done.ok) return sendRefusal(reply, done.refusal)
      return done.value
    },
  )
  app.post(
    '/api/sellable/listings/retry',
    {
      config: WRITE,
      schema: {
        tags,
        description: 'Tells again what was refused or whose outcome nobody knows.',
        body: Type.Object(
          {
            connectionId: Connection,
            shopSkus: Type.Optional(
              Type.Array(ShopSku, { minItems: 1, maxItems: SHOP_SKUS_AT_ONCE, description: 'none: all' }),
            ),
          },
          { additionalProperties: false },
        ),
        response: { 200: Type.Object({ due: Type.Integer() }), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { connectionId, shopSkus = null } = request.body
      const done = await retryFor(deps, connectionId, shopSkus, actorOf(request))
      if (!done.ok) return sendRefusal(reply, done.refusal)
      return done.value
    },
  )
}
