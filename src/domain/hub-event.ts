import { ORDER_NO_MOST } from '#kernel/id.ts'
import type { FetchedMessage } from './connector.ts'

/**
 * What the hub itself did to a parcel: told through the inbox like any message from outside, under the connection that served it, so
 * that it is kept, read by the same mapping and replayed the same way.
 */
export type HubEvent = {
  readonly event: 'waybill_issued' | 'waybill_printed' | 'waybill_cancelled' | 'number_changed'
  /** The orders whose goods are in the parcel, with the pieces of each line; no lines: all of the order. */
  readonly orders: readonly {
    readonly connection: string
    readonly orderNo: string
    readonly lines: readonly { readonly lineId: string; readonly quantity: number }[]
  }[]
  readonly trackingNo: string
  readonly carrier: string
  readonly waybillId: string | null
  /** ISO 8601 with offset. */
  readonly at: string
  /** 面单批次号 and 打印设备ID, once printed. */
  readonly batchNo: string | null
  readonly deviceId: string | null
  readonly words: string
}

/** Topics of messages that only the hub itself writes; no push from outside gets such a one. */
export const HUB_TOPIC = 'hub.parcel'

/** The event as a message; `key` tells it from every other and is the same across retries. */
export function hubEventMessage(key: string, event: HubEvent): FetchedMessage {
  const first = event.orders[0]?.orderNo ?? null
  return {
    topic: HUB_TOPIC,
    dedupKey: `hub:${key}`,
    orderNo: first !== null && first.length <= ORDER_NO_MOST ? first : null,
    headers: {},
    body: new TextEncoder().encode(JSON.stringify(event)),
  }
}
