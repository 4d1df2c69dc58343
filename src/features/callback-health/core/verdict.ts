import type { Silence } from './silence.ts'

/** What is wrong with a connection's callbacks, the worst first; the first that holds is the verdict. */
export const TROUBLES = [
  'all_rejected',
  'silent',
  'signature_failures',
  'unavailable',
  'wrong_address',
  'slow',
] as const
export type Trouble = (typeof TROUBLES)[number]

export const VERDICTS = [...TROUBLES, 'paused', 'unwatched', 'never', 'too_young', 'too_quiet', 'ok'] as const
export type Verdict = (typeof VERDICTS)[number]

/** Figures of the last ten minutes. */
export type Window = {
  readonly accepted: number
  readonly duplicate: number
  readonly challenge: number
  readonly rejected: number
  readonly forged: number
  readonly unavailable: number
  readonly late: number
}

export type TroubleRules = {
  /** Requests within the window below which shares say nothing. */
  readonly leastRequests: number
  /** Shares of all requests, 0 to 1, from which on it is trouble. */
  readonly forgedShare: number
  readonly lateShare: number
  readonly unavailableShare: number
}

export const EMPTY_WINDOW: Window = {
  accepted: 0,
  duplicate: 0,
  challenge: 0,
  rejected: 0,
  forged: 0,
  unavailable: 0,
  late: 0,
}

export function requestsOf(window: Window): number {
  return window.accepted + window.duplicate + window.challenge + window.rejected + window.unavailable
}

/** Share of the requests, 0 where there were none. */
export function shareOf(part: number, window: Window): number {
  const all = requestsOf(window)
  return all === 0 ? 0 : part / all
}

/** Everything that is wrong, by the figures alone. */
export function findTroubles(
  window: Window,
  rules: TroubleRules,
  { silence, wrongAddress }: { readonly silence: Silence | null; readonly wrongAddress: boolean },
): Trouble[] {
  const requests = requestsOf(window)
  const enough = requests >= rules.leastRequests
  const taken = window.accepted + window.duplicate + window.challenge
  const allRejected = enough && taken === 0 && window.rejected > 0
  const holds: Record<Trouble, boolean> = {
    all_rejected: allRejected,
    silent: silence?.silent === true,
    // Where nothing at all is taken, one alarm says so; a second one under another name would only add noise.
    signature_failures:
      !allRejected &&
      window.forged >= rules.leastRequests &&
      shareOf(window.forged, window) >= rules.forgedShare,
    unavailable:
      enough && window.unavailable > 0 && shareOf(window.unavailable, window) >= rules.unavailableShare,
    wrong_address: wrongAddress,
    slow: enough && window.late > 0 && shareOf(window.late, window) >= rules.lateShare,
  }
  return TROUBLES.filter((trouble) => holds[trouble])
}

export type Watch = 'rhythm' | 'fixed' | 'too_young' | 'too_quiet' | 'off'

/** The one word for a row of the page. */
export function decideVerdict(state: {
  readonly paused: boolean
  readonly watch: Watch
  readonly everHeard: boolean
  readonly troubles: readonly Trouble[]
}): Verdict {
  if (state.paused) return 'paused'
  const [worst] = state.troubles
  if (worst !== undefined) return worst
  if (state.watch === 'off') return 'unwatched'
  if (!state.everHeard) return 'never'
  return state.watch === 'too_young' || state.watch === 'too_quiet' ? state.watch : 'ok'
}

/** Codes that say that a request was not from whom it claims, or not fresh. */
export function isForged(code: string | null): boolean {
  return (
    code !== null &&
    /sign|stale|timestamp|expired|token|digest|wrong_shop|wrong_client|other_shop|forged/.test(code)
  )
}
