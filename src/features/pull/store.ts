import type { Sql } from '#platform/postgres/database.ts'
import type { PollCursor } from './core/windows.ts'

export async function readCursor(sql: Sql, connection: string): Promise<PollCursor | null> {
  const [row] = await sql<{
    polled_to: Temporal.Instant
    steady_to: Temporal.Instant | null
    catching_up: boolean
    window_seconds: number | null
  }>`select polled_to, steady_to, catching_up, window_seconds from connection_cursor where connection_id = ${connection}`
  if (row === undefined) return null
  const { polled_to, steady_to, catching_up, window_seconds } = row
  return { polledTo: polled_to, steadyTo: steady_to, catchingUp: catching_up, windowSeconds: window_seconds }
}

/** `isAhead`: it was found ahead of the clock and is set back by this. */
export async function writeCursor(
  sql: Sql,
  connection: string,
  { polledTo, steadyTo, catchingUp, windowSeconds }: PollCursor,
  isAhead = false,
): Promise<void> {
  await sql`
    insert into connection_cursor (connection_id, polled_to, steady_to, catching_up, window_seconds)
    values (${connection}, ${polledTo}, ${steadyTo}, ${catchingUp}, ${windowSeconds})
    on conflict (connection_id) do update set polled_to = excluded.polled_to, steady_to = excluded.steady_to,
      catching_up = excluded.catching_up, window_seconds = excluded.window_seconds, updated_at = now(),
      ahead_at = case when ${isAhead} then clock_timestamp() else connection_cursor.ahead_at end`
}

/** A window of the least width was not read to its end. */
export async function noteOverflow(sql: Sql, connection: string, from: Temporal.Instant): Promise<void> {
  await sql`
    update connection_cursor set overflow_at = clock_timestamp(), overflow_from = ${from}
    where connection_id = ${connection}`
}

export type CursorTrouble = {
  readonly connection_id: string
  readonly steady_to: Temporal.Instant | null
  readonly ahead_at: Temporal.Instant | null
  readonly overflow_at: Temporal.Instant | null
  readonly overflow_from: Temporal.Instant | null
}

/** Cursors that were set back, or went over what they could not read, within the last day. */
export async function readCursorTroubles(sql: Sql): Promise<CursorTrouble[]> {
  return await sql<CursorTrouble>`
    select connection_id, steady_to, ahead_at, overflow_at, overflow_from from (
      select connection_id, steady_to, overflow_from,
        case when abs(extract(epoch from clock_timestamp() - ahead_at)) < 86400 then ahead_at end as ahead_at,
        case when abs(extract(epoch from clock_timestamp() - overflow_at)) < 86400 then overflow_at end as overflow_at
      from connection_cursor) as cursor
    where ahead_at is not null or overflow_at is not null`
}

export type PollSettingRow = {
  readonly connection_id: string
  readonly every_seconds: number
  readonly overlap_seconds: number
  readonly lag_seconds: number
}

export async function readPollSettings(sql: Sql): Promise<PollSettingRow[]> {
  return await sql<PollSettingRow>`
    select connection_id, every_seconds, overlap_seconds, lag_seconds from poll_setting`
}

export async function writePollSetting(tx: Sql, row: PollSettingRow, by: string): Promise<void> {
  await tx`
    insert into poll_setting (connection_id, every_seconds, overlap_seconds, lag_seconds, updated_by)
    values (${row.connection_id}, ${row.every_seconds}, ${row.overlap_seconds}, ${row.lag_seconds}, ${by})
    on conflict (connection_id) do update set every_seconds = excluded.every_seconds,
      overlap_seconds = excluded.overlap_seconds, lag_seconds = excluded.lag_seconds, updated_by = excluded.updated_by,
      updated_at = now()`
}

export async function dropPollSetting(tx: Sql, connection: string): Promise<void> {
  await tx`delete from poll_setting where connection_id = ${connection}`
}

export type PollRunRow = {
  readonly connection_id: string
  readonly polled_to: Temporal.Instant | null
  readonly begun_at: Temporal.Instant | null
  readonly ran_at: Temporal.Instant | null
  readonly windows: number
  readonly messages: number
  readonly fresh: number
  readonly trouble: string | null
  readonly trouble_since: Temporal.Instant | null
  readonly wanted_at: Temporal.Instant | null
}

export async function readPollRuns(sql: Sql): Promise<PollRunRow[]> {
  return await sql<PollRunRow>`
    select coalesce(r.connection_id, c.connection_id) as connection_id, c.polled_to, r.begun_at, r.ran_at, coalesce(r.windows, 0) as windows,
      coalesce(r.messages, 0) as messages, coalesce(r.fresh, 0) as fresh, r.trouble, r.trouble_since, r.wanted_at
    from poll_run r full join connection_cursor c on c.connection_id = r.connection_id`
}

/**
 * Takes the turn of a connection's poll, whose lock the caller holds: true if it is due, or wished for, or `isForced`. A run that never
 * ended was a process's that is gone, and is due. A connection that is gone never is.
 */
export async function takeTurn(
  sql: Sql,
  connection: string,
  { everySeconds, isForced }: { readonly everySeconds: number; readonly isForced: boolean },
  now: Temporal.Instant,
): Promise<boolean> {
  const rows = await sql`
    insert into poll_run (connection_id, begun_at) select id, ${now} from connection where id = ${connection}
    on conflict (connection_id) do update set begun_at = excluded.begun_at
    where ${isForced} or poll_run.begun_at is null or poll_run.ran_at is null or poll_run.ran_at < poll_run.begun_at
      or poll_run.wanted_at > poll_run.begun_at or abs(extract(epoch from excluded.begun_at - poll_run.begun_at)) >= ${everySeconds}::int
    returning connection_id`
  return rows.length > 0
}

/** Writes how a run ended; a wish that was there when it began, or lies ahead by a wrong clock, is fulfilled by it. A connection that is gone is passed over. */
export async function writePollRun(
  sql: Sql,
  run: Pick<PollRunRow, 'connection_id' | 'windows' | 'messages' | 'fresh' | 'trouble'>,
  begunAt: Temporal.Instant,
  now: Temporal.Instant,
): Promise<void> {
  await sql`
    insert into poll_run (connection_id, ran_at, windows, messages, fresh, trouble, trouble_since)
    select id, ${now}, ${run.windows}, ${run.messages}, ${run.fresh}, ${run.trouble?.slice(0, 500) ?? null},
      case when ${run.trouble}::text is null then null else ${now}::timestamptz end
    from connection where id = ${run.connection_id}
    on conflict (connection_id) do update set ran_at = excluded.ran_at, windows = excluded.windows, messages = excluded.messages,
      fresh = excluded.fresh, trouble = excluded.trouble,
      trouble_since = case when excluded.trouble is null then null else coalesce(poll_run.trouble_since, excluded.trouble_since) end,
      wanted_at = case when poll_run.wanted_at <= ${begunAt} or poll_run.wanted_at > ${now.add({ minutes: 1 })} then null
        else poll_run.wanted_at end`
}

export async function wantPoll(sql: Sql, connection: string, now: Temporal.Instant): Promise<void> {
  await sql`
    insert into poll_run (connection_id, wanted_at) values (${connection}, ${now})
    on conflict (connection_id) do update set wanted_at = excluded.wanted_at`
}
