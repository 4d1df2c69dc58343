import type { Notice, Severity } from '#domain/notice.ts'
import type { Instant } from '#kernel/clock.ts'
import { AHEAD } from '#platform/postgres/ahead.ts'
import { instantArray, int8Array, textArray } from '#platform/postgres/arrays.ts'
import { json, type Sql } from '#platform/postgres/database.ts'
import type { AlarmWords, Language } from './core/compose-notice.ts'
import type { Signal } from './core/own-signals.ts'
import { minuteOf, type RouteDraft } from './core/parse-route.ts'
import type { AlarmState, DirectlyTold, Route, Silence, Told } from './core/types.ts'

export const ROUTE_CHANNEL = 'alarm_route'
/** More open alarms than anybody reads; the worst come first. */
const ALARMS_AT_MOST = 2_000
/** Told one by one, past the grouping. */
const UNTOLD_AT_MOST = 50

type AlarmRecord = {
  readonly id: bigint
  readonly rule: string
  readonly subject: string
  readonly severity: Severity
  readonly state: AlarmState
  readonly zh: string
  readonly en: string
  readonly evidence: Record<string, unknown>
  readonly link: string | null
  readonly opened_at: Instant
  readonly resolved_at: Instant | null
}

/** All that are open, those whose end some route still has to tell, and all that opened within the last hour. */
export async function readAlarmsToTell(sql: Sql, now: Instant): Promise<AlarmWords[]> {
  const rows = await sql<AlarmRecord>`
    with wanted as (
      (select id from alarm where state <> 'resolved' order by severity_rank(severity) desc, id limit ${ALARMS_AT_MOST})
      union (select alarm_id from alarm_told where not resolved_told order by alarm_id limit ${ALARMS_AT_MOST})
      union (select id from alarm where opened_at > ${now.subtract({ hours: 1 })} order by opened_at desc limit ${ALARMS_AT_MOST})
    )
    select a.id, rule, subject, severity, state, zh, en, evidence, link, opened_at, resolved_at
    from alarm a join wanted using (id) order by a.id`
  return rows.map(alarmOf)
}

function alarmOf(row: AlarmRecord): AlarmWords {
  const { id, rule, subject, severity, state, zh, en, evidence, link } = row
  return {
    id,
    rule,
    subject,
    severity,
    state,
    words: { zh, en },
    evidence,
    link,
    openedAt: row.opened_at,
    resolvedAt: row.resolved_at,
  }
}

/** The worst of what is open and was never told, or only as less severe. */
export async function readUntold(sql: Sql): Promise<Signal[]> {
  const rows = await sql<AlarmRecord & Pick<Signal, 'evidence'>>`
    select id, rule, subject, severity, state, zh, en, evidence, link, opened_at, resolved_at from alarm a
    where state = 'open' and not exists (select 1 from alarm_told t
      where t.alarm_id = a.id and severity_rank(t.severity) >= severity_rank(a.severity))
    order by severity_rank(severity) desc, id limit ${UNTOLD_AT_MOST}`
  return rows.map((row) => ({ ...alarmOf(row), evidence: row.evidence }))
}

export type RouteRow = Route & {
  readonly name: string
  readonly language: Language
  readonly active: boolean
  readonly quietFrom: string | null
  readonly quietTo: string | null
  readonly zone: string | null
  readonly updatedBy: string
  readonly updatedAt: Instant
}

export async function readRoutes(sql: Sql, hubZone: string): Promise<RouteRow[]> {
  const rows = await sql<Record<string, unknown>>`
    select id, name, rules, least_severity, targets, escalate_to, escalate_after_minutes, quiet_from::text, quiet_to::text, zone,
      group_seconds, repeat_minutes, tell_resolved, language, active, updated_by, updated_at
    from alarm_route order by id`
  return rows.map((row) => routeOf(row as RouteRecord, hubZone))
}

type RouteRecord = {
  readonly id: bigint
  readonly name: string
  readonly rules: string[]
  readonly least_severity: Severity
  readonly targets: string[]
  readonly escalate_to: string[]
  readonly escalate_after_minutes: number | null
  readonly quiet_from: string | null
  readonly quiet_to: string | null
  readonly zone: string | null
  readonly group_seconds: number
  readonly repeat_minutes: number | null
  readonly tell_resolved: boolean
  readonly language: Language
  readonly active: boolean
  readonly updated_by: string
  readonly updated_at: Instant
}

