import type { Instant } from '#kernel/clock.ts'
import { formatInstant } from '#kernel/instant.ts'
import { ok, type Result } from '#kernel/result.ts'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { moneyToJson } from '#platform/http/schemas.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { whyHeld } from '../core/why-held.ts'
import {
  type HoldFilter,
  type HoldLineRow,
  type HoldRow,
  type OrderFace,
  readHoldLines,
  readHolds,
} from './store.ts'

/** One page of holds with their lines. Refuses with `http.bad_cursor`. */
export async function listHolds(
  sql: Sql,
  filter: HoldFilter,
  at: { readonly now: Instant; readonly zone: string },
  page: { readonly cursor: string | null; readonly limit: number },
): Promise<Result<{ items: ReturnType<typeof holdToJson>[]; next: string | null }>> {
  const list = `holds:${filter.overdue ? 'held' : (filter.state ?? 'all')}`
  const place = page.cursor === null ? null : decodeCursor(list, page.cursor)
  if (place !== null && !place.ok) return place
  const [time, id] = place === null ? [] : place.value.map(String)
  const after = time === undefined ? null : { at: Temporal.Instant.from(time), id: BigInt(id ?? 0) }
  const rows = await readHolds(sql, filter, at.now, after, page.limit + 1)
  const shown = rows.slice(0, page.limit)
  const lines = Map.groupBy(
    await readHoldLines(
      sql,
      shown.map((row) => row.id),
    ),
    (line) => line.hold_id,
  )
  const last = rows.length > page.limit ? shown.at(-1) : undefined
  const sortedBy = (row: HoldRow): Instant =>
    filter.overdue || filter.state === 'held' ? row.deadline_at : (row.ended_at ?? row.created_at)
  return ok({
    items: shown.map((row) => holdToJson(row, lines.get(row.id) ?? [], at)),
    next: last === undefined ? null : encodeCursor(list, [sortedBy(last).toString(), last.id.toString()]),
  })
}

export function isOverdue(row: Pick<HoldRow, 'state' | 'deadline_at'>, now: Instant): boolean {
  return row.state === 'held' && Temporal.Instant.compare(row.deadline_at, now) <= 0
}

export function holdToJson(
  row: HoldRow,
  lines: readonly HoldLineRow[],
  { now, zone }: { readonly now: Instant; readonly zone: string },
) {
  const time = (at: Instant): string => formatInstant(at, zone)
  const timeOrNone = (at: Instant | null): string | null => (at === null ? null : time(at))
  const overdue = isOverdue(row, now)
  return {
    id: row.id.toString(),
    key: row.key,
    kind: row.kind,
    state: row.state,
    owner: { kind: row.owner_kind, id: row.owner, reference: row.reference },
    channel: row.channel === null ? null : { id: row.channel, name: row.channel_name ?? row.channel },
    reason: row.reason,
    actor: row.actor,
    createdAt: time(row.created_at),
    deadlineAt: time(row.deadline_at),
    heartbeatAt: time(row.heartbeat_at),
    heartbeatAgeSeconds: secondsBetween(row.heartbeat_at, now),
    overdueSeconds: overdue ? secondsBetween(row.deadline_at, now) : 0,
    onDeadline: row.on_deadline,
    endedAt: timeOrNone(row.ended_at),
    endedBy: row.ended_by,
    endedReason: row.ended_reason,
    why: whyHeld({ isOverdue: overdue, ownerKind: row.owner_kind, orderStatus: row.order_status }),
    order:
      row.order_id === null
        ? null
        : {
            id: row.order_id.toString(),
            orderNo: row.order_no ?? '',
            status: row.order_status ?? '',
            promiseDueAt: timeOrNone(row.promise_due_at),
          },
    unlockRequest: row.unlock_id?.toString() ?? null,
    lines: lines.map((line) => ({
      sku: line.sku,
      warehouse: { code: line.warehouse, name: line.warehouse_name },
      quantity: line.quantity,
      open: line.open,
      committed: line.committed,
      fromQuota: line.from_quota,
      available: line.available,
    })),
  }
}

export function faceToJson(face: OrderFace, zone: string) {
  const money = (minor: bigint | null, currency: string | null) =>
    minor === null || currency === null ? null : moneyToJson({ currency, minor })
  return {
    id: face.id.toString(),
    orderNo: face.order_no,
    status: face.status,
    shop: face.connection_name ?? face.connection_id,
    title: face.first_title,
    paidAt: face.paid_at === null ? null : formatInstant(face.paid_at, zone),
    payable: money(face.payable_minor, face.currency),
    promiseDueAt: face.due_at === null ? null : formatInstant(face.due_at, zone),
    penalty: money(face.penalty_minor, face.penalty_currency),
    waybills: face.parcels.map(({ trackingNo, status }) => ({ trackingNo, status })),
  }
}

function secondsBetween(from: Instant, to: Instant): number {
  return Math.max(0, Math.floor((to.epochMilliseconds - from.epochMilliseconds) / 1000))
}
