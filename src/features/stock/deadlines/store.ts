import type { Instant } from '#kernel/clock.ts'
import type { Sql } from '#platform/postgres/database.ts'

/** Keys of holds past their deadline that are to be freed by themselves, oldest first. */
export async function readExpired(sql: Sql, now: Instant, limit: number): Promise<string[]> {
  const rows = await sql<{ key: string }>`
    select key from stock_hold where state = 'held' and deadline_at < ${now} and on_deadline = 'release'
    order by deadline_at, id limit ${limit}`
  return rows.map((row) => row.key)
}

/** Keys that took effect so long ago that nobody sends them again; ended holds that long gone. */
export async function pruneOld(sql: Sql, before: Instant): Promise<void> {
  await sql`delete from stock_applied where at < ${before}`
  await sql`
    with old as (select id from stock_hold where ended_at < ${before} order by ended_at limit 20000),
      lines as (delete from stock_hold_line where hold_id in (select id from old))
    delete from stock_hold where id in (select id from old)`
}
