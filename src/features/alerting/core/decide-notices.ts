import type { Instant } from '#kernel/clock.ts'
import { isSilenced, quietUntil, rankOf, routeTakes, worstOf } from './match.ts'
import type { AlarmFacts, Decision, DirectlyTold, Held, NoticePlan, Route, Silence, Told } from './types.ts'

/** A critical alarm waits this long at most for others of its rule, whatever the route groups by. */
export const CRITICAL_GROUP_SECONDS = 5
/** An end is told after this long; what comes back before was never over. */
export const SETTLE_SECONDS = 60
/** So many openings of one trouble within an hour are flapping: told at most every half hour, its end after ten calm minutes. */
export const FLAPPING_OPENINGS = 3
export const FLAPPING_QUIET_SECONDS = 1_800
export const FLAPPING_SETTLE_SECONDS = 600
/** How long ago an alarm that was told past the database may have been told to count as told. */
const DIRECT_COUNTS_SECONDS = 3_600

export type Situation = {
  /** All that are open, those resolved whose end is still to be told, and all that opened within the last hour. */
  readonly alarms: readonly AlarmFacts[]
  /** Active ones. */
  readonly routes: readonly Route[]
  readonly told: readonly Told[]
  readonly silences: readonly Silence[]
  readonly direct: readonly DirectlyTold[]
  readonly now: Instant
}

/**
 * Whom to tell what, now. Deterministic; applying what it answers and asking again at the same instant answers nothing. A
 * critical alarm is never held by quiet hours; whatever is open and neither silenced nor acknowledged is told in the end.
 */
export function decideNotices(situation: Situation): Decision {
  const parts = [...situation.routes]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map((route) => decideForRoute(route, situation))
  return {
    notices: parts.flatMap((part) => part.notices),
    told: parts.flatMap((part) => part.told),
    held: parts.flatMap((part) => part.held),
  }
}

type Ledger = {
  readonly route: Route
  readonly now: Instant
  readonly quietUntil: Instant | null
  readonly history: ReadonlyMap<string, readonly AlarmFacts[]>
  readonly told: Map<bigint, Told>
  readonly changed: Set<bigint>
  readonly held: Held[]
}

function decideForRoute(route: Route, situation: Situation): Decision {
  const { now } = situation
  const mine = situation.told.filter((one) => one.routeId === route.id)
  const ledger: Ledger = {
    route,
    now,
    quietUntil: quietUntil(route.quiet, now),
    history: bySubject(situation.alarms),
    told: new Map(mine.map((one) => [one.alarmId, one])),
    changed: new Set(),
    held: [],
  }
  const alarms = [...situation.alarms].sort((a, b) => (a.id < b.id ? -1 : 1))
  for (const alarm of alarms) inherit(ledger, alarm, situation.direct)
  const loud = alarms.filter((alarm) => alarm.state === 'open' && !isSilenced(situation.silences, alarm, now))
  // The order matters: what is told for the first time now is neither repeated nor escalated in the same breath.
  const escalated = planEscalations(ledger, loud)
  const reminders = planReminders(ledger, loud)
  const opened = planOpened(ledger, loud)
  const resolved = planResolved(ledger, alarms)
  return {
    notices: [...opened, ...escalated, ...reminders, ...resolved],
    told: [...ledger.changed].sort(ascending).flatMap((id) => ledger.told.get(id) ?? []),
    held: ledger.held,
  }
}

function save(ledger: Ledger, told: Told): void {
  ledger.told.set(told.alarmId, told)
  ledger.changed.add(told.alarmId)
}

