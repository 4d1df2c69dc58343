import type { SourceTime } from './types.ts'

/** What `/api/parcels` answers. */
export const PARCELS = '/api/parcels'
export const PARCEL_STATES = [
  'info_received',
  'picked_up',
  'in_transit',
  'out_for_delivery',
  'ready_for_pickup',
  'delivery_failed',
  'exception',
  'delivered',
  'returning',
  'returned',
  'cancelled',
] as const
export type ParcelState = (typeof PARCEL_STATES)[number]
export const PARCEL_FINDINGS = [
  'disputed',
  'customs',
  'wrong_way',
  'delivery_failed',
  'exception',
  'returning',
  'no_first_scan',
  'stalled',
] as const
export type ParcelFinding = (typeof PARCEL_FINDINGS)[number]

type Named = { readonly id: string; readonly name: string }

export type ParcelRow = {
  readonly trackingNo: string
  readonly carrier: string | null
  readonly connection: Named | null
  readonly orders: readonly { readonly id: string; readonly orderNo: string }[]
  readonly warehouse: string | null
  readonly ours: boolean
  readonly state: ParcelState
  readonly open: boolean
  readonly waybillAt: string | null
  readonly firstScanAt: string | null
  readonly deliveredAt: string | null
  readonly returnedAt: string | null
  readonly last: {
    readonly kind: string
    readonly at: SourceTime
    readonly place: string | null
    readonly words: string | null
    readonly reason: string | null
  } | null
  readonly events: number
  readonly ambiguous: number
  readonly failures: number
  readonly revoked: number
  readonly movedTo: string | null
  readonly movedFrom: string | null
  readonly heardAt: string | null
  readonly finding: {
    readonly kind: ParcelFinding
    readonly since: string
    readonly why: string
    readonly answered: boolean
  } | null
  readonly dispute: { readonly at: string; readonly by: string; readonly words: string } | null
  readonly seenAt: string
}

export type ParcelEvent = {
  readonly kind: string
  readonly code: string
  readonly source: Named
  /** Who told the same happening too. */
  readonly also: readonly { readonly name: string; readonly code: string; readonly messageId: string }[]
  readonly at: SourceTime
  readonly place: string | null
  readonly words: string | null
  readonly reason: string | null
  readonly isMovement: boolean
  readonly messageId: string
  readonly receivedAt: string
}

export const SUBSCRIPTION_STATES = ['wanted', 'subscribed', 'account', 'refused', 'none', 'ended'] as const
export type SubscriptionState = (typeof SUBSCRIPTION_STATES)[number]
export type ParcelSubscription = {
  readonly trackingNo: string
  readonly carrier: string
  readonly connection: Named | null
  readonly state: SubscriptionState
  readonly because: string
  readonly times: number
  readonly renewedForSilence: number
  readonly tried: readonly string[]
  readonly askedAt: string
  readonly subscribedAt: string | null
  readonly expiresAt: string | null
  readonly code: string | null
  readonly words: string
}

export type ParcelDetail = {
  readonly parcel: ParcelRow
  readonly events: readonly ParcelEvent[]
  readonly subscription: ParcelSubscription | null
}

export type ParcelSummary = {
  readonly states: Readonly<Record<string, number>>
  readonly findings: Readonly<Record<string, number>>
  readonly open: number
}

export type ParcelFigure = {
  readonly carrier: string | null
  readonly warehouse: string | null
  readonly parcels: number
  readonly scanned: number
  readonly delivered: number
  readonly returned: number
  readonly open: number
  readonly troubled: number
  readonly silent: number
  readonly events: number
  readonly ambiguous: number
  readonly firstScanHours: number | null
  readonly firstScanHoursP90: number | null
  readonly transitDays: number | null
  readonly transitDaysP90: number | null
}
export type ParcelFigures = {
  readonly days: number
  readonly items: readonly ParcelFigure[]
  readonly completeness: readonly {
    readonly carrier: string
    readonly heard: number
    readonly missed: number
    readonly percent: number
  }[]
  readonly completenessHours: number
  readonly completenessLeast: number
  readonly warehouses: Readonly<Record<string, string>>
}

export type TrackingRoute = {
  readonly pattern: string
  readonly carrier: string | null
  readonly connection: string | null
  readonly note?: string
}
export type TrackingThreshold = {
  readonly carrier: string
  readonly warehouse: string
  readonly firstScanHours: number | null
  readonly stalledHours: number | null
  readonly customsHours: number | null
}
export type TrackingSettings = {
  readonly routes: readonly TrackingRoute[]
  readonly aggregators: readonly string[]
  readonly thresholds: readonly TrackingThreshold[]
  readonly standard: {
    readonly firstScanHours: number
    readonly stalledHours: number
    readonly customsHours: number
  }
  readonly pushers: readonly {
    readonly id: string
    readonly name: string
    readonly kind: string
    readonly subscribes: boolean
    readonly carriers: readonly string[] | null
  }[]
  readonly updatedBy: string | null
  readonly updatedAt: string | null
}
