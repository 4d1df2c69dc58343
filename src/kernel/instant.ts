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
