import { json, type Sql } from '#platform/postgres/database.ts'
import type { FilterInput } from '../core/filter.ts'

export type SavedView = { readonly id: bigint; readonly name: string; readonly filter: FilterInput }

/** A person's own views and those that others share, by name. */
export async function readViews(sql: Sql, owner: string, limit: number): Promise<SavedView[]> {
  return await sql<SavedView>`
    select id, name, filter from saved_view where owner = ${owner} or shared order by owner <> ${owner}, name limit ${limit}`
}

/** Answers the id, or null when this person has a view of that name. */
export async function insertView(
  sql: Sql,
  view: { owner: string; name: string; filter: FilterInput; shared: boolean },
): Promise<bigint | null> {
  const rows = await sql<{ id: bigint }>`
    insert into saved_view (owner, name, filter, shared) values (${view.owner}, ${view.name}, ${json(view.filter)}, ${view.shared})
    on conflict (owner, name) do nothing returning id`
  return rows[0]?.id ?? null
}

export async function deleteView(sql: Sql, owner: string, id: bigint): Promise<boolean> {
  return (await sql`delete from saved_view where id = ${id} and owner = ${owner} returning id`).length > 0
}
