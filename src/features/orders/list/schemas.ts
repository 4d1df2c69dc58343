import { Type } from 'typebox'
import { IsoTime, MoneyJson, nullable, pageQuery, SourceTimeJson } from '#platform/http/schemas.ts'
import { BULK_ACTIONS } from './core/bulk.ts'

const Many = Type.Union([
  Type.String({ maxLength: 2_000 }),
  Type.Array(Type.String({ maxLength: 200 }), { maxItems: 100 }),
])
const Flag = Type.Union([Type.Boolean(), Type.Integer(), Type.String({ maxLength: 5 })], {
  description: '`1` switches it on',
})

/** The list's filters; the same in a query string, a saved view, a bulk action and an export. */
export const filterFields = {
  view: Type.Optional(Type.String({ maxLength: 50, description: 'id of a preset view' })),
  status: Type.Optional(Many),
  connection: Type.Optional(Many),
  q: Type.Optional(
    Type.String({ maxLength: 60_000, description: 'a text, or up to 1,000 order or tracking numbers' }),
  ),
  from: Type.Optional(Type.String({ maxLength: 40, description: 'day of the hub zone, or instant' })),
  to: Type.Optional(
    Type.String({ maxLength: 40, description: 'day of the hub zone (included), or instant (excluded)' }),
  ),
  report: Type.Optional(Many),
  drift: Type.Optional(Flag),
  unmatched: Type.Optional(Flag),
  afterSale: Type.Optional(Flag),
  overdue: Type.Optional(Flag),
  sort: Type.Optional(Type.String({ maxLength: 20, description: 'sortAt, -sortAt, shipBy or -shipBy' })),
}
export const FilterJson = Type.Object(filterFields, { title: 'OrderFilter', additionalProperties: false })
export const ListQuery = Type.Object({ ...filterFields, ...pageQuery })

const text = nullable(Type.String())
const time = nullable(IsoTime)
const Named = Type.Object({ id: Type.String(), kind: Type.String(), name: Type.String() })

const rowFields = {
  id: Type.String(),
  orderNo: Type.String(),
  connection: Named,
  status: Type.String(),
  afterSale: Type.String(),
  placedAt: time,
  paidAt: time,
  shippedAt: time,
  deliveredAt: time,
  shipBy: time,
  payable: nullable(MoneyJson),
  itemCount: Type.Integer(),
  parcelCount: Type.Integer(),
  unmatchedLines: Type.Integer(),
  driftCount: Type.Integer(),
  report: Type.String(),
  region: text,
  recipientMasked: text,
  buyerNote: text,
  sellerNote: text,
  firstTitle: text,
  trackingNos: Type.Array(Type.String()),
  promise: nullable(
    Type.Object(
      {
        dueAt: IsoTime,
        warnAt: IsoTime,
        keeps: Type.String(),
        state: Type.String(),
        penalty: nullable(MoneyJson),
      },
      { description: 'the open promise that falls due first' },
    ),
  ),
  stock: nullable(
    Type.Object(
      { state: Type.String(), code: nullable(Type.String()) },
      { description: 'how its stock stands; null: the hub never looked at it' },
    ),
  ),
  updatedAt: IsoTime,
}
export const OrderRowJson = Type.Object(rowFields, { title: 'OrderRow' })

export const DriftJson = Type.Object(
  {
    field: Type.String(),
    cause: Type.String(),
    since: time,
    until: time,
    claims: Type.Array(Type.Object({ source: Type.String(), says: Type.String(), at: time })),
  },
  { title: 'Drift' },
)

