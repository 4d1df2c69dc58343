import type { Kept } from '#platform/inbox/store.ts'

export const OUTCOMES = ['accepted', 'duplicate', 'conflict', 'rejected'] as const
export type Outcome = (typeof OUTCOMES)[number]

/**
 * What became of a merged message. `original`: the body hash of the message that has its key already; null where that body is
 * no longer kept, in which case the key alone speaks. The same key with another body is a conflict for a person: both bodies
 * are kept, and nothing of the later one is read until somebody decides.
 */
export function judgeMerge(verdict: Kept['verdict'], own: Uint8Array, original: Uint8Array | null): Outcome {
  if (verdict === 'accepted' || verdict === 'challenge') return 'accepted'
  if (verdict === 'rejected') return 'rejected'
  return original === null || Buffer.compare(own, original) === 0 ? 'duplicate' : 'conflict'
}

export type Tally = Readonly<Record<Outcome, number>>
export const NO_OUTCOMES: Tally = { accepted: 0, duplicate: 0, conflict: 0, rejected: 0 }

export function tallyOf(outcomes: readonly Outcome[]): Tally {
  const tally = { ...NO_OUTCOMES }
  for (const outcome of outcomes) tally[outcome] += 1
  return tally
}

export function addTallies(a: Tally, b: Tally): Tally {
  return {
    accepted: a.accepted + b.accepted,
    duplicate: a.duplicate + b.duplicate,
    conflict: a.conflict + b.conflict,
    rejected: a.rejected + b.rejected,
  }
}
