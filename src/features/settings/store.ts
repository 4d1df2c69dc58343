import type { Instant } from '#kernel/clock.ts'
import { json, type Sql } from '#platform/postgres/database.ts'

export const SETTINGS_CHANNEL = 'settings'

export async function readSettings(sql: Sql): Promise<Record<string, unknown>> {
  const rows = await sql<{ name: string; value: unknown }>`
    select name, value from setting where name in ('zone', 'rawMessageDays', 'locale')`
  return Object.fromEntries(rows.map((row) => [row.name, row.value]))
}

export async function saveSetting(
  sql: Sql,
  name: string,
  value: string | number,
  at: Instant,
): Promise<void> {
  await sql`
    insert into setting (name, value, updated_at) values (${name}, ${json(value)}, ${at})
    on conflict (name) do update set value = excluded.value, updated_at = excluded.updated_at`
}

/** Heard by every process once the transaction commits. */
export async function tellSettingsChanged(sql: Sql): Promise<void> {
  await sql`select pg_notify(${SETTINGS_CHANNEL}, '')`
}