/** A trouble that came back before its end was told, or that was told while the database was away, counts as told. */
function inherit(ledger: Ledger, alarm: AlarmFacts, direct: readonly DirectlyTold[]): void {
  if (ledger.told.has(alarm.id)) return
  const { route } = ledger
  const before = (ledger.history.get(keyOf(alarm)) ?? []).filter((one) => one.id < alarm.id)
  for (const earlier of before.reverse()) {
    const told = ledger.told.get(earlier.id)
    if (told === undefined || told.resolvedTold || earlier.resolvedAt === null) continue
    if (secondsBetween(earlier.resolvedAt, alarm.openedAt) > settleSeconds(ledger, earlier)) continue
    save(ledger, { ...told, alarmId: alarm.id })
    save(ledger, { ...told, resolvedTold: true })
    return
  }
  const past = direct.find(
    (one) =>
      one.routeId === route.id &&
      one.rule === alarm.rule &&
      one.subject === alarm.subject &&
      Math.abs(secondsBetween(one.at, alarm.openedAt)) <= DIRECT_COUNTS_SECONDS,
  )
  if (past === undefined) return
  const { severity, targets, at } = past
  save(ledger, {
    alarmId: alarm.id,
    routeId: route.id,
    severity,
    targets,
    toldAt: at,
    remindedAt: at,
    escalatedAt: null,
    resolvedTold: false,
  })
}

/** Alarms that the route has not told yet, or told as less severe than they are by now. */
function planOpened(ledger: Ledger, loud: readonly AlarmFacts[]): NoticePlan[] {
  const { route, now } = ledger
  const pending = loud.filter((alarm) => {
    if (!routeTakes(route, alarm)) return false
    const told = ledger.told.get(alarm.id)
    if (told !== undefined && rankOf(told.severity) >= rankOf(alarm.severity)) return false
    return !isHeld(ledger, alarm) && !isDamped(ledger, alarm)
  })
  return byRule(pending).flatMap((group) => {
    if (!group.some((alarm) => secondsBetween(alarm.openedAt, now) >= groupWait(route, alarm))) return []
    for (const alarm of group) {
      const told = ledger.told.get(alarm.id)
      // Told as worse than before is told anew: people have as long as with a fresh one before others are called.
      save(ledger, {
        alarmId: alarm.id,
        routeId: route.id,
        severity: alarm.severity,
        targets: union(told?.targets ?? [], route.targets),
        toldAt: now,
        remindedAt: now,
        escalatedAt: null,
        resolvedTold: false,
      })
    }
    return [planOf(route, 'opened', group, route.targets)]
  })
}

function planEscalations(ledger: Ledger, loud: readonly AlarmFacts[]): NoticePlan[] {
  const { route, now } = ledger
  const after = route.escalateAfterMinutes
  if (after === null || route.escalateTo.length === 0) return []
  const due = loud.filter((alarm) => {
    const told = ledger.told.get(alarm.id)
    if (told === undefined || told.escalatedAt !== null) return false
    return secondsBetween(told.toldAt, now) >= after * 60 && !isHeld(ledger, alarm)
  })
  return byRule(due).map((group) => {
    for (const alarm of group) {
      const told = ledger.told.get(alarm.id)
      if (told === undefined) continue
      const targets = union(told.targets, route.escalateTo)
      save(ledger, { ...told, targets, remindedAt: now, escalatedAt: now })
    }
    return planOf(route, 'escalated', group, route.escalateTo)
  })
}

function planReminders(ledger: Ledger, loud: readonly AlarmFacts[]): NoticePlan[] {
  const { route, now } = ledger
  const every = route.repeatMinutes
  if (every === null) return []
  const due = loud.filter((alarm) => {
    const told = ledger.told.get(alarm.id)
    if (told === undefined || secondsBetween(told.remindedAt, now) < every * 60) return false
    return !isHeld(ledger, alarm)
  })
  return byRule(due).map((group) => {
    for (const alarm of group) {
      const told = ledger.told.get(alarm.id)
      if (told !== undefined)
        save(ledger, { ...told, targets: union(told.targets, route.targets), remindedAt: now })
    }
    return planOf(route, 'reminder', group, route.targets)
  })
}

