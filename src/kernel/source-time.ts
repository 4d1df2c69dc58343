import type { Instant } from './clock.ts'
import type { Provenance, SourceTime } from './instant.ts'
import { timeFields } from './source-time-object.ts'
import { parseByFormat } from './source-time-pattern.ts'
import { declaredZone, homeCountry, isZone, offsetZone } from './source-time-place.ts'
import {
  daysFromCivil,
  daysInMonth,
  parseTimeText,
  type TimeText,
  type WallClock,
} from './source-time-text.ts'
import { abbreviationOffsets, BEIJING, mailAbbreviation, normalName } from './source-time-zones.ts'

export type TimeInput = {
  /** Connector kind or carrier name, as in the connector's manifest (`sf`, `pinduoduo`, `dhl_express`). */
  readonly system: string
  /** The text, epoch number or object exactly as it came. */
  readonly raw: unknown
  /**
   * What the message says around it: `zone` (IANA name or offset), `country`, `state`, `city`, `location`, `format` (LDML),
   * `epoch`, and an aggregator's carrier (`com`, `ShipperCode`).
   */
  readonly context?: Readonly<Record<string, unknown>>
}

/** A source time with the reason for a missing instant, and the instants that an ambiguous clock could mean. */
export type ResolvedTime = SourceTime & {
  readonly why: string | null
  readonly candidates: readonly Instant[]
}

/**
 * Reads a time that another system told us. An offset in the text always wins; without one the declared zone decides,
 * then the place where it leaves no choice; otherwise the time is `ambiguous` and has no instant. Never throws.
 */
export function readTime(input: TimeInput): SourceTime {
  if (typeof input.raw === 'string') {
    const quick = readPlain(input.raw, input.system, input.context)
    if (quick !== null) return quick
  }
  const { raw, instant, zone, provenance } = explainTime(input)
  return { raw, instant, zone, provenance }
}

/** As `readTime`, with reason and candidates, for the pages and logs that explain a flagged time. */
export function explainTime(input: TimeInput): ResolvedTime {
  const raw = rawText(input.raw)
  const asked = { system: input.system, context: input.context ?? {} }
  return { raw, ...resolveValue(input.raw, asked, 0) }
}

type Asked = { readonly system: string; readonly context: Readonly<Record<string, unknown>> }
type Resolved = Omit<ResolvedTime, 'raw'>

function rawText(raw: unknown): string {
  if (typeof raw === 'string') return raw
  if (typeof raw === 'number' || typeof raw === 'bigint') return String(raw)
  if (raw === undefined || raw === null) return ''
  return JSON.stringify(raw, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)) ?? ''
}

/** Zones whose offset has not moved since the year given, so that the clock needs no table (tzdb 2026a). */
const FIXED_SINCE: Readonly<Record<string, readonly [year: number, minutes: number]>> = {
  [BEIJING]: [1992, 480],
  UTC: [1971, 0],
  '+08:00': [1971, 480],
}

/**
 * The two forms that nearly all messages use, `2026-02-11 18:44:22` in a fixed declared zone and RFC 3339 with whole
 * seconds, without a regular expression: 1 µs instead of 5 to 15. Anything unusual goes the long way.
 */
