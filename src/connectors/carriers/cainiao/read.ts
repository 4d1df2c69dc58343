import { detailOf, parcelClaims } from '#connectors/carriers/claims.ts'
import { numberOf } from '#connectors/carriers/events.ts'
import { type Claim, EMPTY_READING, type Reading } from '#domain/claim.ts'
import type { Settings, StoredMessage } from '#domain/connector.ts'
import type { TrackingNo } from '#kernel/id.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { readTime } from '#kernel/source-time.ts'
import { carrierOf } from './codes.ts'
import { type CainiaoTrace, linkForm, parseTrace, type TraceEvent } from './schema.ts'

/** Where no public source says under which name the number stands: these, in order, unless the connection says otherwise. */
export const NUMBER_FIELDS = 'mailNo,waybillCode,trackingNumber,mailCode'

/**
 * Reads a pushed trace; every event is one claim with its own time. Refused: `cainiao.unreadable`, `cainiao.unknown_push`,
 * `cainiao.incomplete`.
 */
export function readPush(message: Pick<StoredMessage, 'body'>, settings: Settings): Result<Reading> {
  const form = linkForm(message.body)
  if (form === null) return refuse('cainiao.unreadable', 'the form has no logistics_interface')
  const trace = parseTrace(form.content, numberFields(settings))
  if (!trace.ok) return trace
  const parcel = numberOf(trace.value.number)
  if (parcel === null) return refuse('cainiao.incomplete', 'the parcel’s number is none')
  const claims = trace.value.events.flatMap((event) => claimsOf(parcel, trace.value, event))
  return ok({ ...EMPTY_READING, claims })
}

function claimsOf(parcel: TrackingNo, trace: CainiaoTrace, event: TraceEvent): Claim[] {
  return parcelClaims(parcel, trace.orderNo, {
    code: event.code,
    at: readTime({
      system: trace.isOverseas ? 'cainiao_overseas' : 'cainiao',
      // The zone stands beside the clock, not in it: both are the raw time.
      raw: trace.isOverseas ? { time: event.time, timeZone: event.zone ?? '' } : event.time,
      context: {},
    }),
    detail: detailOf({
      trackingNo: parcel,
      carrier: trace.cpCode === null ? null : carrierOf(trace.cpCode),
      place: event.place,
      words: event.words,
    }),
  })
}

function numberFields(settings: Settings): readonly string[] {
  const own = (settings.number_fields ?? '').split(/[\s,，]+/).filter((name) => name !== '')
  return own.length > 0 ? own : NUMBER_FIELDS.split(',')
}
