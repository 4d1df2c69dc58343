import { Outage } from '#kernel/outage.ts'
import { type Database, type Sql, sqlState } from '#platform/postgres/database.ts'

const TRIES = 5

/**
 * Runs a transaction again that met another one crosswise: a finding and a level are each locked by one of them (deadlock), or both
 * brought the same key. Anything else is thrown.
 */
export async function inTurn<T>(db: Database, run: (tx: Sql) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await db.begin(run)
    } catch (error) {
      if (attempt >= TRIES || !isCrosswise(error)) throw error
    }
  }
}

function isCrosswise(error: unknown): boolean {
  if (error instanceof Outage) return error.code === 'stock.same_key_now'
  return ['40P01', '40001', '23505'].includes(sqlState(error) ?? '')
}
