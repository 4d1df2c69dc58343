export type LookBackRun = {
  readonly id: string
  readonly state: 'reading' | 'weighing' | 'ready' | 'applying' | 'applied' | 'cancelled' | 'failed'
  readonly reason: string
  readonly connections: readonly string[]
  readonly from: string
  readonly to: string
  readonly messages: number
  readonly total: number
  readonly changedMessages: number
  readonly unreadable: readonly { readonly code: string; readonly count: number }[]
  readonly unknownCodes: readonly string[]
  readonly error: string | null
  readonly orders: number
  readonly effects: { readonly reports: number; readonly reships: number }
  readonly appliedMessages: number
  readonly staleMessages: number
  readonly createdBy: string
  readonly createdAt: string
  readonly appliedAt: string | null
}
export type LookBackCause = {
  readonly connection: string
  readonly cause: string
  readonly differences: number
  readonly messages: number
  readonly sample: string
}
export type LookBackOrder = {
  readonly orderId: string
  readonly orderNo: string
  readonly connection: string
  readonly differences: number
  readonly causes: readonly string[]
  readonly statusBefore: string
  readonly statusAfter: string
  readonly times: Readonly<Record<string, { readonly before: string | null; readonly after: string | null }>>
  readonly reports: readonly string[]
  readonly reshipProof: { readonly before: string | null; readonly after: string | null }
  readonly reships: readonly string[]
  readonly appliedAt: string | null
}
type LookBackSide = { readonly kind: string | null; readonly at: string | null; readonly raw: string | null }
export type LookBackDifference = {
  readonly id: string
  readonly subject: string
  readonly cause: string
  readonly before: LookBackSide
  readonly after: LookBackSide
}

export type Reshipment = {
  readonly id: string
  readonly orderId: string
  readonly orderNo: string
  readonly shop: string
  readonly reason: 'missing' | 'lost' | 'damaged' | 'disputed' | 'other'
  readonly words: string
  readonly pieces: readonly { readonly lineId: string; readonly quantity: number }[]
  readonly trackingNos: readonly string[]
  readonly state: 'waiting' | 'proven' | 'approved' | 'rejected' | 'withdrawn' | 'sent'
  readonly proof: readonly { readonly kind: string; readonly trackingNo: string | null }[]
  readonly parcelNo: string | null
  readonly askedBy: string
  readonly isMine: boolean
  readonly askedAt: string
  readonly decidedBy: string | null
  readonly decisionWords: string | null
  readonly trouble: { readonly code: string; readonly detail: string } | null
}
export const RESHIP_REASONS = ['missing', 'lost', 'damaged', 'disputed', 'other'] as const
export type Proof = {
  readonly kind: 'signed_back' | 'lost' | 'delivery_revoked' | 'returned' | 'dispute_upheld'
  readonly trackingNo: string | null
  readonly code: string
  readonly at: string | null
}
export type DeskEvent = {
  readonly at: string
  readonly what: string
  readonly actor: string
  readonly words: string
}
export type ReshipDetail = {
  readonly reshipment: Reshipment
  readonly events: readonly DeskEvent[]
  readonly proofs: readonly Proof[]
}
/** What a re-ship of an order stands on, before anybody asks. */
export type ReshipCase = {
  readonly orderId: string
  readonly orderNo: string
  readonly shop: string
  readonly lines: readonly {
    readonly lineId: string
    readonly title: string
    readonly sku: string
    readonly quantity: number
  }[]
  readonly parcels: readonly {
    readonly trackingNo: string
    readonly stage: string
    readonly at: string | null
  }[]
  readonly proofs: readonly Proof[]
}
export type Duplicate = {
  readonly id: string
  readonly orderId: string
  readonly orderNo: string
  readonly shop: string
  readonly state: 'open' | 'kept' | 'gone'
  readonly trackingNos: readonly string[]
  readonly stopNo: string | null
  readonly foundAt: string
  readonly words: string | null
}
export type Intercept = {
  readonly id: string
  readonly orderNo: string
  readonly shop: string
  readonly trackingNo: string
  readonly connection: string
  readonly via: 'carrier' | 'partner'
  readonly reason: string
  readonly state:
    | 'wanted'
    | 'unknown'
    | 'accepted'
    | 'refused'
    | 'too_late'
    | 'returning'
    | 'back'
    | 'delivered'
    | 'withdrawn'
  readonly detail: string | null
  readonly askedBy: string
  readonly askedAt: string
}
export type Dispute = {
  readonly id: string
  readonly orderNo: string
  readonly shop: string
  readonly trackingNo: string
  readonly words: string
  readonly state: 'open' | 'upheld' | 'dismissed' | 'withdrawn'
  readonly openedBy: string
  readonly isMine: boolean
  readonly openedAt: string
}
