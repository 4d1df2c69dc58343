import type { Instant } from '#kernel/clock.ts'
import { withoutNul } from '#platform/inbox/headers.ts'
import { instantArray, int8Array, textArray } from '#platform/postgres/arrays.ts'
import { json, type Sql } from '#platform/postgres/database.ts'
import type { TlsOutcome } from './core/tls.ts'

export type MinuteCounts = {
  readonly connection: string
  readonly minute: Instant
  accepted: number
  duplicate: number
  challenge: number
  rejected: number
  forged: number
  unavailable: number
  late: number
  latencyUsSum: number
  latencyUsMax: number
  lastAt: Instant | null
  readonly statuses: Record<string, number>
  readonly codes: Record<string, number>
  readonly origins: Record<string, number>
}

/** Adds counts to what other processes, or this one before, wrote of the same minutes. */
export async function addMinutes(sql: Sql, rows: readonly MinuteCounts[]): Promise<void> {
  const sorted = [...rows].sort((a, b) =>
    `${a.connection} ${a.minute.toString()}` < `${b.connection} ${b.minute.toString()}` ? -1 : 1,
  )
  const big = (
    field:
      | 'accepted'
      | 'duplicate'
      | 'challenge'
      | 'rejected'
      | 'forged'
      | 'unavailable'
      | 'late'
      | 'latencyUsSum'
      | 'latencyUsMax',
  ) => int8Array(sorted.map((row) => BigInt(row[field])))
  const named = (field: 'statuses' | 'codes' | 'origins') =>
    textArray(sorted.map((row) => countsText(row[field])))
  await sql`
    insert into callback_minute as old (connection_id, minute, accepted, duplicate, challenge, rejected, forged, unavailable, late,
      latency_us_sum, latency_us_max, last_at, statuses, codes, origins)
    select connection_id, minute, accepted, duplicate, challenge, rejected, forged, unavailable, late, latency_us_sum, latency_us_max,
      last_at, statuses::jsonb, codes::jsonb, origins::jsonb
    from unnest(${textArray(sorted.map((row) => row.connection))}::text[], ${instantArray(sorted.map((row) => row.minute))}::timestamptz[],
      ${big('accepted')}::bigint[], ${big('duplicate')}::bigint[], ${big('challenge')}::bigint[], ${big('rejected')}::bigint[],
      ${big('forged')}::bigint[], ${big('unavailable')}::bigint[], ${big('late')}::bigint[], ${big('latencyUsSum')}::bigint[],
      ${big('latencyUsMax')}::bigint[], ${instantArray(sorted.map((row) => row.lastAt))}::timestamptz[],
      ${named('statuses')}::text[], ${named('codes')}::text[], ${named('origins')}::text[]
    ) as fresh (connection_id, minute, accepted, duplicate, challenge, rejected, forged, unavailable, late, latency_us_sum,
      latency_us_max, last_at, statuses, codes, origins)
    on conflict (connection_id, minute) do update set
      accepted = old.accepted + excluded.accepted, duplicate = old.duplicate + excluded.duplicate,
      challenge = old.challenge + excluded.challenge, rejected = old.rejected + excluded.rejected,
      forged = old.forged + excluded.forged, unavailable = old.unavailable + excluded.unavailable,
      late = old.late + excluded.late, latency_us_sum = old.latency_us_sum + excluded.latency_us_sum,
      latency_us_max = greatest(old.latency_us_max, excluded.latency_us_max), last_at = greatest(old.last_at, excluded.last_at),
      statuses = holdfast_add_counts(old.statuses, excluded.statuses), codes = holdfast_add_counts(old.codes, excluded.codes),
      origins = holdfast_add_counts(old.origins, excluded.origins)`
}

/** Counts by name as JSON; PostgreSQL's JSON holds neither U+0000 nor half a pair, and names come from outside. */
function countsText(counts: Readonly<Record<string, number>>): string {
  const clean: Record<string, number> = {}
  for (const [name, count] of Object.entries(counts)) {
    const key = withoutNul(name).toWellFormed()
    clean[key] = (clean[key] ?? 0) + count
  }
  return JSON.stringify(clean)
}

/** Drops minutes older than `before`; answers how many. */
export async function dropMinutes(sql: Sql, before: Instant): Promise<number> {
  const [row] = await sql<{ count: bigint }>`
    with dropped as (delete from callback_minute where minute < ${before} returning 1) select count(*) as count from dropped`
  return Number(row?.count ?? 0n)
}

