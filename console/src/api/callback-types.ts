/** Shapes of the callbacks page. */
export const VERDICTS = [
  'all_rejected',
  'silent',
  'signature_failures',
  'unavailable',
  'wrong_address',
  'slow',
  'paused',
  'unwatched',
  'never',
  'too_young',
  'too_quiet',
  'ok',
] as const
export type CallbackVerdict = (typeof VERDICTS)[number]
export type AddressMatch = 'same' | 'scheme' | 'host' | 'path' | 'unreadable'

export type CallbackFigures = {
  readonly accepted: number
  readonly duplicate: number
  readonly challenge: number
  readonly rejected: number
  readonly forged: number
  readonly unavailable: number
  readonly late: number
  readonly maxLatencyMs: number
}
export type CallbackHealth = {
  readonly connection: {
    readonly id: string
    readonly kind: string
    readonly name: string
    readonly paused: boolean
  }
  readonly verdict: CallbackVerdict
  readonly troubles: readonly CallbackVerdict[]
  readonly watch: 'rhythm' | 'fixed' | 'too_young' | 'too_quiet' | 'off'
  readonly firstMessageAt: string | null
  readonly lastMessageAt: string | null
  readonly silence: {
    readonly minutes: number
    readonly expected: number | null
    readonly probability: number | null
    readonly silent: boolean
  } | null
  readonly expectedPerHour: number | null
  readonly rhythmWeeks: number | null
  readonly rhythmLearnedAt: string | null
  readonly tenMinutes: CallbackFigures
  readonly hour: CallbackFigures
  readonly day: CallbackFigures
  readonly statuses: Readonly<Record<string, number>>
  readonly codes: Readonly<Record<string, number>>
  readonly ackDeadlineMs: number | null
  readonly address: {
    readonly ours: string | null
    readonly registered: readonly string[]
    readonly readAt: string | null
    readonly readBy: string | null
    readonly readProblem: string | null
    readonly match: AddressMatch | null
    readonly worst: string | null
    readonly canAsk: boolean
    readonly observed: readonly {
      readonly origin: string
      readonly count: number
      readonly match: AddressMatch | null
    }[]
  }
  readonly watched: boolean
  readonly silenceMinutes: number | null
}
export type CallbackList = {
  readonly items: readonly CallbackHealth[]
  readonly unknown: CallbackFigures
  readonly publicUrl: string | null
}
export type CallbackStep = {
  readonly at: string
  readonly accepted: number
  readonly duplicate: number
  readonly rejected: number
  readonly unavailable: number
  readonly late: number
  readonly maxLatencyMs: number
}
export type CallbackDetail = {
  readonly health: CallbackHealth
  readonly steps: readonly CallbackStep[]
  readonly rhythm: readonly number[] | null
}
export type TlsProbe = {
  readonly address: string
  readonly at: string
  readonly fault: 'unreachable' | 'expired' | 'name' | 'chain' | 'expiring' | null
  readonly severity: 'warning' | 'critical'
  readonly daysLeft: number | null
  readonly unreachable: string | null
  readonly protocol: string | null
  readonly subject: string | null
  readonly issuer: string | null
  readonly names: readonly string[]
  readonly chainFault: string | null
  readonly chainLength: number
  readonly notAfter: string | null
}
