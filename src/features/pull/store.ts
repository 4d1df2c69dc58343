import type { Sql } from '#platform/postgres/database.ts'

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
