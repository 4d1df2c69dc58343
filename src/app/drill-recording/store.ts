import type { Instant } from '#kernel/clock.ts'
import type { Sql } from '#platform/postgres/database.ts'

export type RecordedRow = {
  readonly id: bigint
  readonly received_at: Instant
  readonly connection_id: string
  readonly kind: string
  readonly topic: string
  readonly dedup_key: string
  readonly order_no: string | null
  readonly headers: string
  readonly body: Buffer
}

/** The next accepted messages of a span, by id; the newest first copy of each key. */
export async function readAccepted(
  sql: Sql,
  span: { readonly from: Instant; readonly to: Instant; readonly after: bigint; readonly limit: number },
): Promise<RecordedRow[]> {
  return await sql<RecordedRow>`
    select m.id, m.received_at, m.connection_id, c.kind, m.topic, m.dedup_key, m.order_no, m.headers, m.body
    from inbox_message m join connection c on c.id = m.connection_id
    where m.verdict = 'accepted' and m.received_at >= ${span.from} and m.received_at < ${span.to} and m.id > ${span.after}
    order by m.id limit ${span.limit}`
}
