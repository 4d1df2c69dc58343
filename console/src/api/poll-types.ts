/** What `/api/polls` answers. */
export type PollPlan = {
  readonly everySeconds: number
  readonly overlapSeconds: number
  readonly lagSeconds: number
}
export type Poll = {
  readonly connection: {
    readonly id: string
    readonly kind: string
    readonly name: string
    readonly role: string
  }
  readonly paused: boolean
  readonly pushes: number
  readonly increment:
    | (PollPlan & {
        readonly standard: PollPlan
        readonly changed: boolean
        readonly polledTo: string | null
        readonly ranAt: string | null
        readonly messages: number
        readonly fresh: number
        readonly lost: number
        readonly trouble: string | null
        readonly troubleSince: string | null
        readonly wanted: boolean
      })
    | null
  readonly fallback: {
    readonly enabled: boolean
    readonly everySeconds: number
    readonly longestMinutes: number
    readonly own: Readonly<Record<string, unknown>>
    readonly apartSeconds: number
    readonly waiting: number
    readonly due: number
    readonly oldestDue: string | null
    readonly asked: number
    readonly found: number
    readonly fruitless: number
    readonly failed: number
  } | null
}
export type PollThresholds = {
  readonly enabled: boolean
  readonly everySeconds: number
  readonly longestMinutes: number
  readonly noEventMinutes: number
  readonly silentMinutes: number
  readonly orderSilentMinutes: number
  readonly givenUpDays: number
  readonly findsMuchPercent: number
}
export type Polls = { readonly settings: PollThresholds; readonly items: readonly Poll[] }

export const ASK_OUTCOMES = [
  'found',
  'kept',
  'nothing_new',
  'unchanged',
  'nothing_yet',
  'refused',
  'outage',
] as const
export type AskOutcome = (typeof ASK_OUTCOMES)[number]
export type PollAsk = {
  readonly id: string
  readonly at: string
  readonly connection: { readonly id: string; readonly kind: string; readonly name: string }
  readonly rule: string
  readonly subject: string | null
  readonly orderId: string | null
  readonly orderNo: string | null
  readonly outcome: AskOutcome
  readonly code: string | null
  readonly words: string
  readonly messageId: string | null
  readonly facts: number
}
export type OrderAsks = {
  readonly watched: readonly {
    readonly subject: string | null
    readonly via: string | null
    readonly rule: string
    readonly state: 'asking' | 'due' | 'waiting'
    readonly dueAt: string
    readonly askedAt: string | null
    readonly asks: number
    readonly fruitless: number
  }[]
  readonly recent: readonly PollAsk[]
}

export const POLLS = '/api/polls'
