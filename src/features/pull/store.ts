import type { Database, Sql } from '#platform/postgres/database.ts'

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

export async function readCursor(sql: Sql, connection: string): Promise<Temporal.Instant | null> {
  const [row] = await sql<{
    polled_to: Temporal.Instant
  }>`select polled_to from connection_cursor where connection_id = ${connection}`
  return row?.polled_to ?? null
}

export async function writeCursor(sql: Sql, connection: string, polledTo: Temporal.Instant): Promise<void> {
  await sql`
    insert into connection_cursor (connection_id, polled_to) values (${connection}, ${polledTo})
    on conflict (connection_id) do update set polled_to = excluded.polled_to, updated_at = now()`
}
