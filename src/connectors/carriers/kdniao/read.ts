import { carrierFrom, detailOf, parcelClaims } from '#connectors/carriers/claims.ts'
import { type Claim, EMPTY_READING, type Reading } from '#domain/claim.ts'
import type { StoredMessage } from '#domain/connector.ts'
import { trackingNo } from '#kernel/id.ts'
import type { SourceTime } from '#kernel/instant.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { readTime } from '#kernel/source-time.ts'
import { KDNIAO_CARRIERS } from './codes.ts'
import { parseTrace, signedData, type Trace, traceEntries } from './schema.ts'

/** Pushes of traces: 101 of the plain subscription, 102 of the paid one. */
const TRACE_TYPES = new Set(['101', '102'])

/**
 * Reads a push. Every push holds the full traces, and a node's claim is made of the node, its number and its order alone, so
 * that the same node is the same claim in every push. Refused: `kdniao.unreadable`, `kdniao.unknown_push` (another request
 * type), `kdniao.incomplete`, `kdniao.too_many_nodes`.
 */
export function readTraces(message: Pick<StoredMessage, 'body'>): Result<Reading> {
  const signed = signedData(message.body)
  if (signed === null) return refuse('kdniao.unreadable', 'the form has no RequestData')
  if (signed.requestType !== null && !TRACE_TYPES.has(signed.requestType))
    return refuse(
      'kdniao.unknown_push',
      `request type ${/^\d{1,6}$/.exec(signed.requestType)?.[0] ?? 'unreadable'} is not a trace`,
    )
  const entries = traceEntries(signed.requestData)
  if (!entries.ok) return entries
  if (entries.value.length === 0) return refuse('kdniao.incomplete', 'the push holds no Data')
  const claims: Claim[] = []
  for (const entry of entries.value) {
    const trace = parseTrace(entry)
    if (!trace.ok) return trace
    claims.push(...traceClaims(trace.value))
  }
  return ok({ ...EMPTY_READING, claims })
}

/**
 * A node speaks by its own `Action`. Where the plan gives none, the trace's `StateEx`, else `State`, belongs to its newest
 * node alone: which node that is depends on this push only, so a replay of it makes the same claim again.
 */
function traceClaims(trace: Trace): Claim[] {
  const parcel = trackingNo(trace.number)
  const timed = trace.nodes.map((node) => ({ node, at: nodeTime(node.acceptTime, trace.shipper) }))
  const newest = newestOf(timed)
  return timed.flatMap(({ node, at }, i) => {
    const code = node.action === null ? (i === newest ? topCode(trace) : null) : `Action:${node.action}`
    if (code === null) return []
    const detail = detailOf({
      trackingNo: parcel,
      carrier: carrierFrom(KDNIAO_CARRIERS, trace.shipper),
      place: node.location,
      words: node.station,
      reason: node.remark,
    })
    return parcelClaims(parcel, trace.orderCode, { code, at, detail })
  })
}

function topCode(trace: Trace): string | null {
  if (trace.stateEx !== null) return `StateEx:${trace.stateEx}`
  return trace.state === null ? null : `State:${trace.state}`
}

function nodeTime(raw: string, shipper: string | null): SourceTime {
  return readTime({ system: 'kdniao', raw, context: { field: 'AcceptTime', ShipperCode: shipper ?? '' } })
}

/** Index of the newest node. 快递鸟 lists from old to new, so of equal times the one listed last. */
function newestOf(timed: readonly { readonly at: SourceTime }[]): number {
  let newest = timed.length - 1
  for (const [i, { at }] of timed.entries()) {
    const best = timed[newest]?.at.instant ?? null
    if (at.instant !== null && best !== null && Temporal.Instant.compare(at.instant, best) > 0) newest = i
  }
  return newest
}
