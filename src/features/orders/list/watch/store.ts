import type { Sql } from '#platform/postgres/database.ts'
import type { OrderChange } from '../order-stream.ts'

export async function lastJournalId(sql: Sql): Promise<bigint> {
  const rows = await sql<{ id: bigint }>`select id from journal order by id desc limit 1`
  return rows[0]?.id ?? 0n
}

/** Orders named by the newest `limit` journal rows after `seen`, as they stand now, and the newest row's id. */
export async function readOrderChanges(
  sql: Sql,
  seen: bigint,
  limit: number,
): Promise<{ changes: OrderChange[]; last: bigint | null }> {
  const rows = await sql<{
    id: bigint
    connection_id: string
    order_no: string
    status: string
    updated_at: Temporal.Instant
    last: bigint
  }>`
    select o.id, o.connection_id, o.order_no, o.status, o.updated_at, news.last
    from (
      select order_id, max(id) as id, max(max(id)) over () as last
      from (select id, order_id from journal where id > ${seen} and order_id is not null order by id desc limit ${limit}) few
      group by order_id
    ) news
    join sales_order o on o.id = news.order_id
    order by news.id`
  const changes = rows.map((row) => ({
    id: row.id,
    connection: row.connection_id,
    orderNo: row.order_no,
    status: row.status,
    updatedAt: row.updated_at,
  }))
  return { changes, last: rows[0]?.last ?? null }
}
