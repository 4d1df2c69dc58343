/**
 * Times arrive as ISO 8601 with the hub zone's offset and are shown as that wall clock, so that everyone in a team reads
 * the same time whatever their own computer's zone is. Nothing here converts between zones.
 */
const ISO = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?(Z|[+-]\d{2}:?\d{2})?$/

/** Whether this page shows a drill's sandbox: its door lends it a clock. */
export function isDrillSandbox(): boolean {
  return 'holdfastNow' in globalThis
}

/** Milliseconds since the epoch, from the browser's clock; in a drill's sandbox from the drill's, which its door lends. */
export function nowMs(): number {
  const lent = (globalThis as { holdfastNow?: () => number }).holdfastNow
  return lent?.() ?? performance.timeOrigin + performance.now()
}

/** Days from 1970-01-01 of a proleptic Gregorian date. */
function dayNumber(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

/** Epoch milliseconds of an ISO time with offset; NaN for anything else. */
export function epochMs(iso: string): number {
  const m = ISO.exec(iso)
  if (!m) return Number.NaN
  const [, year, month, day, hour, minute, second, fraction = '', offset = 'Z'] = m
  const sign = offset.startsWith('-') ? -1 : 1
  const digits = offset.replace(/[^\d]/g, '')
  const offsetMinutes =
    offset === 'Z' ? 0 : sign * (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2, 4)))
  const days = dayNumber(Number(year), Number(month), Number(day))
  const seconds =
    days * 86_400 + Number(hour) * 3600 + Number(minute) * 60 + Number(second) - offsetMinutes * 60
  return seconds * 1000 + Number(fraction.padEnd(3, '0').slice(0, 3))
}

/** Epoch milliseconds as ISO 8601 in UTC, whole seconds: what the hub is asked with. The inverse of `epochMs`. */
export function isoOf(ms: number): string {
  const days = Math.floor(ms / 86_400_000)
  const seconds = Math.floor((ms - days * 86_400_000) / 1_000)
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1_460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153)
  const month = fromMarch + (fromMarch < 10 ? 3 : -9)
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  const two = (n: number): string => String(n).padStart(2, '0')
  const date = `${year}-${two(month)}-${two(dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1)}`
  return `${date}T${two(Math.floor(seconds / 3_600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}Z`
}

export type Wall = {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
}

/** A wall clock as if it stood in UTC, in milliseconds since the epoch. */
export function epochOfWall({ year, month, day, hour, minute, second }: Wall): number {
  return ((dayNumber(year, month, day) * 24 + hour) * 60 + minute) * 60_000 + second * 1_000
}

/** `2026-01-25 09:07:33` */
export function dateTime(iso: string | null | undefined): string {
  return iso ? iso.slice(0, 19).replace('T', ' ') : ''
}

/** `2026-01-25 09:07:33.821` */
export function dateTimeMs(iso: string | null | undefined): string {
  return iso
    ? iso
        .slice(0, 23)
        .replace('T', ' ')
        .replace(/[Z+].*$/, '')
    : ''
}

/** `01-25 09:07` of this year, `2025-12-30 09:07` of another. */
export function shortTime(iso: string | null | undefined, thisYear: string): string {
  if (!iso) return ''
  const text = iso.slice(0, 16).replace('T', ' ')
  return text.startsWith(thisYear) ? text.slice(5) : text
}

/** `2026-01-25 09:07` */
export function shortDay(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ')
}

/** `01-25 09:07:33.8`, for logs with many entries a minute. */
export function clockTime(iso: string): string {
  return iso.slice(5, 21).replace('T', ' ')
}

export function offsetOf(iso: string): string {
  return ISO.exec(iso)?.[8] ?? ''
}

export type DurationUnit = 'second' | 'minute' | 'hour' | 'day'

/** The two largest units of a length of time, e.g. `[[2,'day'],[3,'hour']]`; less than a minute is given in seconds. */
export function splitDuration(seconds: number): readonly (readonly [number, DurationUnit])[] {
  const whole = Math.max(0, Math.round(Math.abs(seconds)))
  if (whole < 60) return [[whole, 'second']]
  const days = Math.floor(whole / 86_400)
  const hours = Math.floor((whole % 86_400) / 3600)
  const minutes = Math.floor((whole % 3600) / 60)
  if (days > 0)
    return hours > 0
      ? [
          [days, 'day'],
          [hours, 'hour'],
        ]
      : [[days, 'day']]
  if (hours > 0)
    return minutes > 0
      ? [
          [hours, 'hour'],
          [minutes, 'minute'],
        ]
      : [[hours, 'hour']]
  return [[minutes, 'minute']]
}
