import { type Static, Type } from 'typebox'
import { formatInstant } from '#kernel/instant.ts'
import { IsoTime, nullable, oneOf } from '#platform/http/schemas.ts'
import { CHECK_RULES } from './core/check-digit.ts'
import { numberAt } from './core/segment.ts'
import type { PoolDeps } from './deps.ts'
import type { PoolNow } from './read-pools.ts'
import type { ApplicationRow } from './refill/store.ts'
import { type BalanceRow, REFILLS, type SegmentRow } from './store.ts'

// Pools as the API shows them.

export const PoolJson = Type.Object(
  {
    accountId: Type.String(),
    account: Type.String(),
    carrier: Type.String(),
    connectionId: Type.String(),
    connection: nullable(Type.String()),
    active: Type.Boolean(),
    blockedCode: nullable(Type.String()),
    kind: oneOf(['segment', 'balance']),
    standing: oneOf(['unknown', 'unlimited', 'fine', 'low', 'empty']),
    left: nullable(Type.Integer({ description: 'balance: told last less waybills since' })),
    perHour: Type.Number({ description: 'weighted over 24 hours, the last ones most' }),
    hoursLeft: nullable(Type.Number()),
    isLow: Type.Boolean(),
    lowAt: nullable(Type.Integer({ description: "null: the hub's setting" })),
    threshold: Type.Integer(),
    thresholdHours: Type.Integer(),
    segments: Type.Integer({ description: 'with numbers left' }),
    failOverTo: nullable(Type.Object({ accountId: Type.String(), account: Type.String() })),
    refill: oneOf(REFILLS),
    refillCount: Type.Integer(),
    refillUrl: nullable(Type.String()),
    hasSecret: Type.Boolean(),
    application: nullable(Type.Object({ id: Type.String(), state: Type.String() })),
    balance: nullable(Type.Integer()),
    balanceAt: nullable(IsoTime),
    askedAt: nullable(IsoTime),
    askFailure: nullable(
      Type.Object({ code: Type.String(), detail: Type.String(), since: nullable(IsoTime) }),
    ),
  },
  { title: 'NumberPool' },
)
export const SegmentJson = Type.Object(
  {
    id: Type.String(),
    from: Type.String(),
    to: Type.String(),
    next: nullable(Type.String({ description: 'null: all are gone' })),
    size: Type.Integer(),
    left: Type.Integer(),
    check: oneOf(CHECK_RULES),
    state: oneOf(['active', 'used_up', 'retired']),
    note: Type.String(),
    addedBy: Type.String(),
    addedAt: IsoTime,
    retiredBy: nullable(Type.String()),
  },
  { title: 'NumberSegment' },
)
export const ApplicationJson = Type.Object(
  {
    id: Type.String(),
    state: oneOf(['open', 'sending', 'taken', 'refused', 'filled', 'closed']),
    wanted: Type.Integer(),
    left: nullable(Type.Integer()),
    because: oneOf(['low', 'empty', 'by_hand']),
    note: Type.String(),
    code: nullable(Type.String()),
    detail: nullable(Type.String()),
    askedBy: Type.String(),
    askedAt: IsoTime,
    endedAt: nullable(IsoTime),
  },
  { title: 'NumberApplication' },
)
export const BalanceJson = Type.Object({
  at: IsoTime,
  left: nullable(Type.Integer({ description: 'null: without limit' })),
  reckoned: nullable(Type.Integer({ description: 'what the hub reckoned just before' })),
})
export const DetailJson = Type.Object(
  {
    pool: PoolJson,
    hours: Type.Array(Type.Integer(), {
      description: 'numbers used in each of the last 24 hours, the latest first',
    }),
    segments: Type.Array(SegmentJson),
    applications: Type.Array(ApplicationJson),
    balances: Type.Array(BalanceJson),
  },
  { title: 'NumberPoolDetail' },
)

export function poolToJson(
  { find, zone }: PoolDeps,
  pool: PoolNow,
  all: readonly PoolNow[],
): Static<typeof PoolJson> {
  const { row, left, hoursLeft, standing, isLow } = pool
  const at = (instant: Temporal.Instant | null) => (instant === null ? null : formatInstant(instant, zone()))
  const over = row.fail_over_to
  const overName = all.find((one) => one.row.account_id === over)?.row.account_name
  return {
    accountId: row.account_id.toString(),
    account: row.account_name,
    carrier: row.carrier,
    connectionId: row.connection_id,
    connection: find(row.connection_id)?.name ?? null,
    active: row.active,
    blockedCode: row.blocked_code,
    kind: row.kind,
    standing,
    left,
    perHour: row.rate_per_hour,
    hoursLeft,
    isLow,
    lowAt: row.low_at,
    threshold: row.low_at ?? row.threshold,
    thresholdHours: row.threshold_hours,
    segments: Number(row.segments),
    failOverTo: over === null ? null : { accountId: over.toString(), account: overName ?? over.toString() },
    refill: row.refill,
    refillCount: row.refill_count,
    refillUrl: row.refill_url,
    hasSecret: row.has_secret,
    application:
      row.application_id === null
        ? null
        : { id: row.application_id.toString(), state: row.application_state ?? 'open' },
    balance: row.balance,
    balanceAt: at(row.balance_at),
    askedAt: at(row.asked_at),
    askFailure:
      row.ask_code === null
        ? null
        : { code: row.ask_code, detail: row.ask_detail ?? '', since: at(row.ask_failing_since) },
  }
}

export function segmentToJson(row: SegmentRow, zone: string): Static<typeof SegmentJson> {
  const shape = { prefix: row.prefix, suffix: row.suffix, width: row.width, check: row.check_rule }
  const isOver = row.next_serial > row.last_serial
  return {
    id: row.id.toString(),
    from: numberAt(shape, row.first_serial),
    to: numberAt(shape, row.last_serial),
    next: isOver || row.state === 'retired' ? null : numberAt(shape, row.next_serial),
    size: Number(row.last_serial - row.first_serial + 1n),
    left: row.state === 'retired' ? 0 : Number(row.last_serial - row.next_serial + 1n),
    check: row.check_rule,
    state: row.state === 'retired' ? 'retired' : isOver ? 'used_up' : 'active',
    note: row.note,
    addedBy: row.added_by,
    addedAt: formatInstant(row.added_at, zone),
    retiredBy: row.retired_by,
  }
}

export function applicationToJson(row: ApplicationRow, zone: string): Static<typeof ApplicationJson> {
  return {
    id: row.id.toString(),
    state: row.state,
    wanted: row.wanted,
    left: row.left_count,
    because: row.because,
    note: row.note,
    code: row.code,
    detail: row.detail,
    askedBy: row.asked_by,
    askedAt: formatInstant(row.asked_at, zone),
    endedAt: row.ended_at === null ? null : formatInstant(row.ended_at, zone),
  }
}

export function balanceToJson(row: BalanceRow, zone: string): Static<typeof BalanceJson> {
  return { at: formatInstant(row.at, zone), left: row.left_count, reckoned: row.reckoned }
}
