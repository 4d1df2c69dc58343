import { offsetZone } from './source-time-place.ts'

export type WallClock = {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly nanosecond: number
}

/** What a text says, before any zone is chosen. `why` names the reason for which it says no instant. */
export type TimeText =
  | { readonly kind: 'epoch'; readonly nanoseconds: bigint }
  | {
      readonly kind: 'wall'
      readonly wall: WallClock
      /** `+08:00` or `UTC`, where the text says it. */
      readonly offset: string | null
      /** RFC 9557 suffix, or an IANA name behind the clock. */
      readonly zoneName: string | null
      readonly abbreviation: string | null
      /** A mail or HTTP date, whose letters RFC 5322 defines. */
      readonly mail: boolean
    }
  | { readonly kind: 'none'; readonly why: string }

/** Reads the ways in which systems write a date and a clock. What could be read in two ways is `none`. */
export function parseTimeText(text: string): TimeText {
  if (text.length > 120) return none('not_a_time')
  const clean = text.normalize('NFKC').replace(/[−–—]/g, '-').replace(/\s+/g, ' ').trim()
  if (clean === '') return none('empty')
  return (
    parseDotNet(clean) ??
    parseEpoch(clean) ??
    parseCompact(clean) ??
    parseYearFirst(clean) ??
    parseChinese(clean) ??
    parseMonthName(clean) ??
    parseYearLast(clean) ??
    none(RELATIVE.test(clean) ? 'relative' : 'not_a_time')
  )
}

const RELATIVE = /今|昨|前|刚|ago|yesterday|today|just now|minutes|hours/i
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const MONTH =
  '(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\\.?'
const WEEKDAY = '(?:(mon|tue|wed|thu|fri|sat|sun)[a-z]*\\.?,? )?'
const CLOCK = '(\\d{1,2}):(\\d{2})(?::(\\d{2})(?:[.,](\\d{1,18}))?)?(?: ?([ap])\\.?m\\.?)?'

/** `/Date(1770831862000+0800)/`: the offset is for display only, the number counts UTC milliseconds. */
function parseDotNet(text: string): TimeText | null {
  const match = /^\\?\/Date\((-?\d{1,18})(?:[+-]\d{4})?\)\\?\/$/.exec(text)
  return match === null ? null : { kind: 'epoch', nanoseconds: BigInt(match[1] ?? '0') * 1_000_000n }
}

/** The number of digits is the unit: 10 seconds, 13 milli-, 16 micro-, 19 nanoseconds (2001-09 to 2286). */
function parseEpoch(text: string): TimeText | null {
  if (/^[+-]?0+(\.0+)?$/.test(text) || /^-\d+$/.test(text)) return none('sentinel')
  const match = /^([1-9](?:\d{9}|\d{12}|\d{15}|\d{18}))(?:\.(\d{1,18}))?$/.exec(text)
  if (match === null) return null
  const [, whole = '', fraction = ''] = match
  return { kind: 'epoch', nanoseconds: BigInt((whole + fraction.padEnd(19, '0')).slice(0, 19)) }
}

/** `20260211184422`, `20260211184422123`, `20260211T184422+0100`, `20260211 1844`; eight digits are a day. */
function parseCompact(text: string): TimeText | null {
  if (/^\d{8}(?:Z|[+-]\d{2}:?\d{2})?$/i.test(text)) return none('date_only')
  const match =
    /^(\d{4})(\d{2})(\d{2})([T ]?)(\d{2})(\d{2})(?:(\d{2})(?:[.,](\d{1,9})|(\d{3}))?)?(?!\d)(.*)$/i.exec(text)
  if (match === null) return null
  const [, year, month, day, , hour, minute, second, fraction, millis, tail] = match
  return wallOf({ year, month, day, hour, minute, second, fraction: fraction ?? millis }, tail)
}

