import { Type } from 'typebox'
import { HOLD_STATES, OWNER_KINDS, PIECES_MOST, SKU_MOST } from '#domain/stock.ts'
import { IsoTime, nullable, oneOf } from '#platform/http/schemas.ts'
import { KEY_MOST, TTL_MOST_SECONDS } from '../core/decide-lock.ts'
import { DEADLINE_MOST_MS, DEADLINE_MS } from '../postgres-engine.ts'

export const ORDERS_MOST = 500
const Sku = Type.String({ minLength: 1, maxLength: SKU_MOST })
const Warehouse = Type.String({ minLength: 1, maxLength: 40 })
const Pieces = Type.Integer({ minimum: 1, maximum: PIECES_MOST })
const Key = Type.String({
  minLength: 1,
  maxLength: KEY_MOST,
  pattern: '^(?!hub:)[^\\p{Cc}\\p{Cs}]*$',
  description:
    "the caller's own, one per order: the same key for the same demand is the same hold, however often it is asked",
})
export const TimeoutMs = Type.Optional(
  Type.Integer({
    minimum: 1,
    maximum: DEADLINE_MOST_MS,
    default: DEADLINE_MS,
    description:
      'milliseconds within which the answer is wanted; later it is INV_LOCK_TIMEOUT and nothing stays locked',
  }),
)
const strict = { additionalProperties: false } as const

export const OrderBody = Type.Object(
  {
    key: Key,
    orderNo: Type.Optional(Type.String({ maxLength: 200, description: 'what people call it' })),
    channel: Type.Optional(
      Type.String({
        maxLength: 100,
        description: "id of the channel's connection, whose quota may be drawn",
      }),
    ),
    reason: Type.Optional(Type.String({ maxLength: 200 })),
    lines: Type.Array(
      Type.Object(
        {
          sku: Sku,
          quantity: Pieces,
          warehouse: Type.Optional(Warehouse),
        },
        strict,
      ),
      { minItems: 1, maxItems: 1_000 },
    ),
    warehouses: Type.Optional(
      Type.Array(Warehouse, {
        maxItems: 50,
        description: 'for lines without a warehouse: where to look, the first goes first',
      }),
    ),
    spread: Type.Optional(oneOf(['never', 'lines', 'units'])),
    drawSafety: Type.Optional(Type.Boolean({ description: 'safety stock may be used' })),
    ttlSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: TTL_MOST_SECONDS })),
    onDeadline: Type.Optional(oneOf(['ask', 'release'])),
  },
  strict,
)
export const LockBody = Type.Object(
  { orders: Type.Array(OrderBody, { minItems: 1, maxItems: ORDERS_MOST }), timeoutMs: TimeoutMs },
  strict,
)

const PartLines = Type.Optional(
  Type.Array(Type.Object({ sku: Sku, warehouse: Warehouse, quantity: Pieces }, strict), {
    minItems: 1,
    maxItems: 1_000,
    description: 'a part of the hold; all that is open unless given',
  }),
)
export const EndBody = Type.Object(
  {
    items: Type.Array(
      Type.Object(
        {
          key: Key,
          lines: PartLines,
          requestKey: Type.Optional(
            Type.String({
              minLength: 1,
              maxLength: 150,
              description: 'demanded with lines: the same part under the same key takes effect once',
            }),
          ),
          reason: Type.Optional(Type.String({ maxLength: 200 })),
        },
        strict,
      ),
      { minItems: 1, maxItems: ORDERS_MOST },
    ),
    timeoutMs: TimeoutMs,
  },
  strict,
)
export const RenewBody = Type.Object(
  {
    items: Type.Array(
      Type.Object(
        { key: Key, ttlSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: TTL_MOST_SECONDS })) },
        strict,
      ),
      { minItems: 1, maxItems: ORDERS_MOST },
    ),
    timeoutMs: TimeoutMs,
  },
  strict,
)

export const HoldJson = Type.Object(
  {
    id: Type.String(),
    key: Type.String(),
    state: oneOf(HOLD_STATES),
    owner: Type.Object({ kind: oneOf(OWNER_KINDS), id: Type.String(), reference: Type.String() }),
    channel: nullable(Type.String()),
    reason: Type.String(),
    createdAt: IsoTime,
    deadlineAt: IsoTime,
    heartbeatAt: IsoTime,
    onDeadline: oneOf(['ask', 'release']),
    lines: Type.Array(
      Type.Object({
        sku: Type.String(),
        warehouse: Type.String(),
        quantity: Type.Integer(),
        open: Type.Integer(),
        committed: Type.Integer(),
      }),
    ),
  },
  { title: 'StockHold' },
)
export const ShortJson = Type.Object({
  sku: Type.String(),
  warehouse: nullable(Type.String()),
  wanted: Type.Integer(),
  available: Type.Integer(),
  elsewhere: Type.Array(Type.Object({ warehouse: Type.String(), available: Type.Integer() })),
})
export const ResultJson = Type.Object({
  key: Type.String(),
  outcome: oneOf(['done', 'refused']),
  /** Done before under this key: nothing happened again. */
  repeated: Type.Boolean(),
  code: nullable(Type.String()),
  detail: nullable(Type.String()),
  short: Type.Array(ShortJson),
  hold: nullable(HoldJson),
})
export const ResultsJson = Type.Object({
  done: Type.Integer(),
  refused: Type.Integer(),
  results: Type.Array(ResultJson),
})

export const AvailableJson = Type.Object({
  items: Type.Array(
    Type.Object({
      sku: Type.String(),
      warehouse: Type.String(),
      physical: Type.Integer(),
      locked: Type.Integer(),
      reserved: Type.Integer(),
      inTransit: Type.Integer(),
      safety: Type.Integer(),
      available: Type.Integer({
        description: 'as the warehouse counts it, with or without goods on their way',
      }),
      availableWithTransit: Type.Integer(),
      availableWithoutTransit: Type.Integer(),
      sellable: Type.Integer({ description: 'available less safety stock, not below 0' }),
      known: Type.Boolean({ description: 'false: this warehouse has never had this SKU' }),
    }),
  ),
})
