import { hashToUuid } from '#kernel/hash.ts'
import { type MessageId, messageId } from '#kernel/id.ts'
import {
  boolArray,
  byteaArray,
  instantArray,
  int4Array,
  int8Array,
  textArray,
  uuidArray,
} from '../postgres/arrays.ts'
import type { Sql } from '../postgres/database.ts'
import { readHeaders } from './headers.ts'

export type Transport = 'http' | 'stream' | 'poll' | 'fetch' | 'file' | 'api'

/** A message about to be kept, with what was answered to its sender. */
export type Arrival = {
  readonly connection: string
  /** Where it waits to be interpreted; says nothing about whose message it is. */
  readonly lane: string
  readonly transport: Transport
  readonly topic: string
  readonly dedupKey: string
  readonly orderNo: string | null
  readonly headers: string
  readonly body: Uint8Array
  readonly verdict: 'accepted' | 'challenge' | 'rejected'
  readonly refusalCode: string | null
  readonly refusalDetail: string | null
  readonly responseStatus: number
  readonly responseBody: string
  readonly receivedAt: Temporal.Instant
  readonly latencyUs: number
}

export type Kept = {
  readonly id: MessageId
  readonly verdict: 'accepted' | 'duplicate' | 'challenge' | 'rejected'
}

/**
 * Keeps a batch of messages verbatim in one statement: a key that is already known makes a duplicate, an accepted message
 * becomes a task. What a caller was acknowledged is durable once this returns.
 */
export async function keepArrivals(sql: Sql, arrivals: readonly Arrival[]): Promise<Kept[]> {
  const seen = new Set<string>()
  const keys = arrivals.map((arrival) => {
    if (arrival.verdict !== 'accepted') return null
    const key = hashToUuid(`${arrival.connection}\n${arrival.dedupKey}`)
    const first = !seen.has(key)
    seen.add(key)
    return { key, first }
  })
  const rows = await sql<{ ordinal: bigint; id: bigint; verdict: Kept['verdict'] }>`
    with arrived as (
      select *, nextval(pg_get_serial_sequence('inbox_message', 'id')) as id from unnest(
        ${textArray(arrivals.map((a) => a.connection))}::text[], ${textArray(arrivals.map((a) => a.transport))}::text[],
        ${textArray(arrivals.map((a) => a.topic))}::text[], ${textArray(arrivals.map((a) => a.dedupKey))}::text[],
        ${textArray(arrivals.map((a) => a.orderNo))}::text[], ${textArray(arrivals.map((a) => a.headers))}::text[],
        ${byteaArray(arrivals.map((a) => a.body))}::bytea[], ${textArray(arrivals.map((a) => a.verdict))}::text[],
        ${textArray(arrivals.map((a) => a.refusalCode))}::text[], ${textArray(arrivals.map((a) => a.refusalDetail))}::text[],
        ${int4Array(arrivals.map((a) => a.responseStatus))}::int[], ${textArray(arrivals.map((a) => a.responseBody))}::text[],
        ${instantArray(arrivals.map((a) => a.receivedAt))}::timestamptz[], ${int4Array(arrivals.map((a) => a.latencyUs))}::int[],
        ${uuidArray(keys.map((k) => k?.key ?? null))}::uuid[], ${boolArray(keys.map((k) => k?.first ?? false))}::boolean[],
        ${textArray(arrivals.map((a) => a.lane))}::text[]
      ) with ordinality as m (connection_id, transport, topic, dedup_key, order_no, headers, body, verdict, refusal_code,
        refusal_detail, response_status, response_body, received_at, latency_us, key, first, lane, ordinal)
    ), fresh as (
      insert into inbox_key (key, message_id, day)
      select key, id, (received_at at time zone 'UTC')::date from arrived where first order by key
      on conflict (key) do nothing returning message_id
    ), judged as (
      select arrived.*, case when verdict = 'accepted' and fresh.message_id is null then 'duplicate' else verdict end as judged
      from arrived left join fresh on fresh.message_id = arrived.id
    ), kept as (
      insert into inbox_message (id, received_at, connection_id, transport, topic, dedup_key, order_no, headers, body, verdict,
        refusal_code, refusal_detail, response_status, response_body, latency_us)
      overriding system value
      select id, received_at, connection_id, transport, topic, dedup_key, order_no, headers, body, judged,
        refusal_code, refusal_detail, response_status, response_body, latency_us from judged
    ), task as (
      insert into inbox_task (message_id, received_at, lane)
      select id, received_at, lane from judged where judged = 'accepted'
    )
    select ordinal, id, judged as verdict from judged order by ordinal`
  return rows.map((row, i) => ({
    id: idOfMessage(row.id, arrivals[i]?.receivedAt ?? Temporal.Instant.fromEpochMilliseconds(0)),
    verdict: row.verdict,
  }))
}