/** ISO 8601 and its relatives: `2026-02-11T18:44:22.5+01:00[…]`, `2026/2/11 18:44`, `2020-08-01 12-30-45`. */
function parseYearFirst(text: string): TimeText | null {
  const date = /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?=$|[^\d])/.exec(text)
  if (date === null) return null
  const [all, year, , month, day] = date
  const rest = text.slice(all.length)
  if (/^(?: ?(?:Z|[+-]\d{2}:?\d{2})?)$/i.test(rest)) return none('date_only')
  const hyphens = /^[T ](\d{2})-(\d{2})-(\d{2})$/i.exec(rest)
  if (hyphens !== null)
    return wallOf({ year, month, day, hour: hyphens[1], minute: hyphens[2], second: hyphens[3] }, '')
  const basic = /^T(\d{2})(\d{2})(\d{2})(?:[.,](\d{1,9}))?(?!\d)(.*)$/i.exec(rest)
  if (basic !== null)
    return wallOf(
      { year, month, day, hour: basic[1], minute: basic[2], second: basic[3], fraction: basic[4] },
      basic[5],
    )
  const clock = new RegExp(`^(?:[T_]| ?, ?| )${CLOCK}(?!\\d)(.*)$`, 'i').exec(rest)
  if (clock !== null) return withClock({ year, month, day }, clock, 1)
  return chineseClock({ year, month, day }, rest)
}

/** `2026年2月11日 下午6:44`, `2026年02月11日 18时44分22秒`, with or without a weekday. */
function parseChinese(given: string): TimeText | null {
  const text = withDigits(given)
  const match = /^(\d{4})年(\d{1,2})月(\d{1,2})[日号]?,? ?(?:\(?(?:星期|周)[一二三四五六日天]\)?)?(.*)$/.exec(
    text,
  )
  if (match === null) return null
  const [, year, month, day, rest = ''] = match
  if (rest.trim() === '') return none('date_only')
  return chineseClock({ year, month, day }, rest)
}

/** `二〇二六年二月十一日` and the traditional 時 點 號, in the letters that the pattern knows. */
function withDigits(text: string): string {
  return text
    .replace(/時/g, '时')
    .replace(/[點]/g, '点')
    .replace(/號/g, '号')
    .replace(/([〇零一二三四五六七八九十]+)(?=[年月日号时点分秒])/g, (numeral: string) =>
      chineseNumber(numeral),
    )
}

function chineseNumber(numeral: string): string {
  const digit = (letter: string): string => String(Math.max(0, '〇一二三四五六七八九'.indexOf(letter)))
  if (!numeral.includes('十')) return [...numeral].map(digit).join('')
  const [tens = '', ones = ''] = numeral.split('十')
  return `${tens === '' ? 1 : digit(tens)}${ones === '' ? 0 : digit(ones)}`
}

const DAY_PART = '凌晨|清晨|早上|早晨|上午|中午|正午|下午|午后|傍晚|晚上|晚间|夜里|夜间|深夜|半夜|午夜'

function chineseClock(date: Digits, rest: string): TimeText | null {
  const match = new RegExp(
    `^ ?(${DAY_PART})? ?(\\d{1,2})[:时点時](?: ?(\\d{1,2})(?:[:分](?: ?(\\d{1,2})(?:[.,](\\d{1,9}))?秒?)?)?|(半|整)?)(?!\\d)(.*)$`,
  ).exec(rest)
  if (match === null) return null
  const [, part, hourText = '', minute, second, fraction, half, tail] = match
  const hour = part === undefined ? Number(hourText) : hourOfDayPart(part, Number(hourText))
  if (hour === null) return none('day_part')
  const minutes = minute ?? (half === '半' ? '30' : '0')
  return wallOf({ ...date, hour: String(hour), minute: minutes, second, fraction }, tail)
}

/**
 * Hour on the 24-hour clock, or null where the words leave it open: 晚上12点 may be either midnight of that day. A clock
 * that already counts past noon (下午18:44) keeps its hour when the word agrees.
 */
