import { detailOf, parcelClaims } from '#connectors/carriers/claims.ts'
import { EVENTS_MOST, eventTime, NO_CODE, numberOf, placeText } from '#connectors/carriers/events.ts'
import { filledAt, type JsonObject, type JsonValue, objectAt, objectsAt, readJson } from '#connectors/json.ts'
import { type Claim, EMPTY_READING, type Reading } from '#domain/claim.ts'
import type { Settings, StoredMessage } from '#domain/connector.ts'
import type { TrackingNo } from '#kernel/id.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'

/**
 * Reads the tracking API's answer and the push of the same shape, or a push of one event (`trackingNumber`, `eventType`, `date`).
 * Refused: `fedex.no_results`, `fedex.incomplete`, `fedex.too_many_events`, and as `readJson`.
 */
export function readResults(message: Pick<StoredMessage, 'body'>, settings: Settings): Result<Reading> {
  const json = readJson(message.body)
  if (!json.ok) return json
  const results = resultsOf(json.value)
  if (results.length === 0) return refuse('fedex.no_results', 'the message holds no tracking result')
  const claims: Claim[] = []
  for (const result of results) {
    const parcel = numberOf(numberIn(result))
    if (parcel === null) return refuse('fedex.incomplete', 'a tracking result has no number')
    claims.push(...scansOf(result).flatMap((scan) => scanClaims(scan, parcel, settings)))
    if (claims.length > EVENTS_MOST)
      return refuse('fedex.too_many_events', `more than ${EVENTS_MOST} events in one message`)
  }
  return ok({ ...EMPTY_READING, claims })
}

export function numberIn(result: JsonObject): string | null {
  return filledAt(result, 'trackingNumberInfo', 'trackingNumber') ?? filledAt(result, 'trackingNumber')
}

/** `output.completeTrackResults[].trackResults[]`, also without the outer wrapping, or the one event itself. */
export function resultsOf(json: JsonValue): readonly JsonObject[] {
  const output = objectAt(json, 'output') ?? json
  const complete = objectsAt(output, 'completeTrackResults')
  if (complete.length > 0)
    return complete.flatMap((one) => {
      const number = filledAt(one, 'trackingNumber')
      const results = objectsAt(one, 'trackResults')
      return results.map((result) =>
        number === null || numberIn(result) !== null ? result : { ...result, trackingNumber: number },
      )
    })
  const single = objectsAt(output, 'trackResults')
  if (single.length > 0) return single
  const object = objectAt(output)
  return object !== null && filledAt(object, 'trackingNumber') !== null && scansOf(object).length > 0
    ? [object]
    : []
}

function scansOf(result: JsonObject): readonly JsonObject[] {
  const scans = objectsAt(result, 'scanEvents')
  return scans.length > 0 || filledAt(result, 'eventType') === null ? scans : [result]
}

function scanClaims(scan: JsonObject, parcel: TrackingNo, settings: Settings): Claim[] {
  const type = filledAt(scan, 'eventType')?.toUpperCase() ?? NO_CODE
  const at = (field: string): string | null => filledAt(scan, 'scanLocation', field)
  const place = { city: at('city'), state: at('stateOrProvinceCode'), country: at('countryCode') }
  const reason = [filledAt(scan, 'exceptionCode'), filledAt(scan, 'exceptionDescription')]
    .filter((part) => part !== null)
    .join(' ')
  return parcelClaims(parcel, null, {
    code: `event:${type}`,
    at: eventTime('fedex', filledAt(scan, 'date') ?? '', place, settings),
    detail: detailOf({
      trackingNo: parcel,
      carrier: 'FEDEX',
      place: placeText(place.city, place.state, place.country),
      words: filledAt(scan, 'eventDescription'),
      reason,
    }),
  })
}
