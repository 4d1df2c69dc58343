import { filledAt, type JsonObject, objectsAt, readJson, valueAt, wholeAt } from '#connectors/json.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'

const MAX_EVENTS = 500
const MAX_LINES = 500
const MAX_TEXT = 200

/** What a print station or warehouse system tells. All texts without blanks around them. */
export type StationEvent = {
  readonly event: string
  readonly id: string
  readonly orderNo: string
  readonly shop: string | null
  readonly trackingNo: string
  readonly waybillId: string | null
  readonly carrier: string
  /** ISO 8601 with offset; without one it is resolved by the connection's zone or flagged. */
  readonly generatedAt: string
  readonly batchNo: string | null
  readonly deviceId: string | null
  readonly lines: readonly { readonly lineId: string; readonly quantity: number }[]
}

/**
 * One event or a list of up to 500. Refused with `print_station.unreadable` (not JSON) or `print_station.invalid_event`, which
 * names the event's place and the field; one bad event refuses the message, so that its sender hears of it at once.
 */
export function parseEvents(body: Uint8Array): Result<readonly StationEvent[]> {
  const parsed = readJson(body)
  if (!parsed.ok) return refuse('print_station.unreadable', parsed.refusal.detail)
  const list = Array.isArray(parsed.value) ? parsed.value : [parsed.value]
  const objects = objectsAt({ list }, 'list')
  if (objects.length === 0 || objects.length !== list.length)
    return refuse('print_station.invalid_event', 'the body is neither an event nor a list of events')
  if (objects.length > MAX_EVENTS)
    return refuse('print_station.invalid_event', `more than ${MAX_EVENTS} events in one message`)
  const events: StationEvent[] = []
  for (const [i, object] of objects.entries()) {
    const event = parseEvent(object)
    if (typeof event === 'string') return refuse('print_station.invalid_event', `event ${i}: ${event}`)
    events.push(event)
  }
  return ok(events)
}

/** The event, or what is wrong with it. */
function parseEvent(object: JsonObject): StationEvent | string {
  const required = ['event', 'id', 'order_no', 'tracking_no', 'carrier', 'generated_at']
  const optional = ['shop', 'waybill_id', 'batch_no', 'device_id']
  const missing = required.filter((name) => filledAt(object, name) === null)
  if (missing.length > 0) return `${missing.join(', ')} missing`
  const long = [...required, ...optional].filter((name) => (filledAt(object, name)?.length ?? 0) > MAX_TEXT)
  if (long.length > 0) return `${long.join(', ')} longer than ${MAX_TEXT} characters`
  const lines = parseLines(object)
  if (typeof lines === 'string') return lines
  const text = (name: string): string => filledAt(object, name) ?? ''
  return {
    event: text('event'),
    id: text('id'),
    orderNo: text('order_no'),
    shop: filledAt(object, 'shop'),
    trackingNo: text('tracking_no'),
    waybillId: filledAt(object, 'waybill_id'),
    carrier: text('carrier'),
    generatedAt: text('generated_at'),
    batchNo: filledAt(object, 'batch_no'),
    deviceId: filledAt(object, 'device_id'),
    lines,
  }
}

function parseLines(object: JsonObject): StationEvent['lines'] | string {
  const given = valueAt(object, 'lines') ?? null
  if (given === null) return []
  if (!Array.isArray(given) || given.length > MAX_LINES) return `lines is not a list of at most ${MAX_LINES}`
  const lines: { lineId: string; quantity: number }[] = []
  for (const line of objectsAt(object, 'lines')) {
    const sku = filledAt(line, 'sku')
    const lineId = filledAt(line, 'line_id') ?? (sku === null ? null : `sku:${sku}`)
    const quantity = wholeAt(line, 'quantity')
    if (lineId === null || lineId.length > MAX_TEXT) return 'a line has neither line_id nor sku'
    if (quantity === null || quantity < 1) return 'a line has no whole quantity of 1 or more'
    lines.push({ lineId, quantity })
  }
  return lines.length === given.length ? lines : 'a line is not an object'
}
