import { zoneOf } from './source-time-place.ts'

/** The parts of a time that came as an object, named by what they are rather than by their carrier's spelling. */
export type TimeFields = {
  /** Date and clock that the carrier says are UTC. */
  readonly utc: string | null
  /** Other spellings of the instant, each complete in itself; nested objects included. */
  readonly others: readonly unknown[]
  /** Date and clock of the place, from a pair of fields. */
  readonly local: string | null
  /** Zone or offset in a field of its own. */
  readonly zone: string | null
  /** The zone field holds something that is neither offset, zone name nor abbreviation. */
  readonly zoneUnclear: boolean
}

const ZONE_KEY =
  /^(.*gmtoffset|.*utcoffset|.*timezone|timezoneoffset|timezoneid|zoneoffset|offset|zoneid|zone|tz)$/

/** Sorts the fields of an object such as `{Date, Time}`, `{gmtDate, gmtTime, gmtOffset}`, `{opTime, tz}`. */
export function timeFields(object: Readonly<Record<string, unknown>>, clockIsPacked: boolean): TimeFields {
  const fields = new Map<string, unknown>()
  for (const [key, value] of Object.entries(object)) {
    const name = key.toLowerCase().replace(/[^a-z0-9]/g, '')
    if (value !== null && value !== undefined && value !== '' && !fields.has(name)) fields.set(name, value)
  }
  const zoneEntry = [...fields].find(([name]) => ZONE_KEY.test(name))
  const zone = zoneEntry === undefined ? null : zoneText(zoneEntry[0], zoneEntry[1])
  let utc: string | null = null
  let local: string | null = null
  const others: unknown[] = []
  for (const [name, value] of fields) {
    if (ZONE_KEY.test(name) || !isTimeKey(name)) continue
    if (name.endsWith('time') && fields.has(`${name.slice(0, -4)}date`) && !isComplete(value)) continue
    const text = name.endsWith('date')
      ? joined(value, fields.get(`${name.slice(0, -4)}time`), clockIsPacked)
      : value
    if (typeof text === 'object') others.push(text)
    else if (/utc|gmt/.test(name)) utc ??= String(text)
    else if (name.endsWith('date') && fields.has(`${name.slice(0, -4)}time`)) local ??= String(text)
    else others.push(text)
  }
  return { utc, others, local, zone, zoneUnclear: zoneEntry !== undefined && zone === null }
}

function isTimeKey(name: string): boolean {
  return /time|date|stamp|^instant$|^ts$|[a-z]{4,}edat$/.test(name)
}

function isComplete(value: unknown): boolean {
  return (
    typeof value === 'object' || (typeof value === 'string' && /\d{4}[-/.年]?\d{1,2}.*\d{1,2}:/.test(value))
  )
}

/** A date and its clock as one text; a clock that passed through a number has lost its leading zeros. */
function joined(date: unknown, clock: unknown, clockIsPacked: boolean): unknown {
  if (typeof date === 'object' || clock === undefined || typeof clock === 'object' || isComplete(date))
    return date
  const day = String(date)
    .trim()
    .replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3')
  const time = String(clock).trim()
  if (isComplete(time)) return time
  const packed = clockIsPacked ? /^\d{1,6}$/ : /^\d{5,6}$/
  return `${day} ${packed.test(time) ? time.padStart(6, '0').replace(/^(..)(..)(..)$/, '$1:$2:$3') : time}`
}

function zoneText(name: string, value: unknown): string | null {
  if (typeof value === 'object') return null
  const text = String(value).trim()
  if (name.endsWith('offset') && /^[+-]?\d{1,2}$/.test(text) && Math.abs(Number(text)) <= 14)
    return zoneOf(`${text.startsWith('-') ? '-' : '+'}${text.replace(/^[+-]/, '')}`)
  return zoneOf(text) ?? (/^[A-Za-z]{3,5}$/.test(text) ? text.toUpperCase() : null)
}
