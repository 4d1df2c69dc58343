import { numberOf } from '#connectors/carriers/events.ts'
import { filledAt, type JsonObject, type JsonValue, objectsAt, readJson, valueAt } from '#connectors/json.ts'
import { readOrderNo, type TrackingNo } from '#kernel/id.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'

/** Most events of one call. */
export const BATCH_MOST = 500
const CODE_MOST = 60
const TEXT_MOST = 500

export type TrackEvent = {
  readonly trackingNo: TrackingNo
  readonly carrier: string | null
  readonly orderNo: string | null
  readonly code: string
  readonly at: string
  readonly place: string | null
  readonly country: string | null
  readonly city: string | null
  readonly words: string | null
  readonly reason: string | null
}

/**
 * The open format: `{events: [{trackingNo, code, at, …}]}` or `{parcels: [{trackingNo, events: [{code, at, …}]}]}`, up to 500 events in
 * all. What stands wrong is named by its place. Refused: `logistics.bad_event`, `logistics.empty`, `logistics.too_many`, and as `readJson`.
 */
export function parseTrack(body: Uint8Array): Result<readonly TrackEvent[]> {
  const json = readJson(body)
  if (!json.ok) return json
  const found = placed(json.value)
  if (found === null)
    return refuse(
      'logistics.bad_event',
      'events and parcels are lists of objects, and nothing else stands in them',
    )
  if (found.length === 0) return refuse('logistics.empty', 'the message holds neither events nor parcels')
  if (found.length > BATCH_MOST)
    return refuse('logistics.too_many', `${found.length} events; at most ${BATCH_MOST} in one call`)
  const events: TrackEvent[] = []
  for (const { where, event, parcel } of found) {
    const read = parseEvent(event, parcel)
    if (!read.ok) return refuse('logistics.bad_event', `${where}: ${read.refusal.detail}`)
    events.push(read.value)
  }
  return ok(events)
}

type Placed = { readonly where: string; readonly event: JsonObject; readonly parcel: JsonObject }

/** Every event with its parcel's own fields; null where a list holds something else than objects. */
function placed(json: JsonValue): readonly Placed[] | null {
  const flat = objectsIn(json, 'events')
  const parcels = objectsIn(json, 'parcels')
  if (flat === null || parcels === null) return null
  const found: Placed[] = flat.map((event, i) => ({ where: `events[${i}]`, event, parcel: event }))
  for (const [i, parcel] of parcels.entries()) {
    const events = objectsIn(parcel, 'events')
    if (events === null) return null
    found.push(...events.map((event, j) => ({ where: `parcels[${i}].events[${j}]`, event, parcel })))
  }
  return found
}

function objectsIn(json: JsonValue, name: string): readonly JsonObject[] | null {
  const value = valueAt(json, name)
  if (value === undefined) return []
  const objects = objectsAt(json, name)
  return Array.isArray(value) && objects.length === value.length ? objects : null
}

function parseEvent(event: JsonObject, parcel: JsonObject): Result<TrackEvent> {
  const trackingNo = numberOf(filledAt(parcel, 'trackingNo'))
  if (trackingNo === null)
    return refuse('logistics.bad_event', 'trackingNo is missing or longer than 64 characters')
  const code = filledAt(event, 'code')
  if (code === null || code.length > CODE_MOST)
    return refuse('logistics.bad_event', `code is missing or longer than ${CODE_MOST} characters`)
  const at = filledAt(event, 'at')
  if (at === null || at.length > CODE_MOST)
    return refuse('logistics.bad_event', 'at is missing; ISO 8601 with offset, as 2026-02-11T18:44:22+01:00')
  const orderNo = filledAt(parcel, 'orderNo')
  const order = orderNo === null ? null : readOrderNo(orderNo)
  if (order?.ok === false) return refuse('logistics.bad_event', order.refusal.detail)
  const text = (name: string): string | null => filledAt(event, name)?.slice(0, TEXT_MOST) ?? null
  return ok({
    trackingNo,
    carrier: filledAt(parcel, 'carrier')?.slice(0, CODE_MOST) ?? null,
    orderNo: order === null ? null : order.value,
    code,
    at,
    place: text('place'),
    country: text('country'),
    city: text('city'),
    words: text('words'),
    reason: text('reason'),
  })
}
