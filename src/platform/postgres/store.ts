import type { Sql } from './database.ts'

/** Bytes on disk of the whole database. */
export async function databaseSize(sql: Sql): Promise<number> {
  const [row] = await sql<{ size: bigint }>`select pg_database_size(current_database()) as size`
  return Number(row?.size ?? 0n)
}

/** How many migrations have been applied. */
export async function countMigrations(sql: Sql): Promise<number> {
  const [row] = await sql<{ count: bigint }>`select count(*) as count from schema_migration`
  return Number(row?.count ?? 0n)
}

/**
 * Moves every sequence on by so much: ids that were given after the moment to which the database was set back are known outside
 * as references, and must not come again for something else. Answers how many sequences there are.
 */
export async function leapSequences(tx: Sql, leap: number): Promise<number> {
  const rows = await tx`
    select setval(format('%I.%I', schemaname, sequencename)::regclass,
      least(coalesce(last_value, start_value) + ${leap}::bigint, max_value - 1))
    from pg_sequences where schemaname = current_schema()`
  return rows.length
}

/** Processes of the hub that are connected now, without the caller's own. */
export async function countHubConnections(sql: Sql, own: string): Promise<number> {
  const [row] = await sql<{ count: bigint }>`
    select count(*) as count from pg_stat_activity
    where datname = current_database() and application_name like 'holdfast%' and application_name <> ${own}`
  return Number(row?.count ?? 0n)
}

/** The server's own version, as `18.4`. */
export async function serverVersion(sql: Sql): Promise<string> {
  const [row] = await sql<{ version: string }>`select current_setting('server_version') as version`
  return row?.version ?? ''
}
