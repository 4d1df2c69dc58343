import { textArray } from '../postgres/arrays.ts'
import type { Database, Sql } from '../postgres/database.ts'
import type { JournalRow } from './store.ts'

/** How far a reader has come: transactions in the order of their ids, and rows within one in the order of theirs. */
export type ReaderPlace = { readonly xact: string; readonly id: bigint }
export type PlacedRow = JournalRow & { readonly xact: string }

/**
 * Makes the reader's row unless it is there. `end`: what was committed before now is not read, but for rows of transactions
 * younger than one that is still open.
 */
export async function openReader(db: Database, name: string, from: 'beginning' | 'end'): Promise<void> {
  await db`
    insert into journal_reader (name, last_xact, last_id)
    select ${name}, case when ${from} = 'end' then pg_snapshot_xmin(pg_current_snapshot()) else '0'::xid8 end,
      case when ${from} = 'end' then -1 else 0 end
    on conflict (name) do nothing`
}

/**
 * A database that was restored from a dump counts its transactions from the start again, and rows of the old count would never
 * be due. They are all finished, so they are put before every new one, in the order of their ids. Every reader goes back to its
 * oldest unread row: a few rows around it may be handled a second time, none is missed.
 */
export async function acceptRestoredRows(db: Database): Promise<boolean> {
  return await db.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(hashtextextended('holdfast.journal.restored', 0))`
    const [found] = await tx<{ old: boolean }>`
      select exists (select from journal where xact >= pg_snapshot_xmax(pg_current_snapshot()))
        or exists (select from journal_reader where last_xact > pg_snapshot_xmax(pg_current_snapshot())) as old`
    if (found?.old !== true) return false
    await tx`
      update journal_reader reader set last_xact = '3', last_id = coalesce(
        (select min(id) - 1 from journal where (xact, id) > (reader.last_xact, reader.last_id)),
        (select max(id) from journal), 0)`
    await tx`update journal set xact = '3'`
    return true
  })
}

/** Answers false when another process is at it. No row is locked: that would hold every other reader back as an open writer does. */
export async function aloneAsReader(tx: Sql, name: string): Promise<boolean> {
  const [row] = await tx<{ alone: boolean }>`
    select pg_try_advisory_xact_lock(hashtextextended(${`holdfast.journal.${name}`}, 0)) as alone`
  return row?.alone === true
}

export async function readPlace(
  tx: Sql,
  name: string,
): Promise<(ReaderPlace & { readonly stuckId: bigint | null; readonly stuckAttempts: number }) | null> {
  const [row] = await tx<{
    last_xact: string
    last_id: bigint
    stuck_id: bigint | null
    stuck_attempts: number
  }>`select last_xact::text as last_xact, last_id, stuck_id, stuck_attempts from journal_reader where name = ${name}`
  if (row === undefined) return null
  return { xact: row.last_xact, id: row.last_id, stuckId: row.stuck_id, stuckAttempts: row.stuck_attempts }
}

/**
 * Unread rows of transactions older than every one that is still open: none can appear between them any more. Of kinds that begin
 * otherwise than `kinds` only the place is read, since most readers take few of them; null: all are taken.
 */
export async function readSettled(
  tx: Sql,
  place: ReaderPlace,
  limit: number,
  kinds: readonly string[] | null = null,
): Promise<(PlacedRow & { readonly isTaken: boolean })[]> {
  const beginnings = kinds === null ? null : textArray([...kinds])
  const rows = await tx<{
    id: bigint
    at: Temporal.Instant
    kind: string
    order_id: bigint | null
    data: unknown
    xact: string
    taken: boolean
  }>`
    select id, at, kind, order_id, case when taken then data end as data, xact::text as xact, taken
    from journal cross join lateral (
      select ${beginnings}::text[] is null
        or exists (select from unnest(${beginnings}::text[]) as beginning where starts_with(kind, beginning)) as taken) as asked
    where (xact, id) > (${place.xact}::xid8, ${place.id}) and xact < pg_snapshot_xmin(pg_current_snapshot())
    order by journal.xact, id limit ${limit}`
  return rows.map((row) => ({
    id: row.id,
    at: row.at,
    kind: row.kind,
    orderId: row.order_id,
    data: row.data,
    xact: row.xact,
    isTaken: row.taken,
  }))
}

export async function movePlace(tx: Sql, name: string, place: ReaderPlace): Promise<void> {
  await tx`
    update journal_reader set last_xact = ${place.xact}::xid8, last_id = ${place.id}, stuck_id = null, stuck_attempts = 0,
      updated_at = now()
    where name = ${name}`
}

/** Counts a failure of one row; answers how many there were. */
export async function noteStuck(sql: Sql, name: string, id: bigint): Promise<number> {
  const [row] = await sql<{ stuck_attempts: number }>`
    update journal_reader set stuck_attempts = case when stuck_id = ${id} then stuck_attempts + 1 else 1 end, stuck_id = ${id},
      updated_at = now()
    where name = ${name} returning stuck_attempts`
  return row?.stuck_attempts ?? 0
}

export async function noteSkipped(tx: Sql, name: string, id: bigint, words: string): Promise<void> {
  await tx`
    insert into journal_skipped (name, journal_id, words) values (${name}, ${id}, ${words.slice(0, 1000)})
    on conflict (name, journal_id) do nothing`
}

/** Whether everything that is committed at this moment has been handled by the reader, whichever process did it. */
export async function hasReadAll(db: Database, name: string, before: string): Promise<boolean> {
  const [row] = await db<{ done: boolean }>`
    select not exists (
      select from journal, journal_reader reader
      where reader.name = ${name} and (xact, id) > (reader.last_xact, reader.last_id) and xact < ${before}::xid8
    ) as done`
  return row?.done === true
}

/** The first transaction id that is not given yet. */
export async function nextTransaction(db: Database): Promise<string> {
  const [row] = await db<{
    next: string
  }>`select pg_snapshot_xmax(pg_current_snapshot())::text as next`
  return row?.next ?? '0'
}

/** For how long the first unread row of each reader has been there, by the database's clock; readers without one are left out. */
export async function readLags(
  sql: Sql,
  names: readonly string[],
): Promise<{ readonly name: string; readonly seconds: number }[]> {
  return await sql<{ name: string; seconds: number }>`
    select reader.name, extract(epoch from clock_timestamp() - oldest.at)::float8 as seconds
    from journal_reader reader cross join lateral (
      select at from journal
      where (xact, id) > (reader.last_xact, reader.last_id) and xact < pg_snapshot_xmin(pg_current_snapshot())
      order by journal.xact, id limit 1) as oldest
    where reader.name = any(${textArray(names)}::text[])`
}
