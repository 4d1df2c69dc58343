import type { SourceFigure } from '#features/stock/index.ts'
import { isWithin } from './compare.ts'

/** A difference that a person has to decide, or has decided against the source (`kept`). */
export type Dispute = {
  readonly captured: number
  /** The least that the source said since the dispute began: what the ledger has gone down with. */
  readonly lowest: number
  readonly version: bigint | null
  /** The ledger's physical figure less the source's, as the finding says it. */
  readonly difference: number
}
export type DisputedLevel = { readonly physical: number; readonly unseenOut: number }

export type DisputeStep =
  /** Known already. */
  | { readonly step: 'nothing' }
  /** The source came to say what the ledger says: its figure is taken, the dispute is over. */
  | { readonly step: 'over' }
  /** Still disputed: the ledger changes by `delta` (0 or less), and the finding follows the source. */
  | { readonly step: 'follows'; readonly delta: number; readonly dispute: Dispute }

/**
 * What a new figure of the source does to a disputed place. Taking it whole would decide the dispute without anybody; leaving it out would
 * sell what was picked. So what went down there goes down here. What went up may be new goods or the correction of the very difference:
 * the ledger stays as it is, which is the side on which nothing is sold that is not there, and the finding says the rest. What comes and
 * goes again took nothing of what was there before: only a figure below the lowest yet takes the ledger further down.
 */
export function stepDispute(
  dispute: Dispute,
  level: DisputedLevel,
  change: { readonly quantity: number; readonly version: bigint | null },
  over?: SourceFigure['over'],
): DisputeStep {
  if (isPassed(dispute, change, over)) return { step: 'nothing' }
  if (isWithin(level, change.quantity)) return { step: 'over' }
  const delta = Math.min(0, change.quantity - dispute.lowest)
  if (delta === 0 && change.quantity === dispute.captured && change.version === dispute.version)
    return { step: 'nothing' }
  const seen = Math.min(level.unseenOut, -delta)
  const physical = level.physical + delta + seen
  return {
    step: 'follows',
    delta,
    dispute: {
      captured: change.quantity,
      lowest: Math.min(dispute.lowest, change.quantity),
      version: change.version ?? dispute.version,
      difference: physical - change.quantity,
    },
  }
}

/** Known already, or older than what is known, as far as the order of its telling leaves that to the version. */
function isPassed(
  dispute: Dispute,
  change: { readonly quantity: number; readonly version: bigint | null },
  over: SourceFigure['over'],
): boolean {
  if (change.version === null || dispute.version === null) return false
  if (change.version === dispute.version) return over === undefined || change.quantity === dispute.captured
  return change.version < dispute.version && over !== 'any'
}
