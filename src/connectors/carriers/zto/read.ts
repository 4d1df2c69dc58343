import { detailOf, parcelClaims } from '#connectors/carriers/claims.ts'
import { EMPTY_READING, type Reading } from '#domain/claim.ts'
import type { StoredMessage } from '#domain/connector.ts'
import { trackingNo } from '#kernel/id.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { readTime } from '#kernel/source-time.ts'
import { parseScans, parseTrace, pushForm } from './schema.ts'

/**
 * Reads a push (one happening, Beijing time without offset) or a kept query (all nodes, milliseconds since 1970). Refused:
 * `zto.unreadable`, `zto.unknown_push` (another message type), `zto.incomplete`, `zto.too_many_nodes`.
 */
export function readTraces(message: Pick<StoredMessage, 'topic' | 'body'>): Result<Reading> {
  return message.topic === 'query' ? readQuery(message.body) : readPush(message.body)
}

function readPush(body: Uint8Array): Result<Reading> {
  const form = pushForm(body)
  if (form === null) return refuse('zto.unreadable', 'the form has no data')
  if (form.msgType !== null && form.msgType !== 'Traces')
    return refuse('zto.unknown_push', `the message type ${form.msgType.slice(0, 40)} is not Traces`)
  const trace = parseTrace(form.data)
  if (!trace.ok) return trace
  const { billCode, action, actionTime, city, facility, words } = trace.value
  const parcel = trackingNo(billCode)
  const at = readTime({ system: 'zto', raw: actionTime, context: { field: 'actionTime' } })
  const detail = detailOf({ trackingNo: parcel, carrier: 'ZTO', place: city ?? facility, words })
  return ok({ ...EMPTY_READING, claims: parcelClaims(parcel, null, { code: `push:${action}`, at, detail }) })
}

function readQuery(body: Uint8Array): Result<Reading> {
  const scans = parseScans(body)
  if (!scans.ok) return scans
  const claims = scans.value.flatMap(({ billCode, scanType, scanDate, place, words }) => {
    const parcel = trackingNo(billCode)
    const at = readTime({ system: 'zto', raw: scanDate, context: { field: 'scanDate' } })
    const detail = detailOf({ trackingNo: parcel, carrier: 'ZTO', place, words })
    return parcelClaims(parcel, null, { code: `query:${scanType}`, at, detail })
  })
  return ok({ ...EMPTY_READING, claims })
}
