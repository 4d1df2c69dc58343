import { Type } from 'typebox'
import { formatInstant } from '#kernel/instant.ts'
import { formatMoney, money, parseMoney } from '#kernel/money.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { IsoTime, NoContent, nullable, oneOf, problemResponses } from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import { regionsIn } from '#platform/regions/regions.ts'
import { AREA_CLASSES } from '#platform/regions/remote.ts'
import { type CustomerTier, TIERS_MOST } from './core/tiers.ts'
import { type EditDeps, importAreas, putArea, removeArea, saveTiers } from './edit-book.ts'
import { QuoteJson, quoteJson } from './http.ts'
import { readAreas, readQuotes, readTiers } from './store.ts'

export type FreightDeskDeps = EditDeps & { readonly zone: () => string }

const tags = ['freight']
const read = { scope: 'rules:read' } as const
const write = { scope: 'rules:write' } as const
const HISTORY_MOST = 50

/** What people set beside the rules, and the freight of an order. */
export function freightDeskRoutes(app: HttpApp, deps: FreightDeskDeps): void {
  regionRoute(app)
  areaRoutes(app, deps)
  importRoute(app, deps)
  tierRoutes(app, deps)
  orderRoute(app, deps)
}

function regionRoute(app: HttpApp): void {
  app.get(
    '/api/regions',
    {
      config: read,
      schema: {
        tags,
        summary: 'Provinces, or what lies in a province or city',
        querystring: Type.Object({ parent: Type.Optional(Type.String({ minLength: 1, maxLength: 12 })) }),
        response: {
          200: Type.Object({
            items: Type.Array(
              Type.Object({
                code: Type.String(),
                name: Type.String(),
                hasMore: Type.Boolean({ description: 'there is something below it' }),
              }),
            ),
          }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const items = regionsIn(request.query.parent ?? null)
      if (items === null)
        return sendRefusal(
          reply,
          refuse('freight.region_not_found', `no region has the code ${request.query.parent ?? ''}`).refusal,
        )
      return { items: [...items] }
    },
  )
}

const AreaFields = {
  province: Type.String({ minLength: 1, maxLength: 80 }),
  city: Type.String({ maxLength: 80 }),
  district: Type.String({ maxLength: 80 }),
  class: oneOf(AREA_CLASSES),
  note: Type.String({ maxLength: 200 }),
}
const AreaJson = Type.Object(
  { id: Type.String(), ...AreaFields, updatedBy: Type.String(), updatedAt: IsoTime },
  { title: 'RemoteArea' },
)

function areaRoutes(app: HttpApp, deps: FreightDeskDeps): void {
  app.get(
    '/api/regions/remote',
    {
      config: read,
      schema: {
        tags,
        summary: 'Remote areas and 港澳台, as freight rules see them',
        response: { 200: Type.Object({ items: Type.Array(AreaJson) }), ...problemResponses },
      },
    },
    async () => {
      const rows = await readAreas(deps.db)
      return {
        items: rows.map(({ id, areaClass, updatedAt, ...row }) => ({
          ...row,
          id: id.toString(),
          class: areaClass,
          updatedAt: formatInstant(updatedAt, deps.zone()),
        })),
      }
    },
  )
  app.put(
    '/api/regions/remote',
    {
      config: write,
      schema: {
        tags,
        summary: 'Add an area, or change the one of that place',
        body: Type.Object(
          {
            province: AreaFields.province,
            city: Type.Optional(AreaFields.city),
            district: Type.Optional(AreaFields.district),
            class: AreaFields.class,
            note: Type.Optional(AreaFields.note),
          },
          { additionalProperties: false },
        ),
        response: { 200: Type.Object({ id: Type.String() }), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { province, city = '', district = '', class: areaClass, note = '' } = request.body
      const saved = await putArea(deps, actorOf(request), { province, city, district, areaClass, note })
      return saved.ok ? { id: saved.value.toString() } : sendRefusal(reply, saved.refusal)
    },
  )
  app.delete(
    '/api/regions/remote/:id',
    {
      config: write,
      schema: {
        tags,
        summary: 'Remove an area',
        params: Type.Object({ id: Type.String({ pattern: '^\\d{1,18}$' }) }),
        response: { 204: NoContent, ...problemResponses },
      },
    },
    async (request, reply) => {
      const removed = await removeArea(deps, actorOf(request), BigInt(request.params.id))
      return removed.ok ? reply.code(204).send(undefined) : sendRefusal(reply, removed.refusal)
    },
  )
}

function importRoute(app: HttpApp, deps: FreightDeskDeps): void {
  app.post(
    '/api/regions/remote/import',
    {
      config: write,
      schema: {
        tags,
        summary: 'Take a list of areas: a place on each line, then class and note behind tabs or commas',
        body: Type.Object(
          {
            text: Type.String({ minLength: 1, maxLength: 400_000 }),
            replaces: Type.Boolean({ description: 'instead of what is there; else beside it' }),
          },
          { additionalProperties: false },
        ),
        response: { 200: Type.Object({ saved: Type.Integer() }), ...problemResponses },
      },
    },
    async (request, reply) => {
      const done = await importAreas(deps, actorOf(request), request.body)
      return done.ok ? { saved: done.value } : sendRefusal(reply, done.refusal)
    },
  )
}

const TierFields = {
  name: Type.String({ pattern: '^[a-z][a-z0-9_]{0,39}$', description: 'as rules write it' }),
  label: Type.String({ minLength: 1, maxLength: 80 }),
  minOrders: Type.Integer({ minimum: 0, maximum: 1_000_000, description: 'paid before, in the same shop' }),
  minSpent: nullable(
    Type.String({ pattern: '^\\d{1,15}(\\.\\d{1,6})?$', description: 'spent on them; null: any' }),
  ),
  currency: Type.String({ pattern: '^[A-Z]{3}$' }),
  priority: Type.Integer({
    minimum: 0,
    maximum: 1_000_000,
    description: "the highest that fits is the customer's",
  }),
}
const TiersJson = Type.Object({
  items: Type.Array(Type.Object({ ...TierFields, updatedBy: Type.String(), updatedAt: IsoTime })),
})

function tierRoutes(app: HttpApp, deps: FreightDeskDeps): void {
  const tiersJson = async () => ({
    items: (await readTiers(deps.db)).map(({ minSpentMinor, updatedAt, ...tier }) => ({
      ...tier,
      minSpent: minSpentMinor === null ? null : formatMoney(money(tier.currency, minSpentMinor)),
      updatedAt: formatInstant(updatedAt, deps.zone()),
    })),
  })
  app.get(
    '/api/customer-tiers',
    {
      config: read,
      schema: {
        tags,
        summary: 'Levels of customers, the highest first',
        response: { 200: TiersJson, ...problemResponses },
      },
    },
    tiersJson,
  )
  app.put(
    '/api/customer-tiers',
    {
      config: write,
      schema: {
        tags,
        summary: 'Put these levels in the place of all',
        body: Type.Object(
          {
            items: Type.Array(Type.Object(TierFields, { additionalProperties: false }), {
              maxItems: TIERS_MOST,
            }),
          },
          { additionalProperties: false },
        ),
        response: { 200: TiersJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const tiers = readAll(request.body.items)
      if (!tiers.ok) return sendRefusal(reply, tiers.refusal)
      const saved = await saveTiers(deps, actorOf(request), tiers.value)
      return saved.ok ? await tiersJson() : sendRefusal(reply, saved.refusal)
    },
  )
}

type TierAsk = Omit<CustomerTier, 'minSpentMinor'> & { readonly minSpent: string | null }

function readAll(items: readonly TierAsk[]): Result<readonly CustomerTier[]> {
  const tiers: CustomerTier[] = []
  for (const { minSpent, ...tier } of items) {
    const spent = minSpent === null ? null : parseMoney(minSpent, tier.currency)
    if (spent !== null && !spent.ok) return spent
    tiers.push({ ...tier, minSpentMinor: spent?.value.minor ?? null })
  }
  return ok(tiers)
}

const StoredJson = Type.Object({
  ...QuoteJson.properties,
  id: Type.String(),
  setId: Type.String(),
  versionId: Type.String(),
  number: Type.Integer({ description: "the version's" }),
  arm: oneOf(['live', 'gray']),
  parcels: Type.Integer(),
  jointWith: Type.Array(Type.String(), { description: 'numbers of the orders that leave with it' }),
  quotedAt: IsoTime,
})

function orderRoute(app: HttpApp, deps: FreightDeskDeps): void {
  app.get(
    '/api/orders/:id/freight',
    {
      config: { scope: 'orders:read', shops: { order: 'id' } },
      schema: {
        tags,
        summary: "An order's freight, what it is made of, and what was quoted before",
        params: Type.Object({ id: Type.String({ pattern: '^\\d{1,18}$' }) }),
        response: {
          200: Type.Object({ current: nullable(StoredJson), history: Type.Array(StoredJson) }),
          ...problemResponses,
        },
      },
    },
    async (request) => {
      const quotes = await readQuotes(deps.db, BigInt(request.params.id), HISTORY_MOST)
      const stored = quotes.map((one) => ({
        isCurrent: one.isCurrent,
        json: {
          ...quoteJson(one.quote),
          id: one.id.toString(),
          setId: one.setId.toString(),
          versionId: one.versionId.toString(),
          number: one.number,
          arm: one.arm,
          parcels: one.parcels,
          jointWith: [...one.jointWith],
          quotedAt: formatInstant(one.quotedAt, deps.zone()),
        },
      }))
      return {
        current: stored.find((one) => one.isCurrent)?.json ?? null,
        history: stored.filter((one) => !one.isCurrent).map((one) => one.json),
      }
    },
  )
}
