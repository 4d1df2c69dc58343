import type { Instant } from '#kernel/clock.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { SettleDeps } from './settle-orders.ts'

/** The time by which an order's stock is looked at: the one that all processes share, where it was given. */
export async function timeFor(
  sql: Sql,
  { clock, timeOf }: Pick<SettleDeps, 'clock' | 'timeOf'>,
): Promise<Instant> {
  return timeOf === undefined ? clock.now() : await timeOf(sql)
}
