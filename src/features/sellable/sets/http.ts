import { Type } from 'typebox'
import { formatInstant } from '#kernel/instant.ts'
import type { Result } from '#kernel/result.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { NoContent, PAGE_LIMIT, pageOf, pageQuery, problemResponses } from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import type { Sellable } from '../core/sellable.ts'
import { csvLine } from '../core/set-files.ts'
import type { SellableRoutesDeps } from '../http.ts'
import { sellableOf } from '../read-sellable.ts'
import { BundleBody, BundleJson, FileErrorJson, GiftBody, GiftJson, Sku } from '../schemas.ts'
import {
  dropBundle,
  dropGift,
  type Imported,
  importBundles,
  importGifts,
  saveBundleOf,
  saveGiftOf,
} from './edit-sets.ts'
import { type BundleRow, type GiftRow, readBundles, readGifts } from './store.ts'

const READ = { scope: 'stock:read' } as const
const WRITE = { scope: 'stock:write' } as const
const tags = ['sellable']
const FILE_BYTES = 10 * 1024 * 1024
const ROWS_AT_ONCE = 1_000
const CSV = 'text/csv; charset=utf-8'
const listQuery = Type.Object({ q: Type.Optional(Type.String({ maxLength: 100 })), ...pageQuery })
const done204 = { 204: NoContent, ...problemResponses }
const importAnswer = {
  200: Type.Object({ saved: Type.Integer(), errors: Type.Array(FileErrorJson) }),
  ...problemResponses,
}
const csvAnswer = {
  200: Type.Unsafe<string>({ type: 'string', description: 'CSV in UTF-8' }),
  ...problemResponses,
}

/** Bundles and gifts: lists, changes, files. */
export function setRoutes(app: HttpApp, deps: SellableRoutesDeps): void {
  bundleReadRoutes(app, deps)
  bundleWriteRoutes(app, deps)
  giftReadRoutes(app, deps)
  giftWriteRoutes(app, deps)
}

/** A page of rows in order of their SKU, with their figures; `after` comes from a cursor. */
async function pageBySku<Row extends { readonly sku: string }, Item>(
  deps: SellableRoutesDeps,
  list: string,
  query: { readonly q?: string; readonly cursor?: string; readonly limit?: number },
  read: (search: string, after: string, limit: number) => Promise<Row[]>,
  toJson: (row: Row, figure: Sellable | undefined) => Item,
): Promise<Result<{ items: Item[]; next: string | null }>> {
  const { q = '', cursor, limit = PAGE_LIMIT } = query
  const place = cursor === undefined ? null : decodeCursor(list, cursor)
  if (place !== null && !place.ok) return place
  const rows = await read(q.trim(), place === null ? '' : String(place.value[0] ?? ''), limit + 1)
  const shown = rows.slice(0, limit)
  const figures = new Map(
    (
      await sellableOf(
        deps.db,
        shown.map((row) => row.sku),
      )
    ).map((one) => [one.sku, one]),
  )
  const last = rows.length > limit ? shown.at(-1) : undefined
  return {
    ok: true,
    value: {
      items: shown.map((row) => toJson(row, figures.get(row.sku))),
      next: last === undefined ? null : encodeCursor(list, [last.sku]),
    },
  }
}

/** Every row of a list as CSV text. */
async function allAsCsv<Row extends { readonly sku: string }>(
  heading: readonly string[],
  read: (after: string) => Promise<Row[]>,
  linesOf: (row: Row) => readonly (readonly (string | number)[])[],
): Promise<string> {
  let text = `\ufeff${csvLine(heading)}`
  let after = ''
  for (;;) {
    const rows = await read(after)
    for (const row of rows) for (const line of linesOf(row)) text += csvLine(line)
    if (rows.length < ROWS_AT_ONCE) return text
    after = rows.at(-1)?.sku ?? ''
  }
}

function bundleReadRoutes(app: HttpApp, deps: SellableRoutesDeps): void {
  const { db, zone } = deps
  const toJson = ({ sku, parts, updatedBy, updatedAt }: BundleRow, figure: Sellable | undefined) => ({
    sku,
    parts: [...parts],
    pieces: figure?.pieces ?? 0,
    apart: figure?.apart ?? 0,
    updatedBy,
    updatedAt: formatInstant(updatedAt, zone()),
  })
  app.get(
    '/api/sellable/bundles',
    {
      config: READ,
      schema: { tags, querystring: listQuery, response: { 200: pageOf(BundleJson), ...problemResponses } },
    },
    async (request, reply) => {
      const page = await pageBySku(
        deps,
        'sellable:bundles',
        request.query,
        (search, after, limit) => readBundles(db, search, after, limit),
        toJson,
      )
      return page.ok ? page.value : sendRefusal(reply, page.refusal)
    },
  )
  app.get(
    '/api/sellable/bundles/export',
    { config: READ, schema: { tags, produces: ['text/csv'], response: csvAnswer } },
    async (_request, reply) => {
      reply.type(CSV).header('content-disposition', 'attachment; filename="bundles.csv"')
      return await allAsCsv(
        ['bundle_sku', 'part_sku', 'quantity'],
        (after) => readBundles(db, '', after, ROWS_AT_ONCE),
        (row: BundleRow) => row.parts.map((part) => [row.sku, part.sku, part.quantity]),
      )
    },
  )
}

