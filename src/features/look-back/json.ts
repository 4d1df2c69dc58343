import { type Static, Type } from 'typebox'
import { formatInstant } from '#kernel/instant.ts'
import { IsoTime, nullable, oneOf } from '#platform/http/schemas.ts'
import { DIFFERENCES } from './core/compare.ts'
import type { CauseRow, DifferenceRow, OrderRow } from './found/store.ts'
import { RUN_STATES, type RunRow } from './store.ts'

export const Effects = Type.Object(
  { reports: Type.Integer({ minimum: 0 }), reships: Type.Integer({ minimum: 0 }) },
  {
    additionalProperties: false,
    description: 'shipments newly told to channels; orders newly open to a re-ship',
  },
)

export const RunJson = Type.Object(
  {
    id: Type.String(),
    state: oneOf(RUN_STATES),
    reason: Type.String(),
    connections: Type.Array(Type.String()),
    from: IsoTime,
    to: IsoTime,
    messages: Type.Integer({ description: 'read so far' }),
    total: Type.Integer(),
    changedMessages: Type.Integer(),
    unreadable: Type.Array(Type.Object({ code: Type.String(), count: Type.Integer() })),
    unknownCodes: Type.Array(Type.String()),
    orders: Type.Integer({ description: 'orders that would change' }),
    effects: Effects,
    appliedMessages: Type.Integer(),
    staleMessages: Type.Integer({ description: 'read otherwise by now and left alone; look back again' }),
    error: nullable(Type.String()),
    jobId: nullable(Type.String()),
    createdBy: Type.String(),
    createdAt: IsoTime,
    finishedAt: nullable(IsoTime),
    appliedBy: nullable(Type.String()),
    appliedAt: nullable(IsoTime),
  },
  { title: 'LookBack' },
)
export const CauseJson = Type.Object({
  connection: Type.String(),
  cause: Type.String(),
  what: oneOf(DIFFERENCES),
  differences: Type.Integer(),
  messages: Type.Integer(),
  sample: Type.String(),
})
const Change = Type.Object({ before: nullable(IsoTime), after: nullable(IsoTime) })
export const OrderJson = Type.Object(
  {
    orderId: Type.String(),
    connection: Type.String(),
    orderNo: Type.String(),
    differences: Type.Integer(),
    causes: Type.Array(Type.String()),
    statusBefore: Type.String(),
    statusAfter: Type.String(),
    times: Type.Object({
      placedAt: Type.Optional(Change),
      paidAt: Type.Optional(Change),
      shippedAt: Type.Optional(Change),
      deliveredAt: Type.Optional(Change),
    }),
    reports: Type.Array(Type.String(), { description: 'parcels whose shipment would newly be reported' }),
    reships: Type.Array(Type.String(), {
      description: 'parcels newly proven not to have arrived; an empty number stands for the whole order',
    }),
    reshipProof: Type.Object({ before: nullable(Type.String()), after: nullable(Type.String()) }),
    changes: Type.Boolean(),
    appliedAt: nullable(IsoTime),
  },
  { title: 'LookBackOrder' },
)
const Side = Type.Object({
  kind: nullable(Type.String()),
  at: nullable(IsoTime),
  raw: nullable(Type.String()),
})
export const DifferenceJson = Type.Object(
  {
    id: Type.String(),
    messageId: Type.String(),
    connection: Type.String(),
    subject: Type.String(),
    what: oneOf(DIFFERENCES),
    code: Type.String(),
    cause: Type.String(),
    before: Side,
    after: Side,
    appliedAt: nullable(IsoTime),
  },
  { title: 'LookBackDifference' },
)

export function runToJson(row: RunRow, zone: string): Static<typeof RunJson> {
  const time = (at: Temporal.Instant | null): string | null => (at === null ? null : formatInstant(at, zone))
  return {
    id: row.id.toString(),
    state: row.state,
    reason: row.reason,
    connections: [...row.connections],
    from: formatInstant(row.from_at, zone),
    to: formatInstant(row.to_at, zone),
    messages: Number(row.messages),
    total: Number(row.total),
    changedMessages: Number(row.changed_messages),
    unreadable: Object.entries(row.unreadable).map(([code, count]) => ({ code, count })),
    unknownCodes: [...row.unknown_codes],
    orders: Number(row.orders),
    effects: { reports: row.effects.reports ?? 0, reships: row.effects.reships ?? 0 },
    appliedMessages: Number(row.applied_messages),
    staleMessages: Number(row.stale_messages),
    error: row.error,
    jobId: row.job_id?.toString() ?? null,
    createdBy: row.created_by,
    createdAt: formatInstant(row.created_at, zone),
    finishedAt: time(row.finished_at),
    appliedBy: row.applied_by,
    appliedAt: time(row.applied_at),
  }
}

export function causeToJson(row: CauseRow): Static<typeof CauseJson> {
  return {
    connection: row.connection_id,
    cause: row.cause,
    what: row.what,
    differences: Number(row.differences),
    messages: Number(row.messages),
    sample: row.sample,
  }
}

export function orderToJson(row: OrderRow, zone: string): Static<typeof OrderJson> {
  const time = (at: string | null): string | null =>
    at === null ? null : formatInstant(Temporal.Instant.from(at), zone)
  return {
    orderId: row.order_id.toString(),
    connection: row.connection_id,
    orderNo: row.order_no,
    differences: row.differences,
    causes: [...row.causes],
    statusBefore: row.status_before,
    statusAfter: row.status_after,
    times: Object.fromEntries(
      Object.entries(row.times).map(([name, [before, after]]) => [
        name,
        { before: time(before), after: time(after) },
      ]),
    ),
    reports: [...row.reports],
    reships: [...row.reships],
    reshipProof: { before: row.proof_before, after: row.proof_after },
    changes: row.changes,
    appliedAt: row.applied_at === null ? null : formatInstant(row.applied_at, zone),
  }
}

export function differenceToJson(row: DifferenceRow, zone: string): Static<typeof DifferenceJson> {
  const time = (at: Temporal.Instant | null): string | null => (at === null ? null : formatInstant(at, zone))
  const day = row.received_at.toString().slice(0, 10).replaceAll('-', '')
  return {
    id: row.id.toString(),
    messageId: `${day}-${row.message_number}`,
    connection: row.connection_id,
    subject: row.subject,
    what: row.what,
    code: row.code,
    cause: row.cause,
    before: { kind: row.before_kind, at: time(row.before_at), raw: row.before_raw },
    after: { kind: row.after_kind, at: time(row.after_at), raw: row.after_raw },
    appliedAt: time(row.applied_at),
  }
}
