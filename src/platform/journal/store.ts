import { canonicalJson } from '#kernel/hash.ts'
import { int8Array, textArray } from '../postgres/arrays.ts'
import type { Sql } from '../postgres/database.ts'

export type JournalEntry = { readonly kind: string; readonly orderId: bigint | null; readonly data: unknown }
export type JournalRow = JournalEntry & { readonly id: bigint; readonly at: Temporal.Instant }

/** Name of the notification sent when the journal grew; it carries nothing, listeners read on from where they are. */
export const JOURNAL_CHANNEL = 'journal'

/** Appends what a transaction changed, and wakes the listeners when it commits. */
export async function writeJournal(
  sql: Sql,
  entries: readonly JournalEntry[],
  now: Temporal.Instant,
): Promise<void> {
  if (entries.length === 0) return
  await sql`
    insert into journal (at, kind, order_id, data)
    select ${now}, kind, order_id, data::jsonb from unnest(
      ${textArray(entries.map((entry) => entry.kind))}::text[], ${int8Array(entries.map((entry) => entry.orderId))}::bigint[],
      ${textArray(entries.map((entry) => canonicalJson(entry.data)))}::text[]
    ) as entry (kind, order_id, data)`
  await sql`select pg_notify(${JOURNAL_CHANNEL}, '')`
}

/** Entries after `id`, oldest first, at most `limit`. Entries of a transaction still open below a seen id may come late. */
export async function readJournal(sql: Sql, after: bigint, limit: number): Promise<JournalRow[]> {
  const rows = await sql<{
    id: bigint
    at: Temporal.Instant
    kind: string
    order_id: bigint | null
    data: unknown
  }>`
    select id, at, kind, order_id, data from journal where id > ${after} order by id limit ${limit}`
  return rows.map((row) => ({
    id: row.id,
    at: row.at,
    kind: row.kind,
    orderId: row.order_id,
    data: row.data,
  }))
}