function bundleWriteRoutes(app: HttpApp, deps: SellableRoutesDeps): void {
  app.put(
    '/api/sellable/bundles',
    { config: WRITE, schema: { tags, body: BundleBody, response: done204 } },
    async (request, reply) => {
      const { sku, parts } = request.body
      const done = await saveBundleOf(deps, sku, parts, actorOf(request))
      if (!done.ok) return sendRefusal(reply, done.refusal)
      return reply.code(204).send(undefined)
    },
  )
  app.delete(
    '/api/sellable/bundles',
    { config: WRITE, schema: { tags, querystring: Type.Object({ sku: Sku }), response: done204 } },
    async (request, reply) => {
      const done = await dropBundle(deps, request.query.sku, actorOf(request))
      if (!done.ok) return sendRefusal(reply, done.refusal)
      return reply.code(204).send(undefined)
    },
  )
  importRoute(app, '/api/sellable/bundles/import', 'bundle_sku, part_sku, quantity', (file, actor) =>
    importBundles(deps, file, actor),
  )
}

function giftReadRoutes(app: HttpApp, deps: SellableRoutesDeps): void {
  const { db, zone } = deps
  const toJson = (row: GiftRow, figure: Sellable | undefined) => ({
    sku: row.sku,
    mainSku: row.mainSku,
    gifts: row.numerator,
    per: row.denominator,
    binding: row.binding,
    pieces: figure?.pieces ?? 0,
    updatedBy: row.updatedBy,
    updatedAt: formatInstant(row.updatedAt, zone()),
  })
  app.get(
    '/api/sellable/gifts',
    {
      config: READ,
      schema: { tags, querystring: listQuery, response: { 200: pageOf(GiftJson), ...problemResponses } },
    },
    async (request, reply) => {
      const page = await pageBySku(
        deps,
        'sellable:gifts',
        request.query,
        (search, after, limit) => readGifts(db, search, after, limit),
        toJson,
      )
      return page.ok ? page.value : sendRefusal(reply, page.refusal)
    },
  )
  app.get(
    '/api/sellable/gifts/export',
    { config: READ, schema: { tags, produces: ['text/csv'], response: csvAnswer } },
    async (_request, reply) => {
      reply.type(CSV).header('content-disposition', 'attachment; filename="gifts.csv"')
      return await allAsCsv(
        ['gift_sku', 'main_sku', 'gifts', 'per', 'binding'],
        (after) => readGifts(db, '', after, ROWS_AT_ONCE),
        (row: GiftRow) => [[row.sku, row.mainSku, row.numerator, row.denominator, row.binding]],
      )
    },
  )
}

function giftWriteRoutes(app: HttpApp, deps: SellableRoutesDeps): void {
  app.put(
    '/api/sellable/gifts',
    { config: WRITE, schema: { tags, body: GiftBody, response: done204 } },
    async (request, reply) => {
      const { sku, mainSku, gifts, per, binding = 'hard' } = request.body
      const gift = { mainSku, numerator: gifts, denominator: per, binding }
      const done = await saveGiftOf(deps, sku, gift, actorOf(request))
      if (!done.ok) return sendRefusal(reply, done.refusal)
      return reply.code(204).send(undefined)
    },
  )
  app.delete(
    '/api/sellable/gifts',
    { config: WRITE, schema: { tags, querystring: Type.Object({ sku: Sku }), response: done204 } },
    async (request, reply) => {
      const done = await dropGift(deps, request.query.sku, actorOf(request))
      if (!done.ok) return sendRefusal(reply, done.refusal)
      return reply.code(204).send(undefined)
    },
  )
  importRoute(app, '/api/sellable/gifts/import', 'gift_sku, main_sku, gifts, per, binding', (file, actor) =>
    importGifts(deps, file, actor),
  )
}

function importRoute(
  app: HttpApp,
  path: string,
  columns: string,
  take: (file: Uint8Array, actor: ReturnType<typeof actorOf>) => Promise<Result<Imported>>,
): void {
  app.post(
    path,
    {
      config: { ...WRITE, rawBody: true },
      bodyLimit: FILE_BYTES,
      schema: {
        tags,
        consumes: ['text/csv'],
        description: `a CSV file in UTF-8 with the columns ${columns}; good rows are kept, faulty ones named`,
        response: importAnswer,
      },
    },
    async (request, reply) => {
      const file = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
      const done = await take(file, actorOf(request))
      if (!done.ok) return sendRefusal(reply, done.refusal)
      return { saved: done.value.saved, errors: [...done.value.errors] }
    },
  )
}
