import { Type } from 'typebox'
import { PIECES_MOST, SKU_MOST } from '#domain/stock.ts'
import type { FeedChange } from '#domain/stock-feed.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { nullable, oneOf, problemResponses } from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import { TOLD_OUTCOMES } from './apply-changes.ts'
import { type PushDeps, pushChanges } from './push-changes.ts'

const CHANGES_MOST = 1_000
const pieces = (description: string) =>
  Type.Integer({ minimum: -PIECES_MOST, maximum: PIECES_MOST, description })
const place = {
  warehouse: Type.String({
    minLength: 1,
    maxLength: 100,
    description: "the hub's code; with `feed` the feed's own",
  }),
  sku: Type.String({ minLength: 1, maxLength: SKU_MOST }),
  reference: Type.Optional(Type.String({ maxLength: 100, description: 'order or document that it is for' })),
}
const Level = Type.Object(
  {
    ...place,
    quantity: pieces('pieces that are there'),
    version: Type.Optional(
      Type.String({
        pattern: '^\\d{1,18}$',
        description:
          'grows with every change of the row, the same on every channel; without it the last to arrive counts',
      }),
    ),
  },
  { additionalProperties: false, title: 'StockLevelChange' },
)
const Movement = Type.Object(
  {
    ...place,
    delta: pieces('pieces come (+) or gone (-)'),
    id: Type.String({
      minLength: 1,
      maxLength: 120,
      description: "the movement's own, the same on every channel",
    }),
  },
  { additionalProperties: false, title: 'StockMovementChange' },
)
const Body = Type.Object(
  {
    feed: Type.Optional(Type.String({ minLength: 1, maxLength: 100, description: 'name of a live feed' })),
    changes: Type.Array(Type.Union([Level, Movement]), { minItems: 1, maxItems: CHANGES_MOST }),
  },
  { additionalProperties: false },
)
const ToldJson = Type.Object({
  outcome: oneOf(TOLD_OUTCOMES, {
    description:
      'older, repeated: known already; conflict: this version said another figure; disputed: its place waits for a person; ignored: an unknown SKU',
  }),
  physical: Type.Integer({ description: 'by how much the ledger changed' }),
  available: nullable(Type.Integer()),
  code: nullable(Type.String()),
  detail: nullable(Type.String()),
})

/** Where a warehouse's system, or a middleware, tells the hub of its stock by itself. */
export function pushRoutes(app: HttpApp, deps: PushDeps): void {
  app.post(
    '/api/v1/stock/changes',
    {
      config: { scope: 'stock:write' },
      bodyLimit: 2_097_152,
      schema: {
        tags: ['capture'],
        summary: 'Report stock figures or movements of a warehouse; safe to send again',
        body: Body,
        response: {
          200: Type.Object({
            results: Type.Array(ToldJson, { description: 'in the order of the changes' }),
          }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const { feed, changes } = request.body
      const told = await pushChanges(deps, actorOf(request), feed ?? null, changes.map(toChange))
      return told.ok ? { results: told.value.map((one) => ({ ...one })) } : sendRefusal(reply, told.refusal)
    },
  )
}

type Given = {
  readonly warehouse: string
  readonly sku: string
  readonly reference?: string
  readonly quantity?: number
  readonly version?: string
  readonly delta?: number
  readonly id?: string
}

function toChange(given: Given): FeedChange {
  const { warehouse, sku } = given
  const reference = given.reference ?? null
  if (given.delta !== undefined)
    return { kind: 'movement', warehouse, sku, delta: given.delta, id: given.id ?? '', reference }
  const version = given.version === undefined ? null : BigInt(given.version)
  return { kind: 'level', warehouse, sku, quantity: given.quantity ?? 0, version, reference, removed: false }
}
