import { Type } from 'typebox'
import type { PlanUnit } from '#domain/fulfilment.ts'
import { formatInstant } from '#kernel/instant.ts'
import { nullable, oneOf } from '#platform/http/schemas.ts'
import type { PlanShape } from '../manual/change-plan.ts'
import { PLAN_STATES, PLAN_STEPS } from '../store.ts'

export const WordsJson = Type.Object({ zh: Type.String(), en: Type.String() })

const PieceJson = Type.Object({
  unit: Type.String({ description: 'what a person names when arranging parcels' }),
  orderId: Type.String(),
  lineId: Type.String(),
  sku: Type.String(),
  title: Type.String(),
  gift: Type.Boolean(),
  quantity: Type.Integer(),
  valueMinor: Type.String(),
  weightG: nullable(Type.Integer()),
})
/** What there is to put into parcels, where the rules have made none. */
export const UnitsJson = Type.Array(PieceJson, {
  description: 'all pieces of a plan without parcels, so that a person can arrange them; else empty',
})

export const ParcelJson = Type.Object({
  parcelNo: Type.String(),
  seq: Type.Integer(),
  warehouse: nullable(Type.String()),
  state: oneOf(['planned', 'left', 'void']),
  waits: Type.Boolean({ description: 'nothing is there for it now' }),
  reasons: Type.Array(Type.Object({ node: nullable(Type.String()), words: WordsJson })),
  pieces: Type.Array(PieceJson),
})

export const ShapeJson = Type.Object({
  orderId: Type.String(),
  orderNo: Type.String(),
  leadId: Type.String(),
  groupId: nullable(Type.String()),
  state: oneOf(PLAN_STATES),
  step: oneOf(PLAN_STEPS),
  code: nullable(Type.String()),
  words: WordsJson,
  revision: Type.Integer(),
  isManual: Type.Boolean(),
  excluded: Type.Array(Type.String()),
  plannedAt: Type.String(),
  answer: Type.Unknown({
    description: 'score, isProven, rejected alternatives, warehouses that were out, bindings, tags',
  }),
  parcels: Type.Array(ParcelJson),
})

export function unitToJson(unit: PlanUnit) {
  const { key, orderId, lineId, sku, title, gift, quantity, valueMinor, weightG } = unit
  const shared = { lineId, sku, title, gift, quantity, weightG: weightG === null ? null : weightG * quantity }
  return { unit: key, orderId: orderId.toString(), ...shared, valueMinor: valueMinor.toString() }
}

export function shapeToJson({ plan, parcels }: PlanShape, zone: string) {
  const { marks: _marks, ...answer } = plan.answer
  return {
    orderId: plan.orderId.toString(),
    orderNo: plan.orderNo,
    leadId: plan.leadId.toString(),
    groupId: plan.groupId?.toString() ?? null,
    state: plan.state,
    step: plan.step,
    code: plan.code,
    words: { ...plan.words },
    revision: plan.revision,
    isManual: plan.manual !== null,
    excluded: [...plan.excluded],
    plannedAt: formatInstant(plan.plannedAt, zone),
    answer: answer as unknown,
    parcels: parcels.map((parcel) => ({
      parcelNo: parcel.parcelNo,
      seq: parcel.seq,
      warehouse: parcel.warehouse,
      state: parcel.state,
      waits: parcel.waits,
      reasons: parcel.reasons.map(({ node, words }) => ({ node, words: { ...words } })),
      pieces: parcel.pieces.map((piece) => ({
        ...piece,
        orderId: piece.orderId.toString(),
        valueMinor: piece.valueMinor.toString(),
      })),
    })),
  }
}
