import { idOfMessage, type Task } from '#platform/inbox/store.ts'
import { instantArray, int8Array, textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { type Fragment, fragment, joinFragments, runFragment } from '#platform/postgres/fragment.ts'

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

type MessageRow = {
  id: bigint
  received_at: Temporal.Instant
  connection_id: string
  topic: string
  dedup_key: string
  order_no: string | null
  headers: string
  body: Buffer
}

export type RecordedFilter = {
  readonly ids?: readonly string[]
  readonly connections?: readonly string[]
  readonly parkCode?: string
  readonly from?: Temporal.Instant
}

/** Makes all accepted messages that fit the filter pending again, in one statement; answers how many. */
export async function requeueRecorded(sql: Sql, filter: RecordedFilter): Promise<number> {
  const condition = conditionOf(filter)
  const rows = await runFragment<{ count: bigint }>(
    sql,
    fragment`with queued as (
      insert into inbox_task (message_id, received_at, lane, replay)
      select m.id, m.received_at, m.connection_id, true from inbox_message m where ${condition}
      on conflict (message_id) do update set state = 'pending', replay = true, park_code = null, park_detail = null, parked_at = null
      returning 1
    ) select count(*) as count from queued`,
  )
  return Number(rows[0]?.count ?? 0n)
}

function conditionOf(filter: RecordedFilter): Fragment {
  const conditions = [fragment`m.verdict = 'accepted'`]
  if (filter.ids !== undefined)
    conditions.push(
      fragment`m.id = any(${int8Array(filter.ids.map((id) => BigInt(id.split('-')[1] ?? '0')))}::bigint[])`,
    )
  if (filter.connections !== undefined)
    conditions.push(fragment`m.connection_id = any(${textArray(filter.connections)}::text[])`)
  if (filter.parkCode !== undefined)
    conditions.push(
      fragment`exists (select 1 from inbox_task t where t.message_id = m.id and t.state = 'parked' and t.park_code = ${filter.parkCode})`,
    )
  if (filter.from !== undefined) conditions.push(fragment`m.received_at >= ${filter.from}`)
  return joinFragments(conditions, ' and ')
}

/** Accepted messages that fit the filter, newest first, at most `limit`, in the form the interpreter reads. */
export async function recordedMessages(sql: Sql, filter: RecordedFilter, limit: number): Promise<Task[]> {
  const rows = await runFragment<MessageRow>(
    sql,
    fragment`select m.id, m.received_at, m.connection_id, m.topic, m.dedup_key, m.order_no, m.headers, m.body
      from inbox_message m where ${conditionOf(filter)} order by m.id desc limit ${limit}`,
  )
  return rows.reverse().map((row) => ({
    number: row.id,
    id: idOfMessage(row.id, row.received_at),
    connection: row.connection_id,
    topic: row.topic,
    dedupKey: row.dedup_key,
    orderNo: row.order_no,
    headers: JSON.parse(row.headers) as Record<string, string>,
    body: row.body,
    receivedAt: row.received_at,
    replay: true,
    attempts: 0,
  }))
}
