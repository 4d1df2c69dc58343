import type { Instant } from '#kernel/clock.ts'
import { AHEAD } from '#platform/postgres/ahead.ts'
import { instantArray, int4Array, textArray } from '#platform/postgres/arrays.ts'
import { json, type Sql } from '#platform/postgres/database.ts'
import type { BreakerState, Counts, Evidence, Figures } from './core/breaker.ts'

/** Told on every change of a breaker, a force or a backup. */
export const OUTWARD_CHANNEL = 'outward'

export type Forced = {
  readonly state: 'open' | 'closed'
  readonly until: Instant
  readonly by: string
  readonly reason: string
}
export type BreakerRow = BreakerState & {
  readonly connection: string
  readonly cause: string
  readonly forced: Forced | null
}

type StoredBreaker = {
  connection_id: string
  state: BreakerState['state']
  forced: Forced['state'] | null
  forced_until: Instant | null
  forced_by: string | null
  forced_reason: string | null
  reason: string
  since: Instant
  probe_at: Instant | null
  probes_sent: number
  probes_ok: number
  probes_failed: number
  backoff_seconds: number
}

/** Every breaker that ever moved; a connection without a row is closed. */
export async function readBreakers(sql: Sql): Promise<BreakerRow[]> {
  const rows = await sql<StoredBreaker>`
    select connection_id, state, forced, forced_until, forced_by, forced_reason, reason, since, probe_at, probes_sent,
      probes_ok, probes_failed, backoff_seconds from breaker`
  return rows.map((row) => ({
    connection: row.connection_id,
    state: row.state,
    since: row.since,
    probeAt: row.probe_at,
    probesSent: row.probes_sent,
    probesOk: row.probes_ok,
    probesFailed: row.probes_failed,
    backoffSeconds: row.backoff_seconds,
    cause: row.reason,
    forced:
      row.forced === null || row.forced_until === null
        ? null
        : {
            state: row.forced,
            until: row.forced_until,
            by: row.forced_by ?? '',
            reason: row.forced_reason ?? '',
          },
  }))
}

/** Writes a transition unless somebody else moved the breaker meanwhile; answers whether it was written. */
export async function saveBreaker(
  tx: Sql,
  connection: string,
  from: BreakerState['state'],
  next: BreakerState,
  cause: string,
  now: Instant,
): Promise<boolean> {
  const rows = await tx`
    insert into breaker (connection_id, state, reason, since, probe_at, probes_sent, probes_ok, probes_failed, backoff_seconds, updated_at)
    values (${connection}, ${next.state}, ${cause}, ${next.since}, ${next.probeAt}, ${next.probesSent}, ${next.probesOk},
      ${next.probesFailed}, ${next.backoffSeconds}, ${now})
    on conflict (connection_id) do update set state = excluded.state, reason = excluded.reason, since = excluded.since,
      probe_at = excluded.probe_at, probes_sent = excluded.probes_sent, probes_ok = excluded.probes_ok,
      probes_failed = excluded.probes_failed, backoff_seconds = excluded.backoff_seconds, updated_at = excluded.updated_at
    where breaker.state = ${from}
    returning connection_id`
  return rows.length > 0
}

export type EventDraft = {
  readonly connection: string
  readonly from: string
  readonly to: string
  readonly cause: string
  readonly actor: string
  readonly evidence: Figures
}

export async function addEvent(tx: Sql, event: EventDraft, now: Instant): Promise<void> {
  await tx`
    insert into breaker_event (connection_id, at, from_state, to_state, cause, actor, evidence)
    values (${event.connection}, ${now}, ${event.from}, ${event.to}, ${event.cause}, ${event.actor}, ${json(event.evidence)}::jsonb)`
  await tx`select pg_notify(${OUTWARD_CHANNEL}, '')`
}

/** Sets or takes away a person's word; the machine below goes on by itself. */
export async function saveForce(
  tx: Sql,
  connection: string,
  forced: Forced | null,
  now: Instant,
): Promise<void> {
  await tx`
    insert into breaker (connection_id, state, forced, forced_until, forced_by, forced_reason, reason, since, updated_at)
    values (${connection}, 'closed', ${forced?.state ?? null}, ${forced?.until ?? null}, ${forced?.by ?? null},
      ${forced?.reason ?? null}, 'forced', ${now}, ${now})
    on conflict (connection_id) do update set forced = excluded.forced, forced_until = excluded.forced_until,
      forced_by = excluded.forced_by, forced_reason = excluded.forced_reason, updated_at = excluded.updated_at`
}