/** The headers of the message that was the first with this key; null where it is not kept any more. */
export async function firstHeaders(
  sql: Sql,
  connection: string,
  dedupKey: string,
): Promise<Readonly<Record<string, string>> | null> {
  const [row] = await sql<{ headers: string }>`
    select m.headers from inbox_key k
    join inbox_message m on m.id = k.message_id
      and m.received_at >= k.day::timestamp at time zone 'UTC' and m.received_at < (k.day + 1)::timestamp at time zone 'UTC'
    where k.key = ${hashToUuid(`${connection}\n${dedupKey}`)}::uuid`
  return row === undefined ? null : readHeaders(row.headers)
}

/** `<yyyymmdd>-<number>`: the day finds the partition. */
export function idOfMessage(id: bigint, receivedAt: Temporal.Instant): MessageId {
  return messageId(`${receivedAt.toString().slice(0, 10).replaceAll('-', '')}-${id}`)
}

export type Task = {
  readonly number: bigint
  readonly id: MessageId
  readonly connection: string
  readonly topic: string
  readonly dedupKey: string
  readonly orderNo: string | null
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  readonly receivedAt: Temporal.Instant
  /** Read before, with another mapping or parser: facts may have to change or go. */
  readonly replay: boolean
  readonly attempts: number
}

export type MessageRow = {
  readonly id: bigint
  readonly received_at: Temporal.Instant
  readonly connection_id: string
  readonly topic: string
  readonly dedup_key: string
  readonly order_no: string | null
  readonly headers: string
  readonly body: Buffer
}

/** Whose tasks are claimed, how many at most, and how many batches of that lane may be under way over all processes. */
export type LaneClaim = { readonly lane: string; readonly limit: number; readonly concurrency: number }

/**
 * Locks pending tasks of a lane, fresh ones before replays, oldest first, and loads their messages; other workers skip them until
 * the transaction ends. None where the lane has no free place: each of its `concurrency` places is an advisory lock, which ends
 * with the transaction or with the process.
 */
export async function claimTasks(tx: Sql, { lane, limit, concurrency }: LaneClaim): Promise<Task[]> {
  const rows = await tx<MessageRow & { replay: boolean; attempts: number }>`
    with place as materialized (
      select place from generate_series(1, ${concurrency}::int) place
      where pg_try_advisory_xact_lock(hashtext('lane.' || ${lane}::text), place) limit 1
    ), task as (
      select message_id, received_at, replay, attempts from inbox_task
      where state = 'pending' and lane = ${lane} and (select place from place) is not null
      order by replay, message_id limit ${limit} for update skip locked
    )
    select m.id, m.received_at, m.connection_id, m.topic, m.dedup_key, m.order_no, m.headers, m.body, task.replay, task.attempts
    from task join inbox_message m on m.id = task.message_id and m.received_at = task.received_at
    order by m.id`
  return rows.map((row) => rowToTask(row, row))
}

/** The task that `claimTasks` would take next from a lane, locked; null where there is none. */
export async function firstPending(tx: Sql, lane: string): Promise<bigint | null> {
  const [row] = await tx<{ message_id: bigint }>`
    select message_id from inbox_task where state = 'pending' and lane = ${lane}
    order by replay, message_id limit 1 for update skip locked`
  return row?.message_id ?? null
}

/** Loads the message of a pending task as `claimTasks` does; throws where it cannot be read. */
export async function readPending(tx: Sql, number: bigint): Promise<void> {
  await tx<MessageRow>`
    select m.id, m.received_at, m.connection_id, m.topic, m.dedup_key, m.order_no, m.headers, m.body
    from inbox_task t join inbox_message m on m.id = t.message_id and m.received_at = t.received_at
    where t.message_id = ${number} and t.state = 'pending'`
}

/** Never throws: one row that cannot be read would stop its lane for all that come after it. */
export function rowToTask(row: MessageRow, state: Pick<Task, 'replay' | 'attempts'>): Task {
  return {
    number: row.id,
    id: idOfMessage(row.id, row.received_at),
    connection: row.connection_id,
    topic: row.topic,
    dedupKey: row.dedup_key,
    orderNo: row.order_no,
    headers: readHeaders(row.headers),
    body: row.body,
    receivedAt: row.received_at,
    replay: state.replay,
    attempts: state.attempts,
  }
}

export async function finishTasks(tx: Sql, numbers: readonly bigint[]): Promise<void> {
  if (numbers.length > 0)
    await tx`delete from inbox_task where message_id = any(${int8Array(numbers)}::bigint[])`
}

