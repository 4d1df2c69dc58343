import type { StockPlace } from '#domain/stock.ts'
import type { Instant } from '#kernel/clock.ts'
import { int4Array, textArray } from '#platform/postgres/arrays.ts'
import { json, type Sql } from '#platform/postgres/database.ts'
import { type QuotaNow, quotaKey } from './core/steps.ts'
import type { Transfer, TransferKind, TransferLine, TransferState } from './core/transfer.ts'

export type WarehouseFacts = {
  readonly code: string
  readonly name: string
  readonly figures: 'own' | 'captured'
  readonly active: boolean
}

export async function readWarehouses(
  sql: Sql,
  codes: readonly string[],
): Promise<Map<string, WarehouseFacts>> {
  const rows = await sql<WarehouseFacts>`
    select code, name, figures, active from warehouse where code = any(${textArray(codes)}::text[])`
  return new Map(rows.map((row) => [row.code, row]))
}

/** Which of these ids are connections. */
export async function readConnections(sql: Sql, ids: readonly string[]): Promise<Set<string>> {
  const rows = await sql<{ id: string }>`
    select id from connection where id = any(${textArray(ids)}::text[])`
  return new Set(rows.map((row) => row.id))
}

export async function orderExists(sql: Sql, id: bigint): Promise<boolean> {
  return (await sql`select 1 from sales_order where id = ${id}`).length > 0
}

export type NewTransfer = {
  readonly requestKey: string
  readonly asked: string
  readonly kind: TransferKind
  readonly from: string
  readonly to: string
  readonly state: TransferState
  readonly reason: string
  readonly note: string
  readonly orderId: bigint | null
  readonly returnOf: bigint | null
  readonly drawSafety: boolean
  readonly at: Instant
  readonly day: string
  readonly lockDueAt: Instant
  readonly lockUntil: Instant
  readonly expectedAt: Instant | null
  readonly createdBy: string
  readonly lines: readonly TransferLine[]
}

/** Null: the request key is taken. */
export async function insertTransfer(tx: Sql, one: NewTransfer): Promise<bigint | null> {
  const [row] = await tx<{ id: bigint }>`
    insert into transfer (transfer_no, request_key, asked, kind, from_warehouse, to_warehouse, state, reason, note, order_id,
      return_of, draw_safety, instructed_at, lock_due_at, lock_until, expected_at, created_by, updated_at)
    values (${`DB${one.day}-`} || lpad(nextval('transfer_no')::text, 5, '0'), ${one.requestKey}, ${one.asked}, ${one.kind},
      ${one.from}, ${one.to}, ${one.state}, ${one.reason}, ${one.note}, ${one.orderId}, ${one.returnOf}, ${one.drawSafety},
      ${one.at}, ${one.lockDueAt}, ${one.lockUntil}, ${one.expectedAt}, ${one.createdBy}, ${one.at})
    on conflict (request_key) do nothing returning id`
  if (row === undefined) return null
  await insertLines(tx, row.id, one.lines)
  return row.id
}

async function insertLines(tx: Sql, id: bigint, lines: readonly TransferLine[]): Promise<void> {
  const whole = (pick: (line: TransferLine) => number) => int4Array(lines.map(pick))
  const text = (pick: (line: TransferLine) => string | null) => textArray(lines.map(pick))
  await tx`
    insert into transfer_line (transfer_id, line, sku, from_channel, to_channel, quantity, dispatched)
    select ${id}, * from unnest(${whole((one) => one.line)}::int4[], ${text((one) => one.sku)}::text[],
      ${text((one) => one.fromChannel)}::text[], ${text((one) => one.toChannel)}::text[],
      ${whole((one) => one.quantity)}::int4[], ${whole((one) => one.dispatched)}::int4[])`
}

export async function findByRequestKey(sql: Sql, key: string): Promise<{ id: bigint; asked: string } | null> {
  const [row] = await sql<{ id: bigint; asked: string }>`
    select id, asked from transfer where request_key = ${key}`
  return row ?? null
}

