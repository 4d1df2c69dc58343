export type BreakerState = 'closed' | 'open' | 'half_open'
export type OutwardMinute = {
  readonly at: string
  readonly calls: number
  readonly errors: number
  readonly slow: number
}
export type WayOut = {
  readonly id: string
  readonly name: string
  readonly kind: string
  readonly role: string
  readonly paused: boolean
  readonly state: BreakerState
  readonly cause: string
  readonly since: string | null
  readonly probeAt: string | null
  readonly probes: { readonly ok: number; readonly failed: number; readonly of: number }
  readonly forced: {
    readonly state: 'open' | 'closed'
    readonly until: string
    readonly by: string
    readonly reason: string
  } | null
  readonly calls: number
  readonly errors: number
  readonly slow: number
  readonly minutes: readonly OutwardMinute[]
  readonly waiting: number
  readonly oldestWaiting: string | null
  readonly account: string
  readonly backups: readonly {
    readonly capability: string
    readonly connection: { readonly id: string; readonly name: string } | null
  }[]
}
export type CallBudget = {
  readonly account: string
  readonly kind: string
  readonly connections: readonly string[]
  readonly perSecond: number
  readonly burst: number
  readonly source: 'operator' | 'platform' | 'cautious'
  readonly setBy: string | null
  readonly factor: number
  readonly available: number
  readonly waiting: number
  /** Intents that were put back because the budget was used up. */
  readonly held: number
  readonly oldestHeld: string | null
  readonly waited: number
  readonly refused: number
  readonly blockedUntil: string | null
}
export type OutwardOverview = {
  readonly connections: readonly WayOut[]
  readonly accounts: readonly CallBudget[]
}
export type OutwardEvent = {
  readonly id: string
  readonly at: string
  readonly from: string
  readonly to: string
  readonly cause: string
  readonly actor: string
  readonly evidence: Readonly<Record<string, string | number>>
}
export type OutwardHistory = {
  readonly items: readonly OutwardEvent[]
  readonly next: string | null
  readonly minutes: readonly (OutwardMinute & { readonly codes: Readonly<Record<string, number>> })[]
}
export type RouteDecision = {
  readonly id: string
  readonly at: string
  readonly capability: string
  readonly wanted: string
  readonly taken: string
  readonly orderId: string | null
  readonly subject: string | null
  readonly reason: string
}
