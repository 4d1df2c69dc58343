import type { Instant } from '#kernel/clock.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { textArray } from '#platform/postgres/arrays.ts'
import { type Database, type Sql, sqlState } from '#platform/postgres/database.ts'
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

/** A search that takes longer than this is given up; every index-backed one takes a fraction of it. */
const SEARCH_WITHIN = '5s'
const CANCELLED = '57014'

/**
 * Newest first, ids below `before`. Parked and pending messages are found from the short list of tasks, not from the log. Refused with
 * `messages.search_too_wide` when no index helps and the table is large.
 */
export async function readMessages(
  sql: Database,
  filter: MessageFilter,
  before: bigint | null,
  limit: number,
): Promise<Result<MessageRow[]>> {
  const columns = fragment`m.id, m.received_at, m.connection_id, c.kind as connection_kind, c.name as connection_name, m.transport, m.topic,
    m.order_no, m.verdict, m.refusal_code, m.refusal_detail, t.state as task_state, t.park_code, t.park_detail, m.response_status,
    m.latency_us, octet_length(m.body) as bytes`
  return await withinTime(sql, (tx) =>
    runFragment<MessageRow>(
      tx,
      fragment`select ${columns} from ${sourceOf(filter, before, limit)} left join connection c on c.id = m.connection_id
      where ${conditionsOf(filter, before)} order by m.id desc limit ${limit}`,
    ),
  )
}

/** Accepted messages that fit and have ids below `before`, newest first. */
export async function readReplayable(
  sql: Database,
  filter: MessageFilter,
  before: bigint | null,
  limit: number,
): Promise<Result<{ id: bigint; received_at: Instant }[]>> {
  const accepted = { ...filter, verdict: filter.verdict ?? ('accepted' as const) }
  if (accepted.verdict !== 'accepted') return ok([])
  return await withinTime(sql, (tx) =>
    runFragment(
      tx,
      fragment`select m.id, m.received_at from ${sourceOf(accepted, before, limit)}
      where ${conditionsOf(accepted, before)} order by m.id desc limit ${limit}`,
    ),
  )
}

/** How many accepted messages fit, counted up to `cap`. */
export async function countReplayable(
  sql: Database,
  filter: MessageFilter,
  before: bigint,
  cap: number,
): Promise<Result<number>> {
  if (filter.verdict !== null && filter.verdict !== 'accepted') return ok(0)
  const accepted = { ...filter, verdict: 'accepted' as const }
  const counted = await withinTime(sql, (tx) =>
    runFragment<{ count: bigint }>(
      tx,
      fragment`select count(*) as count from (
        select 1 from ${sourceOf(accepted, before, cap)} where ${conditionsOf(accepted, before)} limit ${cap}) as few`,
    ),
  )
  return counted.ok ? ok(Number(counted.value[0]?.count ?? 0n)) : counted
}

/** One above the newest id there is; what comes later is not part of a selection made now. */
export async function endOfLog(sql: Sql): Promise<bigint> {
  const [row] = await sql<{ id: bigint }>`select id from inbox_message order by id desc limit 1`
  return (row?.id ?? 0n) + 1n
}

/** Messages that wait to be read again, counted up to `cap`. */
export async function countWaitingReplays(sql: Sql, cap: number): Promise<number> {
  const [row] = await sql<{ count: bigint }>`
    select count(*) as count from (select 1 from inbox_task where state = 'pending' and replay limit ${cap}) as few`
  return Number(row?.count ?? 0n)
}

/** Different topics since `since`, at most 200, of these connections (null: all); each costs one step in the index, however many messages it has. */
export async function readTopics(
  sql: Sql,
  since: Instant,
  within: readonly string[] | null,
): Promise<string[]> {
  if (within !== null) return await readTopicsWithin(sql, since, within)
  const rows = await sql<{ topic: string }>`
    with recursive seen as (
      (select topic from inbox_message where received_at >= ${since} order by topic limit 1)
      union all
      select (select m.topic from inbox_message m where m.topic > seen.topic and m.received_at >= ${since} order by m.topic limit 1)
      from seen where seen.topic is not null
    ) select topic from seen where topic is not null limit 200`
  return rows.map((row) => row.topic)
}

async function readTopicsWithin(sql: Sql, since: Instant, within: readonly string[]): Promise<string[]> {
  const rows = await sql<{ topic: string }>`
    with recursive seen as (
      select c.id as connection_id, (select m.topic from inbox_message m
        where m.connection_id = c.id and m.received_at >= ${since} order by m.topic limit 1) as topic
      from unnest(${textArray(within)}::text[]) as c (id)
      union all
      select seen.connection_id, (select m.topic from inbox_message m
        where m.connection_id = seen.connection_id and m.topic > seen.topic and m.received_at >= ${since} order by m.topic limit 1)
      from seen where seen.topic is not null
    ) select distinct topic from seen where topic is not null order by topic limit 200`
  return rows.map((row) => row.topic)
}

