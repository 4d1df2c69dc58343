import { json, type Sql } from '#platform/postgres/database.ts'
import type { NewVersion } from '../store.ts'

/** The active set of a place. */
export async function findSetAt(
  sql: Sql,
  place: { readonly kind: string; readonly connectorKind: string; readonly connectionId: string | null },
): Promise<bigint | null> {
  const [row] = await sql<{ id: bigint }>`
    select id from rule_set where active and kind = ${place.kind} and connector_kind = ${place.connectorKind}
      and connection_id is not distinct from ${place.connectionId}`
  return row?.id ?? null
}

/** Beside an open draft, which stays what it is; the set must be locked and have no live version. */
export async function insertLiveVersion(
  sql: Sql,
  version: NewVersion,
): Promise<{ id: bigint; number: number }> {
  const { setId, now } = version
  const [row] = await sql<{ id: bigint; number: number }>`
    insert into rule_version (set_id, number, state, model, hash, note, author, author_id, hands, based_on, created_at, updated_at,
      published_at, live_at)
    select ${setId}, coalesce(max(number), 0) + 1, 'live', ${json(version.model)}::jsonb, ${version.hash}, ${version.note},
      ${version.author}, ${version.authorId}, array[${version.authorId}]::text[], ${version.basedOn}, ${now}, ${now}, ${now}, ${now}
    from rule_version where set_id = ${setId} returning id, number`
  if (row === undefined) throw new Error('insert returned nothing')
  return row
}