export type Totals = {
  readonly connection_id: string
  readonly accepted: bigint
  readonly duplicate: bigint
  readonly challenge: bigint
  readonly rejected: bigint
  readonly forged: bigint
  readonly unavailable: bigint
  readonly late: bigint
  readonly latency_us_sum: bigint
  readonly latency_us_max: bigint
}

/** Sums per connection since `since`. */
export async function readTotals(sql: Sql, since: Instant): Promise<Totals[]> {
  return await sql<Totals>`
    select connection_id, sum(accepted)::bigint as accepted, sum(duplicate)::bigint as duplicate, sum(challenge)::bigint as challenge,
      sum(rejected)::bigint as rejected, sum(forged)::bigint as forged, sum(unavailable)::bigint as unavailable,
      sum(late)::bigint as late, sum(latency_us_sum)::bigint as latency_us_sum, max(latency_us_max) as latency_us_max
    from callback_minute where minute >= ${since} group by connection_id`
}

export type Name = {
  readonly connection_id: string
  readonly family: 'status' | 'code' | 'origin'
  readonly name: string
  readonly count: bigint
}

/** Answered statuses, refusal codes and origins per connection since `since`. */
export async function readNames(sql: Sql, since: Instant): Promise<Name[]> {
  return await sql<Name>`
    select connection_id, family, name, sum(value::bigint)::bigint as count from callback_minute
    cross join lateral (
      select 'status' as family, key as name, value from jsonb_each_text(statuses)
      union all select 'code', key, value from jsonb_each_text(codes)
      union all select 'origin', key, value from jsonb_each_text(origins)) as names
    where minute >= ${since} group by 1, 2, 3 order by count desc, name`
}

export type Heard = {
  readonly connection_id: string
  readonly first_minute: Instant
  readonly last_at: Instant | null
}

/** First minute on record and last message of each connection. */
export async function readHeard(sql: Sql, connections: readonly string[]): Promise<Heard[]> {
  return await sql<Heard>`
    select c.id as connection_id, first.minute as first_minute, last.last_at
    from unnest(${textArray(connections)}::text[]) as c (id)
    cross join lateral (
      select minute from callback_minute m where m.connection_id = c.id and m.accepted > 0 order by minute limit 1) as first
    left join lateral (
      select last_at from callback_minute m where m.connection_id = c.id and m.last_at is not null
      order by minute desc limit 1) as last on true`
}

/** Accepted messages in quarter hours, oldest first: no zone changes its offset within one. */
export async function readQuarters(
  sql: Sql,
  connection: string,
  since: Instant,
): Promise<{ from: Instant; count: bigint }[]> {
  return await sql`
    select to_timestamp(floor(extract(epoch from minute) / 900) * 900) as "from", sum(accepted)::bigint as count from callback_minute
    where connection_id = ${connection} and minute >= ${since} and accepted > 0 group by 1 order by 1`
}

export type MinuteRow = Omit<Totals, 'connection_id' | 'latency_us_sum'> & { readonly at: Instant }

/** Totals of one connection in steps of five minutes, oldest first. */
export async function readSteps(sql: Sql, connection: string, since: Instant): Promise<MinuteRow[]> {
  return await sql<MinuteRow>`
    select to_timestamp(floor(extract(epoch from minute) / 300) * 300) as at, sum(accepted)::bigint as accepted,
      sum(duplicate)::bigint as duplicate, sum(challenge)::bigint as challenge, sum(rejected)::bigint as rejected,
      sum(forged)::bigint as forged, sum(unavailable)::bigint as unavailable, sum(late)::bigint as late,
      max(latency_us_max) as latency_us_max
    from callback_minute where connection_id = ${connection} and minute >= ${since} group by 1 order by 1`
}

export type RhythmRow = {
  readonly connection_id: string
  readonly per_hour: readonly number[]
  readonly weeks: number
  readonly learned_at: Instant
}

export async function readRhythms(sql: Sql): Promise<RhythmRow[]> {
  return await sql<RhythmRow>`
    select connection_id, array_agg(expected_per_hour order by hour_of_week) as per_hour, max(weeks) as weeks, max(learned_at) as learned_at
    from callback_rhythm group by connection_id having count(*) = 168`
}

