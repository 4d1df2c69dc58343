import type { FetchRequest } from '#domain/claim.ts'
import type { DerivedOrder } from './derive-order.ts'

export type IntentDraft = {
  readonly key: string
  readonly effect: 'report_shipment' | 'fetch_order'
  readonly connection: string
  readonly orderId: bigint | null
  readonly payload: unknown
}

type Derived = {
  readonly order: { readonly id: bigint; readonly connection: string; readonly orderNo: string }
  readonly derived: DerivedOrder
}
type Source = {
  readonly connection: string
  readonly dedupKey: string
  readonly fetch: readonly FetchRequest[]
}

// Keys are made of facts alone (order, effect, subject), so that a replay, a second worker or another order of arrival makes
// the same set of intents.

/** One report per parcel that the channel has to be told of. */
export function reportIntents(orders: readonly Derived[]): IntentDraft[] {
  return orders.flatMap(({ order, derived }) =>
    derived.reportable.map((parcel) => ({
      key: `report_shipment:${order.connection}:${order.orderNo}:${parcel.trackingNo}`,
      effect: 'report_shipment',
      connection: order.connection,
      orderId: order.id,
      payload: { orderNo: order.orderNo, trackingNo: parcel.trackingNo },
    })),
  )
}

/** One fetch per message that only names an order: a redelivery has the same key, a later change another. */
export function fetchIntents(sources: readonly Source[]): IntentDraft[] {
  return sources.flatMap(({ connection, dedupKey, fetch }) =>
    fetch.map(({ orderNo, because }) => ({
      key: `fetch_order:${connection}:${orderNo}:${dedupKey}`,
      effect: 'fetch_order',
      connection,
      orderId: null,
      payload: { orderNo, because },
    })),
  )
}