export function hourOfDayPart(part: string, hour: number): number | null {
  const pick = (low: number, high: number, add: number): number | null =>
    hour >= low && hour <= high ? hour + add : null
  if (/凌晨/.test(part)) return hour === 12 ? 0 : pick(0, 6, 0)
  if (/清晨|早上|早晨/.test(part)) return pick(3, 11, 0)
  if (part === '上午') return hour === 12 ? 0 : pick(0, 11, 0)
  if (/中午|正午/.test(part)) return pick(10, 14, 0) ?? pick(1, 2, 12)
  if (/下午|午后/.test(part)) return pick(12, 19, 0) ?? pick(1, 11, 12)
  if (part === '傍晚') return pick(16, 20, 0) ?? pick(4, 8, 12)
  if (/晚/.test(part)) return pick(17, 23, 0) ?? pick(5, 11, 12)
  return pick(20, 23, 0) ?? pick(9, 11, 12) ?? pick(1, 5, 0)
}

/** Mail and HTTP dates, Oracle and JavaScript forms: the month is a word, so day and month cannot be mistaken. */
function parseMonthName(text: string): TimeText | null {
  const dayFirst = new RegExp(`^${WEEKDAY}(\\d{1,2})[ -]${MONTH}[ ,-]+(\\d{4})(?:,? |$|:)(.*)$`, 'i').exec(
    text,
  )
  if (dayFirst !== null) {
    const [, weekday, day, month = '', year, rest = ''] = dayFirst
    return named({ year, month: monthNumber(month), day }, weekday, rest, true)
  }
  const yearEnd = new RegExp(`^${WEEKDAY}${MONTH} (\\d{1,2}) ${CLOCK}( [A-Z]{2,5})? (\\d{4})$`, 'i').exec(
    text,
  )
  if (yearEnd !== null) {
    const [, weekday, month = '', day, , , , , , zone = '', year] = yearEnd
    const clock = text.slice(0, -5).replace(/^.*?(?=\d{1,2}:)/, '')
    return named({ year, month: monthNumber(month), day }, weekday, zone === '' ? clock : clock.trim(), false)
  }
  const monthFirst = new RegExp(
    `^${WEEKDAY}${MONTH} (\\d{1,2})(?:st|nd|rd|th)?,? (\\d{4})(?:,? (?:at )?|$)(.*)$`,
    'i',
  )
  const match = monthFirst.exec(text)
  if (match === null) return null
  const [, weekday, month = '', day, year, rest = ''] = match
  return named({ year, month: monthNumber(month), day }, weekday, rest, false)
}

function monthNumber(name: string): string {
  return String(MONTHS.indexOf(name.slice(0, 3).toLowerCase()) + 1)
}

function named(date: Digits, weekday: string | undefined, rest: string, dayFirst: boolean): TimeText {
  if (weekday !== undefined && !isWeekday(date, weekday)) return none('weekday_contradicts')
  if (rest.trim() === '') return none('date_only')
  const clock = new RegExp(`^${CLOCK}(?!\\d)(.*)$`, 'i').exec(rest.trim())
  if (clock === null) return none('not_a_time')
  const read = withClock(date, clock, 1)
  return read.kind === 'wall' ? { ...read, mail: dayFirst && weekday !== undefined } : read
}

function isWeekday(date: Digits, weekday: string): boolean {
  const order = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
  const days = daysFromCivil(Number(date.year), Number(date.month), Number(date.day))
  return order[(((days + 3) % 7) + 7) % 7] === weekday.toLowerCase()
}

/** `17.03.2016 11:44` (a dot is day first everywhere); with slashes only when one of the numbers cannot be a month. */
function parseYearLast(text: string): TimeText | null {
  const match = /^(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?:,? |T|$)(.*)$/i.exec(text)
  if (match === null) return null
  const [, first = '', separator, second = '', year, rest = ''] = match
  if (rest === '') return none('date_only')
  const dayFirst = separator === '.' || Number(first) > 12
  if (!dayFirst && Number(second) <= 12 && first !== second) return none('day_or_month')
  const date = dayFirst ? { year, month: second, day: first } : { year, month: first, day: second }
  const clock = new RegExp(`^${CLOCK}(?!\\d)(.*)$`, 'i').exec(rest)
  return clock === null ? none('not_a_time') : withClock(date, clock, 1)
}