export async function saveRhythm(
  sql: Sql,
  connection: string,
  rhythm: { readonly perHour: readonly number[]; readonly weeks: number },
  at: Instant,
): Promise<void> {
  await sql`
    insert into callback_rhythm (connection_id, hour_of_week, expected_per_hour, weeks, learned_at)
    select ${connection}, hour - 1, rate::double precision, ${rhythm.weeks}, ${at}
    from jsonb_array_elements_text(${json(rhythm.perHour)}::jsonb) with ordinality as learned (rate, hour)
    on conflict (connection_id, hour_of_week) do update
    set expected_per_hour = excluded.expected_per_hour, weeks = excluded.weeks, learned_at = excluded.learned_at`
}

export type WatchRow = {
  readonly connection_id: string
  readonly watched: boolean
  readonly silence_minutes: number | null
  readonly registered_urls: readonly string[]
  readonly registered_read_at: Instant | null
  readonly registered_by: string | null
  readonly read_problem: string | null
}

export async function readWatches(sql: Sql): Promise<WatchRow[]> {
  return await sql<WatchRow>`
    select connection_id, watched, silence_minutes, registered_urls, registered_read_at, registered_by, read_problem from callback_watch`
}

export type WatchChange = {
  readonly watched: boolean
  readonly silenceMinutes: number | null
  readonly registeredUrls: readonly string[]
  readonly registeredReadAt: Instant | null
  readonly registeredBy: string | null
}

export async function saveWatch(sql: Sql, connection: string, watch: WatchChange): Promise<void> {
  await sql`
    insert into callback_watch (connection_id, watched, silence_minutes, registered_urls, registered_read_at, registered_by)
    values (${connection}, ${watch.watched}, ${watch.silenceMinutes}, ${json(watch.registeredUrls)}::jsonb,
      ${watch.registeredReadAt}, ${watch.registeredBy})
    on conflict (connection_id) do update set watched = excluded.watched, silence_minutes = excluded.silence_minutes,
      registered_urls = excluded.registered_urls, registered_read_at = excluded.registered_read_at,
      registered_by = excluded.registered_by`
}

/** What the platform itself said; a failed question keeps the addresses that were known. */
export async function saveRegistered(
  sql: Sql,
  connection: string,
  told: { readonly urls: readonly string[] | null; readonly at: Instant; readonly problem: string | null },
): Promise<void> {
  await sql`
    insert into callback_watch as old (connection_id, registered_urls, registered_read_at, registered_by, read_problem)
    values (${connection}, ${json(told.urls ?? [])}::jsonb, ${told.urls === null ? null : told.at},
      ${told.urls === null ? null : 'platform'}, ${told.problem})
    on conflict (connection_id) do update set
      registered_urls = case when ${told.urls === null} then old.registered_urls else excluded.registered_urls end,
      registered_read_at = coalesce(excluded.registered_read_at, old.registered_read_at),
      registered_by = coalesce(excluded.registered_by, old.registered_by), read_problem = excluded.read_problem`
}

export type ProbeRow = { readonly address: string; readonly at: Instant; readonly outcome: TlsOutcome }

export async function readProbes(sql: Sql): Promise<ProbeRow[]> {
  return await sql<ProbeRow>`select address, at, outcome from tls_probe order by address`
}

/** Keeps these outcomes and forgets addresses that nobody asks for any more. */
export async function saveProbes(sql: Sql, probes: readonly ProbeRow[]): Promise<void> {
  for (const { address, at, outcome } of probes)
    await sql`
      insert into tls_probe (address, at, outcome) values (${address}, ${at}, ${json(outcome)}::jsonb)
      on conflict (address) do update set at = excluded.at, outcome = excluded.outcome`
  await sql`delete from tls_probe where not (address = any(${textArray(probes.map((probe) => probe.address))}::text[]))`
}

/** Learned when; null: never. */
export async function lastLearned(sql: Sql): Promise<Instant | null> {
  const [row] = await sql<{ at: Instant | null }>`select max(learned_at) as at from callback_rhythm`
  return row?.at ?? null
}

export type Place = { readonly id: string; readonly callback_token: string; readonly updated_at: Instant }

/** The secret part of every connection's callback address, and when its settings were last changed. */
export async function readPlaces(sql: Sql): Promise<Place[]> {
  return await sql<Place>`select id, callback_token, updated_at from connection`
}
