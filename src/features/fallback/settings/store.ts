import { json, type Sql } from '#platform/postgres/database.ts'

export type SettingRow = { readonly connection_id: string; readonly value: Readonly<Record<string, unknown>> }

export async function readSettingRows(sql: Sql): Promise<SettingRow[]> {
  return await sql<SettingRow>`select connection_id, value from fallback_setting`
}

/** Lays the change over what is stored; null takes a value back to the one underneath. */
export async function writeSetting(
  tx: Sql,
  connection: string,
  change: Readonly<Record<string, unknown>>,
  by: string,
): Promise<void> {
  await tx`
    insert into fallback_setting (connection_id, value, updated_by) values (${connection}, jsonb_strip_nulls(${json(change)}::jsonb), ${by})
    on conflict (connection_id) do update set value = jsonb_strip_nulls(fallback_setting.value || ${json(change)}::jsonb),
      updated_by = excluded.updated_by, updated_at = now()`
}
