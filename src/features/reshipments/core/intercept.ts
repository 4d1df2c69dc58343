import type { Fact } from '#domain/fact.ts'
import type { InterceptAnswer } from '#domain/waybill.ts'

/** What became of an instruction to stop a parcel. */
export const INTERCEPT_STATES = [
  'wanted', // to be asked
  'unknown', // asked without an answer
  'accepted', // they will try
  'refused',
  'too_late',
  'returning', // it turned round
  'back', // it is with the sender again
  'delivered', // in spite of it
  'withdrawn', // taken back before it was asked
] as const
export type InterceptState = (typeof INTERCEPT_STATES)[number]
export const OPEN_INTERCEPTS: readonly InterceptState[] = ['wanted', 'unknown', 'accepted', 'returning']
const ENDED: ReadonlySet<InterceptState> = new Set(['back', 'delivered', 'withdrawn'])

/**
 * The state after what the parcel's facts say: goods that came back are back, whatever the other side answered; a delivery after the asking
 * is a failure of it, and a later return corrects that. A refusal stays one until the parcel tells otherwise.
 */
export function stateByFacts(state: InterceptState, facts: readonly Fact[]): InterceptState {
  if (state === 'withdrawn') return state
  const has = (kind: Fact['kind']): boolean => facts.some((fact) => fact.kind === kind)
  if (has('signed_back')) return 'back'
  if (isDelivered(facts)) return 'delivered'
  if (has('returning')) return 'returning'
  return ENDED.has(state) ? 'accepted' : state
}

/** A delivery that no revocation took back. */
export function isDelivered(facts: readonly Fact[]): boolean {
  const revoked = facts.flatMap((fact) =>
    fact.kind === 'delivery_revoked' && fact.at.instant !== null ? [fact.at.instant] : [],
  )
  return facts.some(
    ({ kind, at }) =>
      kind === 'delivered' &&
      !revoked.some((other) => at.instant !== null && Temporal.Instant.compare(other, at.instant) >= 0),
  )
}

/** The state after an answer of whoever was asked. What the parcel has told already is not undone by words. */
export function stateByAnswer(state: InterceptState, answer: InterceptAnswer): InterceptState {
  if (state === 'returning' || ENDED.has(state)) return state
  const next: Readonly<Record<InterceptAnswer, InterceptState>> = {
    accepted: 'accepted',
    refused: 'refused',
    too_late: 'too_late',
    returning: 'returning',
    back: 'back',
  }
  return next[answer]
}