function routeOf(row: RouteRecord, hubZone: string): RouteRow {
  const { quiet_from: from, quiet_to: to } = row
  return {
    id: row.id,
    name: row.name,
    rules: row.rules,
    leastSeverity: row.least_severity,
    targets: row.targets,
    escalateTo: row.escalate_to,
    escalateAfterMinutes: row.escalate_after_minutes,
    quiet:
      from === null || to === null
        ? null
        : { from: minuteOf(from), to: minuteOf(to), zone: row.zone ?? hubZone },
    quietFrom: from?.slice(0, 5) ?? null,
    quietTo: to?.slice(0, 5) ?? null,
    zone: row.zone,
    groupSeconds: row.group_seconds,
    repeatMinutes: row.repeat_minutes,
    tellResolved: row.tell_resolved,
    language: row.language,
    active: row.active,
    updatedBy: row.updated_by,
    updatedAt: row.updated_at,
  }
}

/** Adds or, with an id, replaces a route; answers its id, or null where there is none to replace. */
export async function saveRoute(
  tx: Sql,
  id: bigint | null,
  draft: RouteDraft,
  by: string,
  now: Instant,
): Promise<bigint | null> {
  const [rules, targets, escalateTo] = [draft.rules, draft.targets, draft.escalateTo].map(textArray)
  const rows =
    id === null
      ? await tx<{ id: bigint }>`
          insert into alarm_route (name, rules, least_severity, targets, escalate_to, escalate_after_minutes, quiet_from, quiet_to, zone,
            group_seconds, repeat_minutes, tell_resolved, language, active, updated_by, updated_at)
          values (${draft.name}, ${rules ?? null}, ${draft.leastSeverity}, ${targets ?? null}, ${escalateTo ?? null},
            ${draft.escalateAfterMinutes}, ${draft.quietFrom}::time, ${draft.quietTo}::time, ${draft.zone}, ${draft.groupSeconds},
            ${draft.repeatMinutes}, ${draft.tellResolved}, ${draft.language}, ${draft.active}, ${by}, ${now}) returning id`
      : await tx<{ id: bigint }>`
          update alarm_route set name = ${draft.name}, rules = ${rules ?? null}, least_severity = ${draft.leastSeverity},
            targets = ${targets ?? null}, escalate_to = ${escalateTo ?? null}, escalate_after_minutes = ${draft.escalateAfterMinutes},
            quiet_from = ${draft.quietFrom}::time, quiet_to = ${draft.quietTo}::time, zone = ${draft.zone},
            group_seconds = ${draft.groupSeconds}, repeat_minutes = ${draft.repeatMinutes}, tell_resolved = ${draft.tellResolved},
            language = ${draft.language}, active = ${draft.active}, updated_by = ${by}, updated_at = ${now}
          where id = ${id} returning id`
  await tx`select pg_notify(${ROUTE_CHANNEL}, '')`
  return rows[0]?.id ?? null
}

export async function routeNameTaken(tx: Sql, name: string, except: bigint | null): Promise<boolean> {
  const rows = await tx`select 1 from alarm_route where name = ${name} and id is distinct from ${except}`
  return rows.length > 0
}

export async function removeRoute(tx: Sql, id: bigint): Promise<string | null> {
  const [row] = await tx<{ name: string }>`delete from alarm_route where id = ${id} returning name`
  if (row !== undefined) await tx`select pg_notify(${ROUTE_CHANNEL}, '')`
  return row?.name ?? null
}

export type SilenceRow = Silence & {
  readonly id: bigint
  readonly reason: string
  readonly createdBy: string
  readonly createdAt: Instant
  readonly endedAt: Instant | null
}

/** Those that still hold, or all of the last 30 days. */
export async function readSilences(sql: Sql, now: Instant, ended: boolean): Promise<SilenceRow[]> {
  const rows = await sql<{
    id: bigint
    rules: string[]
    subjects: string[]
    reason: string
    until: Instant
    created_by: string
    created_at: Instant
    ended_at: Instant | null
  }>`
    select id, rules, subjects, reason, until, created_by, created_at, ended_at from alarm_silence
    where (ended_at is null and until > ${now}) or (${ended} and created_at > ${now.subtract({ hours: 720 })})
    order by id desc limit 500`
  return rows.map(({ created_by: createdBy, created_at: createdAt, ended_at: endedAt, ...row }) => ({
    ...row,
    createdBy,
    createdAt,
    endedAt,
  }))
}

export async function insertSilence(
  tx: Sql,
  silence: Silence & { readonly reason: string },
  by: string,
  now: Instant,
): Promise<bigint> {
  const [row] = await tx<{ id: bigint }>`
    insert into alarm_silence (rules, subjects, reason, until, created_by, created_at)
    values (${textArray(silence.rules)}, ${textArray(silence.subjects)}, ${silence.reason}, ${silence.until}, ${by}, ${now})
    returning id`
  await tx`select pg_notify(${ROUTE_CHANNEL}, '')`
  return row?.id ?? 0n
}

