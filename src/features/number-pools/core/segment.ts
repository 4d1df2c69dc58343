import { type TrackingNo, trackingNo } from '#kernel/id.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { type CheckRule, checkDigit } from './check-digit.ts'

/** A run of numbers: prefix, serial of `width` digits, check digit, suffix. Serials are inclusive on both ends. */
export type Segment = {
  readonly prefix: string
  readonly suffix: string
  readonly width: number
  readonly check: CheckRule
  readonly first: bigint
  readonly last: bigint
}

/** As a person, a file or a branch writes it: whole numbers, or serials behind a prefix; with an end or a count. */
export type TypedSegment = {
  readonly prefix?: string
  readonly from: string
  readonly to?: string
  readonly count?: number
  readonly suffix?: string
  readonly check?: CheckRule
}

export const SEGMENT_MOST = 10_000_000n
/** A signed 64-bit integer holds any number of so many digits. */
const DIGITS_MOST = 18

/**
 * A segment out of what was typed. Letters at the front of `from` belong to the prefix; leading zeros count. Refused:
 * `pools.bad_segment` with what is wrong.
 */
export function parseSegment(typed: TypedSegment): Result<Segment> {
  const { check = 'none' } = typed
  const [front, suffix] = [plain(typed.prefix), plain(typed.suffix)]
  const [from, to] = [plain(typed.from), plain(typed.to)]
  const split = /^([A-Z0-9]*[A-Z])?(\d{1,17})$/.exec(from)
  if (split === null) return bad(`"${from.slice(0, 40)}" does not end in 1 to 17 digits`)
  const [, letters = '', digits = ''] = split
  const prefix = `${front}${letters}`
  if (!/^[A-Z0-9]{0,12}$/.test(prefix)) return bad('a prefix is at most 12 letters and digits')
  if (!/^[A-Z]{0,4}$/.test(suffix)) return bad('a suffix is at most 4 letters')
  const first = BigInt(digits)
  const end = lastOf(to, letters, digits, typed.count)
  if (!end.ok) return end
  const segment = { prefix, suffix, width: digits.length, check, first, last: end.value }
  if (segment.last < first) return bad('it ends before it begins')
  if (segment.last - first >= SEGMENT_MOST) return bad(`a segment has at most ${SEGMENT_MOST} numbers`)
  if (shapeOf(segment).digits > DIGITS_MOST) return bad(`a number has at most ${DIGITS_MOST} digits in a row`)
  if (check === 's10' && !(/^[A-Z]{2}$/.test(prefix) && /^[A-Z]{2}$/.test(suffix) && digits.length === 8))
    return bad('an S10 number is two letters, eight digits, the check digit and two letters of the country')
  return ok(segment)
}

function lastOf(to: string, letters: string, digits: string, count: number | undefined): Result<bigint> {
  if (to === '') {
    if (count === undefined) return bad('it needs an end or a count')
    if (!Number.isInteger(count) || count < 1) return bad('a count is a whole number from 1')
    const last = BigInt(digits) + BigInt(count) - 1n
    return last.toString().length > digits.length ? bad('the count runs past the digits') : ok(last)
  }
  const end = to.startsWith(letters) ? to.slice(letters.length) : to
  if (!/^\d+$/.test(end)) return bad(`"${to.slice(0, 40)}" does not begin like the first number`)
  if (end.length !== digits.length) return bad('both ends have as many digits')
  if (count !== undefined && BigInt(end) - BigInt(digits) + 1n !== BigInt(Math.trunc(count)))
    return bad('end and count contradict each other')
  return ok(BigInt(end))
}

/** The number as it is printed. */
export function numberAt(
  { prefix, suffix, width, check }: Omit<Segment, 'first' | 'last'>,
  serial: bigint,
): TrackingNo {
  const digits = serial.toString().padStart(width, '0')
  return trackingNo(`${prefix}${digits}${checkDigit(check, prefix, digits)}${suffix}`)
}

export type Shape = {
  readonly stem: string
  readonly digits: number
  readonly from: bigint
  readonly to: bigint
}

/**
 * Where the segment lies among all numbers of its carrier: digits at the prefix's end count as part of the number, and a check digit
 * as all ten that it may be. Two segments whose shapes do not cross can never print the same number, however they were typed.
 */
export function shapeOf({ prefix, width, check, first, last }: Segment): Shape {
  const [, stem = '', tail = ''] = /^(.*?)(\d*)$/.exec(prefix) ?? []
  const base = BigInt(tail === '' ? '0' : tail) * 10n ** BigInt(width)
  const [from, to] = [base + first, base + last]
  const digits = tail.length + width
  return check === 'none'
    ? { stem, digits, from, to }
    : { stem, digits: digits + 1, from: from * 10n, to: to * 10n + 9n }
}

/** Whether two segments of one carrier could print the same number. */
export function crosses(one: Segment, other: Segment): boolean {
  const [a, b] = [shapeOf(one), shapeOf(other)]
  return (
    one.suffix === other.suffix &&
    a.stem === b.stem &&
    a.digits === b.digits &&
    a.from <= b.to &&
    b.from <= a.to
  )
}

export function sizeOf({ first, last }: Pick<Segment, 'first' | 'last'>): bigint {
  return last - first + 1n
}

function plain(text: string | undefined): string {
  return (text ?? '').replace(/[\s-]/g, '').toUpperCase()
}

function bad(detail: string) {
  return refuse('pools.bad_segment', detail)
}
