import { Type } from 'typebox'
import { IsoTime, nullable, oneOf } from '#platform/http/schemas.ts'

const time = nullable(IsoTime)
const text = nullable(Type.String())
export const STATES = ['wanted', 'asking', 'review', 'issued', 'cancelling', 'cancelled', 'void'] as const
export const WordsJson = Type.Object({ zh: Type.String(), en: Type.String() })

export const WaybillJson = Type.Object(
  {
    id: Type.String(),
    reference: Type.String({ description: 'ours, the carrier’s idempotency key' }),
    parcelNo: Type.String(),
    orderId: Type.String({ description: 'the order that its parcels are kept under' }),
    orderNos: Type.Array(Type.String()),
    warehouse: text,
    accountId: text,
    accountName: text,
    connection: text,
    carrier: text,
    service: text,
    pieces: Type.Integer(),
    state: oneOf(STATES),
    trackingNo: text,
    childNos: Type.Array(Type.String()),
    document: nullable(oneOf(['pdf', 'png', 'zpl', 'sealed'])),
    code: text,
    detail: text,
    words: WordsJson,
    attempts: Type.Integer(),
    because: Type.String(),
    wantedAt: IsoTime,
    issuedAt: time,
    printedAt: time,
    cancelledAt: time,
    updatedAt: IsoTime,
  },
  { title: 'Waybill' },
)
export const WaybillDetailJson = Type.Object(
  {
    waybill: WaybillJson,
    events: Type.Array(
      Type.Object({
        id: Type.String(),
        at: IsoTime,
        what: Type.String(),
        actor: Type.String(),
        words: Type.String(),
        detail: Type.Unknown(),
      }),
    ),
  },
  { title: 'WaybillDetail' },
)
export const CountsJson = Type.Object({
  states: Type.Record(Type.String(), Type.Integer()),
  unprinted: Type.Integer(),
  reasons: Type.Array(
    Type.Object({ code: Type.String(), carrier: text, count: Type.Integer(), words: WordsJson }),
  ),
})

const Name = Type.String({ minLength: 1, maxLength: 60, pattern: '\\S' })
export const Reason = Type.String({ minLength: 2, maxLength: 300, pattern: '\\S' })
export const AccountId = Type.Optional(nullable(Type.String({ pattern: '^\\d{1,18}$' })))
export const Pieces = Type.Optional(nullable(Type.Integer({ minimum: 1, maximum: 50 })))

export const AccountBody = Type.Object(
  {
    connectionId: Type.String({ minLength: 1, maxLength: 100 }),
    carrier: Type.String({ minLength: 1, maxLength: 20, description: 'canonical carrier code' }),
    name: Name,
    service: nullable(Type.String({ maxLength: 60 })),
    settings: Type.Record(Type.String({ maxLength: 60 }), Type.String({ maxLength: 4_000 })),
    warehouses: Type.Array(Type.String({ maxLength: 40 }), { maxItems: 200 }),
    priority: Type.Integer({ minimum: 0, maximum: 10_000 }),
    mode: oneOf(['auto', 'by_hand']),
    active: Type.Boolean(),
  },
  { additionalProperties: false },
)
export const AccountJson = Type.Object(
  {
    id: Type.String(),
    connectionId: Type.String(),
    connectionName: text,
    connectorKind: text,
    carrier: Type.String(),
    name: Type.String(),
    service: text,
    settings: Type.Record(Type.String(), Type.String()),
    warehouses: Type.Array(Type.String()),
    priority: Type.Integer(),
    mode: oneOf(['auto', 'by_hand']),
    active: Type.Boolean(),
    isAway: Type.Boolean({ description: 'its connection is paused, gone, or makes no waybills' }),
    numbers: nullable(oneOf(['per_order', 'balance', 'segment'])),
    blockedCode: text,
    blockedAt: time,
    left: nullable(Type.Integer({ description: 'numbers left, where they are counted' })),
    isLow: Type.Boolean(),
    issuedToday: Type.Integer(),
    refusedToday: Type.Integer(),
    updatedBy: Type.String(),
    updatedAt: IsoTime,
  },
  { title: 'CarrierAccount' },
)
const FieldJson = Type.Object({
  name: Type.String(),
  zh: Type.String(),
  en: Type.String(),
  secret: Type.Boolean(),
  required: Type.Boolean(),
  default: text,
  options: nullable(Type.Array(Type.String())),
  hint: nullable(WordsJson),
})
export const MakersJson = Type.Object({
  items: Type.Array(
    Type.Object({
      connectionId: Type.String(),
      connectionName: Type.String(),
      kind: Type.String(),
      carriers: Type.Array(Type.Object({ code: Type.String(), name: Type.String() })),
      numbers: oneOf(['per_order', 'balance', 'segment']),
      piecesMost: Type.Integer(),
      opens: Type.Array(Type.String()),
      services: Type.Array(Type.Object({ code: Type.String(), zh: Type.String(), en: Type.String() })),
      fields: Type.Array(FieldJson),
    }),
  ),
})

const contact = {
  name: Type.String({ maxLength: 60 }),
  phone: Type.String({ maxLength: 30 }),
  company: Type.String({ maxLength: 100 }),
  country: Type.String({ pattern: '^[A-Z]{2}$' }),
  province: Type.String({ maxLength: 60 }),
  city: Type.String({ maxLength: 60 }),
  district: Type.String({ maxLength: 60 }),
  address: Type.String({ maxLength: 200 }),
  postalCode: Type.String({ maxLength: 20 }),
}
export const SenderBody = Type.Object(contact, { additionalProperties: false })
export const SenderJson = Type.Object(
  {
    warehouse: Type.String(),
    warehouseName: Type.String(),
    ...contact,
    isComplete: Type.Boolean(),
    updatedBy: text,
    updatedAt: time,
  },
  { title: 'Sender' },
)