export type Parking = { readonly number: bigint; readonly code: string; readonly detail: string }

/** Sets messages aside with their reason until a person or a fix lets them be replayed. */
export async function parkTasks(tx: Sql, parkings: readonly Parking[], now: Temporal.Instant): Promise<void> {
  if (parkings.length === 0) return
  await tx`
    update inbox_task t set state = 'parked', attempts = t.attempts + 1, park_code = p.code, park_detail = p.detail, parked_at = ${now}
    from unnest(${int8Array(parkings.map((p) => p.number))}::bigint[], ${textArray(parkings.map((p) => p.code))}::text[],
      ${textArray(parkings.map((p) => p.detail.slice(0, 500)))}::text[]) as p (number, code, detail)
    where t.message_id = p.number`
}

/** Remembers which orders and parcels messages spoke of, for searching the inbound log. */
export async function rememberSubjects(
  tx: Sql,
  rows: readonly { subject: string; number: bigint; receivedAt: Temporal.Instant }[],
): Promise<void> {
  if (rows.length === 0) return
  await tx`
    insert into inbox_subject (subject, message_id, received_at)
    select * from unnest(${textArray(rows.map((row) => row.subject))}::text[], ${int8Array(rows.map((row) => row.number))}::bigint[],
      ${instantArray(rows.map((row) => row.receivedAt))}::timestamptz[])
    on conflict do nothing`
}

/** Lanes in which something waits: one index probe a lane, however deep they are. */
export async function waitingLanes(sql: Sql): Promise<string[]> {
  const rows = await sql<{ lane: string }>`
    with recursive waiting as (
      (select lane from inbox_task where state = 'pending' order by lane limit 1)
      union all
      select (select lane from inbox_task where state = 'pending' and lane > waiting.lane order by lane limit 1)
      from waiting where waiting.lane is not null
    ) select lane from waiting where lane is not null`
  return rows.map((row) => row.lane)
}

export type LaneDepth = {
  readonly lane: string
  /** Counted up to the limit given. */
  readonly pending: number
  readonly oldest: Temporal.Instant | null
}

/**
 * Waiting messages of the given lanes, each counted up to its own limit, with the receipt of the first that is not a replay (of the
 * first at all where there are only replays).
 */
export async function laneDepths(
  sql: Sql,
  lanes: readonly { readonly lane: string; readonly most: number }[],
): Promise<LaneDepth[]> {
  if (lanes.length === 0) return []
  const rows = await sql<{ lane: string; pending: bigint; oldest: Temporal.Instant | null }>`
    select asked.lane, counted.pending, first.received_at as oldest
    from unnest(${textArray(lanes.map((one) => one.lane))}::text[], ${int4Array(lanes.map((one) => one.most))}::int[]) as asked (lane, most)
    cross join lateral (
      select count(*) as pending from (
        select 1 from inbox_task t where t.state = 'pending' and t.lane = asked.lane
        order by t.lane, t.replay, t.message_id limit asked.most) as few
    ) as counted
    left join lateral (
      select received_at from inbox_task t where t.state = 'pending' and t.lane = asked.lane order by replay, message_id limit 1
    ) as first on true`
  return rows.map(({ lane, pending, oldest }) => ({ lane, pending: Number(pending), oldest }))
}

/** Counting stops here: a hub that is behind must not spend its time on knowing by how much. */
const BACKLOG_CAP = 200_000

/** What waits and what is parked, each counted to 200,000 at most, and the receipt of the oldest that waits. */
export async function backlog(
  sql: Sql,
): Promise<{ pending: number; parked: number; oldest: Temporal.Instant | null }> {
  const [row] = await sql<{ pending: bigint; parked: bigint; oldest: Temporal.Instant | null }>`
    with recursive lanes as (
      select min(lane) as lane from inbox_task where state = 'pending'
      union all
      select (select min(lane) from inbox_task t where t.state = 'pending' and t.lane > lanes.lane) from lanes where lane is not null
    )
    select
      (select count(*) from (select 1 from inbox_task where state = 'pending' limit ${BACKLOG_CAP}) few) as pending,
      (select count(*) from (select 1 from inbox_task where state = 'parked' limit ${BACKLOG_CAP}) few) as parked,
      (select min(first.received_at) from lanes cross join lateral (
        select received_at from inbox_task t where t.state = 'pending' and t.lane = lanes.lane
        order by t.lane, t.replay, t.message_id limit 1) first) as oldest`
  return {
    pending: Number(row?.pending ?? 0n),
    parked: Number(row?.parked ?? 0n),
    oldest: row?.oldest ?? null,
  }
}
