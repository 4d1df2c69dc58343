import type { Instant } from '#kernel/clock.ts'
import { json, type Sql } from '#platform/postgres/database.ts'
import type { Calendar, CalendarException, Hours } from '../core/calendar.ts'
import type { Keep, PromiseRule, Start } from '../core/clocks.ts'

/** Channel of the notification that makes every process read its rules again. */
export const PROMISE_CHANNEL = 'promise'

export type CalendarRow = {
  readonly id: bigint
  readonly name: string
  readonly zone: string
  readonly week: readonly (Hours | null)[]
  readonly exceptions: readonly CalendarException[]
  readonly updated_by: string
  readonly updated_at: Instant
}

export async function readCalendars(sql: Sql): Promise<CalendarRow[]> {
  return await sql<CalendarRow>`
    select id, name, zone, week, exceptions, updated_by, updated_at from business_calendar order by name`
}

/** Null id adds one. Answers its id, or null when the name is taken or the calendar is gone. */
export async function saveCalendar(
  sql: Sql,
  id: bigint | null,
  { name, calendar, by, at }: { name: string; calendar: Calendar; by: string; at: Instant },
): Promise<bigint | null> {
  const { zone, week, exceptions } = calendar
  const rows =
    id === null
      ? await sql<{ id: bigint }>`
          insert into business_calendar (name, zone, week, exceptions, updated_by, updated_at)
          values (${name}, ${zone}, ${json(week)}::jsonb, ${json(exceptions)}::jsonb, ${by}, ${at})
          on conflict (name) do nothing returning id`
      : await sql<{ id: bigint }>`
          update business_calendar set name = ${name}, zone = ${zone}, week = ${json(week)}::jsonb,
            exceptions = ${json(exceptions)}::jsonb, updated_by = ${by}, updated_at = ${at}
          where id = ${id} and not exists (select 1 from business_calendar o where o.name = ${name} and o.id <> ${id})
          returning id`
  await notify(sql)
  return rows[0]?.id ?? null
}

/** Names of the rules that still count by it. */
export async function calendarUses(sql: Sql, id: bigint): Promise<string[]> {
  const rows = await sql<{
    name: string
  }>`select name from promise_rule where calendar_id = ${id} order by name`
  return rows.map((row) => row.name)
}

export async function removeCalendar(sql: Sql, id: bigint): Promise<boolean> {
  const rows = await sql`delete from business_calendar where id = ${id} returning id`
  await notify(sql)
  return rows.length > 0
}

export type RuleRow = {
  readonly id: bigint
  readonly name: string
  readonly kind: string
  readonly connection_id: string | null
  readonly starts: Start
  readonly keeps: Keep
  readonly minutes: number
  readonly calendar_id: bigint | null
  readonly cutoff: string | null
  readonly platform_first: boolean
  readonly warn_minutes: number
  readonly penalty_currency: string
  readonly penalty_minor: bigint | null
  readonly penalty_bps: number | null
  readonly penalty_cap_minor: bigint | null
  readonly active: boolean
  readonly updated_by: string
  readonly updated_at: Instant
}
export type RuleDraft = Omit<RuleRow, 'id' | 'updated_by' | 'updated_at'>

export async function readRules(sql: Sql): Promise<RuleRow[]> {
  return await sql<RuleRow>`
    select id, name, kind, connection_id, starts, keeps, minutes, calendar_id, to_char(cutoff, 'HH24:MI') as cutoff, platform_first,
      warn_minutes, penalty_currency, penalty_minor, penalty_bps, penalty_cap_minor, active, updated_by, updated_at
    from promise_rule order by kind, connection_id nulls first, name`
}

export async function insertRule(
  sql: Sql,
  draft: RuleDraft,
  { by, at }: { by: string; at: Instant },
): Promise<bigint | null> {
  const rows = await sql<{ id: bigint }>`
    insert into promise_rule (name, kind, connection_id, starts, keeps, minutes, calendar_id, cutoff, platform_first, warn_minutes,
      penalty_currency, penalty_minor, penalty_bps, penalty_cap_minor, active, updated_by, updated_at)
    values (${draft.name}, ${draft.kind}, ${draft.connection_id}, ${draft.starts}, ${draft.keeps}, ${draft.minutes},
      ${draft.calendar_id}, ${draft.cutoff}::time, ${draft.platform_first}, ${draft.warn_minutes}, ${draft.penalty_currency},
      ${draft.penalty_minor}, ${draft.penalty_bps}, ${draft.penalty_cap_minor}, ${draft.active}, ${by}, ${at})
    on conflict (name) do nothing returning id`
  await notify(sql)
  return rows[0]?.id ?? null
}

export async function updateRule(
  sql: Sql,
  id: bigint,
  draft: RuleDraft,
  { by, at }: { by: string; at: Instant },
): Promise<boolean> {
  const rows = await sql`
    update promise_rule set name = ${draft.name}, kind = ${draft.kind}, connection_id = ${draft.connection_id},
      starts = ${draft.starts}, keeps = ${draft.keeps}, minutes = ${draft.minutes}, calendar_id = ${draft.calendar_id},
      cutoff = ${draft.cutoff}::time, platform_first = ${draft.platform_first}, warn_minutes = ${draft.warn_minutes},
      penalty_currency = ${draft.penalty_currency}, penalty_minor = ${draft.penalty_minor}, penalty_bps = ${draft.penalty_bps},
      penalty_cap_minor = ${draft.penalty_cap_minor}, active = ${draft.active}, updated_by = ${by}, updated_at = ${at}
    where id = ${id} and not exists (select 1 from promise_rule o where o.name = ${draft.name} and o.id <> ${id})
    returning id`
  await notify(sql)
  return rows.length > 0
}

export async function removeRule(sql: Sql, id: bigint): Promise<boolean> {
  const rows = await sql`delete from promise_rule where id = ${id} returning id`
  await notify(sql)
  return rows.length > 0
}

async function notify(sql: Sql): Promise<void> {
  await sql`select pg_notify(${PROMISE_CHANNEL}, '')`
}

/** What active rules say, with their calendars. */
export function rulesOf(rows: readonly RuleRow[], calendars: readonly CalendarRow[]): PromiseRule[] {
  const byId = new Map(calendars.map((row) => [row.id, row]))
  return rows.filter((row) => row.active).map((row) => ruleOf(row, byId.get(row.calendar_id ?? -1n) ?? null))
}

export function ruleOf(row: RuleDraft & { readonly id: bigint }, calendar: Calendar | null): PromiseRule {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    connection: row.connection_id,
    starts: row.starts,
    keeps: row.keeps,
    minutes: row.minutes,
    calendar,
    cutoff: row.cutoff,
    platformFirst: row.platform_first,
    warnMinutes: row.warn_minutes,
    penalty: {
      currency: row.penalty_currency,
      fixedMinor: row.penalty_minor,
      bps: row.penalty_bps,
      capMinor: row.penalty_cap_minor,
    },
  }
}

export async function connectionExists(sql: Sql, id: string): Promise<string | null> {
  const [row] = await sql<{ kind: string }>`select kind from connection where id = ${id}`
  return row?.kind ?? null
}
