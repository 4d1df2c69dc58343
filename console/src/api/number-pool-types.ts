export type PoolStanding = 'unknown' | 'unlimited' | 'fine' | 'low' | 'empty'
export type PoolRefill = 'none' | 'notice' | 'post'
export type CheckRule = 'none' | 's10' | 'mod7' | 'gs1'

export type NumberPool = {
  readonly accountId: string
  readonly account: string
  readonly carrier: string
  readonly connectionId: string
  readonly connection: string | null
  readonly active: boolean
  readonly blockedCode: string | null
  readonly kind: 'segment' | 'balance'
  readonly standing: PoolStanding
  readonly left: number | null
  readonly perHour: number
  readonly hoursLeft: number | null
  readonly isLow: boolean
  readonly lowAt: number | null
  readonly threshold: number
  readonly thresholdHours: number
  readonly segments: number
  readonly failOverTo: { readonly accountId: string; readonly account: string } | null
  readonly refill: PoolRefill
  readonly refillCount: number
  readonly refillUrl: string | null
  readonly hasSecret: boolean
  readonly application: { readonly id: string; readonly state: string } | null
  readonly balance: number | null
  readonly balanceAt: string | null
  readonly askedAt: string | null
  readonly askFailure: {
    readonly code: string
    readonly detail: string
    readonly since: string | null
  } | null
}

export type NumberSegment = {
  readonly id: string
  readonly from: string
  readonly to: string
  readonly next: string | null
  readonly size: number
  readonly left: number
  readonly check: CheckRule
  readonly state: 'active' | 'used_up' | 'retired'
  readonly note: string
  readonly addedBy: string
  readonly addedAt: string
  readonly retiredBy: string | null
}

export type NumberApplication = {
  readonly id: string
  readonly state: 'open' | 'sending' | 'taken' | 'refused' | 'filled' | 'closed'
  readonly wanted: number
  readonly left: number | null
  readonly because: 'low' | 'empty' | 'by_hand'
  readonly note: string
  readonly code: string | null
  readonly detail: string | null
  readonly askedBy: string
  readonly askedAt: string
  readonly endedAt: string | null
}

export type NumberPoolDetail = {
  readonly pool: NumberPool
  readonly hours: readonly number[]
  readonly segments: readonly NumberSegment[]
  readonly applications: readonly NumberApplication[]
  readonly balances: readonly {
    readonly at: string
    readonly left: number | null
    readonly reckoned: number | null
  }[]
}

export type SegmentPreview = {
  readonly numbers: string
  readonly segments: readonly { readonly from: string; readonly to: string; readonly size: number }[]
}
