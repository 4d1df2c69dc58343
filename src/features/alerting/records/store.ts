import type { Severity } from '#domain/notice.ts'
import type { Instant } from '#kernel/clock.ts'
import { textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { type Fragment, fragment, joinFragments, runFragment } from '#platform/postgres/fragment.ts'
import type { AlarmState } from '../core/types.ts'

// What the console's page reads.

export type AlarmRow = {
  readonly id: bigint
  readonly rule: string
  readonly subject: string
  readonly severity: Severity
  readonly state: AlarmState
  readonly zh: string
  readonly en: string
  readonly evidence: Record<string, unknown>
  readonly link: string | null
  readonly times: number
  readonly opened_at: Instant
  readonly last_at: Instant
  readonly acknowledged_at: Instant | null
  readonly acknowledged_by: string | null
  readonly note: string | null
  readonly resolved_at: Instant | null
  readonly resolved_by: string | null
}

export type AlarmFilter = {
  readonly states: readonly string[]
  readonly severities: readonly string[]
  readonly rule: string | null
  readonly subject: string | null
  /** Words of rule, subject or sentence. */
  readonly q: string | null
}

/** Where a page ended: what is open comes first, then the worse, then the newer. */
export type AlarmPlace = { readonly rank: number; readonly id: bigint }

const COLUMNS: Fragment = {
  text: [
    'id, rule, subject, severity, state, zh, en, evidence, link, times, opened_at, last_at, acknowledged_at, acknowledged_by, note, resolved_at, resolved_by',
  ],
  values: [],
}
/** 13 for open and critical down to 1: resolved and info. */
const RANK: Fragment = {
  text: [
    "(case state when 'open' then 10 when 'acknowledged' then 5 else 0 end + case when state = 'resolved' then 0 else severity_rank(severity) end)",
  ],
  values: [],
}

export async function readAlarms(
  sql: Sql,
  filter: AlarmFilter,
  after: AlarmPlace | null,
  limit: number,
): Promise<(AlarmRow & { readonly rank: number })[]> {
  const conditions = conditionsOf(filter)
  if (after !== null) conditions.push(fragment`(${RANK}, id) < (${after.rank}::int, ${after.id}::bigint)`)
  const where = conditions.length === 0 ? fragment`true` : joinFragments(conditions, ' and ')
  return await runFragment(
    sql,
    fragment`select ${COLUMNS}, ${RANK} as rank from alarm where ${where} order by ${RANK} desc, id desc limit ${limit}`,
  )
}

function conditionsOf(filter: AlarmFilter): Fragment[] {
  const conditions: Fragment[] = []
  const { states, severities, rule, subject, q } = filter
  if (states.length > 0) conditions.push(fragment`state = any(${textArray(states)}::text[])`)
  if (severities.length > 0) conditions.push(fragment`severity = any(${textArray(severities)}::text[])`)
  if (rule !== null) conditions.push(fragment`rule like ${likePattern(rule)}`)
  if (subject !== null) conditions.push(fragment`subject = ${subject}`)
  if (q !== null) {
    const like = `%${escapeLike(q)}%`
    conditions.push(
      fragment`(rule ilike ${like} or subject ilike ${like} or zh ilike ${like} or en ilike ${like})`,
    )
  }
  return conditions
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&')
}

function likePattern(rule: string): string {
  return escapeLike(rule).replaceAll('*', '%')
}

export async function readAlarm(sql: Sql, id: bigint): Promise<AlarmRow | null> {
  const [row] = await runFragment<AlarmRow>(sql, fragment`select ${COLUMNS} from alarm where id = ${id}`)
  return row ?? null
}

/** The same trouble before. */
export async function readEarlier(
  sql: Sql,
  { rule, subject, id }: Pick<AlarmRow, 'rule' | 'subject' | 'id'>,
): Promise<{ id: bigint; opened_at: Instant; resolved_at: Instant | null; times: number }[]> {
  return await sql`
    select id, opened_at, resolved_at, times from alarm where rule = ${rule} and subject = ${subject} and id < ${id}
    order by id desc limit 10`
}

export type AlarmCounts = { readonly severity: Severity; readonly state: AlarmState; readonly count: number }

export async function countAlarms(sql: Sql): Promise<AlarmCounts[]> {
  const rows = await sql<{ severity: Severity; state: AlarmState; count: bigint }>`
    select severity, state, count(*) as count from alarm where state <> 'resolved' group by severity, state`
  return rows.map((row) => ({ ...row, count: Number(row.count) }))
}

export async function countRules(sql: Sql): Promise<{ rule: string; severity: Severity; count: number }[]> {
  const rows = await sql<{ rule: string; severity: Severity; count: bigint }>`
    select rule, (array_agg(severity order by severity_rank(severity) desc))[1] as severity, count(*) as count
    from alarm where state <> 'resolved' group by rule order by max(severity_rank(severity)) desc, count(*) desc limit 50`
  return rows.map((row) => ({ ...row, count: Number(row.count) }))
}

export type DeliveryRow = {
  readonly id: bigint
  readonly notice_id: string
  readonly route_id: bigint | null
  readonly route_name: string | null
  readonly target: string
  readonly target_name: string | null
  readonly kind: string
  readonly rule: string
  readonly severity: Severity
  readonly title: string | null
  readonly alarm_ids: bigint[]
  readonly direct: boolean
  readonly state: string
  readonly words: string | null
  readonly created_at: Instant
  readonly settled_at: Instant | null
  readonly attempts: number | null
  readonly next_at: Instant | null
  readonly last: string | null
}

export type DeliveryFilter = {
  readonly alarm: bigint | null
  readonly target: string | null
  readonly states: readonly string[]
  readonly kind: string | null
}

/** Newest first, with where its intent stands. */
export async function readDeliveries(
  sql: Sql,
  filter: DeliveryFilter,
  before: bigint | null,
  limit: number,
): Promise<DeliveryRow[]> {
  const conditions: Fragment[] = [fragment`true`]
  if (before !== null) conditions.push(fragment`d.id < ${before}`)
  if (filter.alarm !== null) conditions.push(fragment`d.alarm_ids @> array[${filter.alarm}::bigint]`)
  if (filter.target !== null) conditions.push(fragment`d.target = ${filter.target}`)
  if (filter.states.length > 0) conditions.push(fragment`d.state = any(${textArray(filter.states)}::text[])`)
  if (filter.kind !== null) conditions.push(fragment`d.kind = ${filter.kind}`)
  return await runFragment<DeliveryRow>(
    sql,
    fragment`select d.id, d.notice_id, d.route_id, r.name as route_name, d.target, c.name as target_name, d.kind, d.rule, d.severity,
      d.notice ->> 'title' as title, d.alarm_ids, d.direct, d.state, d.words, d.created_at, d.settled_at, i.attempts,
      case when i.state in ('pending', 'unknown') then i.not_before end as next_at,
      case when i.last_code is null then null else i.last_code || ': ' || coalesce(i.last_detail, '') end as last
    from alarm_delivery d left join alarm_route r on r.id = d.route_id left join connection c on c.id = d.target
      left join outbox_intent i on i.key = 'notify:' || d.notice_id || ':' || d.target
    where ${joinFragments(conditions, ' and ')} order by d.id desc limit ${limit}`,
  )
}