const PackedLine = Type.Object({ lineId: Type.String(), quantity: Type.Integer() })
export const OrderDetailJson = Type.Object(
  {
    ...rowFields,
    lines: Type.Array(
      Type.Object({
        lineId: Type.String(),
        shopSku: Type.String(),
        stockSku: text,
        title: Type.String(),
        spec: text,
        quantity: Type.Integer(),
        unitPrice: MoneyJson,
        paid: nullable(MoneyJson),
        gift: Type.Boolean(),
      }),
    ),
    totals: Type.Unknown({ description: 'goods, shipping, discount, payable and the discounts, or null' }),
    recipient: nullable(Type.String({ description: 'masked' })),
    notes: Type.Unknown(),
    buyer: Type.Unknown(),
    parcels: Type.Array(
      Type.Object({
        trackingNo: Type.String(),
        carrier: text,
        carrierName: text,
        status: Type.String({ description: 'stage, or `void` after a cancelled waybill' }),
        trouble: Type.Boolean(),
        waybillId: text,
        batchNo: text,
        deviceId: text,
        issuedAt: time,
        dispatchedAt: time,
        pickedUpAt: time,
        deliveredAt: time,
        lines: Type.Array(PackedLine),
        facts: Type.Integer(),
      }),
    ),
    timeline: Type.Array(
      Type.Object({
        id: Type.String(),
        kind: Type.String(),
        subject: Type.String(),
        at: SourceTimeJson,
        receivedAt: IsoTime,
        source: Named,
        code: Type.String(),
        detail: Type.Unknown(),
        messageId: Type.String(),
      }),
    ),
    drift: Type.Array(DriftJson),
    intents: Type.Array(
      Type.Object({
        id: Type.String(),
        effect: Type.String(),
        state: Type.String(),
        attempts: Type.Integer(),
        lastCode: text,
        lastDetail: text,
        updatedAt: IsoTime,
      }),
    ),
    promises: Type.Array(
      Type.Object({
        source: Type.String({ description: '`rule:<id>`, `platform:ship_by` or `platform:deliver_by`' }),
        ruleName: text,
        keeps: Type.String(),
        startsAt: time,
        dueAt: IsoTime,
        warnAt: IsoTime,
        keptAt: time,
        state: Type.String(),
        penalty: nullable(MoneyJson),
      }),
    ),
    explain: Type.Array(Type.Object({ zh: Type.String(), en: Type.String() })),
  },
  { title: 'OrderDetail' },
)

export const ViewJson = Type.Object(
  {
    id: Type.String(),
    group: Type.Union([Type.Literal('normal'), Type.Literal('abnormal'), Type.Literal('mine')]),
    zh: Type.String(),
    en: Type.String(),
    filter: Type.Unknown({ description: 'parameters of the list' }),
    count: Type.Integer(),
    capped: Type.Boolean({ description: 'there are more than `count`' }),
  },
  { title: 'OrderView' },
)

export const RecipientJson = Type.Object(
  {
    name: Type.String(),
    phone: Type.String(),
    country: Type.String(),
    province: Type.String(),
    city: Type.String(),
    district: Type.String(),
    address: Type.String(),
    postalCode: Type.String(),
    ciphertext: Type.Boolean(),
  },
  { title: 'Recipient' },
)

export const BulkBody = Type.Object(
  {
    ids: Type.Optional(
      Type.Array(Type.String({ pattern: '^\\d{1,18}$' }), { minItems: 1, maxItems: 10_000 }),
    ),
    filter: Type.Optional(FilterJson),
    action: Type.Union(BULK_ACTIONS.map((action) => Type.Literal(action))),
  },
  { additionalProperties: false, description: 'either `ids` or `filter`' },
)
const Chosen = Type.Object({ id: Type.String(), orderNo: Type.String() })
export const BulkPreviewJson = Type.Object({
  willChange: Type.Integer(),
  skipped: Type.Array(
    Type.Object({ id: Type.String(), orderNo: Type.String(), code: Type.String(), detail: Type.String() }),
  ),
  skippedTotal: Type.Integer({ description: '`skipped` shows the first 200' }),
  sample: Type.Array(Chosen),
})
export const BulkAnswerJson = Type.Union([
  Type.Object({ jobId: Type.String() }),
  Type.Object({ done: Type.Integer() }),
])
export const ExportBody = Type.Object(
  {
    filter: FilterJson,
    columns: Type.Optional(Type.Array(Type.String({ maxLength: 40 }), { minItems: 1, maxItems: 40 })),
    locale: Type.Optional(Type.Union([Type.Literal('zh'), Type.Literal('en')])),
  },
  { additionalProperties: false },
)
export const IdParams = Type.Object({ id: Type.String({ pattern: '^\\d{1,18}$' }) })
