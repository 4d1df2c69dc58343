import type { Instant } from './clock.ts'

/**
 * How we know which instant a source's text means.
 * `explicit_offset`: the text (or an epoch number) says it; `carrier_zone`: the system's declared zone; `place_zone`: the
 * event's place; `ambiguous`: no instant, the raw text is kept and shown.
 */
export type Provenance = 'explicit_offset' | 'carrier_zone' | 'place_zone' | 'ambiguous'

/** The four things kept of every time that another system told us. */
export type SourceTime = {
  readonly raw: string
  readonly instant: Instant | null
  readonly zone: string | null
  readonly provenance: Provenance
}

/** ISO 8601 with milliseconds and the zone's offset: `2026-01-25T09:07:33.821+08:00`. */
export function formatInstant(instant: Instant, zone: string): string {
  return instant
    .round({ smallestUnit: 'millisecond', roundingMode: 'floor' })
    .toString({ timeZone: zone, fractionalSecondDigits: 3 })
}

/** An instant we already have, as a source time (for our own events). */
export function ownTime(instant: Instant): SourceTime {
  return { raw: instant.toString(), instant, zone: 'UTC', provenance: 'explicit_offset' }
}

const FIRST = Temporal.Instant.from('1900-01-01T00:00:00Z')
const LAST = Temporal.Instant.from('9999-12-30T00:00:00Z')

/**
 * An instant that somebody asks for: ISO 8601 with an offset, between the years 1900 and 9999; null for anything else. Databases read
 * years before the first and after the 9999th in another way than they are written here.
 */
export function readInstant(text: string): Instant | null {
  try {
    const instant = Temporal.Instant.from(text)
    return isAskable(instant) ? instant : null
  } catch {
    return null
  }
}

/** The first moment of a day (`2026-01-25`) in a zone, `addDays` later; bounds as `readInstant`. */
export function readDay(text: string, zone: string, addDays = 0): Instant | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return null
  try {
    const instant = Temporal.PlainDate.from(text).add({ days: addDays }).toZonedDateTime(zone).toInstant()
    return isAskable(instant) ? instant : null
  } catch {
    return null
  }
}

function isAskable(instant: Instant): boolean {
  return Temporal.Instant.compare(instant, FIRST) >= 0 && Temporal.Instant.compare(instant, LAST) <= 0
}