/** Claims one of the probes of a half-open breaker; false when all are under way or it is half open no more. */
export async function claimProbe(sql: Sql, connection: string, most: number): Promise<boolean> {
  const rows = await sql`
    update breaker set probes_sent = probes_sent + 1
    where connection_id = ${connection} and state = 'half_open' and probes_sent < ${most} returning connection_id`
  return rows.length > 0
}

export async function endProbe(sql: Sql, connection: string, isOk: boolean): Promise<void> {
  await sql`
    update breaker set probes_ok = probes_ok + ${isOk ? 1 : 0}, probes_failed = probes_failed + ${isOk ? 0 : 1}
    where connection_id = ${connection} and state = 'half_open'`
}

/** A claimed probe of which nothing was sent: another call may be it. */
export async function returnProbe(sql: Sql, connection: string): Promise<void> {
  await sql`
    update breaker set probes_sent = probes_sent - 1
    where connection_id = ${connection} and state = 'half_open' and probes_sent > probes_ok + probes_failed`
}

/** Probes whose process died are offered again. */
export async function offerLostProbes(sql: Sql, connection: string): Promise<void> {
  await sql`
    update breaker set probes_sent = probes_ok + probes_failed where connection_id = ${connection} and state = 'half_open'`
}

/** A person's test call went through an open breaker: the probes need not wait any longer. */
export async function hastenProbe(sql: Sql, connection: string, now: Instant): Promise<void> {
  await sql`update breaker set probe_at = ${now} where connection_id = ${connection} and state = 'open' and probe_at > ${now}`
}

export type CountDraft = Counts & {
  readonly connection: string
  readonly slow: number
  readonly codes: Readonly<Record<string, number>>
}

/** Adds one process's counts of some seconds, and to their minutes. */
export async function addCounts(sql: Sql, drafts: readonly CountDraft[]): Promise<void> {
  if (drafts.length === 0) return
  const rows = [...drafts].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
  const minutes = minutesOf(rows)
  await sql`
    insert into breaker_second (connection_id, at, calls, errors)
    select * from unnest(${textArray(rows.map((row) => row.connection))}::text[], ${instantArray(rows.map((row) => row.at))}::timestamptz[],
      ${int4Array(rows.map((row) => row.calls))}::int[], ${int4Array(rows.map((row) => row.errors))}::int[])
    on conflict (connection_id, at) do update set calls = breaker_second.calls + excluded.calls,
      errors = breaker_second.errors + excluded.errors`
  await sql`
    insert into breaker_bucket (connection_id, at, calls, errors, slow, codes)
    select c, at, calls, errors, slow, codes::jsonb from unnest(${textArray(minutes.map((row) => row.connection))}::text[],
      ${instantArray(minutes.map((row) => row.at))}::timestamptz[], ${int4Array(minutes.map((row) => row.calls))}::int[],
      ${int4Array(minutes.map((row) => row.errors))}::int[], ${int4Array(minutes.map((row) => row.slow))}::int[],
      ${textArray(minutes.map((row) => JSON.stringify(row.codes)))}::text[]) as draft (c, at, calls, errors, slow, codes)
    on conflict (connection_id, at) do update set calls = breaker_bucket.calls + excluded.calls,
      errors = breaker_bucket.errors + excluded.errors, slow = breaker_bucket.slow + excluded.slow,
      codes = (select coalesce(jsonb_object_agg(key, total), '{}') from (
        select key, sum(value::int) as total from (
          select * from jsonb_each_text(breaker_bucket.codes) union all select * from jsonb_each_text(excluded.codes)) both_sides
        group by key) summed)`
}

function keyOf({ connection, at }: CountDraft): string {
  return `${connection} ${at.toString()}`
}