/** Ends a silence that holds; false where there is none. */
export async function endSilence(tx: Sql, id: bigint, now: Instant): Promise<boolean> {
  const rows = await tx`
    update alarm_silence set ended_at = ${now} where id = ${id} and ended_at is null and until > ${now} returning id`
  if (rows.length > 0) await tx`select pg_notify(${ROUTE_CHANNEL}, '')`
  return rows.length > 0
}

export async function readTold(sql: Sql, alarms: readonly bigint[]): Promise<Told[]> {
  const rows = await sql<{
    alarm_id: bigint
    route_id: bigint
    severity: Severity
    targets: string[]
    told_at: Instant
    reminded_at: Instant
    escalated_at: Instant | null
    resolved_told: boolean
  }>`
    select alarm_id, route_id, severity, targets, told_at, reminded_at, escalated_at, resolved_told
    from alarm_told where alarm_id = any(${int8Array(alarms)}::bigint[])`
  return rows.map((row) => ({
    alarmId: row.alarm_id,
    routeId: row.route_id,
    severity: row.severity,
    targets: row.targets,
    toldAt: row.told_at,
    remindedAt: row.reminded_at,
    escalatedAt: row.escalated_at,
    resolvedTold: row.resolved_told,
  }))
}

export async function saveTold(tx: Sql, told: readonly Told[]): Promise<void> {
  if (told.length === 0) return
  await tx`
    insert into alarm_told (alarm_id, route_id, severity, targets, told_at, reminded_at, escalated_at, resolved_told)
    select alarm_id, route_id, severity, array(select jsonb_array_elements_text(targets::jsonb)), told_at, reminded_at, escalated_at, resolved_told
    from unnest(${int8Array(told.map((one) => one.alarmId))}::bigint[], ${int8Array(told.map((one) => one.routeId))}::bigint[],
      ${textArray(told.map((one) => one.severity))}::text[], ${textArray(told.map((one) => JSON.stringify(one.targets)))}::text[],
      ${instantArray(told.map((one) => one.toldAt))}::timestamptz[], ${instantArray(told.map((one) => one.remindedAt))}::timestamptz[],
      ${instantArray(told.map((one) => one.escalatedAt))}::timestamptz[],
      ${textArray(told.map((one) => String(one.resolvedTold)))}::text[]::boolean[])
      as fresh (alarm_id, route_id, severity, targets, told_at, reminded_at, escalated_at, resolved_told)
    on conflict (alarm_id, route_id) do update
    set severity = excluded.severity, targets = excluded.targets, told_at = excluded.told_at, reminded_at = excluded.reminded_at,
      escalated_at = excluded.escalated_at, resolved_told = excluded.resolved_told`
}

/** What was told past the database within the last two hours. */
export async function readDirectlyTold(sql: Sql, now: Instant): Promise<DirectlyTold[]> {
  return await sql<DirectlyTold>`
    select route_id as "routeId", rule, subject, severity, array_agg(distinct target) as targets, max(created_at) as at
    from alarm_delivery, unnest(subjects) subject
    where direct and kind = 'opened' and route_id is not null and created_at > ${now.subtract({ hours: 2 })}
    group by route_id, rule, subject, severity`
}

export type DeliveryState = 'queued' | 'delivered' | 'refused' | 'failed' | 'unknown'
export type NewDelivery = {
  readonly noticeId: string
  readonly routeId: bigint | null
  readonly target: string
  readonly alarmIds: readonly bigint[]
  readonly subjects: readonly string[]
  readonly notice: Notice
  readonly state: DeliveryState
  readonly words: string | null
  readonly direct: boolean
  readonly at: Instant
}

/** Adds deliveries that are not there yet; answers the id of each by notice and target. */
export async function insertDelivery(tx: Sql, one: NewDelivery): Promise<bigint | null> {
  const { notice } = one
  const settledAt = one.state === 'queued' ? null : one.at
  const [row] = await tx<{ id: bigint }>`
    insert into alarm_delivery (notice_id, route_id, target, kind, rule, alarm_ids, subjects, severity, direct, state, words, notice,
      created_at, settled_at)
    values (${one.noticeId}::uuid, ${one.routeId}, ${one.target}, ${notice.kind}, ${notice.rule}, ${int8Array(one.alarmIds)},
      ${textArray(one.subjects)}, ${notice.severity}, ${one.direct}, ${one.state}, ${one.words?.slice(0, 1_000) ?? null},
      ${json({ ...notice, at: notice.at.toString() })}::jsonb, ${one.at}, ${settledAt})
    on conflict (notice_id, target) do nothing returning id`
  return row?.id ?? null
}

export async function readNotice(sql: Sql, delivery: bigint): Promise<Notice | null> {
  const [row] = await sql<{ notice: Omit<Notice, 'at'> & { at: string } }>`
    select notice from alarm_delivery where id = ${delivery}`
  return row === undefined ? null : { ...row.notice, at: Temporal.Instant.from(row.notice.at) }
}

