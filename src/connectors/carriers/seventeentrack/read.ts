import { detailOf, parcelClaims } from '#connectors/carriers/claims.ts'
import { EVENTS_MOST, eventTime, numberOf, partsOf, placeText } from '#connectors/carriers/events.ts'
import { filledAt, type JsonObject, objectAt, objectsAt, readJson } from '#connectors/json.ts'
import { NO_TIME } from '#connectors/source.ts'
import { type Claim, EMPTY_READING, type Reading } from '#domain/claim.ts'
import type { Settings, StoredMessage } from '#domain/connector.ts'
import type { TrackingNo } from '#kernel/id.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { codeOfStatus } from './codes.ts'

/**
 * Reads a push and an answer of the same shape (`{event, data}`). Every push repeats the whole trace; a node's claim is made of the node
 * alone. Refused: `seventeentrack.incomplete`, `seventeentrack.unknown_event`, `seventeentrack.too_many_events`, and as `readJson`.
 */
export function readTrack(message: Pick<StoredMessage, 'body'>, settings: Settings): Result<Reading> {
  const json = readJson(message.body)
  if (!json.ok) return json
  const event = filledAt(json.value, 'event')
  const data = objectAt(json.value, 'data')
  const parcel = numberOf(filledAt(data ?? undefined, 'number'))
  if (data === null || parcel === null)
    return refuse('seventeentrack.incomplete', 'the message has no data or no number')
  if (event === 'TRACKING_STOPPED') {
    const detail = detailOf({ trackingNo: parcel, carrier: carrierOf(data) })
    const claim = { code: 'event:TRACKING_STOPPED', at: NO_TIME, detail }
    return ok({ ...EMPTY_READING, claims: parcelClaims(parcel, null, claim) })
  }
  if (event !== 'TRACKING_UPDATED')
    return refuse(
      'seventeentrack.unknown_event',
      `nothing is known of the event ${(event ?? '').slice(0, 40)}`,
    )
  const nodes = objectsAt(data, 'track_info', 'tracking', 'providers').flatMap((one) =>
    objectsAt(one, 'events'),
  )
  if (nodes.length > EVENTS_MOST)
    return refuse('seventeentrack.too_many_events', `more than ${EVENTS_MOST} events in one message`)
  return ok({ ...EMPTY_READING, claims: traceClaims(data, nodes, parcel, settings) })
}

function traceClaims(
  data: JsonObject,
  nodes: readonly JsonObject[],
  parcel: TrackingNo,
  settings: Settings,
): Claim[] {
  const latest = filledAt(data, 'track_info', 'latest_status', 'sub_status')
  const status = latest ?? filledAt(data, 'track_info', 'latest_status', 'status')
  const claims = nodes.flatMap((node) => {
    const own = filledAt(node, 'sub_status') ?? filledAt(node, 'stage')
    return own === null ? [] : nodeClaims(node, codeOfStatus(own), { data, parcel, settings })
  })
  // What the platform concludes beyond its nodes (Expired, or nodes without a state) happened by its newest event.
  const newest = objectAt(data, 'track_info', 'latest_event') ?? nodes[0]
  if (status === null || newest === undefined) return claims
  const code = codeOfStatus(status)
  const [concluded] = nodeClaims(newest, code, { data, parcel, settings })
  const isTold = claims.some((claim) => claim.code === code && claim.at.raw === concluded?.at.raw)
  return isTold || concluded === undefined ? claims : [...claims, concluded]
}

function nodeClaims(
  node: JsonObject,
  code: string,
  { data, parcel, settings }: { data: JsonObject; parcel: TrackingNo; settings: Settings },
): Claim[] {
  const address = (field: string): string | null => filledAt(node, 'address', field)
  const place = { country: address('country'), state: address('state'), city: address('city') }
  return parcelClaims(parcel, null, {
    code,
    at: eventTime('17track', timeOf(node), place, settings),
    detail: detailOf({
      trackingNo: parcel,
      carrier: carrierOf(data),
      place: filledAt(node, 'location') ?? placeText(place.city, place.state, place.country),
      words: filledAt(node, 'description'),
    }),
  })
}

function timeOf(node: JsonObject): Readonly<Record<string, unknown>> {
  const raw = objectAt(node, 'time_raw')
  return {
    ...partsOf(node, ['time_iso', 'time_utc']),
    ...(raw === null ? {} : { time_raw: partsOf(raw, ['date', 'time', 'timezone']) }),
  }
}

/** 17TRACK numbers its carriers; its list is in none of the sources, so the number stays as it is. */
function carrierOf(data: JsonObject): string | null {
  const code = filledAt(data, 'carrier')
  return code === null || code === '0' ? null : `other:17track-${code}`
}
