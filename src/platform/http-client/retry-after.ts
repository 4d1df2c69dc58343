import type { Instant } from '#kernel/clock.ts'

const LONGEST_MS = 24 * 3_600_000
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const HTTP_DATE = /^[A-Z][a-z]{2}, (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT$/

/**
 * Milliseconds that a `Retry-After` header asks for: seconds (some platforms send fractions) or an HTTP date (RFC 9110, 10.2.3);
 * at most a day, 0 for a date that has passed. Null where there is none, or none that can be read.
 */
export function retryAfterMs(header: string | undefined, now: Instant): number | null {
  const text = (header ?? '').trim()
  if (/^\d{1,9}(\.\d{1,9})?$/.test(text)) return Math.min(Math.ceil(Number(text) * 1_000), LONGEST_MS)
  const date = readHttpDate(text)
  if (date === null) return null
  return Math.min(Math.max(date.epochMilliseconds - now.epochMilliseconds, 0), LONGEST_MS)
}

function readHttpDate(text: string): Instant | null {
  const [, day, name, year, hour, minute, second] = HTTP_DATE.exec(text) ?? []
  const month = MONTHS.indexOf(name ?? '') + 1
  if (month === 0) return null
  try {
    return Temporal.Instant.from(
      `${year}-${String(month).padStart(2, '0')}-${day}T${hour}:${minute}:${second}Z`,
    )
  } catch {
    return null
  }
}
