import type { Notice, Severity } from '#domain/notice.ts'
import type { Instant } from '#kernel/clock.ts'

export type AlarmState = 'open' | 'acknowledged' | 'resolved'

/** As much of an alarm as deciding whom to tell needs. */
export type AlarmFacts = {
  readonly id: bigint
  readonly rule: string
  readonly subject: string
  readonly severity: Severity
  readonly state: AlarmState
  readonly openedAt: Instant
  /** Null unless resolved. */
  readonly resolvedAt: Instant | null
}

export type Quiet = {
  /** Minutes after midnight, 0 to 1,439; from > to goes over midnight; the two differ. */
  readonly from: number
  readonly to: number
  /** IANA zone in which the two are meant. */
  readonly zone: string
}

/** Which alarms go to whom. */
export type Route = {
  readonly id: bigint
  /** With `*` for any run of characters; empty takes every rule. */
  readonly rules: readonly string[]
  readonly leastSeverity: Severity
  /** Ids of notifier connections. */
  readonly targets: readonly string[]
  readonly escalateTo: readonly string[]
  readonly escalateAfterMinutes: number | null
  readonly quiet: Quiet | null
  readonly groupSeconds: number
  readonly repeatMinutes: number | null
  readonly tellResolved: boolean
}

export type Silence = {
  readonly rules: readonly string[]
  readonly subjects: readonly string[]
  readonly until: Instant
}

/** What one route has told of one alarm. */
export type Told = {
  readonly alarmId: bigint
  readonly routeId: bigint
  readonly severity: Severity
  /** Everybody who was told of it, escalation included: they hear of its end. */
  readonly targets: readonly string[]
  readonly toldAt: Instant
  readonly remindedAt: Instant
  readonly escalatedAt: Instant | null
  readonly resolvedTold: boolean
}

/** Told past a database that was away, when the alarm had no id yet. */
export type DirectlyTold = {
  readonly routeId: bigint
  readonly rule: string
  readonly subject: string
  readonly severity: Severity
  readonly targets: readonly string[]
  readonly at: Instant
}

export type NoticePlan = {
  readonly routeId: bigint
  readonly kind: Extract<Notice['kind'], 'opened' | 'reminder' | 'escalated' | 'resolved'>
  readonly rule: string
  /** The worst among its alarms. */
  readonly severity: Severity
  /** Ascending; never empty. */
  readonly alarmIds: readonly bigint[]
  readonly targets: readonly string[]
}

/** An alarm that waits for a route's quiet hours to end. */
export type Held = { readonly routeId: bigint; readonly alarmId: bigint; readonly until: Instant }

export type Decision = {
  readonly notices: readonly NoticePlan[]
  /** Rows to write; those that did not change are left out. */
  readonly told: readonly Told[]
  readonly held: readonly Held[]
}
