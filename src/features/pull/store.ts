import type { Sql } from '#platform/postgres/database.ts'

export async function readCursor(sql: Sql, connection: string): Promise<Temporal.Instant | null> {
  const [row] = await sql<{
    polled_to: Temporal.Instant
  }>`select polled_to from connection_cursor where connection_id = ${connection}`
  return row?.polled_to ?? null
}

export async function writeCursor(sql: Sql, connection: string, polledTo: Temporal.Instant): Promise<void> {
  await sql`
    insert into connection_cursor (connection_id, polled_to) values (${connection}, ${polledTo})
    on conflict (connection_id) do update set polled_to = excluded.polled_to, updated_at = now()`
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
    select coalesce(r.connection_id, c.connection_id) as connection_id, c.polled_to, r.ran_at, coalesce(r.windows, 0) as windows,
      coalesce(r.messages, 0) as messages, coalesce(r.fresh, 0) as fresh, r.trouble, r.trouble_since, r.wanted_at
    from poll_run r full join connection_cursor c on c.connection_id = r.connection_id`
}

/** Writes how a run ended; a wish that was there when it began is fulfilled by it. A connection that is gone is passed over. */
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
      wanted_at = case when poll_run.wanted_at <= ${begunAt} then null else poll_run.wanted_at end`
}

export async function wantPoll(sql: Sql, connection: string, now: Temporal.Instant): Promise<void> {
  await sql`
    insert into poll_run (connection_id, wanted_at) values (${connection}, ${now})
    on conflict (connection_id) do update set wanted_at = excluded.wanted_at`
}
