import type { Severity } from '#domain/notice.ts'
import type { Instant } from '#kernel/clock.ts'
import { instantArray, int8Array, textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { SettingRow } from './core/settings.ts'

// What the sweep writes: cases that open, wake, go and come back. People's changes are in change/store.ts.

/** A case about to be opened. */
export type NewCase = {
  readonly rule: string
  readonly subject: string
  readonly orderId: bigint | null
  readonly connectionId: string | null
  readonly severity: Severity
  readonly zh: string
  readonly en: string
  readonly evidence: unknown
  readonly nextAction: string
  readonly owner: string | null
  readonly since: Instant
  readonly dueAt: Instant
}

/** Opens cases with their first line of history; one that is open already is left alone. Answers how many are new. */
export async function openCases(sql: Sql, cases: readonly NewCase[], now: Instant): Promise<number> {
  if (cases.length === 0) return 0
  const rows = await sql<{ opened: bigint }>`
    with opened as (
      insert into review_case (rule, subject, order_id, connection_id, severity, zh, en, evidence, next_action, owner, since, due_at,
        opened_at, updated_at)
      select rule, subject, order_id, connection_id, severity, zh, en, evidence::jsonb, next_action, owner, since, due_at, ${now}, ${now}
      from unnest(
        ${textArray(cases.map((one) => one.rule))}::text[], ${textArray(cases.map((one) => one.subject))}::text[],
        ${int8Array(cases.map((one) => one.orderId))}::bigint[], ${textArray(cases.map((one) => one.connectionId))}::text[],
        ${textArray(cases.map((one) => one.severity))}::text[], ${textArray(cases.map((one) => one.zh))}::text[],
        ${textArray(cases.map((one) => one.en))}::text[], ${textArray(cases.map((one) => JSON.stringify(one.evidence)))}::text[],
        ${textArray(cases.map((one) => one.nextAction))}::text[], ${textArray(cases.map((one) => one.owner))}::text[],
        ${instantArray(cases.map((one) => one.since))}::timestamptz[], ${instantArray(cases.map((one) => one.dueAt))}::timestamptz[]
      ) as found (rule, subject, order_id, connection_id, severity, zh, en, evidence, next_action, owner, since, due_at)
      on conflict (rule, subject) where state <> 'resolved' do nothing
      returning id, zh
    ), told as (
      insert into review_event (case_id, at, actor, kind, words) select id, ${now}, 'hub', 'opened', zh from opened
    )
    select count(*) as opened from opened`
  return Number(rows[0]?.opened ?? 0n)
}

export type WatchedCase = {
  readonly id: bigint
  readonly subject: string
  /** Only a person closes it: reopened by one, or owned under a rule that wants a decision. */
  readonly held: boolean
  readonly gone: boolean
}

/** Unresolved cases of a rule by id, after the given one. */
export async function readWatched(
  sql: Sql,
  rule: { readonly id: string; readonly decision: boolean },
  after: bigint,
  limit: number,
): Promise<WatchedCase[]> {
  return await sql<WatchedCase>`
    select id, subject, kept or (${rule.decision} and owner is not null) as held, gone_at is not null as gone from review_case
    where rule = ${rule.id} and state <> 'resolved' and id > ${after} order by id limit ${limit}`
}

/** Resolved by a person while the trouble went on, and not known to be over since. */
export async function readAnswered(
  sql: Sql,
  rule: string,
  after: bigint,
  limit: number,
): Promise<{ id: bigint; subject: string }[]> {
  return await sql`
    select id, subject from review_case
    where rule = ${rule} and state = 'resolved' and gone_at is null and id > ${after} order by id limit ${limit}`
}

/** The trouble is over: resolves the cases by the hub, with `gone` as their outcome. */
export async function resolveGone(
  sql: Sql,
  rule: { readonly id: string; readonly decision: boolean },
  ids: readonly bigint[],
  now: Instant,
): Promise<number> {
  const rows = await sql<{ count: bigint }>`
    with gone as (
      update review_case set state = 'resolved', outcome = 'gone', resolved_by = 'hub', resolved_at = ${now}, gone_at = ${now},
        snoozed_until = null, revision = revision + 1, updated_at = ${now}
      where id = any(${int8Array(ids)}::bigint[]) and state <> 'resolved' and not (kept or (${rule.decision} and owner is not null))
      returning id
    ), told as (
      insert into review_event (case_id, at, actor, kind, words) select id, ${now}, 'hub', 'gone', '' from gone
    )
    select count(*) as count from gone`
  return Number(rows[0]?.count ?? 0n)
}

/** The trouble of cases that a person holds is over, or there again: marked and told in their history, and left to the person. */
export async function markHeld(
  sql: Sql,
  ids: readonly bigint[],
  to: 'over' | 'back',
  now: Instant,
): Promise<void> {
  if (ids.length === 0) return
  await sql`
    with marked as (
      update review_case set gone_at = ${to === 'over' ? now : null}, revision = revision + 1, updated_at = ${now}
      where id = any(${int8Array(ids)}::bigint[]) and state <> 'resolved' and (gone_at is null) = ${to === 'over'}
      returning id
    )
    insert into review_event (case_id, at, actor, kind, words) select id, ${now}, 'hub', ${to}, '' from marked`
}

/** What a person answered is over by now: the same trouble later is a new case. */
export async function markAnswersOver(sql: Sql, ids: readonly bigint[], now: Instant): Promise<void> {
  if (ids.length === 0) return
  await sql`
    update review_case set gone_at = ${now} where id = any(${int8Array(ids)}::bigint[]) and state = 'resolved' and gone_at is null`
}

/** Wakes cases whose nap is over; `limit` at most. */
export async function wakeSnoozed(sql: Sql, now: Instant, limit: number): Promise<number> {
  const rows = await sql<{ count: bigint }>`
    with woken as (
      update review_case set state = 'open', snoozed_until = null, revision = revision + 1, updated_at = ${now}
      where id in (select id from review_case where state = 'snoozed' and snoozed_until <= ${now} order by snoozed_until, id limit ${limit})
        and state = 'snoozed'
      returning id
    ), told as (
      insert into review_event (case_id, at, actor, kind, words) select id, ${now}, 'hub', 'woke', '' from woken
    )
    select count(*) as count from woken`
  return Number(rows[0]?.count ?? 0n)
}

export async function readSettings(
  sql: Sql,
): Promise<(SettingRow & { updatedBy: string; updatedAt: Instant })[]> {
  return await sql`
    select rule, connection_id as "connectionId", active, minutes, severity, due_minutes as "dueMinutes", owner,
      updated_by as "updatedBy", updated_at as "updatedAt"
    from review_rule_setting order by rule, connection_id`
}

/** Writes one row; with nothing set it is removed, so that the one above it holds again. */
export async function saveSetting(tx: Sql, row: SettingRow, by: string, now: Instant): Promise<void> {
  const { rule, connectionId, active, minutes, severity, dueMinutes, owner } = row
  if ([active, minutes, severity, dueMinutes, owner].every((value) => value === null)) {
    await tx`delete from review_rule_setting where rule = ${rule} and connection_id = ${connectionId}`
    return
  }
  await tx`
    insert into review_rule_setting (rule, connection_id, active, minutes, severity, due_minutes, owner, updated_by, updated_at)
    values (${rule}, ${connectionId}, ${active}, ${minutes}, ${severity}, ${dueMinutes}, ${owner}, ${by}, ${now})
    on conflict (rule, connection_id) do update set active = excluded.active, minutes = excluded.minutes, severity = excluded.severity,
      due_minutes = excluded.due_minutes, owner = excluded.owner, updated_by = excluded.updated_by, updated_at = excluded.updated_at`
}

/** Open, past due, and nobody has taken them. */
export async function countOverdueUnowned(
  sql: Sql,
  now: Instant,
): Promise<{ count: number; oldest: Instant | null }> {
  const rows = await sql<{ count: bigint; oldest: Instant | null }>`
    select count(*) as count, min(due_at) as oldest from review_case
    where state = 'open' and owner is null and due_at < ${now}`
  return { count: Number(rows[0]?.count ?? 0n), oldest: rows[0]?.oldest ?? null }
}

export type FloodRow = {
  readonly rule: string
  readonly count: bigint
  readonly connection_id: string | null
  readonly connection_name: string | null
  readonly of_connection: bigint
}

/** Rules that opened more than `above` cases since then, each with the channel that most of them are of. */
export async function readFloods(sql: Sql, since: Instant, above: number): Promise<FloodRow[]> {
  return await sql<FloodRow>`
    with fresh as (
      select rule, connection_id, count(*) as count from review_case where opened_at >= ${since} group by rule, connection_id
    )
    select distinct on (f.rule) f.rule, sum(f.count) over (partition by f.rule)::bigint as count, f.connection_id,
      c.name as connection_name, f.count as of_connection
    from fresh f left join connection c on c.id = f.connection_id
    where f.rule in (select rule from fresh group by rule having sum(count) > ${above})
    order by f.rule, f.count desc, f.connection_id`
}

/** The SKU that most pieces of a rule's new cases are of. */
export async function readTopSku(sql: Sql, rule: string, since: Instant): Promise<string | null> {
  const rows = await sql<{ sku: string }>`
    select coalesce(l.stock_sku, l.shop_sku) as sku from review_case c join order_line l on l.order_id = c.order_id
    where c.rule = ${rule} and c.opened_at >= ${since} group by 1 order by sum(l.quantity) desc, 1 limit 1`
  return rows[0]?.sku ?? null
}