export type Digits = {
  readonly year?: string | undefined
  readonly month?: string | undefined
  readonly day?: string | undefined
  readonly hour?: string | undefined
  readonly minute?: string | undefined
  readonly second?: string | undefined
  readonly fraction?: string | undefined
}

/** `at` is the index of the hour among the match's groups, which end with am/pm and the tail. */
function withClock(date: Digits, match: RegExpExecArray, at: number): TimeText {
  const [hour = '', minute, second, fraction, half, tail] = match.slice(at)
  const hours = half === undefined ? Number(hour) : hourOfHalf(Number(hour), half)
  if (hours === null) return none('not_a_time')
  return wallOf({ ...date, hour: String(hours), minute, second, fraction }, tail)
}

export function hourOfHalf(hour: number, half: string): number | null {
  if (hour < 1 || hour > 12) return null
  return (hour % 12) + (half.toLowerCase() === 'p' ? 12 : 0)
}

/** Checks the calendar and reads what stands behind the clock. 24:00 is the next day's midnight, and nothing else. */
export function wallOf(digits: Digits, tail: string | undefined): TimeText {
  const wall = {
    year: Number(digits.year),
    month: Number(digits.month),
    day: Number(digits.day),
    hour: Number(digits.hour),
    minute: Number(digits.minute ?? 0),
    second: Number(digits.second ?? 0),
    nanosecond: Number((digits.fraction ?? '').slice(0, 9).padEnd(9, '0')),
  }
  if (wall.year <= 1 || wall.month === 0 || wall.day === 0) return none('sentinel')
  if (wall.month > 12 || wall.day > daysInMonth(wall.year, wall.month)) return none('no_such_day')
  if (wall.hour > 24 || wall.minute > 59 || wall.second > 60) return none('no_such_clock')
  if (wall.hour === 24 && (wall.minute > 0 || wall.second > 0 || wall.nanosecond > 0))
    return none('no_such_clock')
  return withTail(wall, (tail ?? '').trim())
}

const TAIL =
  /^(?:(Z|UTC|GMT|UT)(?![A-Za-z]))? ?([+-]\d{1,2}(?::?[0-5]\d)?(?::?00)?)? ?((?:\[[^\]]{1,60}\])*) ?(?:\([^)]{1,60}\))?$/i

function withTail(wall: WallClock, tail: string): TimeText {
  const base = { kind: 'wall' as const, wall, offset: null, zoneName: null, abbreviation: null, mail: false }
  if (tail === '') return base
  const bare = tail.replace(/^([+-]\d{2}:?\d{2}) [A-Z]{3,4}$/, '$1')
  const match = TAIL.exec(bare)
  if (match !== null) {
    const [, letter, offset, brackets = ''] = match
    const names = [...brackets.matchAll(/\[!?([^\]]+)\]/g)].map((found) => found[1] ?? '')
    const zoneName = names.find((name) => !name.includes('=')) ?? null
    if (offset === undefined) return { ...base, offset: letter === undefined ? null : 'UTC', zoneName }
    const zone = offsetZone(offset.replace(/(:?\d{2}):?00$/, (all, kept) => (all.length > 4 ? kept : all)))
    return zone === null ? none('no_such_offset') : { ...base, offset: zone, zoneName }
  }
  if (/^\d{2}:\d{2}$/.test(tail)) return none('offset_sign_lost')
  if (/^[A-Za-z]{2,5}$|^北京时间$/.test(tail)) return { ...base, abbreviation: tail }
  if (/^[A-Za-z]+(\/[A-Za-z0-9_+-]+)+$/.test(tail)) return { ...base, zoneName: tail }
  return none('not_a_time')
}

export function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** Days since 1970-01-01 of a proleptic Gregorian date, by whole 400-year eras that begin in March. */
export function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

export function none(why: string): TimeText {
  return { kind: 'none', why }
}
