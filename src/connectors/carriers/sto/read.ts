import { detailOf, parcelClaims } from '#connectors/carriers/claims.ts'
import { type Claim, EMPTY_READING, type Reading } from '#domain/claim.ts'
import type { StoredMessage } from '#domain/connector.ts'
import { trackingNo } from '#kernel/id.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { readTime } from '#kernel/source-time.ts'
import { parsePush, parseQuery, pushForm, type Scan } from './schema.ts'

/**
 * Reads a push (one scan) or a kept query (all of them). Refused: `sto.unreadable`, `sto.unknown_push` (another interface),
 * `sto.incomplete`, `sto.too_many_nodes`.
 */
export function readTraces(message: Pick<StoredMessage, 'topic' | 'body'>): Result<Reading> {
  const scans = message.topic === 'query' ? parseQuery(message.body) : pushedScans(message.body)
  return scans.ok ? ok({ ...EMPTY_READING, claims: scans.value.flatMap(claimsOf) }) : scans
}

function pushedScans(body: Uint8Array): Result<readonly Scan[]> {
  const form = pushForm(body)
  if (form === null) return refuse('sto.unreadable', 'the form has no content')
  if (form.apiName !== null && form.apiName !== 'STO_TRACE_PLATFORM_PUSH')
    return refuse('sto.unknown_push', `${form.apiName.slice(0, 60)} is not STO_TRACE_PLATFORM_PUSH`)
  const scan = parsePush(form.content)
  return scan.ok ? ok([scan.value]) : scan
}

function claimsOf({ number, order, scanType, time, tz, place, words, reason }: Scan): Claim[] {
  const parcel = trackingNo(number)
  // A filled `tz` counts only as far as it can be read; where it cannot, the time stays without an instant.
  const at = readTime({
    system: 'sto',
    raw: tz === null ? time : { opTime: time, tz },
    context: { field: 'opTime' },
  })
  const detail = detailOf({ trackingNo: parcel, carrier: 'STO', place, words, reason })
  const code = scanType.startsWith('SC_ORDER_') ? 'scanType:SC_ORDER_*' : `scanType:${scanType}`
  return parcelClaims(parcel, order, { code, at, detail })
}
