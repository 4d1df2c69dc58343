import { carrierInWords, detailOf, parcelClaims } from '#connectors/carriers/claims.ts'
import { eventTime } from '#connectors/carriers/events.ts'
import { EMPTY_READING, type Reading } from '#domain/claim.ts'
import type { Settings, StoredMessage } from '#domain/connector.ts'
import { ok, type Result } from '#kernel/result.ts'
import { parseTrack } from './schema.ts'

/** The system's name for the reader of times: it declares no zone, so that an offset or a place must tell. */
const SYSTEM = 'logistics'

/** Reads the open format. Refused as `parseTrack`. */
export function readTrack(message: Pick<StoredMessage, 'body'>, settings: Settings): Result<Reading> {
  const events = parseTrack(message.body)
  if (!events.ok) return events
  const claims = events.value.flatMap((event) =>
    parcelClaims(event.trackingNo, event.orderNo, {
      code: `event:${event.code}`,
      at: eventTime(SYSTEM, event.at, { country: event.country, city: event.city }, settings),
      detail: detailOf({
        trackingNo: event.trackingNo,
        carrier: event.carrier === null ? null : carrierInWords(event.carrier),
        place: event.place ?? event.city,
        words: event.words,
        reason: event.reason,
      }),
    }),
  )
  return ok({ ...EMPTY_READING, claims })
}
