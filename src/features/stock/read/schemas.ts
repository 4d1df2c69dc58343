import { Type } from 'typebox'
import { HOLD_KINDS, HOLD_STATES, OWNER_KINDS, SKU_MOST } from '#domain/stock.ts'
import { formatInstant } from '#kernel/instant.ts'
import { IsoTime, MoneyJson, nullable, oneOf } from '#platform/http/schemas.ts'
import { WHYS } from './core/why-held.ts'
import { type SkuLevels, sellableAt } from './read-levels.ts'
import type { LevelRow, MovementRow, QuotaRow } from './store.ts'

// What the pages of stock are told, and how rows become it.

export const Sku = Type.String({ minLength: 1, maxLength: SKU_MOST })
export const Warehouse = Type.String({ minLength: 1, maxLength: 40 })
const Figure = Type.Integer()

export const LevelJson = Type.Object(
  {
    sku: Type.String(),
    warehouse: Type.Object({ code: Type.String(), name: Type.String() }),
    physical: Figure,
    locked: Figure,
    reserved: Figure,
    inTransit: Figure,
    safety: Figure,
    available: Type.Integer({ description: 'negative where the warehouse has less than is held' }),
    sellable: Type.Integer({
      description: 'available less safety, never below nothing; 0 where the warehouse is inactive',
    }),
    transitCounts: Type.Boolean({ description: 'goods on the way are part of `available`' }),
    figures: oneOf(['own', 'captured']),
    active: Type.Boolean(),
    sourceQuantity: nullable(
      Type.Integer({ description: "captured: what the warehouse's own system said last" }),
    ),
    unseenOut: Type.Integer({ description: 'left here, not yet seen to be gone there' }),
    updatedAt: IsoTime,
  },
  { title: 'StockLevel' },
)

export const SkuJson = Type.Object(
  {
    sku: Type.String(),
    title: nullable(Type.String({ description: 'what some order line calls it' })),
    totals: Type.Object({
      physical: Figure,
      locked: Figure,
      reserved: Figure,
      inTransit: Figure,
      safety: Figure,
      available: Type.Integer({ description: 'as each warehouse counts goods on the way' }),
      onHand: Type.Integer({ description: 'goods on the way left out everywhere' }),
      withTransit: Type.Integer({ description: 'goods on the way counted everywhere' }),
      sellable: Figure,
      negative: Type.Integer({
        description: 'SKUs of which a warehouse has less than is held, or less than nothing',
      }),
    }),
    short: Type.Object({ orders: Figure, pieces: Figure }, { description: 'orders that lack it' }),
    places: Type.Array(LevelJson),
  },
  { title: 'SkuStock' },
)

export function levelToJson(row: LevelRow, zone: string) {
  return {
    sku: row.sku,
    warehouse: { code: row.warehouse, name: row.warehouse_name },
    physical: row.physical,
    locked: row.locked,
    reserved: row.reserved,
    inTransit: row.in_transit,
    safety: row.safety,
    available: row.available,
    sellable: sellableAt(row),
    transitCounts: row.transit_counts,
    figures: row.figures,
    active: row.active,
    sourceQuantity: row.source_quantity,
    unseenOut: row.unseen_out,
    updatedAt: formatInstant(row.updated_at, zone),
  }
}

export function skuToJson({ places, short, totals, ...one }: SkuLevels, zone: string) {
  return {
    ...one,
    short: { ...short },
    totals: { ...totals },
    places: places.map((row) => levelToJson(row, zone)),
  }
}

export const QuotaJson = Type.Object(
  {
    sku: Type.String(),
    warehouse: Type.Object({ code: Type.String(), name: Type.String() }),
    channel: Type.Object({ id: Type.String(), name: Type.String() }),
    granted: Figure,
    leftOver: Type.Integer({ description: 'not drawn by a lock yet; stands in `reserved`' }),
    updatedBy: Type.String(),
    updatedAt: IsoTime,
  },
  { title: 'StockQuota' },
)

