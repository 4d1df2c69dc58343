import { type TSchema, Type } from 'typebox'
import type { Result } from '#kernel/result.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { IsoTime, nullable, oneOf, pageOf, pageQuery, problemResponses } from '#platform/http/schemas.ts'
import { INTERCEPT_STATES } from '../core/intercept.ts'
import { GRANT_STATES } from '../core/may-ship.ts'
import { RESHIP_REASONS } from '../store.ts'

export const TAGS = ['parcels']
export const READ = { scope: 'parcels:read' } as const
export const WRITE = { scope: 'parcels:write' } as const
export const APPROVE = { scope: 'parcels:approve' } as const
export const Id = Type.String({ pattern: '^\\d{1,18}$' })
export const Params = Type.Object({ id: Id })
export const Words = Type.String({ minLength: 3, maxLength: 500, pattern: '\\S' })
export const Number40 = Type.String({ minLength: 1, maxLength: 60 })
export const DUPLICATE_STATES = ['open', 'kept', 'gone'] as const
export const DISPUTE_STATES = ['open', 'upheld', 'dismissed', 'withdrawn'] as const
export const PieceJson = Type.Object({
  lineId: Type.String({ maxLength: 200 }),
  quantity: Type.Integer({ minimum: 1, maximum: 100_000 }),
})
export const ProofJson = Type.Object({
  kind: Type.String(),
  trackingNo: nullable(Type.String()),
  code: Type.String(),
  at: nullable(Type.String()),
})
export const EventJson = Type.Object({
  at: IsoTime,
  what: Type.String(),
  actor: Type.String(),
  words: Type.String(),
})

export const CaseJson = Type.Object(
  {
    orderId: Type.String(),
    orderNo: Type.String(),
    shop: Type.String(),
    orderStatus: Type.String(),
    lines: Type.Array(
      Type.Object({
        lineId: Type.String(),
        title: Type.String(),
        sku: Type.String(),
        quantity: Type.Integer(),
      }),
    ),
    parcels: Type.Array(
      Type.Object({
        trackingNo: Type.String(),
        carrier: nullable(Type.String()),
        stage: Type.String({ description: 'the last thing that is known of it: a kind of fact' }),
        at: nullable(Type.String()),
        pieces: nullable(Type.Array(PieceJson)),
      }),
    ),
    proofs: Type.Array(ProofJson),
  },
  { title: 'ReshipCase' },
)
export const ReshipmentJson = Type.Object(
  {
    id: Type.String(),
    orderId: Type.String(),
    orderNo: Type.String(),
    shop: Type.String(),
    orderStatus: Type.String(),
    reason: oneOf(RESHIP_REASONS),
    words: Type.String(),
    pieces: Type.Array(PieceJson),
    trackingNos: Type.Array(Type.String()),
    state: oneOf(GRANT_STATES),
    proof: Type.Array(ProofJson),
    parcelNo: nullable(Type.String()),
    askedBy: Type.String(),
    isMine: Type.Boolean({ description: 'you asked; another person decides' }),
    askedAt: IsoTime,
    decidedBy: nullable(Type.String()),
    decidedAt: nullable(IsoTime),
    decisionWords: nullable(Type.String()),
    sentAt: nullable(IsoTime),
    trouble: nullable(Type.Object({ code: Type.String(), detail: Type.String() })),
  },
  { title: 'Reshipment' },
)
export const InterceptJson = Type.Object(
  {
    id: Type.String(),
    orderId: Type.String(),
    orderNo: Type.String(),
    shop: Type.String(),
    trackingNo: Type.String(),
    carrier: Type.String(),
    connection: Type.String(),
    via: oneOf(['carrier', 'partner']),
    reason: Type.String(),
    state: oneOf(INTERCEPT_STATES),
    code: nullable(Type.String()),
    detail: nullable(Type.String()),
    askedBy: Type.String(),
    askedAt: IsoTime,
    answeredAt: nullable(IsoTime),
    endedAt: nullable(IsoTime),
  },
  { title: 'Intercept' },
)
export const DuplicateJson = Type.Object(
  {
    id: Type.String(),
    orderId: Type.String(),
    orderNo: Type.String(),
    shop: Type.String(),
    state: oneOf(DUPLICATE_STATES),
    trackingNos: Type.Array(Type.String()),
    stopNo: nullable(Type.String()),
    pieces: Type.Array(PieceJson),
    foundAt: IsoTime,
    decidedBy: nullable(Type.String()),
    decidedAt: nullable(IsoTime),
    words: nullable(Type.String()),
  },
  { title: 'DuplicateShipment' },
)
export const DisputeJson = Type.Object(
  {
    id: Type.String(),
    orderId: Type.String(),
    orderNo: Type.String(),
    shop: Type.String(),
    trackingNo: Type.String(),
    words: Type.String(),
    state: oneOf(DISPUTE_STATES),
    openedBy: Type.String(),
    isMine: Type.Boolean(),
    openedAt: IsoTime,
    decidedBy: nullable(Type.String()),
    decidedAt: nullable(IsoTime),
    decisionWords: nullable(Type.String()),
  },
  { title: 'Dispute' },
)

export function listSchema<Item extends TSchema, State extends TSchema, More extends Record<string, TSchema>>(
  description: string,
  item: Item,
  state: State,
  more: More,
) {
  return {
    tags: TAGS,
    description,
    querystring: Type.Object({ state: Type.Optional(state), ...more, ...pageQuery }),
    response: { 200: pageOf(item), ...problemResponses },
  }
}

export function placeOf(list: string, cursor: string | undefined): Result<bigint | null> {
  if (cursor === undefined) return { ok: true, value: null }
  const place = decodeCursor(list, cursor)
  return place.ok ? { ok: true, value: BigInt(String(place.value[0] ?? 0)) } : place
}

export function pageFrom<Row extends { readonly id: bigint }, Json>(
  list: string,
  rows: readonly Row[],
  limit: number,
  toJson: (row: Row) => Json,
): { items: Json[]; next: string | null } {
  const shown = rows.slice(0, limit)
  const last = rows.length > limit ? shown.at(-1) : undefined
  return {
    items: shown.map(toJson),
    next: last === undefined ? null : encodeCursor(list, [last.id.toString()]),
  }
}
