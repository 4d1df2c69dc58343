import { instantArray, textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'

export type UnknownCode = {
  readonly kind: string
  readonly connection: string
  readonly code: string
  readonly messageId: string
  readonly at: Temporal.Instant
}

/** Counts codes that nobody has decided, with the first message as a sample. */
export async function countUnknown(tx: Sql, codes: readonly UnknownCode[]): Promise<void> {
  if (codes.length === 0) return
  const rows = [...codes].sort((a, b) =>
    `${a.kind}\n${a.connection}\n${a.code}` < `${b.kind}\n${b.connection}\n${b.code}` ? -1 : 1,
  )
  await tx`
    insert into mapping_unknown (kind, connection_id, code, seen, first_at, last_at, sample_message)
    select kind, connection_id, code, count(*), min(at), max(at), min(message_id) from unnest(
      ${textArray(rows.map((row) => row.kind))}::text[], ${textArray(rows.map((row) => row.connection))}::text[],
      ${textArray(rows.map((row) => row.code))}::text[], ${textArray(rows.map((row) => row.messageId))}::text[],
      ${instantArray(rows.map((row) => row.at))}::timestamptz[]
    ) as seen (kind, connection_id, code, message_id, at)
    group by kind, connection_id, code
    on conflict (kind, connection_id, code) do update
    set seen = mapping_unknown.seen + excluded.seen, last_at = greatest(mapping_unknown.last_at, excluded.last_at)`
}
