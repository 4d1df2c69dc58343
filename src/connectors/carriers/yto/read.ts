import { detailOf, parcelClaims } from '#connectors/carriers/claims.ts'
import { type Claim, EMPTY_READING, type Reading } from '#domain/claim.ts'
import type { StoredMessage } from '#domain/connector.ts'
import { orderNo, trackingNo } from '#kernel/id.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { readTime } from '#kernel/source-time.ts'
import { parseNodes, parseTrace, pushedObject, pushForm, type Trace } from './schema.ts'

/**
 * Reads a push (one happening) or a kept query (all of them). Refused: `yto.unreadable`, `yto.unknown_push` (`infoType` other than
 * STATUS), `yto.incomplete`, `yto.too_many_nodes`.
 */
export function readTraces(message: Pick<StoredMessage, 'topic' | 'body'>): Result<Reading> {
  const traces = message.topic === 'query' ? parseNodes(message.body) : pushedTraces(message.body)
  if (!traces.ok) return traces
  return ok({ ...EMPTY_READING, claims: traces.value.flatMap(claimsOf) })
}

function pushedTraces(body: Uint8Array): Result<readonly Trace[]> {
  const form = pushForm(body)
  if (form === null) return refuse('yto.unreadable', 'the form has no logistics_interface')
  const update = pushedObject(form.content)
  if (!update.ok) return update
  const kind = update.value.infoType
  if (typeof kind === 'string' && kind !== '' && kind !== 'STATUS')
    return refuse('yto.unknown_push', `the notice ${kind.slice(0, 40)} is not a STATUS`)
  const trace = parseTrace(update.value)
  return trace.ok ? ok([trace.value]) : trace
}

function claimsOf({ number, order, infoContent, time, place, words, signedBy }: Trace): Claim[] {
  const parcel = number === null ? null : trackingNo(number)
  const code = `infoContent:${infoContent}`
  const at = readTime({ system: 'yto', raw: time, context: { field: 'acceptTime' } })
  const detail = detailOf({
    trackingNo: parcel,
    carrier: 'YTO',
    place,
    words: words ?? (signedBy === null ? null : `签收人 ${signedBy}`),
    reason: infoContent === 'FAILED' || infoContent === 'NOT_SEND' ? words : null,
  })
  if (parcel !== null) return parcelClaims(parcel, order, { code, at, detail })
  return order === null ? [] : [{ subject: { by: 'reference', orderNo: orderNo(order) }, code, at, detail }]
}
