import { Type } from 'typebox'
import { IsoTime, nullable } from '#platform/http/schemas.ts'

const text = nullable(Type.String())
const short = Type.Optional(Type.String({ maxLength: 200 }))

export const filterFields = {
  connection: short,
  topic: short,
  verdict: short,
  state: Type.Optional(Type.String({ maxLength: 20, description: 'pending, parked or interpreted' })),
  orderNo: Type.Optional(Type.String({ maxLength: 200, description: 'order or tracking number' })),
  from: short,
  to: short,
  parkCode: short,
}

const rowFields = {
  id: Type.String({ description: '<yyyymmdd>-<number>' }),
  receivedAt: IsoTime,
  connection: Type.Object({ id: Type.String(), kind: Type.String(), name: Type.String() }),
  transport: Type.String(),
  topic: Type.String(),
  orderNo: text,
  verdict: Type.String(),
  refusalCode: text,
  refusalDetail: text,
  state: nullable(Type.String({ description: 'null: never to be interpreted' })),
  parkCode: text,
  parkDetail: text,
  responseStatus: Type.Integer(),
  latencyMs: Type.Number(),
  bytes: Type.Integer(),
}
export const MessageJson = Type.Object(rowFields, { title: 'InboundMessage' })
export const WholeMessageJson = Type.Object(
  {
    ...rowFields,
    headers: Type.Record(Type.String(), Type.String()),
    body: Type.String(),
    encoding: Type.Union([Type.Literal('utf8'), Type.Literal('base64')]),
    responseBody: Type.String(),
    subjects: Type.Array(Type.String()),
    facts: Type.Array(
      Type.Object({
        id: Type.String(),
        kind: Type.String(),
        subject: Type.String(),
        at: nullable(IsoTime),
        raw: Type.String(),
      }),
    ),
  },
  { title: 'InboundMessageDetail' },
)
export const ParkedJson = Type.Object(
  {
    code: Type.String(),
    kind: Type.String(),
    count: Type.Integer(),
    oldest: IsoTime,
    sample: Type.String({ description: 'id of the newest one' }),
  },
  { title: 'ParkedGroup' },
)
export const ReplayBody = Type.Object(
  {
    ids: Type.Optional(Type.Array(Type.String({ maxLength: 40 }), { minItems: 1, maxItems: 5_000 })),
    filter: Type.Optional(Type.Object(filterFields, { additionalProperties: false })),
  },
  { additionalProperties: false, description: 'either `ids` or `filter`' },
)
export const ReplayPreviewJson = Type.Object({
  messages: Type.Integer({ description: 'read for this preview: the newest 5,000 at most' }),
  matching: Type.Integer({ description: 'messages that the selection has; counted up to 100,000' }),
  matchingCapped: Type.Boolean({ description: 'there are more than were counted' }),
  factsAdded: Type.Integer(),
  factsRemoved: Type.Integer(),
  ordersChanged: Type.Array(
    Type.Object({ orderNo: Type.String(), from: nullable(Type.String()), to: Type.String() }),
  ),
  stillParked: Type.Integer(),
  stillParkedBy: Type.Array(Type.Object({ code: Type.String(), count: Type.Integer() })),
})
