import { carrierFrom, detailOf, parcelClaims } from '#connectors/carriers/claims.ts'
import { NO_TIME } from '#connectors/source.ts'
import { type Claim, EMPTY_READING, type Reading } from '#domain/claim.ts'
import type { StoredMessage } from '#domain/connector.ts'
import { type TrackingNo, trackingNo } from '#kernel/id.ts'
import type { SourceTime } from '#kernel/instant.ts'
import { ok, type Result } from '#kernel/result.ts'
import { readTime } from '#kernel/source-time.ts'
import { KUAIDI100_CARRIERS } from './codes.ts'
import { type Push, parsePush, type Trace, type TraceNode } from './schema.ts'

/** The states of a subscription that say nothing beyond the trace itself. */
const QUIET = new Set(['polling', 'shutdown', 'updateall'])

/**
 * Reads a push. Every push holds the full trace, and a node's claim is made of the node and its company alone, so that the
 * same node is the same claim in every push. Refusals as in `parsePush`.
 */
export function readTrace(message: Pick<StoredMessage, 'body'>): Result<Reading> {
  const push = parsePush(message.body)
  if (!push.ok) return push
  const { last, destination } = push.value
  const parcel = trackingNo(last.number ?? '')
  const claims = [
    ...traceClaims(last, parcel),
    ...(destination === null ? [] : traceClaims(destination, parcel)),
    ...subscriptionClaims(push.value, parcel),
  ]
  return ok({ ...EMPTY_READING, claims })
}

/**
 * A node speaks by its own code (`statusCode`), else by its state's name (`status`). Where the account gets neither, the
 * trace's state belongs to its newest node alone: which node that is depends on this push only, so a replay of it makes
 * the same claim again.
 */
function traceClaims(trace: Trace, parcel: TrackingNo): Claim[] {
  const timed = trace.nodes.map((node) => ({ node, at: nodeTime(node, trace.company) }))
  const newest = newestOf(timed)
  return timed.flatMap(({ node, at }, i) => {
    const code = nodeCode(node) ?? (i === newest && trace.state !== null ? `state:${trace.state}` : null)
    if (code === null) return []
    const foreign = trace.number !== null && trackingNo(trace.number) !== parcel
    const detail = detailOf({
      trackingNo: parcel,
      carrier: carrierFrom(KUAIDI100_CARRIERS, trace.company),
      place: node.place,
      words: node.context,
      reason: foreign ? `新单号 ${trace.number}` : null,
    })
    return parcelClaims(parcel, null, { code, at, detail })
  })
}

function nodeCode(node: TraceNode): string | null {
  if (node.statusCode !== null) return `statusCode:${node.statusCode}`
  return node.status === null ? null : `status:${node.status}`
}

/** What 快递100 says of its own watching; none of it has a time. */
function subscriptionClaims(push: Push, parcel: TrackingNo): Claim[] {
  const claims: Claim[] = []
  if (push.status !== null && !QUIET.has(push.status)) {
    const detail = detailOf({ trackingNo: parcel, words: push.message })
    claims.push(...parcelClaims(parcel, null, { code: `push:${push.status}`, at: NO_TIME, detail }))
  }
  if (push.corrected && push.companyNew !== null) {
    const reason = `快递公司编码 ${push.companyOld ?? '?'} → ${push.companyNew}`
    const detail = detailOf({ trackingNo: parcel, words: push.message, reason })
    claims.push(...parcelClaims(parcel, null, { code: 'push:autoCheck', at: NO_TIME, detail }))
  }
  return claims
}

/**
 * The company's own text first, since the normalised `ftime` may have lost an offset; `ftime` where the own text cannot be
 * read. Which zone an international company's text is in, nobody says: ambiguous.
 */
function nodeTime(node: TraceNode, company: string | null): SourceTime {
  const read = (raw: string, field: string): SourceTime =>
    readTime({ system: 'kuaidi100', raw, context: { field, com: company ?? '' } })
  const own = read(node.time, 'time')
  if (own.instant !== null || node.ftime === null) return own
  const normalised = read(node.ftime, 'ftime')
  return normalised.instant === null && node.time !== '' ? own : normalised
}

/** Index of the newest node; of equal times the one listed first, since the list runs from newest to oldest. */
function newestOf(timed: readonly { readonly at: SourceTime }[]): number {
  let newest = 0
  for (const [i, { at }] of timed.entries()) {
    const best = timed[newest]?.at.instant ?? null
    if (at.instant !== null && best !== null && Temporal.Instant.compare(at.instant, best) > 0) newest = i
  }
  return newest
}
