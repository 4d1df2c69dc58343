import type { Instant } from '#kernel/clock.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'

/** Wall-clock hours of one day, `HH:MM`; `to` may be `24:00`. */
export type Hours = { readonly from: string; readonly to: string }
/** A day that is not like its weekday: closed, or worked for the given hours (without any: the whole day). */
export type CalendarException = {
  /** `YYYY-MM-DD` in the calendar's zone. */
  readonly date: string
  readonly open: boolean
  readonly hours: Hours | null
  readonly name: string
}
export type Calendar = {
  /** IANA zone. */
  readonly zone: string
  /** Monday first, seven entries; null is a closed day. */
  readonly week: readonly (Hours | null)[]
  readonly exceptions: readonly CalendarException[]
}

const TIME = /^([01]\d|2[0-3]):[0-5]\d$|^24:00$/
const EXCEPTIONS_AT_MOST = 1_000

/** Refuses with `promises.calendar_invalid` what could not be counted by: it names the part and what is allowed. */
export function checkCalendar(calendar: Calendar): Result<Calendar> {
  const wrong = (words: string): Result<Calendar> => refuse('promises.calendar_invalid', words)
  if (!isZone(calendar.zone)) return wrong(`"${calendar.zone.slice(0, 60)}" is not an IANA time zone`)
  if (calendar.week.length !== 7) return wrong('a week has seven days, Monday first')
  const hours = [...calendar.week, ...calendar.exceptions.map((day) => day.hours)]
  const bad = hours.find((one) => one !== null && !areHours(one))
  if (bad !== undefined && bad !== null)
    return wrong(`hours run from HH:MM to a later HH:MM or 24:00, not ${bad.from} to ${bad.to}`)
  if (calendar.exceptions.length > EXCEPTIONS_AT_MOST)
    return wrong(`at most ${EXCEPTIONS_AT_MOST} exceptions; drop those of past years`)
  const date = calendar.exceptions.find((day) => !isDate(day.date))
  if (date !== undefined) return wrong(`"${date.date.slice(0, 20)}" is no day like 2026-10-01`)
  const dates = calendar.exceptions.map((day) => day.date)
  const twice = dates.find((day, i) => dates.indexOf(day) !== i)
  if (twice !== undefined) return wrong(`${twice} is listed twice`)
  if (calendar.week.every((day) => day === null)) return wrong('a week needs at least one open day')
  return ok(calendar)
}

const MINUTE_MS = 60_000
/** A holiday of a year and more is a mistake in the calendar; the clock then runs on as if there were none. */
const CLOSED_DAYS_AT_MOST = 366

/**
 * The instant at which `minutes` of opening time have passed since `start`. Without a calendar every minute counts. A start
 * outside the hours, or at or after `cutoff` (`HH:MM`), begins at the next opening. What is due exactly when the doors close is due
 * then, not at the next opening. Wall-clock days follow the zone's own changes of offset.
 */
export function addOpenMinutes(
  start: Instant,
  minutes: number,
  calendar: Calendar | null,
  cutoff: string | null,
): Instant {
  if (calendar === null) return start.add({ minutes })
  const local = start.toZonedDateTimeISO(calendar.zone)
  const isLate = cutoff !== null && local.toPlainTime().toString().slice(0, 5) >= cutoff
  let day = isLate ? local.toPlainDate().add({ days: 1 }) : local.toPlainDate()
  let from = isLate ? startOf(day, calendar.zone) : start
  let leftMs = minutes * MINUTE_MS
  let closed = 0
  while (closed <= CLOSED_DAYS_AT_MOST) {
    const hours = hoursOn(day, calendar)
    const span = hours === null ? null : spanOf(day, hours, calendar.zone)
    closed = span === null ? closed + 1 : 0
    if (span !== null) {
      const opened = later(span.opens, from)
      const spare = span.closes.epochMilliseconds - opened.epochMilliseconds
      if (spare > 0 && leftMs <= spare) return opened.add({ milliseconds: leftMs })
      if (spare > 0) leftMs -= spare
    }
    day = day.add({ days: 1 })
    from = startOf(day, calendar.zone)
  }
  return from.add({ milliseconds: leftMs })
}

function hoursOn(day: Temporal.PlainDate, { week, exceptions }: Calendar): Hours | null {
  const text = day.toString()
  const exception = exceptions.find((one) => one.date === text)
  if (exception === undefined) return week[day.dayOfWeek - 1] ?? null
  return exception.open ? (exception.hours ?? WHOLE_DAY) : null
}

const WHOLE_DAY: Hours = { from: '00:00', to: '24:00' }

function spanOf(
  day: Temporal.PlainDate,
  { from, to }: Hours,
  zone: string,
): { opens: Instant; closes: Instant } {
  return {
    opens: at(day, from, zone),
    closes: to === '24:00' ? startOf(day.add({ days: 1 }), zone) : at(day, to, zone),
  }
}

function at(day: Temporal.PlainDate, time: string, zone: string): Instant {
  return day.toZonedDateTime({ timeZone: zone, plainTime: Temporal.PlainTime.from(time) }).toInstant()
}

function startOf(day: Temporal.PlainDate, zone: string): Instant {
  return day.toZonedDateTime(zone).toInstant()
}

function later(a: Instant, b: Instant): Instant {
  return Temporal.Instant.compare(a, b) < 0 ? b : a
}

function areHours({ from, to }: Hours): boolean {
  return TIME.test(from) && TIME.test(to) && from !== '24:00' && from < to
}

function isDate(text: string): boolean {
  try {
    return /^\d{4}-\d{2}-\d{2}$/.test(text) && Temporal.PlainDate.from(text).toString() === text
  } catch {
    return false
  }
}

function isZone(zone: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone)
    return /^[A-Z]/.test(zone)
  } catch {
    return false
  }
}