function readPlain(text: string, system: string, context: TimeInput['context']): SourceTime | null {
  const length = text.length
  if (length < 19 || length > 29 || text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45) return null
  if (text.charCodeAt(13) !== 58 || text.charCodeAt(16) !== 58) return null
  const separator = text.charCodeAt(10)
  if (separator !== 32 && separator !== 84) return null
  const year = two(text, 0) * 100 + two(text, 2)
  const month = two(text, 5)
  const day = two(text, 8)
  if (!(year >= 1992 && year < 9999 && month >= 1 && month <= 12)) return null
  if (!(day >= 1 && day <= daysInMonth(year, month))) return null
  const hour = two(text, 11)
  const minute = two(text, 14)
  const second = two(text, 17)
  if (!(hour <= 23 && minute <= 59 && second <= 59)) return null
  const seconds = daysFromCivil(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second
  if (length > 19) return readPlainTail(text, seconds * 1000)
  const declared = declaredZone(system, context ?? NO_CONTEXT)
  if (declared.zone === null || context?.format !== undefined) return null
  const fixed = FIXED_SINCE[declared.zone]
  return fixed === undefined
    ? null
    : plainTime(text, (seconds - fixed[1] * 60) * 1000, declared.zone, declared.by)
}

/** `Z` or `+hh:mm`, after three digits of the second or none. */
function readPlainTail(text: string, ms: number): SourceTime | null {
  const dotted = text.charCodeAt(19) === 46
  const at = dotted ? 23 : 19
  const millis = dotted ? two(text, 20) * 10 + text.charCodeAt(22) - 48 : 0
  if (
    !(millis >= 0 && millis <= 999) ||
    (dotted && !(text.charCodeAt(22) >= 48 && text.charCodeAt(22) <= 57))
  )
    return null
  const sign = text.charCodeAt(at)
  if (sign === 90 && text.length === at + 1) return plainTime(text, ms + millis, 'UTC', 'explicit_offset')
  if ((sign !== 43 && sign !== 45) || text.length !== at + 6 || text.charCodeAt(at + 3) !== 58) return null
  const hours = two(text, at + 1)
  const minutes = two(text, at + 4)
  const offset = hours * 60 + minutes
  if (!(offset > 0 && hours <= 18 && minutes <= 59)) return null
  return plainTime(
    text,
    ms + millis - (sign === 43 ? offset : -offset) * 60_000,
    text.slice(at),
    'explicit_offset',
  )
}

const NO_CONTEXT = {}

function plainTime(raw: string, ms: number, zone: string, provenance: Provenance): SourceTime {
  return { raw, instant: Temporal.Instant.fromEpochMilliseconds(ms), zone, provenance }
}

/** Two digits as a number; NaN for anything else, which fails every comparison. */
function two(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48
  const ones = text.charCodeAt(at + 1) - 48
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN
}

function resolveValue(value: unknown, asked: Asked, depth: number): Resolved {
  if (typeof value === 'string') return resolveText(value, asked)
  if (typeof value === 'bigint') return resolveText(value.toString(), asked)
  if (typeof value === 'number')
    return resolveText(Number.isInteger(value) ? BigInt(value).toString() : String(value), asked)
  if (value === null || typeof value !== 'object' || depth > 2) return unknown('empty')
  if (Array.isArray(value)) return resolveArray(value, asked)
  const object = value as Readonly<Record<string, unknown>>
  if ('$date' in object) return resolveValue(object.$date, asked, depth + 1)
  if ('seconds' in object && 'nanos' in object) return resolveSeconds(object)
  return resolveObject(object, asked, depth)
}

/** A date as Java's serialisers write it: `[2026, 2, 11, 18, 44, 22]`, month from 1. */
function resolveArray(parts: readonly unknown[], asked: Asked): Resolved {
  if (parts.length < 5 || parts.length > 6 || !parts.every((part) => Number.isInteger(part)))
    return unknown('not_a_time')
  const [year, month, day, hour, minute, second = '00'] = parts.map((part) => String(part).padStart(2, '0'))
  return resolveText(`${year}-${month}-${day} ${hour}:${minute}:${second}`, asked)
}

function resolveSeconds(object: Readonly<Record<string, unknown>>): Resolved {
  const seconds = String(object.seconds)
  const nanos = String(object.nanos)
  if (!/^[1-9]\d{9}$/.test(seconds) || !/^\d{1,9}$/.test(nanos)) return unknown('not_a_time')
  return known(epochInstant(BigInt(seconds) * 1_000_000_000n + BigInt(nanos)), 'UTC', 'explicit_offset')
}

/**
 * A field named UTC goes first. Another complete spelling must mean the same instant, or nothing can be believed; a local
 * clock with a separate offset that disagrees is only noted, since UPS's own samples do (one is off by 30 minutes).
 */
function resolveObject(object: Readonly<Record<string, unknown>>, asked: Asked, depth: number): Resolved {
  const system = normalName(asked.system)
  const fields = timeFields(object, system.startsWith('ups'))
  const others = fields.others.map((value) => resolveValue(value, asked, depth + 1))
  // USPS writes a Z behind a local clock (`eventTimestamp`); its GMTTimestamp is the one that means it.
  const trusted = system === 'usps' && fields.utc !== null ? [] : others
  const explicit = trusted.filter((time) => time.provenance === 'explicit_offset')
  const utc = fields.utc === null ? null : resolveText(fields.utc, { ...asked, context: { zone: 'UTC' } })
  const local = resolveLocal(fields.local, fields, asked)
  const stated = [...(utc?.instant == null ? [] : [utc]), ...explicit]
  const first = stated[0]
  if (first?.instant != null) {
    const instant = first.instant
    const instants = stated.map((time) => time.instant ?? instant)
    if (instants.some((other) => !other.equals(instant))) return unknown('fields_disagree', unique(instants))
    const zone = first === utc ? 'UTC' : first.zone
    const agrees = local?.instant == null || local.instant.equals(instant)
    return { ...known(instant, zone ?? 'UTC', 'explicit_offset'), why: agrees ? null : 'local_disagrees' }
  }
  if (local !== null) return local
  const text = fields.others.find((value) => typeof value === 'string' || typeof value === 'number')
  if (text !== undefined && typeof text === 'string')
    return resolveLocal(text, fields, asked) ?? unknown('empty')
  return utc ?? others[0] ?? unknown('empty')
}

function resolveLocal(
  text: string | null,
  fields: { readonly zone: string | null; readonly zoneUnclear: boolean },
  asked: Asked,
): Resolved | null {
  if (text === null) return null
  // 菜鸟 overseas documents that an unknown zone means Beijing; nobody else says what theirs means.
  if (fields.zoneUnclear && !normalName(asked.system).startsWith('cainiao'))
    return unknown('zone_not_understood')
  if (fields.zone === null) return resolveText(text, asked)
  if (/^[A-Z]{3,5}$/.test(fields.zone) && fields.zone !== 'UTC')
    return resolveText(`${text} ${fields.zone}`, asked)
  const time = resolveText(text, { ...asked, context: { ...asked.context, zone: fields.zone } })
  return time.instant === null ? time : { ...time, provenance: 'explicit_offset' }
}

function resolveText(text: string, asked: Asked): Resolved {
  const custom = customEpoch(text, asked)
  if (custom !== null) return custom
  const format = asked.context.format
  const parsed = (typeof format === 'string' ? parseByFormat(text, format) : null) ?? parseTimeText(text)
  return resolveParsed(parsed, asked)
}

/** Seconds since another day than 1970-01-01: declared by the context, or by the system's document. */
function customEpoch(text: string, asked: Asked): Resolved | null {
  const declared = asked.context.epoch
  const wangdian = normalName(asked.system) === 'wangdian_qjb'
  if ((declared === undefined && !wangdian) || !/^[1-9]\d{0,9}$/.test(text.trim())) return null
  const base = typeof declared === 'string' ? declared.trim().split(/\s/)[0] : '2012-01-01T00:00:00+08:00'
  const start = resolveParsed(parseTimeText(base ?? ''), { system: '', context: {} }).instant
  if (start === null) return unknown('epoch_not_understood')
  return known(start.add({ seconds: Number(text.trim()) }), 'UTC', 'explicit_offset')
}

function resolveParsed(parsed: TimeText, asked: Asked): Resolved {
  if (parsed.kind === 'none') return unknown(parsed.why)
  if (parsed.kind === 'epoch') return known(epochInstant(parsed.nanoseconds), 'UTC', 'explicit_offset')
  const { wall, offset, zoneName, abbreviation } = parsed
  if (isSentinelClock(wall)) return unknown('sentinel')
  if (offset !== null) return resolveOffset(wall, offset, zoneName)
  if (zoneName !== null) {
    const zone = offsetZone(zoneName) ?? (isZone(zoneName) ? zoneName : null)
    return zone === null ? unknown('zone_not_understood') : inZone(wall, zone, 'explicit_offset')
  }
  if (abbreviation !== null) return resolveAbbreviation(wall, abbreviation, parsed.mail, asked)
  const declared = declaredZone(asked.system, asked.context)
  return declared.zone === null ? unknown(declared.why) : inZone(wall, declared.zone, declared.by)
}

/** RFC 9557: an offset that contradicts the zone beside it makes the text inconsistent; `Z` says nothing of local time. */
function resolveOffset(wall: WallClock, offset: string, zoneName: string | null): Resolved {
  const time = inZone(wall, offset, 'explicit_offset')
  if (zoneName === null || time.instant === null) return time
  const zone = offsetZone(zoneName) ?? (isZone(zoneName) ? zoneName : null)
  if (zone === null) return unknown('zone_not_understood')
  if (offset === 'UTC') return { ...time, zone }
  const there = time.instant.toZonedDateTimeISO(zone).offset
  return there === offset ? { ...time, zone } : unknown('offset_contradicts_zone')
}

/** `CST` is Beijing, Chicago or Havana: the country or the declared zone decides, or nobody. */
function resolveAbbreviation(wall: WallClock, name: string, mail: boolean, asked: Asked): Resolved {
  const country = homeCountry(asked.system, asked.context)
  const american = mail ? mailAbbreviation(name) : null
  const offsets = american === null ? abbreviationOffsets(name, country) : [american]
  const times = offsets.map((minutes) => inZone(wall, offsetOf(minutes), 'explicit_offset'))
  if (times.length === 1 && times[0] !== undefined) return times[0]
  const declared = declaredZone(asked.system, asked.context)
  if (declared.zone !== null) {
    const there = inZone(wall, declared.zone, declared.by)
    const own = [there.instant, ...there.candidates].filter((instant) => instant !== null)
    const match = times.find((time) => own.some((instant) => time.instant?.equals(instant) === true))
    if (match !== undefined) return match
  }
  return unknown(
    offsets.length === 0 ? 'abbreviation_unknown' : 'abbreviation_ambiguous',
    times.flatMap((time) => time.instant ?? []),
  )
}

function offsetOf(minutes: number): string {
  const size = Math.abs(minutes)
  const two = (part: number): string => String(part).padStart(2, '0')
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`
}

/** The clock in the zone; twice or never on the day the clocks change, which is nobody's to decide. */
function inZone(wall: WallClock, zone: string, provenance: Provenance): Resolved {
  const leap = wall.second === 60
  const midnight = wall.hour === 24
  const date = Temporal.PlainDateTime.from({
    ...wall,
    hour: midnight ? 0 : wall.hour,
    second: leap ? 59 : wall.second,
    millisecond: Math.floor(wall.nanosecond / 1_000_000),
    microsecond: Math.floor(wall.nanosecond / 1_000) % 1_000,
    nanosecond: wall.nanosecond % 1_000,
  })
  const clock = midnight ? date.add({ days: 1 }) : date
  const earlier = clock.toZonedDateTime(zone, { disambiguation: 'earlier' })
  const later = clock.toZonedDateTime(zone, { disambiguation: 'later' })
  const instant = earlier.toInstant()
  if (!instant.equals(later.toInstant())) {
    const twice = earlier.toPlainDateTime().equals(clock)
    return unknown(
      twice ? 'clock_occurs_twice' : 'clock_never_occurs',
      twice ? [instant, later.toInstant()] : [],
    )
  }
  if (leap && !isLeapSecond(instant)) return unknown('no_such_clock')
  return known(instant, zone, provenance)
}

/** 23:59:60 UTC on the last day of June or December; read as :59, as Temporal and Java do. */
function isLeapSecond(instant: Instant): boolean {
  return /-(06-30|12-31)T23:59:59/.test(instant.toString())
}

/** What programs write for "no value": year 1, 1900, the epoch, year 9999. */
function isSentinelClock(wall: WallClock): boolean {
  if (wall.year < 1900 || wall.year >= 9999) return true
  const newYear = wall.month === 1 && wall.day === 1
  return newYear && (wall.year === 1900 || wall.year === 1970) && wall.hour + wall.minute + wall.second === 0
}

function epochInstant(nanoseconds: bigint): Instant | null {
  const limit = 253_402_214_400_000_000_000n // 9999-12-31
  const inRange = nanoseconds > -2_208_988_800_000_000_000n && nanoseconds < limit
  return inRange ? Temporal.Instant.fromEpochNanoseconds(nanoseconds) : null
}

function known(instant: Instant | null, zone: string, provenance: Provenance): Resolved {
  if (instant === null || instant.epochMilliseconds === 0) return unknown('sentinel')
  return { instant, zone, provenance, why: null, candidates: [] }
}

function unknown(why: string, candidates: readonly Instant[] = []): Resolved {
  return { instant: null, zone: null, provenance: 'ambiguous', why, candidates }
}

function unique(instants: readonly Instant[]): Instant[] {
  return instants.filter((instant, at) => instants.findIndex((other) => other.equals(instant)) === at)
}
