import type { Severity } from '#domain/notice.ts'
import type { Instant } from '#kernel/clock.ts'

/** For every channel. */
export const ALL = '*'

/** What is null comes from the row for every channel, then from the rule itself. */
export type SettingRow = {
  readonly rule: string
  readonly connectionId: string
  readonly active: boolean | null
  readonly minutes: number | null
  readonly severity: Severity | null
  readonly dueMinutes: number | null
  readonly owner: string | null
}

export type Effective = {
  readonly active: boolean
  readonly minutes: number
  readonly severity: Severity
  readonly dueMinutes: number
  readonly owner: string | null
}

/** A rule's settings as they hold: for every channel, and for those that have their own. */
export type RuleSettings = { readonly all: Effective; readonly own: ReadonlyMap<string, Effective> }

type Defaults = {
  readonly id: string
  readonly minutes: number
  readonly severity: Severity
  readonly dueMinutes: number
}

export function settingsOf(rule: Defaults, rows: readonly SettingRow[]): RuleSettings {
  const mine = rows.filter((row) => row.rule === rule.id)
  const standard: Effective = {
    active: true,
    minutes: rule.minutes,
    severity: rule.severity,
    dueMinutes: rule.dueMinutes,
    owner: null,
  }
  const all = over(
    standard,
    mine.find((row) => row.connectionId === ALL),
  )
  return {
    all,
    own: new Map(
      mine.filter((row) => row.connectionId !== ALL).map((row) => [row.connectionId, over(all, row)]),
    ),
  }
}

export function effectiveFor(settings: RuleSettings, connectionId: string | null): Effective {
  return (connectionId === null ? undefined : settings.own.get(connectionId)) ?? settings.all
}

/** The latest beginning that any active channel calls due now; null where the rule is off everywhere. */
export function latestDue(settings: RuleSettings, now: Instant): Instant | null {
  const minutes = [settings.all, ...settings.own.values()]
    .filter((one) => one.active)
    .map((one) => one.minutes)
  return minutes.length === 0 ? null : now.subtract({ minutes: Math.min(...minutes) })
}

/** By when somebody should have acted: the rule's minutes from now, or what something outside demands, if that is sooner. */
export function dueOf(now: Instant, dueMinutes: number, deadline: Instant | null): Instant {
  const own = now.add({ minutes: dueMinutes })
  return deadline !== null && Temporal.Instant.compare(deadline, own) < 0 ? deadline : own
}

function over(below: Effective, row: SettingRow | undefined): Effective {
  return {
    active: row?.active ?? below.active,
    minutes: row?.minutes ?? below.minutes,
    severity: row?.severity ?? below.severity,
    dueMinutes: row?.dueMinutes ?? below.dueMinutes,
    owner: row?.owner ?? below.owner,
  }
}
