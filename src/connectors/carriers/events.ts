import type { JsonObject } from '#connectors/json.ts'
import type { Reply, Settings } from '#domain/connector.ts'
import { readTrackingNo, type TrackingNo } from '#kernel/id.ts'
import type { SourceTime } from '#kernel/instant.ts'
import { refuse } from '#kernel/result.ts'
import { explainTime, readTime } from '#kernel/source-time.ts'

/** Most events that one message may hold; a parcel has a few dozen. */
export const EVENTS_MOST = 5_000

/** A tracking number, or null where there is none that could be one: empty, or longer than 64 characters. */
export function numberOf(text: string | null): TrackingNo | null {
  if (text === null) return null
  const number = readTrackingNo(text)
  return number.ok ? number.value : null
}

/** Why a time has no instant, where nothing but the zone is missing. */
const ZONE_OPEN = new Set(['no_zone', 'scan_abroad', 'zone_not_documented', 'abbreviation_ambiguous'])

/**
 * A time by the text's own offset, else the carrier's rule, else the event's place. Where all of them leave it open, the zone that a
 * person gave the connection decides; without one it stays ambiguous, as does a clock that its place had twice or never.
 */
export function eventTime(
  system: string,
  raw: unknown,
  context: Readonly<Record<string, unknown>>,
  settings: Settings,
): SourceTime {
  const time = readTime({ system, raw, context })
  const zone = settings.zone?.trim() ?? ''
  if (time.instant !== null || zone === '') return time
  if (!ZONE_OPEN.has(explainTime({ system, raw, context }).why ?? '')) return time
  return readTime({ system, raw, context: { ...context, zone } })
}

/**
 * Stands where an event names no code at all: in no table, so that the event waits for a person while the others of its message are
 * read, and is never passed over in silence.
 */
export const NO_CODE = 'missing'

/** `LEIPZIG, DE`: what is there of the parts. */
export function placeText(...parts: readonly (string | null)[]): string | null {
  const said = parts.filter((part) => part !== null && part !== '')
  return said.length === 0 ? null : said.join(', ')
}

/** The fields of an object that are there and filled, under their own names; for times that come in parts. */
export function partsOf(object: JsonObject, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = Object.hasOwn(object, name) ? object[name] : undefined
      return typeof value === 'string' && value.trim() !== '' ? [[name, value]] : []
    }),
  )
}

/** A rejection in plain JSON, for platforms that look at the status alone. */
export function rejection(code: string, detail: string, status: number) {
  const body = JSON.stringify({ code, detail })
  const reply: Reply = { status, contentType: 'application/json; charset=utf-8', body }
  return { verdict: 'rejected' as const, refusal: refuse(code, detail).refusal, reply }
}

/** Makes a platform that looks at the status alone send again. */
export const RETRY_LATER: Reply = {
  status: 503,
  contentType: 'application/json; charset=utf-8',
  body: '{"code":"intake.unavailable"}',
}
export const TAKEN: Reply = {
  status: 200,
  contentType: 'application/json; charset=utf-8',
  body: '{"ok":true}',
}
