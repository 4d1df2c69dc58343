import { Readable } from 'node:stream'
import { type Static, Type } from 'typebox'
import { formatInstant } from '#kernel/instant.ts'
import { ok, type Result } from '#kernel/result.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import {
  IsoTime,
  MoneyJson,
  moneyToJson,
  NoContent,
  nullable,
  oneOf,
  PAGE_LIMIT,
  pageOf,
  pageQuery,
  problemResponses,
} from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import { KNOWN_TAGS, type ProfileChange, readValue } from './core/profile.ts'
import type { ProfileHttpDeps } from './deps.ts'
import { exportProfiles } from './export-profiles.ts'
import { listRoutes } from './list-http.ts'
import { dropProfile, gone, saveProfile } from './save-profile.ts'
import {
  type ListedSku,
  type ProfileRow,
  readProfile,
  readProfiles,
  readTags,
  readWeightless,
} from './store.ts'

const tags = ['sku profiles']
const read = { scope: 'orders:read' } as const
const write = { scope: 'orders:write' } as const
const SkuParams = Type.Object({ sku: Type.String({ minLength: 1, maxLength: 400 }) })
const Figure = (description: string) => nullable(Type.Integer({ minimum: 0, description }))
const Fields = {
  title: Type.String({ maxLength: 400 }),
  weightG: Figure('g, of one piece; null: nobody told'),
  volumeCm3: Figure('cm3, as told; null: worked out from the measures'),
  lengthMm: Figure('mm'),
  widthMm: Figure('mm'),
  heightMm: Figure('mm'),
  tags: Type.Array(Type.String({ maxLength: 80 }), {
    maxItems: 40,
    description: `${KNOWN_TAGS.join(', ')}, or the shop's own`,
  }),
  value: nullable(MoneyJson),
}
const ProfileJson = Type.Object(
  {
    sku: Type.String(),
    ...Fields,
    volume: nullable(Type.Integer({ description: 'cm3, told or worked out: what rules reckon with' })),
    revision: nullable(Type.Integer({ description: 'null: no profile yet' })),
    updatedBy: nullable(Type.String()),
    updatedAt: nullable(IsoTime),
    orders: nullable(
      Type.Integer({ description: 'orders that wait for it; in the list of what lacks a weight' }),
    ),
  },
  { title: 'SkuProfile' },
)
const FilterQuery = {
  q: Type.Optional(Type.String({ maxLength: 100, description: 'part of the SKU or the title' })),
  tag: Type.Optional(Type.String({ maxLength: 80 })),
}

/** Routes of what is known of stock SKUs: weight, measures, tags, value. */
export function skuProfileRoutes(app: HttpApp, deps: ProfileHttpDeps): void {
  browseRoutes(app, deps)
  exportRoute(app, deps)
  changeRoutes(app, deps)
  listRoutes(app, deps)
}

