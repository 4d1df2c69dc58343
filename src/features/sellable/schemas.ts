import { Type } from 'typebox'
import { SKU_MOST } from '#domain/stock.ts'
import { IsoTime, nullable, oneOf } from '#platform/http/schemas.ts'
import { LISTING_STATES } from './listings/store.ts'

export const Sku = Type.String({ minLength: 1, maxLength: SKU_MOST, pattern: '^\\S(.*\\S)?$' })
export const ShopSku = Type.String({ minLength: 1, maxLength: 120, pattern: '^\\S(.*\\S)?$' })
export const Connection = Type.String({ minLength: 1, maxLength: 100 })
const Pieces = Type.Integer({ minimum: 0, maximum: 1_000_000_000 })
const Ratio = Type.Integer({ minimum: 1, maximum: 10_000 })
const Shop = Type.Object({ id: Type.String(), name: Type.String() })

export const PartJson = Type.Object({ sku: Sku, quantity: Ratio }, { additionalProperties: false })
export const BundleBody = Type.Object(
  { sku: Sku, parts: Type.Array(PartJson, { maxItems: 200 }) },
  { additionalProperties: false },
)
export const BundleJson = Type.Object(
  {
    sku: Type.String(),
    parts: Type.Array(Type.Object({ sku: Type.String(), quantity: Type.Integer() })),
    pieces: Type.Integer({ description: 'sellable now, over all active warehouses' }),
    apart: Type.Integer({ description: 'if its parts could leave from different warehouses' }),
    updatedBy: Type.String(),
    updatedAt: IsoTime,
  },
  { title: 'Bundle' },
)
const bindings = ['hard', 'soft'] as const
export const GiftBody = Type.Object(
  {
    sku: Sku,
    mainSku: Sku,
    gifts: Ratio,
    per: Ratio,
    binding: Type.Optional(
      oneOf(bindings, { description: 'hard (unless told): leaves from the warehouse of its main product' }),
    ),
  },
  { additionalProperties: false },
)
export const GiftJson = Type.Object(
  {
    sku: Type.String(),
    mainSku: Type.String(),
    gifts: Type.Integer({ description: 'so many gifts...' }),
    per: Type.Integer({ description: '...for so many pieces of the main product' }),
    binding: oneOf(bindings),
    pieces: Type.Integer({ description: 'sellable now, over all active warehouses' }),
    updatedBy: Type.String(),
    updatedAt: IsoTime,
  },
  { title: 'Gift' },
)

const policyFields = {
  connectionId: Connection,
  sku: Type.String({
    minLength: 1,
    maxLength: SKU_MOST,
    description: '`*`: every SKU without a rule of its own',
  }),
  warehouses: Type.Array(Type.String({ maxLength: 40 }), {
    maxItems: 200,
    uniqueItems: true,
    description: 'empty: every active one',
  }),
  shareBps: Type.Integer({ minimum: 0, maximum: 10_000, description: 'parts of ten thousand' }),
  floor: Pieces,
  cap: nullable(Pieces),
  zeroAt: Pieces,
  push: Type.Boolean({ description: 'whether the channel is told' }),
  active: Type.Boolean(),
}
export const PolicyBody = Type.Object(policyFields, { additionalProperties: false })
export const PolicyJson = Type.Object(
  {
    ...policyFields,
    id: Type.String(),
    connectionName: Type.String(),
    canTell: Type.Boolean({ description: 'whether this channel takes stock figures' }),
    listings: Type.Integer({ description: 'listings of the channel' }),
    updatedBy: Type.String(),
    updatedAt: IsoTime,
  },
  { title: 'ChannelPolicy' },
)
export const OverShareJson = Type.Object({
  sku: Type.String(),
  warehouse: nullable(Type.String()),
  shareBps: Type.Integer(),
  connections: Type.Array(Shop),
})
export const IdParams = Type.Object({ id: Type.String({ pattern: '^\\d{1,18}$' }) })

export const SellableJson = Type.Object(
  {
    sku: Type.String(),
    kind: oneOf(['single', 'bundle', 'gift']),
    pieces: Type.Integer(),
    apart: Type.Integer(),
    places: Type.Array(Type.Object({ warehouse: Type.String(), pieces: Type.Integer() })),
    from: Type.Array(Type.Object({ sku: Type.String(), quantity: Type.Integer(), pieces: Type.Integer() })),
  },
  { title: 'Sellable' },
)
export const ToldJson = Type.Object(
  {
    connection: Shop,
    figure: Type.Integer(),
    aboveTruth: Type.Boolean({ description: 'the floor promises pieces that are not there' }),
    push: Type.Boolean(),
    policySku: Type.String({ description: 'the rule that holds: the SKU itself, or `*`' }),
    warehouses: Type.Array(Type.String()),
    places: Type.Array(Type.Object({ warehouse: Type.String(), pieces: Type.Integer() })),
    steps: Type.Array(
      Type.Object({
        step: oneOf(['sellable', 'share', 'quota', 'zero_at', 'floor', 'cap']),
        by: Type.Integer(),
        figure: Type.Integer(),
      }),
    ),
  },
  { title: 'ToldFigure' },
)

export const Ids = Type.Record(
  Type.String({ pattern: '^[A-Za-z_]{1,40}$' }),
  Type.String({ minLength: 1, maxLength: 200 }),
  { description: "the platform's own ids of the listing; none: the platform is asked" },
)
export const State = oneOf(LISTING_STATES)
export const ListingJson = Type.Object(
  {
    connection: Shop,
    stockSku: Type.String(),
    shopSku: Type.String(),
    ids: Type.Record(Type.String(), Type.String()),
    wanted: nullable(Type.Integer({ description: 'null: the channel is not to be told' })),
    wantedAt: nullable(IsoTime),
    told: nullable(Type.Integer({ description: 'what it confirmed; null: nothing, or nobody knows' })),
    toldAt: nullable(IsoTime),
    state: State,
    code: nullable(Type.String()),
    words: Type.String({ description: "the platform's own" }),
    updatedAt: IsoTime,
  },
  { title: 'ChannelListing' },
)
export const FileErrorJson = Type.Object({
  row: Type.Integer(),
  column: Type.String(),
  code: Type.String(),
  detail: Type.String(),
})
