import { Type } from 'typebox'
import { IsoTime, nullable, oneOf } from '#platform/http/schemas.ts'
import { TRANSFER_KINDS, TRANSFER_STATES } from './core/transfer.ts'

const time = nullable(IsoTime)
const Pieces = Type.Integer({ minimum: 0, maximum: 1_000_000_000 })
const Piece = Type.Integer({ minimum: 1, maximum: 1_000_000_000 })
const Code = Type.String({ minLength: 1, maxLength: 40 })
const Channel = Type.Optional(
  nullable(Type.String({ minLength: 1, maxLength: 100, description: 'connection id: its quota' })),
)
export const Reason = Type.String({ minLength: 2, maxLength: 300, pattern: '\\S' })
export const Key = Type.Optional(
  Type.String({ minLength: 1, maxLength: 120, description: "the caller's own; the same key twice is one" }),
)
const Note = Type.Optional(Type.String({ maxLength: 500 }))
const When = Type.Optional(nullable(Type.String({ maxLength: 40, description: 'instant with offset' })))
const Line = Type.Integer({ minimum: 1, maximum: 500 })

export const NewLine = Type.Object(
  {
    sku: Type.String({ minLength: 1, maxLength: 100 }),
    quantity: Piece,
    fromChannel: Channel,
    toChannel: Channel,
  },
  { additionalProperties: false },
)
export const PreviewBody = Type.Object(
  {
    from: Code,
    to: Code,
    lines: Type.Array(NewLine, { maxItems: 500 }),
    drawSafety: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)
export const NewTransferBody = Type.Object(
  {
    key: Type.String({
      minLength: 1,
      maxLength: 120,
      description: "the caller's own; the same key is one transfer",
    }),
    from: Code,
    to: Type.String({
      minLength: 1,
      maxLength: 40,
      description: 'the same warehouse: quota moves between channels',
    }),
    lines: Type.Array(NewLine, { minItems: 1, maxItems: 500 }),
    reason: Reason,
    note: Note,
    orderId: Type.Optional(nullable(Type.String({ pattern: '^\\d{1,18}$' }))),
    expectedAt: When,
    drawSafety: Type.Optional(Type.Boolean({ description: 'safety stock at the source may leave' })),
  },
  { additionalProperties: false },
)
export const DispatchBody = Type.Object(
  {
    key: Key,
    lines: Type.Optional(
      Type.Array(Type.Object({ line: Line, quantity: Pieces }), {
        minItems: 1,
        maxItems: 500,
        description: 'left out: all that waits',
      }),
    ),
    expectedAt: When,
    note: Note,
  },
  { additionalProperties: false },
)
export const ReceiveBody = Type.Object(
  {
    key: Key,
    lines: Type.Array(Type.Object({ line: Line, good: Pieces, damaged: Pieces, lost: Pieces }), {
      minItems: 1,
      maxItems: 500,
    }),
    note: Note,
  },
  { additionalProperties: false },
)
export const EndBody = Type.Object({ key: Key, reason: Reason, note: Note }, { additionalProperties: false })
export const TurnBackBody = Type.Object(
  { key: Key, reason: Reason, note: Note, expectedAt: When },
  { additionalProperties: false },
)
export const RetryBody = Type.Object({ key: Key }, { additionalProperties: false })

const Place = Type.Object({ code: Type.String(), name: Type.String() })
const Named = nullable(Type.Object({ id: Type.String(), name: Type.String() }))
const figures = {
  quantity: Type.Integer(),
  dispatched: Type.Integer(),
  received: Type.Integer(),
  damaged: Type.Integer(),
  lost: Type.Integer(),
  returned: Type.Integer(),
}
const head = {
  id: Type.String(),
  transferNo: Type.String(),
  kind: oneOf(TRANSFER_KINDS),
  from: Place,
  to: Place,
  state: oneOf(TRANSFER_STATES),
  reason: Type.String(),
  order: nullable(Type.Object({ id: Type.String(), orderNo: Type.String() })),
  instructedAt: IsoTime,
  lockDueAt: IsoTime,
  lockedAt: time,
  lockMs: nullable(Type.Integer({ description: 'milliseconds from the instruction to the lock' })),
  flagged: Type.Boolean({ description: 'the lock did not stand in time' }),
  dispatchedAt: time,
  expectedAt: time,
  overdue: Type.Boolean(),
  endedAt: time,
  code: nullable(Type.String()),
  words: Type.String({ description: 'why the lock does not stand' }),
  tries: Type.Integer(),
  nextTryAt: time,
  createdBy: Type.String(),
}
export const TransferJson = Type.Object(
  { ...head, lines: Type.Integer(), skus: Type.String(), ...figures },
  { title: 'Transfer' },
)
export const TransferDetailJson = Type.Object(
  {
    ...head,
    note: Type.String(),
    drawSafety: Type.Boolean(),
    destinationFigures: oneOf(['own', 'captured']),
    holdId: nullable(Type.String()),
    returnOf: nullable(Type.Object({ id: Type.String(), transferNo: Type.String() })),
    returnedBy: nullable(Type.String()),
    may: Type.Array(Type.String()),
    lines: Type.Array(
      Type.Object({
        line: Type.Integer(),
        sku: Type.String(),
        fromChannel: Named,
        toChannel: Named,
        ...figures,
        onTheWay: Type.Integer(),
        waiting: Type.Integer({ description: 'at the source still' }),
      }),
    ),
    events: Type.Array(
      Type.Object({
        id: Type.String(),
        at: IsoTime,
        kind: Type.String(),
        actor: Type.String(),
        detail: Type.Record(Type.String(), Type.Unknown()),
      }),
    ),
  },
  { title: 'TransferDetail' },
)
export const CountsJson = Type.Object({
  instructed: Type.Integer(),
  locked: Type.Integer(),
  dispatched: Type.Integer(),
  partReceived: Type.Integer(),
  late: Type.Integer(),
  overdue: Type.Integer(),
  piecesOnTheWay: Type.Integer(),
})
const LevelJson = Type.Object({
  physical: Type.Integer(),
  locked: Type.Integer(),
  reserved: Type.Integer(),
  inTransit: Type.Integer(),
  safety: Type.Integer(),
  available: Type.Integer(),
  free: Type.Integer({ description: 'what a transfer may take: available without safety stock' }),
})
export const PreviewJson = Type.Object({
  ok: Type.Boolean(),
  lines: Type.Array(
    Type.Object({
      sku: Type.String(),
      quantity: Type.Integer({ description: 'of all lines with this SKU' }),
      source: nullable(LevelJson),
      destination: nullable(LevelJson),
      lacks: Type.Integer({ description: 'pieces that are not there to take' }),
      quotas: Type.Array(
        Type.Object({
          channel: Type.String(),
          warehouse: Type.String(),
          granted: Type.Integer(),
          leftOver: Type.Integer(),
        }),
      ),
      elsewhere: Type.Array(Type.Object({ warehouse: Type.String(), available: Type.Integer() })),
    }),
  ),
})
export const ImportJson = Type.Object({
  transfers: Type.Array(
    Type.Object({
      name: Type.String(),
      row: Type.Integer(),
      from: Type.String(),
      to: Type.String(),
      lines: Type.Integer(),
      pieces: Type.Integer(),
      lacks: Type.Integer({ description: 'pieces that are not there to take at this moment' }),
      id: nullable(Type.String()),
      isRepeat: Type.Boolean({ description: 'made by an earlier upload of the same file' }),
      code: nullable(Type.String()),
      detail: Type.String(),
    }),
  ),
  errors: Type.Array(
    Type.Object({
      row: Type.Integer(),
      column: Type.String(),
      code: Type.String(),
      detail: Type.String(),
    }),
  ),
})
