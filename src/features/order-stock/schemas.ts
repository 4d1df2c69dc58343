import { Type } from 'typebox'
import { IsoTime, MoneyJson, nullable, oneOf } from '#platform/http/schemas.ts'
import { STOCK_STATES } from './core/decide.ts'
import { SPREADS } from './core/routes.ts'

const Id = Type.String({ pattern: '^[0-9]{1,18}$' })
export const OrderParams = Type.Object({ orderId: Id })
export const IdParams = Type.Object({ id: Id })
const Sku = Type.String()
const Code = Type.String()

export const LackJson = Type.Object({
  sku: Sku,
  wanted: Type.Integer(),
  had: Type.Integer({ description: 'at the warehouses that serve the order' }),
  available: Type.Array(Type.Object({ warehouse: Code, available: Type.Integer() })),
})

const Reason = nullable(Type.String({ description: 'why it is not locked; listed in docs/errors.md' }))

export const OrderStockJson = Type.Object({
  orderId: Type.String(),
  state: oneOf(STOCK_STATES, { description: '`none`: nothing to lock, or the hub counts no stock' }),
  code: Reason,
  since: nullable(IsoTime),
  tries: Type.Integer(),
  nextTryAt: nullable(IsoTime),
  shortage: Type.Array(LackJson),
  restored: Type.Array(Type.Object({ sku: Sku, warehouse: Code, quantity: Type.Integer() })),
  route: nullable(
    Type.Object({
      id: nullable(Type.String({ description: 'null: no rule applies, every active warehouse serves' })),
      name: Type.String(),
      warehouses: Type.Array(Code),
      spread: oneOf(SPREADS),
    }),
  ),
  holds: Type.Array(
    Type.Object({
      id: Type.String(),
      key: Type.String(),
      state: oneOf(['held', 'released', 'committed']),
      createdAt: IsoTime,
      deadlineAt: IsoTime,
      heartbeatAt: IsoTime,
      lines: Type.Array(
        Type.Object({
          sku: Sku,
          warehouse: Code,
          warehouseName: Type.String(),
          quantity: Type.Integer(),
          open: Type.Integer(),
          committed: Type.Integer(),
        }),
      ),
    }),
  ),
})

export const UnlockedJson = Type.Object({
  orderId: Type.String(),
  orderNo: Type.String(),
  connection: Type.Object({ id: Type.String(), name: Type.String() }),
  state: oneOf(['waiting', 'short']),
  code: Reason,
  shortage: Type.Array(LackJson),
  since: IsoTime,
  tries: Type.Integer(),
  nextTryAt: nullable(IsoTime),
})

const Pieces = Type.Object({ sku: Sku, warehouse: Code, quantity: Type.Integer() })
export const RemedyJson = Type.Object({
  holdId: Type.String(),
  owner: Type.Object({ kind: Type.String(), id: Type.String(), reference: Type.String() }),
  reason: Type.String(),
  createdAt: IsoTime,
  deadlineAt: IsoTime,
  frees: Type.Array(Pieces, { description: 'of what is lacking' }),
  lines: Type.Array(Pieces, { description: 'all that releasing it frees' }),
  overdue: Type.Boolean(),
  servedElsewhere: Type.Boolean({ description: 'its order could be locked from other warehouses right now' }),
  minutesLeft: nullable(Type.Integer({ description: 'until its promise breaks; negative: broken' })),
  penalty: nullable(MoneyJson),
  paid: nullable(MoneyJson),
  blocked: nullable(oneOf(['packed', 'other_owner'])),
})
export const RemediesJson = Type.Object({
  shortage: Type.Array(LackJson),
  holds: Type.Array(RemedyJson, { description: 'the cheapest to release first, 50 at most' }),
  plan: nullable(
    Type.Array(Type.String(), { description: 'ids of holds that together free enough; null: none do' }),
  ),
})
export const TakeBody = Type.Object(
  { holds: Type.Array(Id, { minItems: 1, maxItems: 20, uniqueItems: true }) },
  { additionalProperties: false },
)
export const TakenJson = Type.Object({
  orders: Type.Array(
    Type.Object({
      orderId: Type.String(),
      state: oneOf(STOCK_STATES),
      code: Reason,
      shortage: Type.Array(LackJson),
    }),
  ),
})

const WarehouseCode = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$' })
export const RouteBody = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 80 }),
    kind: Type.String({ minLength: 1, maxLength: 60, description: 'kind of channel, or `*`' }),
    connectionId: nullable(Type.String({ minLength: 1, maxLength: 100 })),
    warehouses: Type.Array(WarehouseCode, {
      minItems: 1,
      maxItems: 100,
      description: 'the first that can goes first',
    }),
    spread: oneOf(SPREADS, {
      description:
        '`never`: one warehouse for the order; `lines`: one per line; `units`: pieces of a line from several',
    }),
    drawSafety: Type.Boolean({ description: 'whether paid orders may use safety stock' }),
    active: Type.Boolean(),
  },
  { additionalProperties: false },
)
export const RouteJson = Type.Object({
  id: Type.String(),
  name: Type.String(),
  kind: Type.String(),
  connectionId: nullable(Type.String()),
  connectionName: nullable(Type.String()),
  warehouses: Type.Array(Code),
  spread: oneOf(SPREADS),
  drawSafety: Type.Boolean(),
  active: Type.Boolean(),
  updatedBy: Type.String(),
  updatedAt: IsoTime,
})
export const PreviewBody = Type.Object(
  { id: nullable(Id), route: RouteBody },
  { additionalProperties: false },
)
export const PreviewJson = Type.Object({
  orders: Type.Integer({ description: 'waiting and not yet packed, 1,000 at most' }),
  capped: Type.Boolean(),
  warehouses: Type.Array(Type.Object({ code: Code, now: Type.Integer(), tried: Type.Integer() })),
  shortNow: Type.Integer(),
  shortTried: Type.Integer(),
  moved: Type.Integer(),
  sample: Type.Array(
    Type.Object({
      orderId: Type.String(),
      orderNo: Type.String(),
      now: Type.Array(Code),
      tried: Type.Array(Code),
    }),
  ),
})
