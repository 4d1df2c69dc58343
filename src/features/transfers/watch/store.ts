import type { Instant } from '#kernel/clock.ts'
import { int8Array } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'

/** Transfers whose lock is due to be tried again, those that wait longest first. */
export async function readDue(sql: Sql, now: Instant, limit: number): Promise<bigint[]> {
  const rows = await sql<{ id: bigint }>`
    select id from transfer where next_try_at <= ${now} and state = 'instructed' order by next_try_at, id limit ${limit}`
  return rows.map((row) => row.id)
}

/** Locks the transfer if it still waits; a program that works on it now goes first. */
export async function lockDue(tx: Sql, id: bigint, now: Instant): Promise<boolean> {
  const rows = await tx`
    select 1 from transfer where id = ${id} and state = 'instructed' and next_try_at <= ${now} for update skip locked`
  return rows.length > 0
}

export type LateRow = {
  readonly id: bigint
  readonly transfer_no: string
  readonly from_warehouse: string
  readonly to_warehouse: string
  readonly name: string
  readonly state: string
  readonly since: Instant
  readonly words: string
}

/** Locks that do not stand in time, and transfers given up since: one row each, the oldest first, 500 at most. */
export async function readLate(sql: Sql, now: Instant, failedSince: Instant): Promise<LateRow[]> {
  return await sql<LateRow>`
    select t.id, t.transfer_no, t.from_warehouse, t.to_warehouse, w.name, t.state, t.lock_due_at as since, t.words
    from transfer t join warehouse w on w.code = t.from_warehouse
    where (t.state = 'instructed' and t.lock_due_at <= ${now}) or (t.state = 'failed' and t.ended_at >= ${failedSince})
    order by t.lock_due_at, t.id limit 500`
}

export async function readOverdue(sql: Sql, now: Instant): Promise<LateRow[]> {
  return await sql<LateRow>`
    select t.id, t.transfer_no, t.from_warehouse, t.to_warehouse, w.name, t.state, t.expected_at as since, t.words
    from transfer t join warehouse w on w.code = t.to_warehouse
    where t.state in ('dispatched', 'part_received') and t.expected_at < ${now}
    order by t.expected_at, t.id limit 500`
}

/** Marks what was flagged for the first time; answers which. */
export async function flag(sql: Sql, ids: readonly bigint[], now: Instant): Promise<bigint[]> {
  const rows = await sql<{ id: bigint }>`
    update transfer set flagged_at = ${now} where id = any(${int8Array(ids)}::int8[]) and flagged_at is null returning id`
  return rows.map((row) => row.id)
}

/** Transfers that believe in a reservation which somebody has ended; with who and why. */
export async function readLostHolds(
  sql: Sql,
): Promise<{ id: bigint; ended_by: string | null; ended_reason: string | null }[]> {
  return await sql`
    select t.id, h.ended_by, h.ended_reason
    from transfer t
    left join stock_hold h on h.key = case when t.hold_no = 1 then 'hub:transfer:' || t.id
      else 'hub:transfer:' || t.id || ':' || t.hold_no end
    where t.state = 'locked' and h.state is distinct from 'held'
    order by t.id limit 200`
}

/** A reservation that somebody ended: the transfer stands no more. False: it is not locked any more. */
export async function failLost(tx: Sql, id: bigint, words: string, now: Instant): Promise<boolean> {
  const rows = await tx`
    update transfer set state = 'failed', ended_at = ${now}, updated_at = ${now}, code = 'transfer.hold_lost', words = ${words}
    where id = ${id} and state = 'locked' returning id`
  return rows.length > 0
}

/** The lock can never stand as it is asked for. */
export async function failRefused(
  tx: Sql,
  id: bigint,
  one: { readonly code: string; readonly words: string },
  now: Instant,
): Promise<void> {
  await tx`
    update transfer set state = 'failed', ended_at = ${now}, updated_at = ${now}, next_try_at = null, code = ${one.code},
      words = ${one.words}
    where id = ${id} and state = 'instructed'`
}

/** Transfers for an order whose goods came and whose lock has not followed, of the last days. */
export async function readNotFollowed(sql: Sql, since: Instant): Promise<bigint[]> {
  const rows = await sql<{ id: bigint }>`
    select distinct t.id from transfer_line l join transfer t on t.id = l.transfer_id
    where l.handed_over < l.received and t.order_id is not null and t.updated_at >= ${since} order by t.id limit 200`
  return rows.map((row) => row.id)
}
