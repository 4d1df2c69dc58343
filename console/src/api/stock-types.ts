import type { Money } from './types.ts'

export const LEVEL_SHOWS = ['negative', 'out', 'low', 'short'] as const
export type LevelShow = (typeof LEVEL_SHOWS)[number]

export type Named = { readonly code: string; readonly name: string }
export type StockLevel = {
  readonly sku: string
  readonly warehouse: Named
  readonly physical: number
  readonly locked: number
  readonly reserved: number
  readonly inTransit: number
  readonly safety: number
  readonly available: number
  readonly sellable: number
  readonly transitCounts: boolean
  readonly figures: 'own' | 'captured'
  readonly active: boolean
  readonly sourceQuantity: number | null
  readonly unseenOut: number
  readonly updatedAt: string
}
export type StockTotals = {
  readonly physical: number
  readonly locked: number
  readonly reserved: number
  readonly inTransit: number
  readonly safety: number
  readonly available: number
  readonly onHand: number
  readonly withTransit: number
  readonly sellable: number
  readonly negative: number
}
export type SkuStock = {
  readonly sku: string
  readonly title: string | null
  readonly totals: StockTotals
  readonly short: { readonly orders: number; readonly pieces: number }
  readonly places: readonly StockLevel[]
}
export type StockSummary = {
  readonly at: string
  readonly skus: number
  readonly levels: number
  readonly physical: number
  readonly locked: number
  readonly reserved: number
  readonly inTransit: number
  readonly sellable: number
} & Readonly<Record<LevelShow, number>>

export type StockQuota = {
  readonly sku: string
  readonly warehouse: Named
  readonly channel: { readonly id: string; readonly name: string }
  readonly granted: number
  readonly leftOver: number
  readonly updatedBy: string
  readonly updatedAt: string
}
export type LevelDetail = {
  readonly level: StockLevel
  readonly title: string | null
  readonly short: { readonly orders: number; readonly pieces: number }
  readonly quotas: readonly StockQuota[]
}
export type Movement = {
  readonly id: string
  readonly at: string
  readonly sku: string
  readonly warehouse: string
  readonly cause: string
  readonly physical: number
  readonly locked: number
  readonly reserved: number
  readonly inTransit: number
  readonly safety: number
  readonly availableAfter: number
  readonly holdId: string | null
  readonly holdFor: { readonly kind: string; readonly id: string; readonly reference: string } | null
  readonly actor: string
  readonly evidence: unknown
}

export type Hold = {
  readonly id: string
  readonly key: string
  readonly kind: 'lock' | 'reservation'
  readonly state: 'held' | 'released' | 'committed'
  readonly owner: { readonly kind: string; readonly id: string; readonly reference: string }
  readonly channel: { readonly id: string; readonly name: string } | null
  readonly reason: string
  readonly actor: string
  readonly createdAt: string
  readonly deadlineAt: string
  readonly heartbeatAt: string
  readonly heartbeatAgeSeconds: number
  readonly overdueSeconds: number
  readonly onDeadline: 'ask' | 'release'
  readonly endedAt: string | null
  readonly endedBy: string | null
  readonly endedReason: string | null
  readonly why: string
  readonly order: {
    readonly id: string
    readonly orderNo: string
    readonly status: string
    readonly promiseDueAt: string | null
  } | null
  readonly unlockRequest: string | null
  readonly lines: readonly {
    readonly sku: string
    readonly warehouse: Named
    readonly quantity: number
    readonly open: number
    readonly committed: number
    readonly fromQuota: number
    readonly available: number | null
  }[]
}
export type HoldDetail = {
  readonly hold: Hold
  readonly order: {
    readonly id: string
    readonly orderNo: string
    readonly status: string
    readonly shop: string
    readonly title: string | null
    readonly payable: Money | null
    readonly promiseDueAt: string | null
    readonly penalty: Money | null
    readonly waybills: readonly { readonly trackingNo: string; readonly status: string }[]
  } | null
  readonly movements: readonly Movement[]
}
export type HoldTally = {
  readonly held: number
  readonly overdue: number
  readonly pieces: number
  readonly byOwner: readonly {
    readonly kind: string
    readonly held: number
    readonly overdue: number
    readonly pieces: number
  }[]
}

export type Frees = {
  readonly pieces: number
  readonly lines: readonly {
    readonly sku: string
    readonly warehouse: Named
    readonly pieces: number
    readonly available: number
  }[]
  readonly serves: {
    readonly orders: number
    readonly first: readonly { readonly id: string; readonly orderNo: string }[]
  }
}
export type Endangers = {
  readonly owner: { readonly kind: string; readonly id: string; readonly reference: string }
  readonly order: {
    readonly id: string
    readonly orderNo: string
    readonly status: string
    readonly shop: string
    readonly title: string | null
    readonly payable: Money | null
    readonly promiseDueAt: string | null
    readonly promiseSeconds: number | null
    readonly penalty: Money | null
    readonly waybills: readonly string[]
  } | null
  readonly deadlineAt: string
  readonly heartbeatAt: string
  readonly warnings: readonly string[]
}
export const UNLOCK_STATES = ['waiting', 'approved', 'rejected', 'withdrawn', 'moot'] as const
export type UnlockRequest = {
  readonly id: string
  readonly holdId: string
  readonly state: (typeof UNLOCK_STATES)[number]
  readonly reason: string
  readonly frees: Frees
  readonly endangers: Endangers
  readonly askedBy: string
  readonly isMine: boolean
  readonly askedAt: string
  readonly decidedBy: string | null
  readonly decidedAt: string | null
  readonly words: string | null
}
export type UnlockDetail = {
  readonly request: UnlockRequest
  readonly twoPeople: boolean
  readonly now: {
    readonly frees: Frees
    readonly endangers: Endangers
    readonly held: boolean
    readonly digest: string
  } | null
}
export type UnlockPreview = {
  readonly twoPeople: boolean
  readonly items: readonly {
    readonly holdId: string
    readonly frees: Frees | null
    readonly endangers: Endangers | null
    readonly refusal: { readonly code: string; readonly detail: string } | null
  }[]
}

export const FIGURES = ['physical', 'safety'] as const
export type Figure = (typeof FIGURES)[number]
export type ImportPreview = {
  readonly file: string
  readonly columns: readonly Figure[]
  readonly rows: number
  readonly changed: number
  readonly fresh: number
  readonly pieces: { readonly up: number; readonly down: number }
  readonly sample: readonly {
    readonly row: number
    readonly sku: string
    readonly warehouse: string
    readonly physical: number | null
    readonly safety: number | null
    readonly before: { readonly physical: number; readonly safety: number } | null
  }[]
  readonly errors: readonly {
    readonly row: number
    readonly column: string
    readonly code: string
    readonly value: string
  }[]
  readonly errorCount: number
  readonly earlier: { readonly jobId: string; readonly state: string; readonly by: string } | null
}
