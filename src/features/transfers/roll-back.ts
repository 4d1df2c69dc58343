import type { Answered, StockCommand } from '#features/stock/index.ts'
import { applyStock } from '#features/stock/index.ts'
import type { Instant } from '#kernel/clock.ts'
import { ok, type Refusal, type Result } from '#kernel/result.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'

/** A refusal that comes when something is written already: the transaction is given up and the caller hears the refusal. */
class RolledBack extends Error {
  readonly refusal: Refusal
  constructor(refusal: Refusal) {
    super(refusal.code)
    this.refusal = refusal
  }
}

/** Runs in one transaction; a refusal returned or thrown by `orRollBack` leaves nothing of it. */
export async function allOrNothing<T>(
  db: Database,
  run: (tx: Sql) => Promise<Result<T>>,
): Promise<Result<T>> {
  try {
    return await db.begin(async (tx) => {
      const done = await run(tx)
      if (!done.ok) throw new RolledBack(done.refusal)
      return done
    })
  } catch (error) {
    if (error instanceof RolledBack) return { ok: false, refusal: error.refusal }
    throw error
  }
}

/** Every command or none, as far as the caller rolls back where this refuses. */
export async function applyAll(
  tx: Sql,
  commands: readonly StockCommand[],
  now: Instant,
): Promise<Result<readonly Answered[]>> {
  if (commands.length === 0) return ok([])
  const answers = await applyStock(tx, commands, now)
  const refused = answers.find((one) => !one.ok)
  return refused === undefined || refused.ok ? ok(answers) : refused
}