function minutesOf(rows: readonly CountDraft[]): CountDraft[] {
  const minutes = new Map<string, CountDraft>()
  for (const row of rows) {
    const at = minuteOf(row.at)
    const key = `${row.connection} ${at.toString()}`
    const known = minutes.get(key)
    minutes.set(key, {
      connection: row.connection,
      at,
      calls: (known?.calls ?? 0) + row.calls,
      errors: (known?.errors ?? 0) + row.errors,
      slow: (known?.slow ?? 0) + row.slow,
      codes: addCodes(known?.codes ?? {}, row.codes),
    })
  }
  return [...minutes.values()]
}

export function addCodes(
  one: Readonly<Record<string, number>>,
  other: Readonly<Record<string, number>>,
): Record<string, number> {
  const sum: Record<string, number> = { ...one }
  for (const [code, count] of Object.entries(other)) sum[code] = (sum[code] ?? 0) + count
  return sum
}

export function minuteOf(at: Instant): Instant {
  return Temporal.Instant.fromEpochMilliseconds(Math.floor(at.epochMilliseconds / 60_000) * 60_000)
}

/** What the rules look at: the minutes since `minutesFrom`, the seconds since `secondsFrom`, oldest first. */
export async function readEvidence(
  sql: Sql,
  minutesFrom: Instant,
  secondsFrom: Instant,
): Promise<Map<string, Evidence>> {
  const minutes = await sql<Counts & { connection_id: string }>`
    select connection_id, at, calls, errors from breaker_bucket where at >= ${minutesFrom} order by connection_id, at`
  const seconds = await sql<Counts & { connection_id: string }>`
    select connection_id, at, calls, errors from breaker_second where at >= ${secondsFrom} order by connection_id, at`
  const byConnection = new Map<string, { minutes: Counts[]; seconds: Counts[] }>()
  const evidenceOf = (id: string) => {
    const known = byConnection.get(id) ?? { minutes: [], seconds: [] }
    byConnection.set(id, known)
    return known
  }
  for (const row of minutes) evidenceOf(row.connection_id).minutes.push(row)
  for (const row of seconds) evidenceOf(row.connection_id).seconds.push(row)
  return byConnection
}

export type MinuteRow = Counts & {
  readonly connection_id: string
  readonly slow: number
  readonly codes: Readonly<Record<string, number>>
}

export async function readMinutes(
  sql: Sql,
  from: Instant,
  connection: string | null = null,
): Promise<MinuteRow[]> {
  return await sql<MinuteRow>`
    select connection_id, at, calls, errors, slow, codes from breaker_bucket
    where at >= ${from} and (${connection}::text is null or connection_id = ${connection}) order by connection_id, at`
}

/** Seconds are looked at for ten of them, minutes for a week. */
export async function forgetCounts(sql: Sql, now: Instant): Promise<void> {
  await sql`delete from breaker_second where at < ${now.subtract({ minutes: 2 })}`
  await sql`delete from breaker_bucket where at < ${now.subtract({ hours: 168 })}`
  await sql`delete from breaker_event where at < ${now.subtract({ hours: 24 * 365 })}`
  await sql`delete from route_decision where at < ${now.subtract({ hours: 24 * 90 })}`
}

export type EventRow = {
  readonly id: bigint
  readonly at: Instant
  readonly from_state: string
  readonly to_state: string
  readonly cause: string
  readonly actor: string
  readonly evidence: Record<string, unknown>
}

/** Newest first, `before` excluded. */
export async function readEvents(
  sql: Sql,
  connection: string,
  before: bigint | null,
  limit: number,
): Promise<EventRow[]> {
  return await sql<EventRow>`
    select id, at, from_state, to_state, cause, actor, evidence from breaker_event
    where connection_id = ${connection} and (${before}::bigint is null or id < ${before}) order by id desc limit ${limit}`
}

/** Breakers whose times are by the word of a clock that was ahead: they probe, and a person's word ends, when it was meant. */
export async function mendBreakerTimes(sql: Sql): Promise<number> {
  const rows = await sql`
    update breaker set probe_at = probe_at - (updated_at - clock_timestamp()),
      forced_until = forced_until - (updated_at - clock_timestamp()), since = least(since, clock_timestamp()),
      updated_at = clock_timestamp()
    where updated_at > clock_timestamp() + ${AHEAD}::interval returning connection_id`
  return rows.length
}