function browseRoutes(app: HttpApp, { db, zone }: ProfileHttpDeps): void {
  app.get(
    '/api/sku-profiles',
    {
      config: read,
      schema: {
        tags,
        summary:
          'Profiles in order of SKU, or SKUs of waiting orders whose weight nobody told, the most awaited first',
        querystring: Type.Object({ ...FilterQuery, show: Type.Optional(oneOf(['no_weight'])), ...pageQuery }),
        response: { 200: pageOf(ProfileJson), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { q = '', tag = null, show = null, cursor, limit = PAGE_LIMIT } = request.query
      const list = show === null ? 'sku-profiles' : 'sku-profiles:no-weight'
      const place = cursor === undefined ? null : decodeCursor(list, cursor)
      if (place !== null && !place.ok) return sendRefusal(reply, place.refusal)
      const [sku = '', orders = 0] = place === null ? [] : place.value.map((part) => part ?? '')
      const filter = { search: q.trim(), tag }
      const items =
        show === null
          ? (await readProfiles(db, filter, String(sku), limit + 1)).map((row) => profileToJson(row, zone()))
          : (
              await readWeightless(
                db,
                filter,
                place === null ? null : { orders: BigInt(orders), sku: String(sku) },
                limit + 1,
              )
            ).map((one) => lackingToJson(one, zone()))
      const shown = items.slice(0, limit)
      const last = items.length > limit ? shown.at(-1) : undefined
      return { items: shown, next: last === undefined ? null : encodeCursor(list, [last.sku, last.orders]) }
    },
  )
  app.get(
    '/api/sku-profiles/tags',
    {
      config: read,
      schema: {
        tags,
        summary:
          'Tags that rules may ask for: the shared ones and those in use, with how many SKUs have them',
        response: {
          200: Type.Object({ items: Type.Array(Type.Object({ tag: Type.String(), skus: Type.Integer() })) }),
          ...problemResponses,
        },
      },
    },
    async () => {
      const used = await readTags(db)
      const unused = KNOWN_TAGS.filter((tag) => used.every((one) => one.tag !== tag))
      return { items: [...used, ...unused.map((tag) => ({ tag, skus: 0 }))] }
    },
  )
  app.get(
    '/api/sku-profiles/of/:sku',
    {
      config: read,
      schema: {
        tags,
        summary: 'One profile',
        params: SkuParams,
        response: { 200: ProfileJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const row = await readProfile(db, request.params.sku)
      return row === null ? sendRefusal(reply, gone(request.params.sku).refusal) : profileToJson(row, zone())
    },
  )
}

const TYPES = {
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
} as const

function exportRoute(app: HttpApp, { db, clock, zone }: ProfileHttpDeps): void {
  app.get(
    '/api/sku-profiles/export',
    {
      config: read,
      schema: {
        tags,
        summary: 'A CSV or XLSX file of exactly this view; corrected, it can be imported again',
        querystring: Type.Object({
          ...FilterQuery,
          format: oneOf(['csv', 'xlsx']),
          locale: Type.Optional(oneOf(['zh', 'en'])),
        }),
      },
    },
    async (request, reply) => {
      const { q = '', tag = null, format, locale = 'zh' } = request.query
      const day = clock.now().toZonedDateTimeISO(zone()).toPlainDate().toString()
      reply
        .type(TYPES[format])
        .header('content-disposition', `attachment; filename="sku-profiles-${day}.${format}"`)
      const stream = exportProfiles(db, { search: q.trim(), tag }, { format, locale })
      return reply.send(Readable.fromWeb(stream as never))
    },
  )
}

const ChangeBody = Type.Object(
  {
    ...Type.Partial(Type.Object(Fields)).properties,
    revision: nullable(Type.Integer({ minimum: 1, description: 'as last seen; null: there was no profile' })),
  },
  { additionalProperties: false },
)

function changeRoutes(app: HttpApp, deps: ProfileHttpDeps): void {
  app.put(
    '/api/sku-profiles/of/:sku',
    {
      config: write,
      schema: {
        tags,
        summary: 'Write a profile; what is left out stays, a stale revision is refused',
        params: SkuParams,
        body: ChangeBody,
        response: { 200: ProfileJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const change = changeIn(request.body)
      if (!change.ok) return sendRefusal(reply, change.refusal)
      const { revision } = request.body
      const saved = await saveProfile(deps, actorOf(request), request.params.sku, change.value, revision)
      return saved.ok ? profileToJson(saved.value, deps.zone()) : sendRefusal(reply, saved.refusal)
    },
  )
  app.delete(
    '/api/sku-profiles/of/:sku',
    {
      config: write,
      schema: {
        tags,
        summary: 'Remove a profile: nothing is known of the SKU any more',
        params: SkuParams,
        response: { 204: NoContent, ...problemResponses },
      },
    },
    async (request, reply) => {
      const dropped = await dropProfile(deps, actorOf(request), request.params.sku)
      return dropped.ok ? reply.code(204).send(undefined) : sendRefusal(reply, dropped.refusal)
    },
  )
}

function changeIn({ revision: _, value, ...rest }: Static<typeof ChangeBody>): Result<ProfileChange> {
  const change = rest as ProfileChange
  if (value === undefined) return ok(change)
  if (value === null) return ok({ ...change, value: null })
  const read = readValue(value.amount, value.currency)
  return read.ok ? ok({ ...change, value: read.value }) : read
}

function profileToJson({ value, tags: of, updatedAt, ...rest }: ProfileRow, zone: string) {
  return {
    ...rest,
    tags: [...of],
    value: value === null ? null : moneyToJson(value),
    updatedAt: formatInstant(updatedAt, zone),
    orders: null,
  }
}

function lackingToJson({ sku, title, profile, orders }: ListedSku, zone: string) {
  const nothing = {
    weightG: null,
    volumeCm3: null,
    lengthMm: null,
    widthMm: null,
    heightMm: null,
    volume: null,
  }
  const known =
    profile === null
      ? { sku, ...nothing, tags: [], value: null, revision: null, updatedBy: null, updatedAt: null }
      : profileToJson(profile, zone)
  return { ...known, title, orders }
}
