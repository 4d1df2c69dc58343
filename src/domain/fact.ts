import type { Instant } from '#kernel/clock.ts'
import type { ConnectionId, MessageId, OrderNo, TrackingNo } from '#kernel/id.ts'
import type { SourceTime } from '#kernel/instant.ts'
import type { Money } from '#kernel/money.ts'

/** Everything that can be said to have happened to an order or one of its parcels. Only ever added, never changed. */
export const FACT_KINDS = [
  'placed', // 已下单
  'paid', // 已付款
  'held', // 暂不可发 (group-buy, risk review, customs, address change)
  'released', // 可发货
  'waybill_issued', // 面单生成: a waybill number exists and was printed; not yet shipped, not yet picked up
  'waybill_cancelled', // 面单作废
  'part_dispatched', // 部分发货 as the channel says it
  'dispatched', // 已发货 as the channel or warehouse says it
  'shipment_reported', // 已回传: the channel was told and answered; `outcome` says how
  'picked_up', // 已揽收
  'in_transit', // 运输中
  'out_for_delivery', // 派送中
  'ready_for_pickup', // 待取件
  'delivery_failed', // 派送失败
  'exception', // 疑难
  'delivered', // 已签收
  'delivery_revoked', // 妥投撤销
  'returning', // 退回途中
  'signed_back', // 退回签收: the parcel came back to the sender
  'completed', // 交易完成
  'refund_requested', // 申请退款
  'refund_closed', // 退款被拒绝或撤销
  'part_refunded', // 部分退款
  'refunded', // 已退款
  'returned', // 已退货
  'cancelled', // 已取消
  'reopened', // 重新打开, with a reason
] as const
export type FactKind = (typeof FACT_KINDS)[number]

/**
 * Whom a fact is about. `order`: an order of the connection's own shop. `reference`: an order number quoted by somebody
 * else (a warehouse, a print station). `parcel`: a tracking number; it finds its orders when a waybill links them.
 */
export type Subject =
  | { readonly by: 'order'; readonly connection: ConnectionId; readonly orderNo: OrderNo }
  | { readonly by: 'reference'; readonly orderNo: OrderNo }
  | { readonly by: 'parcel'; readonly trackingNo: TrackingNo }

/** Subject as text, the key under which facts are stored and found. */
export function subjectKey(subject: Subject): string {
  switch (subject.by) {
    case 'order':
      return `order:${subject.connection}:${subject.orderNo}`
    case 'reference':
      return `reference:${subject.orderNo}`
    case 'parcel':
      return `parcel:${subject.trackingNo}`
  }
}

export type ReportOutcome = 'accepted' | 'refused' | 'unknown'

export type FactDetail = {
  readonly trackingNo?: TrackingNo
  /** Canonical carrier code of `domain/carrier.ts`, or the source's own code behind `other:`. */
  readonly carrier?: string
  readonly waybillId?: string
  /** 面单批次号 */
  readonly batchNo?: string
  /** 打印设备ID */
  readonly deviceId?: string
  readonly place?: string
  readonly words?: string
  readonly reason?: string
  readonly lines?: readonly { readonly lineId: string; readonly quantity: number }[]
  readonly amount?: Money
  readonly refundId?: string
  readonly outcome?: ReportOutcome
}

export type Fact = {
  /** Hash of source, upstream code, time text and detail: the same claim twice is one fact, under whichever subject. */
  readonly id: string
  readonly subject: Subject
  readonly kind: FactKind
  readonly at: SourceTime
  /** The connection that claims it. */
  readonly source: ConnectionId
  /** The upstream code that a mapping rule read as this kind. */
  readonly code: string
  readonly detail: FactDetail
  /** The stored message that proves it, and when the hub received it. */
  readonly evidence: MessageId
  readonly receivedAt: Instant
}
