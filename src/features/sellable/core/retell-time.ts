import { ok, type Result, refuse } from '#kernel/result.ts'

const CLOCK = /^([01]\d|2[0-3]):([0-5]\d)$/

/** Reads `HH:MM`, or `off` (null). Refuses with `sellable.bad_time`. */
export function readRetellTime(
  text: string,
): Result<{ readonly hour: number; readonly minute: number } | null> {
  if (text === 'off') return ok(null)
  const found = CLOCK.exec(text)
  if (found === null) return refuse('sellable.bad_time', 'a time of day is HH:MM, or off')
  return ok({ hour: Number(found[1]), minute: Number(found[2]) })
}

/** The day whose telling is due at this local time, as ISO date; null before its hour, or more than two hours after it. */
export function retellDay(
  local: { readonly hour: number; readonly minute: number; readonly day: string },
  at: { readonly hour: number; readonly minute: number },
): string | null {
  const late = (local.hour - at.hour) * 60 + local.minute - at.minute
  return late >= 0 && late < 120 ? local.day : null
}
