import type { Instant } from '#kernel/clock.ts'
import type { Sql } from '#platform/postgres/database.ts'

/** Keys of holds past their deadline that are to be freed by themselves, oldest first. */
export async function readExpired(sql: Sql, now: Instant, limit: number): Promise<string[]> {
  const rows = await sql<{ key: string }>`
    select key from stock_hold where state = 'held' and deadline_at < ${now} and on_deadline = 'release'
    order by deadline_at, id limit ${limit}`
  return rows.map((row) => row.key)
}

/** Keys that took effect so long ago that nobody sends them again. */
export async function pruneApplied(sql: Sql, before: Instant): Promise<void> {
  await sql`delete from stock_applied where at < ${before}`
}

/** Ended holds that long gone, with their lines; answers how many of `limit` there were. */
export async function pruneEnded(sql: Sql, before: Instant, limit: number): Promise<number> {
  const [row] = await sql<{ count: number }>`
    with old as (select id from stock_hold where ended_at < ${before} order by ended_at limit ${limit}),
      lines as (delete from stock_hold_line where hold_id in (select id from old)),
      holds as (delete from stock_hold where id in (select id from old) returning 1)
    select count(*)::int as count from holds`
  return row?.count ?? 0
}