/** The end is told to everybody who was told of the beginning, and to nobody else. */
function planResolved(ledger: Ledger, alarms: readonly AlarmFacts[]): NoticePlan[] {
  const { route, now } = ledger
  const due = alarms.flatMap((alarm) => {
    const told = ledger.told.get(alarm.id)
    if (told === undefined || told.resolvedTold || alarm.resolvedAt === null) return []
    if (!route.tellResolved) {
      save(ledger, { ...told, resolvedTold: true })
      return []
    }
    if (secondsBetween(alarm.resolvedAt, now) < settleSeconds(ledger, alarm)) return []
    if (ledger.quietUntil !== null && told.severity !== 'critical') return []
    save(ledger, { ...told, resolvedTold: true })
    return [{ alarm, targets: [...told.targets].sort() }]
  })
  const groups = Map.groupBy(due, ({ alarm, targets }) => JSON.stringify([alarm.rule, targets]))
  return [...groups.values()].map((group) =>
    planOf(
      route,
      'resolved',
      group.map(({ alarm }) => alarm),
      group[0]?.targets ?? [],
    ),
  )
}

function isHeld(ledger: Ledger, alarm: AlarmFacts): boolean {
  if (ledger.quietUntil === null || alarm.severity === 'critical') return false
  if (!ledger.held.some((one) => one.alarmId === alarm.id))
    ledger.held.push({ routeId: ledger.route.id, alarmId: alarm.id, until: ledger.quietUntil })
  return true
}

/** A trouble that comes and goes is told at most every half hour. */
function isDamped(ledger: Ledger, alarm: AlarmFacts): boolean {
  if (!isFlapping(ledger, alarm)) return false
  return (ledger.history.get(keyOf(alarm)) ?? []).some((one) => {
    const told = one.id === alarm.id ? undefined : ledger.told.get(one.id)
    return told !== undefined && secondsBetween(told.remindedAt, ledger.now) < FLAPPING_QUIET_SECONDS
  })
}

function isFlapping(ledger: Ledger, alarm: AlarmFacts): boolean {
  const openings = (ledger.history.get(keyOf(alarm)) ?? []).filter(
    (one) => one.id <= alarm.id && secondsBetween(one.openedAt, alarm.openedAt) <= 3_600,
  )
  return openings.length >= FLAPPING_OPENINGS
}

function settleSeconds(ledger: Ledger, alarm: AlarmFacts): number {
  return isFlapping(ledger, alarm) ? FLAPPING_SETTLE_SECONDS : SETTLE_SECONDS
}

function groupWait(route: Route, alarm: AlarmFacts): number {
  return alarm.severity === 'critical'
    ? Math.min(route.groupSeconds, CRITICAL_GROUP_SECONDS)
    : route.groupSeconds
}

function planOf(
  route: Route,
  kind: NoticePlan['kind'],
  group: readonly AlarmFacts[],
  targets: readonly string[],
): NoticePlan {
  return {
    routeId: route.id,
    kind,
    rule: group[0]?.rule ?? '',
    severity: worstOf(group.map(({ severity }) => severity)),
    alarmIds: group.map(({ id }) => id).sort(ascending),
    targets: union(targets, []),
  }
}

function byRule(alarms: readonly AlarmFacts[]): AlarmFacts[][] {
  return [...Map.groupBy(alarms, ({ rule }) => rule)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, group]) => group)
}

function bySubject(alarms: readonly AlarmFacts[]): ReadonlyMap<string, readonly AlarmFacts[]> {
  return Map.groupBy(
    [...alarms].sort((a, b) => (a.id < b.id ? -1 : 1)),
    keyOf,
  )
}

function keyOf({ rule, subject }: AlarmFacts): string {
  return JSON.stringify([rule, subject])
}

function union(some: readonly string[], others: readonly string[]): string[] {
  return [...new Set([...some, ...others])].sort()
}

function ascending(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Negative when `to` lies before `from`. */
function secondsBetween(from: Instant, to: Instant): number {
  return to.since(from).total('seconds')
}