export function quotaToJson(row: QuotaRow, zone: string) {
  return {
    sku: row.sku,
    warehouse: { code: row.warehouse, name: row.warehouse_name },
    channel: { id: row.channel, name: row.channel_name ?? row.channel },
    granted: row.granted,
    leftOver: row.left_over,
    updatedBy: row.updated_by,
    updatedAt: formatInstant(row.updated_at, zone),
  }
}

export const MovementJson = Type.Object(
  {
    id: Type.String(),
    at: IsoTime,
    sku: Type.String(),
    warehouse: Type.String(),
    cause: Type.String(),
    physical: Type.Integer({ description: 'signed, as every part' }),
    locked: Figure,
    reserved: Figure,
    inTransit: Figure,
    safety: Figure,
    availableAfter: Figure,
    holdId: nullable(Type.String()),
    holdFor: nullable(Type.Object({ kind: Type.String(), id: Type.String(), reference: Type.String() })),
    actor: Type.String(),
    evidence: Type.Unknown(),
  },
  { title: 'StockMovement' },
)

export function movementToJson(row: MovementRow, zone: string) {
  return {
    id: row.id.toString(),
    at: formatInstant(row.at, zone),
    sku: row.sku,
    warehouse: row.warehouse,
    cause: row.cause,
    physical: row.physical,
    locked: row.locked,
    reserved: row.reserved,
    inTransit: row.in_transit,
    safety: row.safety,
    availableAfter: row.available_after,
    holdId: row.hold_id?.toString() ?? null,
    holdFor:
      row.owner_kind === null
        ? null
        : { kind: row.owner_kind, id: row.owner ?? '', reference: row.reference ?? '' },
    actor: row.actor,
    evidence: row.evidence ?? null,
  }
}

export const HoldLineJson = Type.Object({
  sku: Type.String(),
  warehouse: Type.Object({ code: Type.String(), name: Type.String() }),
  quantity: Figure,
  open: Figure,
  committed: Figure,
  fromQuota: Figure,
  available: nullable(Type.Integer({ description: 'at that place now' })),
})

export const HoldJson = Type.Object(
  {
    id: Type.String(),
    key: Type.String(),
    kind: oneOf(HOLD_KINDS),
    state: oneOf(HOLD_STATES),
    owner: Type.Object({ kind: oneOf(OWNER_KINDS), id: Type.String(), reference: Type.String() }),
    channel: nullable(Type.Object({ id: Type.String(), name: Type.String() })),
    reason: Type.String(),
    actor: Type.String(),
    createdAt: IsoTime,
    deadlineAt: IsoTime,
    heartbeatAt: IsoTime,
    heartbeatAgeSeconds: Type.Integer(),
    overdueSeconds: Type.Integer({ description: 'past its deadline; 0: not yet' }),
    onDeadline: oneOf(['ask', 'release']),
    endedAt: nullable(IsoTime),
    endedBy: nullable(Type.String()),
    endedReason: nullable(Type.String()),
    why: oneOf(WHYS),
    order: nullable(
      Type.Object({
        id: Type.String(),
        orderNo: Type.String(),
        status: Type.String(),
        promiseDueAt: nullable(IsoTime),
      }),
    ),
    unlockRequest: nullable(
      Type.String({ description: 'id of the request to free it that waits for a decision' }),
    ),
    lines: Type.Array(HoldLineJson),
  },
  { title: 'StockHold' },
)

export const OrderFaceJson = Type.Object({
  id: Type.String(),
  orderNo: Type.String(),
  status: Type.String(),
  shop: Type.String(),
  title: nullable(Type.String()),
  paidAt: nullable(IsoTime),
  payable: nullable(MoneyJson),
  promiseDueAt: nullable(IsoTime),
  penalty: nullable(MoneyJson),
  waybills: Type.Array(Type.Object({ trackingNo: Type.String(), status: Type.String() })),
})
