import type { Instant } from '#kernel/clock.ts'
import { textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { type Fragment, fragment, joinFragments, runFragment } from '#platform/postgres/fragment.ts'
import type { MessageFilter } from './core/filter.ts'
import type { MessagePlace } from './core/message-id.ts'

export type MessageRow = {
  readonly id: bigint
  readonly received_at: Instant
  readonly connection_id: string
  readonly connection_kind: string | null
  readonly connection_name: string | null
  readonly transport: string
  readonly topic: string
  readonly order_no: string | null
  readonly verdict: string
  readonly refusal_code: string | null
  readonly refusal_detail: string | null
  readonly task_state: string | null
  readonly park_code: string | null
  readonly park_detail: string | null
  readonly response_status: number
  readonly latency_us: number
  readonly bytes: number
}

/** Newest first, ids below `before`. Parked and pending messages are found from the short list of tasks, not from the log. */
export async function readMessages(
  sql: Sql,
  filter: MessageFilter,
  before: bigint | null,
  limit: number,
): Promise<MessageRow[]> {
  const byTask = filter.state === 'parked' || filter.state === 'pending'
  const source = byTask
    ? fragment`inbox_task t join inbox_message m on m.id = t.message_id and m.received_at = t.received_at`
    : fragment`inbox_message m left join inbox_task t on t.message_id = m.id`
  const conditions = joinFragments(
    [
      fragment`true`,
      ...conditionsOf(filter),
      ...(before === null ? [] : [fragment`${byTask ? fragment`t.message_id` : fragment`m.id`} < ${before}`]),
    ],
    ' and ',
  )
  return await runFragment<MessageRow>(
    sql,
    fragment`select m.id, m.received_at, m.connection_id, c.kind as connection_kind, c.name as connection_name, m.transport, m.topic,
      m.order_no, m.verdict, m.refusal_code, m.refusal_detail, t.state as task_state, t.park_code, t.park_detail, m.response_status,
      m.latency_us, octet_length(m.body) as bytes
    from ${source} left join connection c on c.id = m.connection_id
    where ${conditions} order by ${byTask ? fragment`t.message_id` : fragment`m.id`} desc limit ${limit}`,
  )
}

/** Ids and days of accepted messages that fit, newest first. */
export async function readReplayable(
  sql: Sql,
  filter: MessageFilter,
  limit: number,
): Promise<{ id: bigint; received_at: Instant }[]> {
  const conditions = joinFragments([fragment`m.verdict = 'accepted'`, ...conditionsOf(filter)], ' and ')
  return await runFragment(
    sql,
    fragment`select m.id, m.received_at from inbox_message m left join inbox_task t on t.message_id = m.id
    where ${conditions} order by m.id desc limit ${limit}`,
  )
}

function conditionsOf(filter: MessageFilter): readonly Fragment[] {
  const { connection, topic, verdict, state, orderNo, from, to, parkCode } = filter
  return [
    ...(connection === null ? [] : [fragment`m.connection_id = ${connection}`]),
    ...(topic === null ? [] : [fragment`m.topic = ${topic}`]),
    ...(verdict === null ? [] : [fragment`m.verdict = ${verdict}`]),
    ...(from === null ? [] : [fragment`m.received_at >= ${from}`]),
    ...(to === null ? [] : [fragment`m.received_at < ${to}`]),
    ...(orderNo === null ? [] : [ofOrder(orderNo)]),
    ...(parkCode === null ? [] : [fragment`t.park_code = ${parkCode}`]),
    ...(state === 'interpreted' ? [fragment`t.message_id is null and m.verdict = 'accepted'`] : []),
    ...(state === 'parked' || state === 'pending' ? [fragment`t.state = ${state}`] : []),
  ]
}

/** Messages that name the order themselves, or were found to speak of it or of a parcel with that number. */
function ofOrder(orderNo: string): Fragment {
  const subjects = textArray([`reference:${orderNo}`, `parcel:${orderNo.toUpperCase()}`])
  return fragment`m.id in (
    select id from inbox_message where order_no = ${orderNo}
    union select message_id from inbox_subject where subject = any(${subjects}::text[])
    union select s.message_id from sales_order o join order_subject os on os.order_id = o.id
      join inbox_subject s on s.subject = os.subject where o.order_no = ${orderNo})`
}

export type WholeMessage = MessageRow & {
  readonly headers: string
  readonly body: Uint8Array
  readonly response_body: string
}

export async function readMessage(
  sql: Sql,
  { number, from, to }: MessagePlace,
): Promise<WholeMessage | null> {
  const rows = await sql<WholeMessage>`
    select m.*, c.kind as connection_kind, c.name as connection_name, t.state as task_state, t.park_code, t.park_detail,
      octet_length(m.body) as bytes
    from inbox_message m left join inbox_task t on t.message_id = m.id left join connection c on c.id = m.connection_id
    where m.id = ${number} and m.received_at >= ${from} and m.received_at < ${to}`
  return rows[0] ?? null
}

export async function readSubjects(sql: Sql, { number, from, to }: MessagePlace): Promise<string[]> {
  const rows = await sql<{ subject: string }>`
    select subject from inbox_subject where message_id = ${number} and received_at >= ${from} and received_at < ${to}
    order by subject limit 500`
  return rows.map((row) => row.subject)
}

/** Facts that a message proves; found by its subjects, since facts are stored by subject. */
export async function readFactsOf(
  sql: Sql,
  messageId: string,
  subjects: readonly string[],
): Promise<{ id: string; kind: string; subject: string; at: Instant | null; at_raw: string }[]> {
  return await sql`
    select id, kind, subject, at, at_raw from fact
    where subject = any(${textArray(subjects)}::text[]) and message_id = ${messageId}
    order by at nulls last, id limit 500`
}

export type ParkedGroup = {
  readonly code: string
  readonly kind: string
  readonly count: bigint
  readonly oldest: Instant
  readonly sample_id: bigint
  readonly sample_at: Instant
}

/** What is parked, by reason and kind of connection, the largest group first, each with its newest message. */
export async function readParked(sql: Sql): Promise<ParkedGroup[]> {
  return await sql<ParkedGroup>`
    select coalesce(t.park_code, 'unknown') as code, coalesce(c.kind, 'unknown') as kind, count(*) as count, min(t.received_at) as oldest,
      max(t.message_id) as sample_id, (array_agg(t.received_at order by t.message_id desc))[1] as sample_at
    from inbox_task t
    join inbox_message m on m.id = t.message_id and m.received_at = t.received_at
    left join connection c on c.id = m.connection_id
    where t.state = 'parked'
    group by 1, 2 order by count desc, code limit 200`
}