/** The transfer with its lines, locked until the transaction ends; null: there is none. */
export async function lockTransfer(tx: Sql, id: bigint): Promise<Transfer | null> {
  const [row] = await tx<TransferRow>`
    select id, transfer_no, kind, from_warehouse, to_warehouse, state, order_id, hold_no, draw_safety
    from transfer where id = ${id} for update`
  if (row === undefined) return null
  const lines = await tx<LineRow>`select * from transfer_line where transfer_id = ${id} order by line`
  return transferOf(row, lines)
}

type TransferRow = {
  readonly id: bigint
  readonly transfer_no: string
  readonly kind: TransferKind
  readonly from_warehouse: string
  readonly to_warehouse: string
  readonly state: TransferState
  readonly order_id: bigint | null
  readonly hold_no: number
  readonly draw_safety: boolean
}
export type LineRow = {
  readonly transfer_id: bigint
  readonly line: number
  readonly sku: string
  readonly from_channel: string | null
  readonly to_channel: string | null
  readonly quantity: number
  readonly dispatched: number
  readonly received: number
  readonly damaged: number
  readonly lost: number
  readonly returned: number
  readonly handed_over: number
}

function transferOf(row: TransferRow, lines: readonly LineRow[]): Transfer {
  return {
    id: row.id,
    transferNo: row.transfer_no,
    kind: row.kind,
    from: row.from_warehouse,
    to: row.to_warehouse,
    state: row.state,
    orderId: row.order_id,
    holdNo: row.hold_no,
    drawSafety: row.draw_safety,
    lines: lines.map(lineOf),
  }
}

export function lineOf(row: LineRow): TransferLine {
  const { line, sku, quantity, dispatched, received, damaged, lost, returned } = row
  return {
    line,
    sku,
    fromChannel: row.from_channel,
    toChannel: row.to_channel,
    quantity,
    dispatched,
    received,
    damaged,
    lost,
    returned,
    handedOver: row.handed_over,
  }
}

export async function saveLines(tx: Sql, id: bigint, lines: readonly TransferLine[]): Promise<void> {
  const whole = (pick: (line: TransferLine) => number) => int4Array(lines.map(pick))
  await tx`
    update transfer_line l set dispatched = n.dispatched, received = n.received, damaged = n.damaged, lost = n.lost,
      returned = n.returned, handed_over = n.handed_over
    from unnest(${whole((one) => one.line)}::int4[], ${whole((one) => one.dispatched)}::int4[],
      ${whole((one) => one.received)}::int4[], ${whole((one) => one.damaged)}::int4[], ${whole((one) => one.lost)}::int4[],
      ${whole((one) => one.returned)}::int4[], ${whole((one) => one.handedOver)}::int4[]
    ) as n (line, dispatched, received, damaged, lost, returned, handed_over)
    where l.transfer_id = ${id} and l.line = n.line`
}

const ENDED: readonly TransferState[] = ['received', 'short_closed', 'cancelled', 'failed']

/** Sets the state; the first dispatch and the end keep their times. */
export async function saveState(
  tx: Sql,
  id: bigint,
  state: TransferState,
  at: Instant,
  expectedAt: Instant | null = null,
): Promise<void> {
  const away = state === 'dispatched' || state === 'part_received'
  await tx`
    update transfer set state = ${state}, updated_at = ${at}, next_try_at = null,
      dispatched_at = case when ${away} then coalesce(dispatched_at, ${at}) else dispatched_at end,
      expected_at = coalesce(${expectedAt}::timestamptz, expected_at),
      ended_at = case when ${ENDED.includes(state)} then ${at}::timestamptz end
    where id = ${id}`
}

export async function saveLocked(tx: Sql, id: bigint, at: Instant): Promise<void> {
  await tx`
    update transfer set state = 'locked', locked_at = ${at}, next_try_at = null, code = null, words = '', updated_at = ${at}
    where id = ${id}`
}

