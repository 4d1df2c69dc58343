import { isCarrierCode } from '#domain/carrier.ts'
import type { OrderStatus, ParcelStage, ReportState } from '#domain/order-status.ts'
import type { Instant } from '#kernel/clock.ts'
import type { FallbackSettings } from './settings.ts'

/** Why a subject is watched. */
export type WatchRule = 'no_event' | 'silent' | 'order_silent' | 'report_unknown'

/** What is known of an order when the watch is decided. */
export type WatchedOrder = {
  readonly id: bigint
  readonly shop: string
  readonly orderNo: string
  readonly status: OrderStatus
  readonly report: ReportState
  readonly placedAt: Instant | null
  readonly paidAt: Instant | null
  /** When the shop last said anything of it. */
  readonly shopSpokeAt: Instant
  /** Whether the shop can be asked for one order. */
  readonly canFetch: boolean
  readonly parcels: readonly WatchedParcel[]
}
export type WatchedParcel = {
  readonly trackingNo: string
  readonly carrier: string | null
  readonly stage: ParcelStage | 'void'
  /** When the number was first known to have been printed or sent. */
  readonly issuedAt: Instant | null
  /** When anything of its movement was last heard; null: never. */
  readonly movedAt: Instant | null
}

/** One thing to ask about, from when on it is missing. */
export type Watch = {
  readonly subject: string
  readonly carrier: string | null
  readonly rule: WatchRule
  readonly missingFrom: Instant
}

/** A call whose outcome is not known is cleared up soon, whatever the other thresholds say. */
const REPORT_UNKNOWN_MINUTES = 3

/** What each status lets the shop's silence mean. A new status does not compile until it is decided here. */
const SHOP_OWES_WORD: Readonly<Record<OrderStatus, boolean>> = {
  pending_payment: false,
  on_hold: true,
  awaiting_shipment: true,
  partially_shipped: true,
  // From here on the carrier is the one to ask; the shop adds nothing to where the parcel is.
  shipped: false,
  picked_up: false,
  in_transit: false,
  out_for_delivery: false,
  delivered: false,
  completed: false,
  returning: false,
  returned: false,
  refunded: false,
  cancelled: false,
}

/** Orders about which nothing is missing any more. */
const FINISHED: readonly OrderStatus[] = ['delivered', 'completed', 'returned', 'refunded', 'cancelled']

const STAGE_RULE: Readonly<Record<ParcelStage | 'void', WatchRule | null>> = {
  void: null,
  announced: 'no_event',
  issued: 'no_event',
  dispatched: 'no_event',
  picked_up: 'silent',
  in_transit: 'silent',
  out_for_delivery: 'silent',
  delivered: null,
  returning: 'silent',
  signed_back: null,
}

/**
 * What the poll keeps an eye on for one order: parcels that owe a first scan or have gone silent, and the order itself where its
 * shop owes a word. Empty once all is said, or once the order is older than the days after which it is given up. Pure: the same
 * order gives the same watches, whatever brought its facts.
 */
export function decideWatches(order: WatchedOrder, settings: FallbackSettings, now: Instant): Watch[] {
  if (FINISHED.includes(order.status)) return []
  const begun = order.placedAt ?? order.paidAt ?? order.shopSpokeAt
  if (Temporal.Instant.compare(begun.add({ hours: 24 * settings.givenUpDays }), now) < 0) return []
  return [
    ...(order.canFetch ? orderWatch(order, settings) : []),
    ...order.parcels.flatMap((parcel) => parcelWatch(parcel, order, settings)),
  ]
}

function orderWatch(order: WatchedOrder, settings: FallbackSettings): Watch[] {
  const watch = (rule: WatchRule, minutes: number): Watch[] => [
    {
      subject: `order:${order.id}`,
      carrier: null,
      rule,
      missingFrom: order.shopSpokeAt.add({ minutes }),
    },
  ]
  if (order.report === 'unknown') return watch('report_unknown', REPORT_UNKNOWN_MINUTES)
  if (order.paidAt === null || !SHOP_OWES_WORD[order.status]) return []
  return watch('order_silent', settings.orderSilentMinutes)
}

function parcelWatch(parcel: WatchedParcel, order: WatchedOrder, settings: FallbackSettings): Watch[] {
  const rule = STAGE_RULE[parcel.stage]
  if (rule === null || parcel.carrier === null || !isCarrierCode(parcel.carrier)) return []
  const since = parcel.movedAt ?? parcel.issuedAt ?? order.shopSpokeAt
  const minutes = rule === 'no_event' ? settings.noEventMinutes : settings.silentMinutes
  return [
    {
      subject: `parcel:${parcel.trackingNo}`,
      carrier: parcel.carrier,
      rule,
      missingFrom: since.add({ minutes }),
    },
  ]
}
