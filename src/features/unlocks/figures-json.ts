import { type Static, Type } from 'typebox'
import { formatInstant } from '#kernel/instant.ts'
import { IsoTime, MoneyJson, nullable, oneOf } from '#platform/http/schemas.ts'
import { WARNINGS } from './core/figures.ts'
import type { Weighed } from './weigh-holds.ts'

export const FreesJson = Type.Object({
  pieces: Type.Integer(),
  lines: Type.Array(
    Type.Object({
      sku: Type.String(),
      warehouse: Type.Object({ code: Type.String(), name: Type.String() }),
      pieces: Type.Integer(),
      available: Type.Integer({ description: 'before it is freed' }),
    }),
  ),
  serves: Type.Object(
    {
      orders: Type.Integer(),
      first: Type.Array(Type.Object({ id: Type.String(), orderNo: Type.String() })),
    },
    { description: 'short orders that could have what they lack' },
  ),
})
export const EndangersJson = Type.Object({
  owner: Type.Object({ kind: Type.String(), id: Type.String(), reference: Type.String() }),
  order: nullable(
    Type.Object({
      id: Type.String(),
      orderNo: Type.String(),
      status: Type.String(),
      shop: Type.String(),
      title: nullable(Type.String()),
      payable: nullable(MoneyJson),
      promiseDueAt: nullable(IsoTime),
      promiseSeconds: nullable(Type.Integer({ description: 'left of the promise; negative: broken' })),
      penalty: nullable(MoneyJson),
      waybills: Type.Array(Type.String()),
    }),
  ),
  deadlineAt: IsoTime,
  heartbeatAt: IsoTime,
  warnings: Type.Array(oneOf(WARNINGS)),
})
export type Frees = Static<typeof FreesJson>
export type Endangers = Static<typeof EndangersJson>

const SERVED_SHOWN = 10

export function freesToJson({ figures }: Weighed): Frees {
  return {
    pieces: figures.pieces,
    lines: figures.lines.map(({ sku, warehouse, warehouseName, pieces, available }) => ({
      sku,
      warehouse: { code: warehouse, name: warehouseName },
      pieces,
      available,
    })),
    serves: {
      orders: figures.serves.length,
      first: figures.serves.slice(0, SERVED_SHOWN).map((one) => ({ ...one })),
    },
  }
}

export function endangersToJson({ hold, order, figures }: Weighed, zone: string): Endangers {
  return {
    owner: { kind: hold.ownerKind, id: hold.owner, reference: hold.reference },
    order:
      order === null
        ? null
        : {
            id: order.id.toString(),
            orderNo: order.orderNo,
            status: order.status,
            shop: order.shop,
            title: order.title,
            payable: order.payable,
            promiseDueAt: order.promiseDueAt === null ? null : formatInstant(order.promiseDueAt, zone),
            promiseSeconds: figures.promiseSeconds,
            penalty: order.penalty,
            waybills: order.parcels
              .filter(({ status }) => status !== 'announced' && status !== 'void')
              .map(({ trackingNo }) => trackingNo),
          },
    deadlineAt: formatInstant(hold.deadlineAt, zone),
    heartbeatAt: formatInstant(hold.heartbeatAt, zone),
    warnings: [...figures.warnings],
  }
}