/** The lock does not stand: it is tried again after a pause, or past `lock_until` given up. Answers whether it was. */
export async function saveFailedTry(
  tx: Sql,
  id: bigint,
  one: {
    readonly at: Instant
    readonly code: string
    readonly words: string
    readonly pause: (tries: number) => number
  },
): Promise<boolean> {
  const [row] = await tx<{ tries: number; lock_until: Instant }>`
    update transfer set tries = tries + 1, code = ${one.code}, words = ${one.words}, updated_at = ${one.at}
    where id = ${id} returning tries, lock_until`
  if (row === undefined) return false
  const next = one.at.add({ seconds: one.pause(row.tries) })
  const over = Temporal.Instant.compare(next, row.lock_until) > 0
  await tx`
    update transfer set next_try_at = ${over ? null : next}, state = case when ${over} then 'failed' else state end,
      ended_at = case when ${over} then ${one.at}::timestamptz end
    where id = ${id}`
  return over
}

/** A failed one begins anew, under another key where its reservation was lost. */
export async function saveRetry(
  tx: Sql,
  id: bigint,
  one: {
    readonly at: Instant
    readonly lockDueAt: Instant
    readonly lockUntil: Instant
    readonly holdNo: number
  },
): Promise<void> {
  await tx`
    update transfer set state = 'instructed', tries = 0, next_try_at = ${one.at}, lock_due_at = ${one.lockDueAt},
      lock_until = ${one.lockUntil}, hold_no = ${one.holdNo}, ended_at = null, flagged_at = null, updated_at = ${one.at}
    where id = ${id}`
}

export type NewEvent = {
  readonly transferId: bigint
  readonly at: Instant
  readonly kind: string
  readonly actor: string
  readonly key: string | null
  readonly asked: string
  readonly detail: Readonly<Record<string, unknown>>
}

export async function insertEvent(tx: Sql, one: NewEvent): Promise<void> {
  await tx`
    insert into transfer_event (transfer_id, at, kind, actor, key, asked, detail)
    values (${one.transferId}, ${one.at}, ${one.kind}, ${one.actor}, ${one.key}, ${one.asked}, ${json(one.detail)}::jsonb)`
}

/** How many events there are, and the one under this key; read while the transfer is locked. */
export async function readEventKey(
  tx: Sql,
  id: bigint,
  key: string,
): Promise<{ readonly count: number; readonly asked: string | null }> {
  const [row] = await tx<{ count: bigint; asked: string | null }>`
    select count(*) as count, max(asked) filter (where key = ${key}) as asked from transfer_event where transfer_id = ${id}`
  return { count: Number(row?.count ?? 0n), asked: row?.asked ?? null }
}

/** The quotas of these channels; their levels are locked by then. */
export async function readQuotas(
  tx: Sql,
  wanted: readonly (StockPlace & { readonly channel: string })[],
): Promise<Map<string, QuotaNow>> {
  const rows = await tx<{
    sku: string
    warehouse: string
    channel: string
    granted: number
    left_over: number
  }>`
    select q.sku, q.warehouse, q.channel, q.granted, q.left_over from stock_quota q
    where (q.sku, q.warehouse, q.channel) in (
      select * from unnest(${textArray(wanted.map((one) => one.sku))}::text[],
        ${textArray(wanted.map((one) => one.warehouse))}::text[], ${textArray(wanted.map((one) => one.channel))}::text[]))`
  return new Map(
    rows.map((row) => [
      quotaKey(row.sku, row.warehouse, row.channel),
      { granted: row.granted, leftOver: row.left_over },
    ]),
  )
}

export async function savepoint(tx: Sql): Promise<void> {
  await tx`savepoint before_stock`
}
/** Milliseconds that the rest of this transaction waits for rows that somebody else holds; 0: as long as a statement may take. */
export async function waitForRows(tx: Sql, ms: number): Promise<void> {
  await tx`select set_config('lock_timeout', ${String(ms)}, true)`
}
export async function backToSavepoint(tx: Sql): Promise<void> {
  await tx`rollback to savepoint before_stock`
}
