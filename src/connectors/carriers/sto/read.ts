import { detailOf, parcelClaims } from '#connectors/carriers/claims.ts'
import { phrasesOf } from '#connectors/carriers/trouble.ts'
import { type Claim, EMPTY_READING, type Reading } from '#domain/claim.ts'
import type { Settings, StoredMessage } from '#domain/connector.ts'
import { trackingNo } from '#kernel/id.ts'
import type { SourceTime } from '#kernel/instant.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { readTime } from '#kernel/source-time.ts'
import { parsePush, parseQuery, pushForm, type Scan } from './schema.ts'

/**
 * Reads a push (one scan) or a kept query (all of them). Refused: `sto.unreadable`, `sto.unknown_push` (another interface),
 * `sto.incomplete`, `sto.too_many_nodes`.
 */
export function readTraces(
  message: Pick<StoredMessage, 'topic' | 'body'>,
  settings: Settings = {},
): Result<Reading> {
  const scans = message.topic === 'query' ? parseQuery(message.body) : pushedScans(message.body)
  if (!scans.ok) return scans
  return ok({ ...EMPTY_READING, claims: scans.value.flatMap((scan) => claimsOf(scan, settings)) })
}

function pushedScans(body: Uint8Array): Result<readonly Scan[]> {
  const form = pushForm(body)
  if (form === null) return refuse('sto.unreadable', 'the form has no content')
  if (form.apiName !== null && form.apiName !== 'STO_TRACE_PLATFORM_PUSH')
    return refuse('sto.unknown_push', `${form.apiName.slice(0, 60)} is not STO_TRACE_PLATFORM_PUSH`)
  const scan = parsePush(form.content)
  return scan.ok ? ok([scan.value]) : scan
}

function claimsOf(scan: Scan, settings: Settings): Claim[] {
  const { number, order, scanType, place, words, reason } = scan
  const parcel = trackingNo(number)
  const at = timeOf(scan, settings)
  const detail = detailOf({ trackingNo: parcel, carrier: 'STO', place, words, reason })
  const code = scanType.startsWith('SC_ORDER_') ? 'scanType:SC_ORDER_*' : `scanType:${scanType}`
  return parcelClaims(parcel, order, { code, at, detail })
}

/** A filled `tz` counts as the setting `tz_zones` names it, else as far as it can be read; where it cannot, there is no instant. */
function timeOf({ time, tz }: Scan, { tz_zones: named }: Settings): SourceTime {
  const pairs = phrasesOf(named).map((pair) => pair.split('=').map((part) => part.trim()))
  const zone = tz === null ? undefined : pairs.find(([text]) => text === tz)?.[1]
  if (tz === null || zone !== undefined)
    return readTime({ system: 'sto', raw: time, context: { field: 'opTime', ...(zone ? { zone } : {}) } })
  return readTime({ system: 'sto', raw: { opTime: time, tz }, context: { field: 'opTime' } })
}
