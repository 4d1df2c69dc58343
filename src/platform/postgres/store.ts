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

/** The server's own version, as `18.4`. */
export async function serverVersion(sql: Sql): Promise<string> {
  const [row] = await sql<{ version: string }>`select current_setting('server_version') as version`
  return row?.version ?? ''
}
