import type { Instant } from '#kernel/clock.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { Answered, StockCommand } from './commands.ts'

/**
 * Decides and writes these commands within the caller's transaction, which is kept short and calls this once: the levels touched stay
 * locked, in order of SKU and warehouse, until it commits. Answers in the order of the commands.
 */
export async function applyStock(
  _tx: Sql,
  _commands: readonly StockCommand[],
  _now: Instant,
): Promise<readonly Answered[]> {
  return await Promise.reject(new Error('not built yet'))
}
