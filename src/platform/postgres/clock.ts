import { assert } from '#kernel/assert.ts'
import type { Instant } from '#kernel/clock.ts'
import type { Sql } from './database.ts'

/**
 * What the database's own clock says in this moment. All processes share it, so what they write one after the other bears times in that
 * order, however wrong the clock of any of them is. To the microsecond.
 */
export async function databaseNow(sql: Sql): Promise<Instant> {
  const [row] = await sql<{ now: Instant }>`select clock_timestamp() as now`
  assert(row !== undefined, 'PG1')
  return row.now
}
