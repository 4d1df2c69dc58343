import type { Database, Sql } from './database.ts'

/** Runs `work` if no other process holds the named lock; answers false when somebody else does. The lock ends with the connection. */
export async function ifAlone(
  db: Database,
  name: string,
  work: (tx: Sql) => Promise<void>,
): Promise<boolean> {
  return await db.begin(async (tx) => {
    const [row] = await tx<{
      alone: boolean
    }>`select pg_try_advisory_xact_lock(hashtextextended(${name}, 0)) as alone`
    if (row?.alone !== true) return false
    await work(tx)
    return true
  })
}
