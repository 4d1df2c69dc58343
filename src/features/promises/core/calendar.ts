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
/** Of a week, in minutes; with less a promise of days would be due in years. */
const LEAST_OPEN = 60

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
  if (openMinutesOfWeek(calendar) < LEAST_OPEN)
    return wrong(`a week needs at least ${LEAST_OPEN} minutes of opening hours`)
  return ok(calendar)
}

const MINUTE_MS = 60_000
/** Opening hours that are further away than this are not looked for: the clock then runs on as if there were none. */
const DAYS_AHEAD = 800

/**
 * The instant at which `minutes` of opening time have passed since `start`. Without a calendar every minute counts. A start
 * outside the hours, or at or after `cutoff` (`HH:MM`), begins at the next opening. What is due exactly when the doors close is due
 * then, not at the next opening. Wall-clock days follow the zone's own changes of offset. After 800 days every minute counts.
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
  const first = dayNumberOf(local.toPlainDate()) + (isLate ? 1 : 0)
  let fromMs = isLate ? 0 : start.epochMilliseconds
  let leftMs = minutes * MINUTE_MS
  const spanOn = spansOf(calendar)
  for (let day = first; day < first + DAYS_AHEAD; day += 1) {
    const span = spanOn(day)
    if (span === null) continue
    const opened = Math.max(span.opensMs, fromMs)
    const spare = span.closesMs - opened
    if (spare <= 0) continue
    if (leftMs <= spare) return Temporal.Instant.fromEpochMilliseconds(opened + leftMs)
    leftMs -= spare
  }
  fromMs = startOf(dayOf(first + DAYS_AHEAD), calendar.zone).epochMilliseconds
  return Temporal.Instant.fromEpochMilliseconds(fromMs + leftMs)
}

/** Minutes that an ordinary week is open. */
export function openMinutesOfWeek({ week }: Pick<Calendar, 'week'>): number {
  return week.reduce(
    (sum, hours) => sum + (hours === null ? 0 : minuteOf(hours.to) - minuteOf(hours.from)),
    0,
  )
}

function minuteOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3))
}

type Span = { readonly opensMs: number; readonly closesMs: number }
const spans = new WeakMap<Calendar, Map<number, Span | null>>()

/** A calendar's hours by day, each worked out once: thousands of orders are counted by the same days. */
function spansOf(calendar: Calendar): (day: number) => Span | null {
  const known = spans.get(calendar) ?? new Map<number, Span | null>()
  spans.set(calendar, known)
  const exceptions = new Map(calendar.exceptions.map((one) => [one.date, one]))
  return (day) => {
    const span = known.get(day)
    if (span !== undefined) return span
    const date = dayOf(day)
    const hours = hoursOn(date, calendar, exceptions)
    const found = hours === null ? null : spanOf(date, hours, calendar.zone)
    known.set(day, found)
    return found
  }
}

const FIRST_DAY = Temporal.PlainDate.from('2000-01-01')

function dayNumberOf(date: Temporal.PlainDate): number {
  return FIRST_DAY.until(date, { largestUnit: 'days' }).days
}

function dayOf(number: number): Temporal.PlainDate {
  return FIRST_DAY.add({ days: number })
}

function hoursOn(
  day: Temporal.PlainDate,
  { week }: Calendar,
  exceptions: ReadonlyMap<string, CalendarException>,
): Hours | null {
  const exception = exceptions.get(day.toString())
  if (exception === undefined) return week[day.dayOfWeek - 1] ?? null
  return exception.open ? (exception.hours ?? WHOLE_DAY) : null
}

const WHOLE_DAY: Hours = { from: '00:00', to: '24:00' }

function spanOf(day: Temporal.PlainDate, { from, to }: Hours, zone: string): Span {
  const closes = to === '24:00' ? startOf(day.add({ days: 1 }), zone) : at(day, to, zone)
  return { opensMs: at(day, from, zone).epochMilliseconds, closesMs: closes.epochMilliseconds }
}

function at(day: Temporal.PlainDate, time: string, zone: string): Instant {
  return day.toZonedDateTime({ timeZone: zone, plainTime: Temporal.PlainTime.from(time) }).toInstant()
}

function startOf(day: Temporal.PlainDate, zone: string): Instant {
  return day.toZonedDateTime(zone).toInstant()
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
