import { int8Array, textArray } from '../postgres/arrays.ts'
import type { Sql } from '../postgres/database.ts'
import { type Fragment, fragment, joinFragments, runFragment } from '../postgres/fragment.ts'
import { type MessageRow, rowToTask, type Task } from './store.ts'

/** Accepted messages on record; all that is given must fit. */
export type RecordedFilter = {
  readonly ids?: readonly string[]
  readonly connections?: readonly string[]
  readonly parkCode?: string
  readonly from?: Temporal.Instant
}

/**
 * Makes all accepted messages that fit the filter pending again, in one statement; answers how many. One that is parked stays in the
 * lane in which it came, one that was read goes to its connection's lane of today.
 */
export async function requeueRecorded(sql: Sql, filter: RecordedFilter): Promise<number> {
  const condition = conditionOf(filter)
  const rows = await runFragment<{ count: bigint }>(
    sql,
    fragment`with queued as (
      insert into inbox_task (message_id, received_at, lane, replay)
      select m.id, m.received_at, coalesce(l.lane, m.connection_id), true
      from inbox_message m left join lane_of_connection l on l.connection_id = m.connection_id where ${condition}
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
  return rows.reverse().map((row) => rowToTask(row, { replay: true, attempts: 0 }))
}