export async function settleDelivery(
  tx: Sql,
  id: bigint,
  state: DeliveryState,
  words: string,
  now: Instant,
): Promise<void> {
  await tx`
    update alarm_delivery set state = ${state}, words = ${words.slice(0, 1_000)}, settled_at = ${now} where id = ${id}`
}

/** Takes over how intents ended whose dispatcher could not say so here: given up, or dropped by a person. */
export async function settleGivenUp(sql: Sql, now: Instant): Promise<void> {
  await sql`
    update alarm_delivery d set state = 'failed', settled_at = ${now},
      words = left(coalesce(i.last_code || ': ', '') || coalesce(i.last_detail, ''), 1000)
    from outbox_intent i
    where d.state in ('queued', 'unknown') and i.key = 'notify:' || d.notice_id || ':' || d.target and i.state in ('dead', 'moot')`
}

/** Critical notices, by target, that nobody has received although they were queued before `before`. */
export async function readLateTargets(
  sql: Sql,
  before: Instant,
): Promise<{ target: string; name: string; late: number; words: string | null }[]> {
  const rows = await sql<{ target: string; name: string; late: bigint; words: string | null }>`
    select d.target, coalesce(c.name, d.target) as name, count(*) as late,
      max(coalesce(i.last_code || ': ' || i.last_detail, d.words)) as words
    from alarm_delivery d left join connection c on c.id = d.target
      left join outbox_intent i on i.key = 'notify:' || d.notice_id || ':' || d.target
    where d.state in ('queued', 'unknown') and d.severity = 'critical' and d.kind not in ('test', 'resolved')
      and d.created_at <= ${before}
    group by d.target, c.name order by d.target`
  return rows.map((row) => ({ ...row, late: Number(row.late) }))
}

/** Targets whose newest settled notice of the last 24 hours did not get through. */
export async function readLostTargets(
  sql: Sql,
  now: Instant,
): Promise<{ target: string; name: string; failed: number; words: string | null }[]> {
  const rows = await sql<{ target: string; name: string; failed: bigint; words: string | null }>`
    select d.target, coalesce(c.name, d.target) as name, count(*) as failed, max(d.words) as words
    from alarm_delivery d left join connection c on c.id = d.target
    where d.state in ('refused', 'failed') and d.kind <> 'test' and d.settled_at > ${now.subtract({ hours: 24 })}
      and not exists (select 1 from alarm_delivery later
        where later.target = d.target and later.state = 'delivered' and later.settled_at >= d.settled_at)
    group by d.target, c.name order by d.target`
  return rows.map((row) => ({ ...row, failed: Number(row.failed) }))
}

export async function readDeadIntents(
  sql: Sql,
  now: Instant,
): Promise<
  { connection: string; name: string; count: number; oldestMinutes: number; code: string | null }[]
> {
  const rows = await sql<{
    connection: string
    name: string
    count: bigint
    oldest: Instant
    code: string | null
  }>`
    select i.connection_id as connection, coalesce(c.name, i.connection_id) as name, count(*) as count, min(i.updated_at) as oldest,
      (array_agg(i.last_code order by i.updated_at desc, i.id desc))[1] as code
    from outbox_intent i left join connection c on c.id = i.connection_id
    where i.state = 'dead' and i.effect <> 'notify' group by i.connection_id, c.name order by 1`
  return rows.map(({ oldest, count, ...row }) => ({
    ...row,
    count: Number(count),
    oldestMinutes: Math.max(0, Math.floor(now.since(oldest).total('minutes'))),
  }))
}

export async function readDownStreams(
  sql: Sql,
  now: Instant,
): Promise<{ connection: string; name: string; seconds: number; words: string }[]> {
  const rows = await sql<{ connection: string; name: string; since: Instant; words: string | null }>`
    select id as connection, name, stream_down_since as since, stream_words as words from connection
    where stream_down_since is not null and not paused order by id`
  return rows.map(({ since, words, ...row }) => ({
    ...row,
    words: words ?? '',
    seconds: Math.max(0, Math.floor(now.since(since).total('seconds'))),
  }))
}

export async function forgetDeliveries(sql: Sql, before: Instant): Promise<void> {
  await sql`delete from alarm_delivery where created_at < ${before} and state not in ('queued')`
}

/** Throws the outage where the database does not answer. */
export async function pingDatabase(sql: Sql): Promise<void> {
  await sql`select 1`
}

/** What was told by a clock that was ahead is reminded of and escalated as if it had been told now. */
export async function mendToldTimes(sql: Sql): Promise<number> {
  const rows = await sql`
    update alarm_told set told_at = least(told_at, clock_timestamp()), reminded_at = least(reminded_at, clock_timestamp())
    where not resolved_told and greatest(told_at, reminded_at) > clock_timestamp() + ${AHEAD}::interval returning alarm_id`
  return rows.length
}
