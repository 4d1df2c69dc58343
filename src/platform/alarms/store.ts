import type { Severity, Words } from '#domain/notice.ts'
import type { Instant } from '#kernel/clock.ts'
import { AHEAD } from '../postgres/ahead.ts'
import { int8Array, textArray } from '../postgres/arrays.ts'
import { json, type Sql } from '../postgres/database.ts'

/** Something that is wrong now. `rule` and `subject` together are its identity: the same trouble is one alarm. */
export type AlarmSignal = {
  /** `callback.silent`; has a card `docs/runbooks/<rule>.md`. */
  readonly rule: string
  /** What it is about: a connection's id, a lane, `hub`. */
  readonly subject: string
  readonly severity: Severity
  /** One sentence that says what is wrong, with its figures, and what to do first. */
  readonly words: Words
  readonly evidence: Readonly<Record<string, string | number | boolean | null>>
  /** Path in the console that shows it, `/connections?...`. */
  readonly link: string | null
}

/** Channel of the notification sent when an alarm opened, changed its severity or was resolved. */
export const ALARM_CHANNEL = 'alarm'

/**
 * Opens the alarm, or refreshes the open one; answers whether it is new or has become more severe. What was acknowledged was less
 * than what it is then: it is open again, and who had seen it stays in the audit.
 */
export async function raiseAlarm(sql: Sql, signal: AlarmSignal, now: Instant): Promise<boolean> {
  const [row] = await sql<{ fresh: boolean }>`
    insert into alarm (rule, subject, severity, zh, en, evidence, link, opened_at, last_at)
    values (${signal.rule}, ${signal.subject}, ${signal.severity}, ${signal.words.zh}, ${signal.words.en},
      ${json(signal.evidence)}::jsonb, ${signal.link}, ${now}, ${now})
    on conflict (rule, subject) where state <> 'resolved' do update
    set zh = excluded.zh, en = excluded.en, evidence = excluded.evidence, link = excluded.link, last_at = excluded.last_at,
      times = alarm.times + 1, previous_severity = alarm.severity, severity = excluded.severity,
      state = case when severity_rank(excluded.severity) > severity_rank(alarm.severity) then 'open' else alarm.state end,
      acknowledged_at = case when severity_rank(excluded.severity) <= severity_rank(alarm.severity) then alarm.acknowledged_at end,
      acknowledged_by = case when severity_rank(excluded.severity) <= severity_rank(alarm.severity) then alarm.acknowledged_by end
    returning times = 1 or severity_rank(severity) > severity_rank(previous_severity) as fresh`
  if (row?.fresh === true) await sql`select pg_notify(${ALARM_CHANNEL}, '')`
  return row?.fresh === true
}

/** Resolves the open alarms of a rule whose subjects are not among those named; answers how many. */
export async function resolveAlarms(
  sql: Sql,
  rule: string,
  stillWrong: readonly string[],
  now: Instant,
): Promise<number> {
  const rows = await sql<{ id: bigint }>`
    update alarm set state = 'resolved', resolved_at = ${now}, resolved_by = 'hub'
    where rule = ${rule} and state <> 'resolved' and not (subject = any(${textArray(stillWrong)}::text[]))
    returning id`
  if (rows.length > 0) await sql`select pg_notify(${ALARM_CHANNEL}, '')`
  return rows.length
}

/** Resolves one open alarm; false when there was none. */
export async function resolveAlarm(sql: Sql, rule: string, subject: string, now: Instant): Promise<boolean> {
  const rows = await sql<{ id: bigint }>`
    update alarm set state = 'resolved', resolved_at = ${now}, resolved_by = 'hub'
    where rule = ${rule} and subject = ${subject} and state <> 'resolved' returning id`
  if (rows.length > 0) await sql`select pg_notify(${ALARM_CHANNEL}, '')`
  return rows.length > 0
}

/** Marks open alarms as seen by a person; answers the ids of those that were open. */
export async function acknowledgeAlarms(
  sql: Sql,
  ids: readonly bigint[],
  by: string,
  note: string | null,
  now: Instant,
): Promise<bigint[]> {
  const rows = await sql<{ id: bigint }>`
    with chosen as (
      select id from alarm where id = any(${int8Array(ids)}::bigint[]) and state = 'open' order by id for update
    )
    update alarm set state = 'acknowledged', acknowledged_at = ${now}, acknowledged_by = ${by}, note = ${note}
    from chosen where alarm.id = chosen.id returning alarm.id`
  if (rows.length > 0) await sql`select pg_notify(${ALARM_CHANNEL}, '')`
  return rows.map((row) => row.id)
}

/** Resolves alarms on a person's word; what is still wrong opens again at the next look. Answers the ids that were not resolved yet. */
export async function resolveByHand(
  sql: Sql,
  ids: readonly bigint[],
  by: string,
  note: string | null,
  now: Instant,
): Promise<bigint[]> {
  const rows = await sql<{ id: bigint }>`
    with chosen as (
      select id from alarm where id = any(${int8Array(ids)}::bigint[]) and state <> 'resolved' order by id for update
    )
    update alarm set state = 'resolved', resolved_at = ${now}, resolved_by = ${by}, note = coalesce(${note}, note)
    from chosen where alarm.id = chosen.id returning alarm.id`
  if (rows.length > 0) await sql`select pg_notify(${ALARM_CHANNEL}, '')`
  return rows.map((row) => row.id)
}

/** Removes what was resolved before `before`; answers how many. What was told of it goes with it. */
export async function forgetAlarms(sql: Sql, before: Instant): Promise<number> {
  const rows = await sql`delete from alarm where state = 'resolved' and resolved_at < ${before} returning id`
  return rows.length
}

/** Alarms that a clock which was ahead opened: nobody is told before their time, so it is now. */
export async function mendAlarmTimes(sql: Sql): Promise<number> {
  const rows = await sql`
    update alarm set opened_at = clock_timestamp(), last_at = clock_timestamp()
    where state <> 'resolved' and opened_at > clock_timestamp() + ${AHEAD}::interval returning id`
  return rows.length
}
