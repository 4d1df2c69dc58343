/** Where an order is, as lists and filters name it. 中文 in `docs/glossary.md`. */
export const ORDER_STATUSES = [
  'pending_payment', // 待付款
  'on_hold', // 暂不可发
  'awaiting_shipment', // 待发货
  'partially_shipped', // 部分发货
  'shipped', // 已发货: a waybill was printed or the goods left
  'picked_up', // 已揽收
  'in_transit', // 运输中
  'out_for_delivery', // 派送中
  'delivered', // 已签收
  'completed', // 已完成
  'returning', // 退回中
  'returned', // 已退回
  'refunded', // 已退款
  'cancelled', // 已取消
] as const
export type OrderStatus = (typeof ORDER_STATUSES)[number]

export const AFTER_SALES = ['none', 'requested', 'part_refunded', 'refunded', 'closed'] as const
export type AfterSale = (typeof AFTER_SALES)[number]

/** Whether the channel was told of the shipment: `due` not yet, `unknown` told without an answer. */
export const REPORT_STATES = ['none', 'due', 'accepted', 'refused', 'unknown'] as const
export type ReportState = (typeof REPORT_STATES)[number]

/** How far a parcel is. Ordered; trouble (exception, failed delivery) is a mark beside it, never a step back. */
export const PARCEL_STAGES = [
  'announced', // a number is known, nothing else
  'issued', // 面单已生成
  'dispatched', // 已发货
  'picked_up', // 已揽收
  'in_transit', // 运输中
  'out_for_delivery', // 派送中
  'delivered', // 已签收
  'returning', // 退回中
  'signed_back', // 已退回
] as const
export type ParcelStage = (typeof PARCEL_STAGES)[number]
