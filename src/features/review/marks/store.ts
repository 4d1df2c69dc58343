import type { Severity } from '#domain/notice.ts'
import type { Instant } from '#kernel/clock.ts'
import { instantArray, int8Array, textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'

export type Mark = {
  readonly orderId: bigint
  readonly what: 'tag' | 'case'
  readonly setId: bigint
  readonly node: string
  readonly connection: string
  readonly orderNo: string
  readonly versionId: bigint
  readonly words: string
  readonly severity: Severity | null
  readonly since: Instant
}

/** Marks of these orders that their rules do not ask for any more go; those that stand keep since when they do. */
export async function replaceMarks(
  tx: Sql,
  orderIds: readonly bigint[],
  marks: readonly Mark[],
): Promise<void> {
  const ids = int8Array(marks.map((one) => one.orderId))
  const whats = textArray(marks.map((one) => one.what))
  const sets = int8Array(marks.map((one) => one.setId))
  const nodes = textArray(marks.map((one) => one.node))
  await tx`
    delete from order_mark m where m.order_id = any(${int8Array(orderIds)}::bigint[]) and not exists (
      select 1 from unnest(${ids}::bigint[], ${whats}::text[], ${sets}::bigint[], ${nodes}::text[]) as kept (order_id, what, set_id, node)
      where kept.order_id = m.order_id and kept.what = m.what and kept.set_id = m.set_id and kept.node = m.node)`
  if (marks.length === 0) return
  await tx`
    insert into order_mark as m (order_id, what, set_id, node, connection_id, order_no, version_id, words, severity, since)
    select * from unnest(${ids}::bigint[], ${whats}::text[], ${sets}::bigint[], ${nodes}::text[],
      ${textArray(marks.map((one) => one.connection))}::text[], ${textArray(marks.map((one) => one.orderNo))}::text[],
      ${int8Array(marks.map((one) => one.versionId))}::bigint[], ${textArray(marks.map((one) => one.words))}::text[],
      ${textArray(marks.map((one) => one.severity))}::text[], ${instantArray(marks.map((one) => one.since))}::timestamptz[])
    on conflict (order_id, what, set_id, node) do update set version_id = excluded.version_id, words = excluded.words,
      severity = excluded.severity
    where (m.version_id, m.words, m.severity) is distinct from (excluded.version_id, excluded.words, excluded.severity)`
}

export type TagRow = { readonly order_id: bigint; readonly words: string }

/** Tags that rules put on these orders, each once. */
export async function readTags(sql: Sql, orderIds: readonly bigint[]): Promise<TagRow[]> {
  if (orderIds.length === 0) return []
  return await sql<TagRow>`
    select distinct order_id, words from order_mark
    where what = 'tag' and order_id = any(${int8Array(orderIds)}::bigint[]) order by order_id, words`
}
