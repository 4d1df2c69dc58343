import type { Severity } from '#domain/notice.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Language } from './compose-notice.ts'

/** A route as a person typed it. */
export type RouteDraft = {
  readonly name: string
  readonly rules: readonly string[]
  readonly leastSeverity: Severity
  readonly targets: readonly string[]
  readonly escalateTo: readonly string[]
  readonly escalateAfterMinutes: number | null
  /** `22:00`; both or neither. */
  readonly quietFrom: string | null
  readonly quietTo: string | null
  readonly zone: string | null
  readonly groupSeconds: number
  readonly repeatMinutes: number | null
  readonly tellResolved: boolean
  readonly language: Language
  readonly active: boolean
}

const PATTERN = /^[a-z0-9_.*-]{1,80}$/
const WALL_TIME = /^([01]\d|2[0-3]):[0-5]\d$/

/**
 * Checks a route against the notifiers that there are. Refused: `alerting.bad_name`, `bad_pattern`, `no_target`,
 * `target_unknown`, `bad_quiet_hours`, `escalation_without_target`.
 */
export function parseRoute(
  draft: RouteDraft,
  isNotifier: (id: string) => boolean,
  isZone: (zone: string) => boolean,
): Result<RouteDraft> {
  const name = draft.name.trim()
  if (name === '') return refuse('alerting.bad_name', 'a route has a name')
  const rules = checkPatterns(draft.rules)
  if (!rules.ok) return rules
  if (draft.targets.length === 0) return refuse('alerting.no_target', 'a route tells at least one notifier')
  for (const target of [...draft.targets, ...draft.escalateTo])
    if (!isNotifier(target))
      return refuse('alerting.target_unknown', `"${target.slice(0, 60)}" is not a notifier connection`, {
        target,
      })
  const { quietFrom: from, quietTo: to } = draft
  if ((from === null) !== (to === null) || [from, to].some((time) => time !== null && !WALL_TIME.test(time)))
    return refuse('alerting.bad_quiet_hours', 'quiet hours are two times of day such as 22:00 and 08:00')
  if (from !== null && from === to)
    return refuse(
      'alerting.bad_quiet_hours',
      'quiet hours that begin and end at the same time: name two different times, or none at all',
    )
  if (draft.zone !== null && !isZone(draft.zone))
    return refuse(
      'alerting.bad_quiet_hours',
      `"${draft.zone.slice(0, 60)}" is not a time zone such as Asia/Shanghai`,
    )
  if (draft.escalateAfterMinutes !== null && draft.escalateTo.length === 0)
    return refuse('alerting.escalation_without_target', 'say who is told when nobody acknowledges')
  return ok({
    ...draft,
    name,
    rules: rules.value,
    targets: [...new Set(draft.targets)],
    escalateTo: [...new Set(draft.escalateTo)],
  })
}

/** Blank patterns are dropped; `*` alone is the same as none at all. Refused: `alerting.bad_pattern`. */
export function checkPatterns(patterns: readonly string[]): Result<readonly string[]> {
  const typed = patterns.map((one) => one.trim()).filter((one) => one !== '')
  const bad = typed.find((one) => !PATTERN.test(one))
  return bad === undefined
    ? ok(typed)
    : refuse(
        'alerting.bad_pattern',
        `"${bad.slice(0, 80)}" is not a rule's name; callback.* takes all that begin so`,
      )
}

/** Minutes after midnight of `22:30` or `22:30:00`. */
export function minuteOf(time: string): number {
  const [hours = '0', minutes = '0'] = time.split(':')
  return Number(hours) * 60 + Number(minutes)
}
