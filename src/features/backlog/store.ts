import type { Instant } from '#kernel/clock.ts'
import { laneDepths, waitingLanes } from '#platform/inbox/store.ts'
import { instantArray, int4Array, int8Array, textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { type Fragment, fragment, runFragment } from '#platform/postgres/fragment.ts'

/** Waiting and parked messages are counted up to here: past it the figure is "more than". */
export const COUNTED_MOST = 100_000

export type LaneCount = {
  readonly lane: string
  readonly pending: number
  readonly dead: number
  /** Receipt of the first waiting message that came by itself; replays were received long ago and say nothing of delay. */
  readonly oldest: Instant | null
}

/**
 * Every lane in which something waits or is parked. Each answer comes from a partial index, lane by lane, so that a million
 * waiting messages cost what `COUNTED_MOST` of them do. The order is the index's: without it the planner reads the whole table where
 * lanes are few.
 */
export async function countLanes(sql: Sql): Promise<LaneCount[]> {
  const rows = await sql<{ lane: string; pending: bigint; dead: bigint; oldest: Instant | null }>`
    with recursive waiting as (
      (select lane from inbox_task where state = 'pending' order by lane limit 1)
      union all
      select (select lane from inbox_task where state = 'pending' and lane > waiting.lane order by lane limit 1)
      from waiting where waiting.lane is not null
    ), parked as (
      (select lane from inbox_task where state = 'parked' order by lane limit 1)
      union all
      select (select lane from inbox_task where state = 'parked' and lane > parked.lane order by lane limit 1)
      from parked where parked.lane is not null
    ), named as (
      select lane from waiting where lane is not null union select lane from parked where lane is not null
    )
    select named.lane,
      (select count(*) from (select 1 from inbox_task t where t.state = 'pending' and t.lane = named.lane
        order by t.lane, t.replay, t.message_id limit ${COUNTED_MOST}) as few) as pending,
      (select count(*) from (select 1 from inbox_task t where t.state = 'parked' and t.lane = named.lane
        order by t.lane, t.park_code, t.message_id desc limit ${COUNTED_MOST}) as few) as dead,
      (select t.received_at from inbox_task t where t.state = 'pending' and t.lane = named.lane and not t.replay
        order by t.message_id limit 1) as oldest
    from named order by named.lane`
  return rows.map((row) => ({ ...row, pending: Number(row.pending), dead: Number(row.dead) }))
}

/** Waiting messages of every lane, each counted no further than its control needs to know. */
export async function countWaiting(
  sql: Sql,
  mostOf: (lane: string) => number,
): Promise<{ lane: string; pending: number }[]> {
  const lanes = await waitingLanes(sql)
  return await laneDepths(
    sql,
    lanes.map((lane) => ({ lane, most: mostOf(lane) })),
  )
}

export type MinuteRow = {
  readonly lane: string
  readonly minute: Instant
  readonly arrived: number
  readonly interpreted: number
  readonly parked: number
}

export async function readMinutes(sql: Sql, since: Instant): Promise<MinuteRow[]> {
  const rows = await sql<{
    lane: string
    minute: Instant
    arrived: bigint
    interpreted: bigint
    parked: bigint
  }>`
    select lane, minute, arrived, interpreted, parked from lane_minute where minute >= ${since}`
  return rows.map((row) => ({
    ...row,
    arrived: Number(row.arrived),
    interpreted: Number(row.interpreted),
    parked: Number(row.parked),
  }))
}

export type Sample = {
  readonly subject: string
  readonly depth: number
  readonly dead: number
  readonly oldestSeconds: number
}
const SAMPLE_SECONDS = 15

/** Keeps the deepest of every quarter of a minute. */
export async function saveSamples(sql: Sql, samples: readonly Sample[], now: Instant): Promise<void> {
  if (samples.length === 0) return
  const ms = now.epochMilliseconds
  const at = Temporal.Instant.fromEpochMilliseconds(ms - (ms % (SAMPLE_SECONDS * 1_000)))
  const rows = [...samples].sort((a, b) => (a.subject < b.subject ? -1 : 1))
  await sql`
    insert into backlog_sample (subject, at, depth, dead, oldest_seconds)
    select subject, at, depth, dead, oldest from unnest(${textArray(rows.map((row) => row.subject))}::text[],
      ${instantArray(rows.map(() => at))}::timestamptz[], ${int8Array(rows.map((row) => BigInt(row.depth)))}::bigint[],
      ${int8Array(rows.map((row) => BigInt(row.dead)))}::bigint[], ${int4Array(rows.map((row) => row.oldestSeconds))}::int[]
    ) as seen (subject, at, depth, dead, oldest)
    on conflict (subject, at) do update set depth = greatest(backlog_sample.depth, excluded.depth),
      dead = greatest(backlog_sample.dead, excluded.dead),
      oldest_seconds = greatest(backlog_sample.oldest_seconds, excluded.oldest_seconds)`
}

export async function pruneSamples(sql: Sql, before: Instant): Promise<void> {
  await sql`delete from backlog_sample where at < ${before}`
}

export type SampleRow = {
  readonly subject: string
  readonly at: Instant
  readonly depth: number
  readonly dead: number
  readonly oldestSeconds: number
}
type RawSample = { subject: string; at: Instant; depth: bigint; dead: bigint; oldest_seconds: number }

const sampleOf = (row: RawSample): SampleRow => ({
  subject: row.subject,
  at: row.at,
  depth: Number(row.depth),
  dead: Number(row.dead),
  oldestSeconds: row.oldest_seconds,
})

/** Samples of all subjects that begin with `prefix`, oldest first. */
export async function readSamples(sql: Sql, prefix: string, since: Instant): Promise<SampleRow[]> {
  const rows = await sql<RawSample>`
    select subject, at, depth, dead, oldest_seconds from backlog_sample
    where at >= ${since} and starts_with(subject, ${prefix}) order by at`
  return rows.map(sampleOf)
}

/** One subject's history, the deepest of every `stepSeconds`, oldest first. */
export async function readHistory(
  sql: Sql,
  subject: string,
  since: Instant,
  stepSeconds: number,
): Promise<SampleRow[]> {
  const rows = await sql<RawSample>`
    select subject, date_bin(make_interval(secs => ${stepSeconds}), at, timestamptz '2000-01-01T00:00:00Z') as at,
      max(depth) as depth, max(dead) as dead, max(oldest_seconds) as oldest_seconds
    from backlog_sample where subject = ${subject} and at >= ${since} group by 1, 2 order by 2`
  return rows.map(sampleOf)
}

export async function readOpenAlarms(sql: Sql): Promise<{ rule: string; subject: string }[]> {
  return await sql`select rule, subject from alarm where state <> 'resolved' and starts_with(rule, 'backlog.')`
}

export type DeadGroupRow = {
  readonly lane: string
  readonly code: string
  readonly count: number
  readonly oldest: Instant
  readonly newest: Instant
  readonly sample_id: bigint
  readonly sample_at: Instant
  readonly connection_id: string
  readonly connection_name: string
  readonly connection_kind: string
  readonly detail: string | null
}

/** What is parked by lane and reason, each with its newest message; skips from group to group along the index. */
export async function readDeadGroups(sql: Sql): Promise<DeadGroupRow[]> {
  const rows = await sql<Omit<DeadGroupRow, 'count'> & { count: bigint }>`
    with recursive grp as (
      (select lane, park_code from inbox_task where state = 'parked' order by lane, park_code limit 1)
      union all
      select next.lane, next.park_code from grp cross join lateral (
        select lane, park_code from inbox_task
        where state = 'parked' and (lane, park_code) > (grp.lane, grp.park_code) order by lane, park_code limit 1) as next
    )
    select grp.lane, grp.park_code as code,
      (select count(*) from (select 1 from inbox_task t where t.state = 'parked' and t.lane = grp.lane and t.park_code = grp.park_code
        order by t.message_id desc limit ${COUNTED_MOST}) as few) as count,
      first.received_at as oldest, last.received_at as newest, last.message_id as sample_id, last.received_at as sample_at,
      last.park_detail as detail, m.connection_id, coalesce(c.name, m.connection_id) as connection_name,
      coalesce(c.kind, 'unknown') as connection_kind
    from grp
    cross join lateral (select t.message_id, t.received_at, t.park_detail from inbox_task t
      where t.state = 'parked' and t.lane = grp.lane and t.park_code = grp.park_code order by t.message_id desc limit 1) as last
    cross join lateral (select t.received_at from inbox_task t
      where t.state = 'parked' and t.lane = grp.lane and t.park_code = grp.park_code order by t.message_id limit 1) as first
    join inbox_message m on m.id = last.message_id and m.received_at = last.received_at
    left join connection c on c.id = m.connection_id
    order by 3 desc, 1, 2 limit 200`
  return rows.map((row) => ({ ...row, count: Number(row.count) }))
}

/** Parked messages of one reason, in one lane or in all. */
export type DeadChoice = { readonly code: string; readonly lane: string | null }
export type DeadId = { readonly id: bigint; readonly received_at: Instant }

/** Newest first, below `before`, parked no later than `parkedBy`: what a replay parks again is not taken twice. */
export async function readDeadIds(
  sql: Sql,
  choice: DeadChoice,
  { before, parkedBy, limit }: { before: bigint | null; parkedBy: Instant; limit: number },
): Promise<DeadId[]> {
  return await runFragment<DeadId>(
    sql,
    fragment`select message_id as id, received_at from inbox_task
      where ${ofChoice(choice)} and parked_at <= ${parkedBy} and message_id < ${before ?? 9_223_372_036_854_775_807n}
      order by message_id desc limit ${limit}`,
  )
}

/** Counted up to `COUNTED_MOST`. */
export async function countDead(sql: Sql, choice: DeadChoice): Promise<number> {
  const rows = await runFragment<{ count: bigint }>(
    sql,
    fragment`select count(*) as count from (select 1 from inbox_task where ${ofChoice(choice)} limit ${COUNTED_MOST}) as few`,
  )
  return Number(rows[0]?.count ?? 0n)
}

function ofChoice({ code, lane }: DeadChoice): Fragment {
  const inLane = lane === null ? fragment`` : fragment` and lane = ${lane}`
  return fragment`state = 'parked' and park_code = ${code}${inLane}`
}
