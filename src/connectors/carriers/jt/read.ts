import { detailOf, parcelClaims } from '#connectors/carriers/claims.ts'
import { EVENTS_MOST, eventTime, NO_CODE, numberOf, placeText } from '#connectors/carriers/events.ts'
import { readForm } from '#connectors/carriers/form.ts'
import { filledAt, type JsonObject, objectAt, objectsAt, readJson } from '#connectors/json.ts'
import { type Claim, EMPTY_READING, type Reading } from '#domain/claim.ts'
import type { Settings, StoredMessage } from '#domain/connector.ts'
import { readOrderNo, type TrackingNo } from '#kernel/id.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'

/**
 * Reads a push (a form) and an answer (`data` in JSON). Refused: `jt.unreadable`, `jt.incomplete`, `jt.too_many_events`, and as
 * `readJson`.
 */
export function readTraces(
  message: Pick<StoredMessage, 'body' | 'topic'>,
  settings: Settings,
): Result<Reading> {
  const text = message.topic === 'query' ? message.body : readForm(message.body)?.get('bizContent')
  if (text === undefined || text.length === 0) return refuse('jt.unreadable', 'the form has no bizContent')
  const json = readJson(text)
  if (!json.ok) return json
  const listed = objectsAt({ list: json.value }, 'list')
  const single = objectAt(json.value)
  const traces = single === null ? listed : [single]
  if (traces.length === 0) return refuse('jt.incomplete', 'the message holds no trace')
  const claims: Claim[] = []
  for (const trace of traces) {
    const parcel = numberOf(filledAt(trace, 'billCode'))
    if (parcel === null) return refuse('jt.incomplete', 'a trace has no billCode')
    const order = orderOf(filledAt(trace, 'txlogisticId'))
    const nodes = objectsAt(trace, 'details')
    claims.push(...nodes.flatMap((node) => nodeClaims(node, parcel, order, settings)))
    if (claims.length > EVENTS_MOST)
      return refuse('jt.too_many_events', `more than ${EVENTS_MOST} events in one message`)
  }
  return ok({ ...EMPTY_READING, claims })
}

function orderOf(text: string | null): string | null {
  if (text === null) return null
  const read = readOrderNo(text)
  return read.ok ? read.value : null
}

function nodeClaims(node: JsonObject, parcel: TrackingNo, order: string | null, settings: Settings): Claim[] {
  const scan = filledAt(node, 'scanType') ?? NO_CODE
  const problem = filledAt(node, 'problemType')
  const place = placeText(
    filledAt(node, 'scanNetworkProvince'),
    filledAt(node, 'scanNetworkCity'),
    filledAt(node, 'scanNetworkName'),
  )
  return parcelClaims(parcel, order, {
    code: scan === '11' && problem !== null ? `problem:${problem.toUpperCase()}` : `scan:${scan}`,
    at: eventTime('jt', filledAt(node, 'scanTime') ?? '', {}, settings),
    detail: detailOf({
      trackingNo: parcel,
      carrier: 'JT',
      place,
      words: filledAt(node, 'desc'),
      reason: problem,
    }),
  })
}
