import type { Instant } from '#kernel/clock.ts'
import type { FallbackSettings } from './settings.ts'

/** What came of asking. `kept`: a message that is still to be read says whether it was worth it. */
export type AskOutcome = 'kept' | 'unchanged' | 'nothing_yet' | 'refused' | 'outage'

export type AskHistory = {
  readonly askedAt: Instant | null
  /** Questions in a row that brought nothing. */
  readonly fruitless: number
}

/** Refusals that say "nothing yet" and are no fault of anybody's. */
const NOTHING_YET = /\.(no_trace|unknown_number|not_found|order_not_found)$/
/** Refusals that another connection might not make. */
const WRONG_PLACE = /\.(carrier_unknown|not_supported|settings|quota|locked)$/

/** What a refusal of a query means for the next one. */
export function outcomeOfRefusal(code: string): { readonly outcome: AskOutcome; readonly tryOther: boolean } {
  if (NOTHING_YET.test(code)) return { outcome: 'nothing_yet', tryOther: false }
  return { outcome: 'refused', tryOther: WRONG_PLACE.test(code) }
}

/** After one fruitless question 3 minutes, after two 6, then 12 ..., up to the longest wait. In seconds. */
export function waitSeconds(fruitless: number, settings: FallbackSettings): number {
  const longest = Math.max(settings.longestMinutes * 60, settings.everySeconds)
  // Beyond 20 doublings any start is above any longest wait.
  return Math.min(longest, settings.everySeconds * 2 ** Math.min(Math.max(0, fruitless - 1), 20))
}

/**
 * When a subject is to be asked about: once something is missing, and not before its last question's wait is over. `apartSeconds`
 * is the platform's own least distance between two questions about one number, which nothing shortens.
 */
export function dueAt(
  missingFrom: Instant,
  history: AskHistory,
  settings: FallbackSettings,
  apartSeconds: number,
): Instant {
  if (history.askedAt === null) return missingFrom
  const wait = Math.max(waitSeconds(history.fruitless, settings), apartSeconds)
  return later(missingFrom, history.askedAt.add({ seconds: wait }))
}

export function later(a: Instant, b: Instant): Instant {
  return Temporal.Instant.compare(a, b) > 0 ? a : b
}
