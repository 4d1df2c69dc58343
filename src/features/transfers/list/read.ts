import type { Instant } from '#kernel/clock.ts'
import { formatInstant } from '#kernel/instant.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { mayDo, notLeft, onTheWay } from '../core/transfer.ts'
import { lineOf } from '../store.ts'
import {
  type HeadRow,
  type LevelRow,
  readEvents,
  readLevels,
  readLines,
  readQuotasOf,
  readTransfer,
  type ShownLine,
  type SumRow,
} from './store.ts'

type Shown = { readonly zone: string; readonly now: Instant }

export function headToJson(row: HeadRow, { zone, now }: Shown) {
  const iso = (at: Instant | null): string | null => (at === null ? null : formatInstant(at, zone))
  const before = (at: Instant | null): boolean => at !== null && Temporal.Instant.compare(at, now) < 0
  const away = row.state === 'dispatched' || row.state === 'part_received'
  return {
    id: row.id.toString(),
    transferNo: row.transfer_no,
    kind: row.kind,
    from: { code: row.from_warehouse, name: row.from_name },
    to: { code: row.to_warehouse, name: row.to_name },
    state: row.state,
    reason: row.reason,
    order: row.order_id === null ? null : { id: row.order_id.toString(), orderNo: row.order_no ?? '' },
    instructedAt: formatInstant(row.instructed_at, zone),
    lockDueAt: formatInstant(row.lock_due_at, zone),
    lockedAt: iso(row.locked_at),
    lockMs:
      row.locked_at === null ? null : row.locked_at.epochMilliseconds - row.instructed_at.epochMilliseconds,
    flagged: row.state === 'failed' || (row.state === 'instructed' && before(row.lock_due_at)),
    dispatchedAt: iso(row.dispatched_at),
    expectedAt: iso(row.expected_at),
    overdue: away && before(row.expected_at),
    endedAt: iso(row.ended_at),
    code: row.code,
    words: row.words,
    tries: row.tries,
    nextTryAt: iso(row.next_try_at),
    createdBy: row.created_by,
  }
}

export function transferToJson(row: HeadRow & SumRow, shown: Shown) {
  const figures = ['quantity', 'dispatched', 'received', 'damaged', 'lost', 'returned'] as const
  const sums = Object.fromEntries(figures.map((name) => [name, Number(row[name])])) as Record<
    (typeof figures)[number],
    number
  >
  return { ...headToJson(row, shown), lines: row.lines, skus: row.skus, ...sums }
}

/** A transfer with its lines and what happened to it, the newest first; null: there is none. */
export async function readDetail(sql: Sql, id: bigint, shown: Shown) {
  const row = await readTransfer(sql, id)
  if (row === null) return null
  const lines = await readLines(sql, id)
  const events = await readEvents(sql, id)
  return {
    ...headToJson(row, shown),
    note: row.note,
    drawSafety: row.draw_safety,
    destinationFigures: row.to_figures,
    holdId: row.hold_id?.toString() ?? null,
    returnOf:
      row.return_of === null ? null : { id: row.return_of.toString(), transferNo: row.return_of_no ?? '' },
    returnedBy: row.returned_by?.toString() ?? null,
    may: [...mayDo(row.state)],
    lines: lines.map(lineToJson),
    events: events.map((event) => ({
      id: event.id.toString(),
      at: formatInstant(event.at, shown.zone),
      kind: event.kind,
      actor: event.actor,
      detail: { ...event.detail },
    })),
  }
}

function lineToJson(row: ShownLine) {
  const line = lineOf(row)
  const named = (id: string | null, name: string | null) => (id === null ? null : { id, name: name ?? id })
  const { sku, quantity, dispatched, received, damaged, lost, returned } = line
  return {
    line: line.line,
    sku,
    fromChannel: named(row.from_channel, row.from_channel_name),
    toChannel: named(row.to_channel, row.to_channel_name),
    quantity,
    dispatched,
    received,
    damaged,
    lost,
    returned,
    onTheWay: onTheWay(line),
    waiting: notLeft(line),
  }
}

export type PreviewAsked = {
  readonly from: string
  readonly to: string
  readonly drawSafety: boolean
  readonly lines: readonly {
    readonly sku: string
    readonly quantity: number
    readonly fromChannel: string | null
  }[]
}

/** What a transfer would find now: no promise, the lock alone decides. */
export async function previewTransfer(sql: Sql, { from, to, drawSafety, lines }: PreviewAsked) {
  const skus = [...new Set(lines.map((line) => line.sku))]
  const levels = await readLevels(sql, skus)
  const quotas = await readQuotasOf(sql, skus, [from, to])
  const shown = skus.map((sku) => {
    const own = lines.filter((line) => line.sku === sku)
    const quantity = own.reduce((sum, line) => sum + line.quantity, 0)
    const at = (code: string) => levels.find((row) => row.sku === sku && row.warehouse === code)
    const source = levelToJson(at(from), drawSafety)
    const leftOf = (channel: string | null) =>
      quotas.find((row) => row.sku === sku && row.warehouse === from && row.channel === channel)?.left_over ??
      0
    const channels = [...new Set(own.map((line) => line.fromChannel))]
    const wanted = (channel: string | null) =>
      own.reduce((sum, line) => sum + (line.fromChannel === channel ? line.quantity : 0), 0)
    const lacks = channels.reduce((sum, channel) => {
      const there = channel === null ? (source?.free ?? 0) : leftOf(channel)
      return sum + Math.max(0, wanted(channel) - Math.max(0, there))
    }, 0)
    return {
      sku,
      quantity,
      source,
      destination: levelToJson(at(to), drawSafety),
      lacks,
      quotas: quotas
        .filter((row) => row.sku === sku)
        .map((row) => ({
          channel: row.channel,
          warehouse: row.warehouse,
          granted: row.granted,
          leftOver: row.left_over,
        })),
      elsewhere: levels
        .filter((row) => row.sku === sku && row.warehouse !== from && row.available > 0)
        .map(({ warehouse, available }) => ({ warehouse, available })),
    }
  })
  return { ok: shown.length > 0 && shown.every((line) => line.lacks === 0), lines: shown }
}

function levelToJson(row: LevelRow | undefined, drawSafety: boolean) {
  if (row === undefined) return null
  const { physical, locked, reserved, in_transit: inTransit, safety, available } = row
  const free = Math.max(0, available - (drawSafety ? 0 : safety))
  return { physical, locked, reserved, inTransit, safety, available, free }
}