async function withinTime<T>(sql: Database, read: (tx: Sql) => Promise<T>): Promise<Result<T>> {
  try {
    return ok(
      await sql.begin(async (tx) => {
        await tx`select set_config('statement_timeout', ${SEARCH_WITHIN}, true)`
        return await read(tx)
      }),
    )
  } catch (error) {
    if (sqlState(error) !== CANCELLED) throw error
    return refuse(
      'messages.search_too_wide',
      `the search took longer than ${SEARCH_WITHIN}; name a time or a connection`,
    )
  }
}

function isByTask({ state }: MessageFilter): boolean {
  return state === 'parked' || state === 'pending'
}

/**
 * Where the message itself is asked nothing, the newest tasks are taken first and their messages looked up: left to itself the join
 * read all messages of a month (30,000 parked among ten million: 2,500 ms against 16 ms).
 */
function sourceOf(filter: MessageFilter, before: bigint | null, limit: number): Fragment {
  if (!isByTask(filter)) return fragment`inbox_message m left join inbox_task t on t.message_id = m.id`
  const { connection, within, topic, orderNo } = filter
  const onlyTasks = connection === null && within === null && topic === null && orderNo === null
  const tasks = onlyTasks
    ? fragment`(select * from inbox_task t where ${allOf(taskConditions(filter, before))} order by t.message_id desc limit ${limit})`
    : fragment`inbox_task`
  return fragment`${tasks} t join inbox_message m on m.id = t.message_id and m.received_at = t.received_at`
}

function conditionsOf(filter: MessageFilter, before: bigint | null): Fragment {
  const { connection, within, topic, verdict, state, orderNo, from, to } = filter
  return allOf([
    ...(connection === null ? [] : [fragment`m.connection_id = ${connection}`]),
    ...(within === null ? [] : [fragment`m.connection_id = any(${textArray(within)}::text[])`]),
    ...(topic === null ? [] : [fragment`m.topic = ${topic}`]),
    // Only accepted messages have a task.
    ...(verdict === null || (verdict === 'accepted' && isByTask(filter))
      ? []
      : [fragment`m.verdict = ${verdict}`]),
    ...(orderNo === null ? [] : [ofOrder(orderNo)]),
    ...(state === 'interpreted' ? [fragment`t.message_id is null and m.verdict = 'accepted'`] : []),
    ...(isByTask(filter)
      ? taskConditions(filter, before)
      : [
          ...(from === null ? [] : [fragment`m.received_at >= ${from}`]),
          ...(to === null ? [] : [fragment`m.received_at < ${to}`]),
          ...(before === null ? [] : [fragment`m.id < ${before}`]),
        ]),
  ])
}

function taskConditions({ state, from, to, parkCode }: MessageFilter, before: bigint | null): Fragment[] {
  return [
    ...(state === null ? [] : [fragment`t.state = ${state}`]),
    ...(parkCode === null ? [] : [fragment`t.park_code = ${parkCode}`]),
    ...(from === null ? [] : [fragment`t.received_at >= ${from}`]),
    ...(to === null ? [] : [fragment`t.received_at < ${to}`]),
    ...(before === null ? [] : [fragment`t.message_id < ${before}`]),
  ]
}

function allOf(conditions: readonly Fragment[]): Fragment {
  return joinFragments([fragment`true`, ...conditions], ' and ')
}

/**
 * Messages that name the order themselves, or were found to speak of it or of a parcel with that number. The instant goes with the
 * id, so that each look-up reads the one partition of its day.
 */
function ofOrder(orderNo: string): Fragment {
  const subjects = textArray([`reference:${orderNo}`, `parcel:${orderNo.toUpperCase()}`])
  return fragment`(m.id, m.received_at) in (
    select id, received_at from inbox_message where order_no = ${orderNo}
    union select message_id, received_at from inbox_subject where subject = any(${subjects}::text[])
    union select s.message_id, s.received_at from sales_order o join order_subject os on os.order_id = o.id
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

/** What is parked of these connections (null: all), by reason and kind, the largest group first, each with its newest message. */
export async function readParked(sql: Sql, within: readonly string[] | null): Promise<ParkedGroup[]> {
  return await sql<ParkedGroup>`
    select coalesce(t.park_code, 'unknown') as code, coalesce(c.kind, 'unknown') as kind, count(*) as count, min(t.received_at) as oldest,
      max(t.message_id) as sample_id, (array_agg(t.received_at order by t.message_id desc))[1] as sample_at
    from inbox_task t
    join inbox_message m on m.id = t.message_id and m.received_at = t.received_at
    left join connection c on c.id = m.connection_id
    where t.state = 'parked'
      and (${within === null} or m.connection_id = any(${textArray(within ?? [])}::text[]))
    group by 1, 2 order by count desc, code limit 200`
}
