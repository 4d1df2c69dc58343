import { detailOf, parcelClaims } from '#connectors/carriers/claims.ts'
import { EMPTY_READING, type Reading } from '#domain/claim.ts'
import type { StoredMessage } from '#domain/connector.ts'
import { trackingNo } from '#kernel/id.ts'
import { ok, type Result } from '#kernel/result.ts'
import { readTime } from '#kernel/source-time.ts'
import { parseSteps } from './schema.ts'

/** Actions that say no in the words of their step. */
const WITH_REASON = new Set(['SIGNFAIL', 'REJECTION', 'ISSUE', 'OTHER', 'CLEARANCE_FAIL'])

/**
 * Reads a push or a kept query: every step is one claim, in Beijing time. The overall `status` beside the steps says nothing that its
 * newest step does not. Refused: `yunda.unreadable`, `yunda.incomplete`, `yunda.too_many_nodes`.
 */
export function readSteps(message: Pick<StoredMessage, 'body'>): Result<Reading> {
  const steps = parseSteps(message.body)
  if (!steps.ok) return steps
  const claims = steps.value.flatMap(({ number, order, action, time, place, words }) => {
    const parcel = trackingNo(number)
    const at = readTime({ system: 'yunda', raw: time, context: { field: 'time' } })
    const reason = WITH_REASON.has(action) ? words : null
    const detail = detailOf({ trackingNo: parcel, carrier: 'YUNDA', place, words, reason })
    return parcelClaims(parcel, order, { code: `action:${action}`, at, detail })
  })
  return ok({ ...EMPTY_READING, claims })
}
