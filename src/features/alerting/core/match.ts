import { SEVERITIES, type Severity } from '#domain/notice.ts'
import type { Instant } from '#kernel/clock.ts'
import type { AlarmFacts, Quiet, Route, Silence } from './types.ts'

/** 0 for info to 2 for critical. */
export function rankOf(severity: Severity): number {
  return SEVERITIES.indexOf(severity)
}

export function worstOf(severities: readonly Severity[]): Severity {
  return SEVERITIES[Math.max(0, ...severities.map(rankOf))] ?? 'info'
}

/** `*` stands for any run of characters; everything else for itself. */
export function matchesPattern(pattern: string, text: string): boolean {
  const parts = pattern.split('*')
  const [first = '', ...rest] = parts
  if (rest.length === 0) return pattern === text
  if (!text.startsWith(first)) return false
  const last = rest.pop() ?? ''
  let at = first.length
  for (const part of rest) {
    const found = text.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return text.length - last.length >= at && text.endsWith(last)
}

/** An empty list of patterns takes everything. */
export function matchesAny(patterns: readonly string[], text: string): boolean {
  return patterns.length === 0 || patterns.some((pattern) => matchesPattern(pattern, text))
}

export function routeTakes(route: Route, { rule, severity }: Pick<AlarmFacts, 'rule' | 'severity'>): boolean {
  return rankOf(severity) >= rankOf(route.leastSeverity) && matchesAny(route.rules, rule)
}

export function isSilenced(
  silences: readonly Silence[],
  { rule, subject }: Pick<AlarmFacts, 'rule' | 'subject'>,
  now: Instant,
): boolean {
  return silences.some(
    (silence) =>
      Temporal.Instant.compare(now, silence.until) < 0 &&
      matchesAny(silence.rules, rule) &&
      matchesAny(silence.subjects, subject),
  )
}

/** When the quiet hours that hold now will end, or null when none hold. On a day without that wall-clock time: just after it. */
export function quietUntil(quiet: Quiet | null, now: Instant): Instant | null {
  if (quiet === null) return null
  const local = now.toZonedDateTimeISO(quiet.zone)
  const minute = local.hour * 60 + local.minute
  const { from, to } = quiet
  const inside = from < to ? minute >= from && minute < to : minute >= from || minute < to
  if (!inside) return null
  const end = local.with({
    hour: Math.floor(to / 60),
    minute: to % 60,
    second: 0,
    millisecond: 0,
    microsecond: 0,
    nanosecond: 0,
  })
  const next = Temporal.ZonedDateTime.compare(end, local) > 0 ? end : end.add({ days: 1 })
  return next.toInstant()
}
