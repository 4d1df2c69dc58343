import { carrierInWords, parcelClaims } from '#connectors/carriers/claims.ts'
import { type Claim, EMPTY_READING, type Reading } from '#domain/claim.ts'
import type { Settings, StoredMessage } from '#domain/connector.ts'
import type { FactDetail } from '#domain/fact.ts'
import { trackingNo } from '#kernel/id.ts'
import { ok, type Result } from '#kernel/result.ts'
import { readTime } from '#kernel/source-time.ts'
import { parseEvents, type StationEvent } from './schema.ts'

/** Reads one event or a list of them; refusals as in `parseEvents`. */
export function readEvents(message: Pick<StoredMessage, 'body'>, settings: Settings): Result<Reading> {
  const events = parseEvents(message.body)
  if (!events.ok) return events
  return ok({ ...EMPTY_READING, claims: events.value.flatMap((event) => eventClaims(event, settings)) })
}

function eventClaims(event: StationEvent, settings: Settings): Claim[] {
  const zone = settings.zone?.trim() ?? ''
  return parcelClaims(trackingNo(event.trackingNo), event.orderNo, {
    code: `event:${event.event}`,
    at: readTime({
      system: 'print-station',
      raw: event.generatedAt,
      context: zone === '' ? {} : { zone },
    }),
    detail: eventDetail(event),
  })
}

function eventDetail(event: StationEvent): FactDetail {
  return {
    trackingNo: trackingNo(event.trackingNo),
    carrier: carrierInWords(event.carrier),
    ...(event.waybillId === null ? {} : { waybillId: event.waybillId }),
    ...(event.batchNo === null ? {} : { batchNo: event.batchNo }),
    ...(event.deviceId === null ? {} : { deviceId: event.deviceId }),
    ...(event.shop === null ? {} : { words: `店铺 ${event.shop}` }),
    ...(event.lines.length === 0 ? {} : { lines: event.lines }),
  }
}
