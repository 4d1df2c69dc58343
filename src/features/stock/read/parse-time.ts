import type { Instant } from '#kernel/clock.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'

/** A time of a query; null where it is not given. Refuses with `stock.bad_time` what has no offset or is no time. */
export function parseTime(text: string | undefined, name: string): Result<Instant | null> {
  if (text === undefined) return ok(null)
  try {
    return ok(Temporal.Instant.from(text))
  } catch {
    return refuse('stock.bad_time', `${name} is no time with an offset, like 2026-01-25T09:00:00+08:00`)
  }
}
