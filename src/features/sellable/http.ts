import { type Static, Type } from 'typebox'
import { formatInstant } from '#kernel/instant.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { NoContent, problemResponses } from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import { overShares, type Policy } from './core/policy.ts'
import { listingRoutes } from './listings/http.ts'
import { countListings } from './listings/store.ts'
import { checkDraft, dropPolicy, type PolicyDeps, savePolicy } from './policies/edit-policies.ts'
import { previewOf, sellableOf, type Told } from './read-sellable.ts'
import { IdParams, OverShareJson, PolicyBody, PolicyJson, SellableJson, Sku, ToldJson } from './schemas.ts'
import { setRoutes } from './sets/http.ts'
import { readPolicies } from './store.ts'

export type SellableRoutesDeps = PolicyDeps & {
  readonly zone: () => string
  readonly nameOf: (connection: string) => string
}

const READ = { scope: 'stock:read' } as const
const WRITE = { scope: 'stock:write' } as const
const tags = ['sellable']
const SKUS_AT_ONCE = 100

export function sellableRoutes(app: HttpApp, deps: SellableRoutesDeps): void {
  sellableRoute(app, deps)
  previewRoute(app, deps)
  policyRoutes(app, deps)
  policyChangeRoutes(app, deps)
  setRoutes(app, deps)
  listingRoutes(app, deps)
}

function sellableRoute(app: HttpApp, { db }: SellableRoutesDeps): void {
  app.get(
    '/api/sellable',
    {
      config: READ,
      schema: {
        tags,
        description:
          'pieces that may be sold: available less safety stock; a bundle by its parts, a gift by its main product',
        querystring: Type.Object({
          sku: Type.Union([Sku, Type.Array(Sku, { minItems: 1, maxItems: SKUS_AT_ONCE })], {
            description: 'one, or several times',
          }),
        }),
        response: { 200: Type.Object({ items: Type.Array(SellableJson) }), ...problemResponses },
      },
    },
    async (request) => {
      const { sku } = request.query
      const found = await sellableOf(db, Array.isArray(sku) ? sku : [sku])
      return { items: found.map((one) => ({ ...one, places: [...one.places], from: [...one.from] })) }
    },
  )
}

function previewRoute(app: HttpApp, deps: SellableRoutesDeps): void {
  app.post(
    '/api/sellable/preview',
    {
      config: READ,
      schema: {
        tags,
        summary: 'What each channel would be told of a SKU now, step by step',
        body: Type.Object(
          {
            sku: Sku,
            policy: Type.Optional(
              Type.Unsafe<Static<typeof PolicyBody>>({
                ...PolicyBody,
                description: 'a rule to try, in the place of the kept one of its channel and SKU',
              }),
            ),
          },
          { additionalProperties: false },
        ),
        response: {
          200: Type.Object({ sellable: SellableJson, told: Type.Array(ToldJson) }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const { sku, policy } = request.body
      const draft = policy === undefined ? null : toPolicy(policy)
      const checked = draft === null ? null : await checkDraft(deps, draft)
      if (checked !== null && !checked.ok) return sendRefusal(reply, checked.refusal)
      const { sellable, told } = await previewOf(deps.db, sku, draft)
      return {
        sellable: { ...sellable, places: [...sellable.places], from: [...sellable.from] },
        told: told.map((one) => toldToJson(one, deps.nameOf)),
      }
    },
  )
}

function toldToJson(told: Told, nameOf: (connection: string) => string): Static<typeof ToldJson> {
  return {
    connection: { id: told.connection, name: nameOf(told.connection) },
    figure: told.figure,
    aboveTruth: told.aboveTruth,
    push: told.policy.push,
    policySku: told.policy.sku,
    warehouses: [...told.policy.warehouses],
    places: [...told.sellable.places],
    steps: [...told.steps],
  }
}

function toPolicy({ connectionId, ...rest }: Static<typeof PolicyBody>): Policy {
  return { ...rest, sku: rest.sku.trim(), connection: connectionId }
}

function policyRoutes(app: HttpApp, { db, zone, nameOf, canTell }: SellableRoutesDeps): void {
  app.get(
    '/api/sellable/policies',
    {
      config: READ,
      schema: {
        tags,
        response: {
          200: Type.Object({
            items: Type.Array(PolicyJson),
            overShares: Type.Array(OverShareJson, {
              description: 'SKUs of which the channels together may sell more than there is',
            }),
          }),
          ...problemResponses,
        },
      },
    },
    async () => {
      const [policies, counts] = await Promise.all([readPolicies(db, null), countListings(db)])
      const listings = new Map<string, number>()
      for (const { connection, count } of counts)
        listings.set(connection, (listings.get(connection) ?? 0) + count)
      return {
        items: policies.map(({ connection, id, updatedBy, updatedAt, warehouses, ...rest }) => ({
          ...rest,
          id: id.toString(),
          connectionId: connection,
          connectionName: nameOf(connection),
          canTell: canTell(connection) === true,
          listings: listings.get(connection) ?? 0,
          warehouses: [...warehouses],
          updatedBy,
          updatedAt: formatInstant(updatedAt, zone()),
        })),
        overShares: overShares(policies).map((one) => ({
          ...one,
          connections: one.connections.map((id) => ({ id, name: nameOf(id) })),
        })),
      }
    },
  )
}

function policyChangeRoutes(app: HttpApp, deps: SellableRoutesDeps): void {
  const response = { 200: Type.Object({ id: Type.String() }), ...problemResponses }
  app.post(
    '/api/sellable/policies',
    { config: WRITE, schema: { tags, body: PolicyBody, response } },
    async (request, reply) => {
      const done = await savePolicy(deps, null, toPolicy(request.body), actorOf(request))
      if (!done.ok) return sendRefusal(reply, done.refusal)
      return { id: done.value.id.toString() }
    },
  )
  app.put(
    '/api/sellable/policies/:id',
    { config: WRITE, schema: { tags, params: IdParams, body: PolicyBody, response } },
    async (request, reply) => {
      const id = BigInt(request.params.id)
      const done = await savePolicy(deps, id, toPolicy(request.body), actorOf(request))
      if (!done.ok) return sendRefusal(reply, done.refusal)
      return { id: done.value.id.toString() }
    },
  )
  app.delete(
    '/api/sellable/policies/:id',
    { config: WRITE, schema: { tags, params: IdParams, response: { 204: NoContent, ...problemResponses } } },
    async (request, reply) => {
      const done = await dropPolicy(deps, BigInt(request.params.id), actorOf(request))
      if (!done.ok) return sendRefusal(reply, done.refusal)
      return reply.code(204).send(undefined)
    },
  )
}
