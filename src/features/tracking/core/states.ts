/** Where a parcel is, as carriers' reports are compared. Trouble is a state only while nothing better is known. */
export const PARCEL_STATES = [
  'info_received', // 待揽收: a number is known
  'picked_up', // 已揽收
  'in_transit', // 运输中
  'out_for_delivery', // 派送中
  'ready_for_pickup', // 待取件
  'delivery_failed', // 派送失败
  'exception', // 异常
  'delivered', // 已签收
  'returning', // 退回中
  'returned', // 已退回
  'cancelled', // 已作废
] as const
export type ParcelState = (typeof PARCEL_STATES)[number]

/** Nothing more is to come of these. */
export const CLOSED: ReadonlySet<ParcelState> = new Set(['delivered', 'returned', 'cancelled'])

/** What may be wrong with a parcel, the gravest first: a parcel has one of them at a time. */
export const FINDINGS = [
  'disputed', // 签收存疑: delivered says the carrier, not so the buyer or a revocation
  'customs', // 清关滞留
  'wrong_way', // 走向不对
  'delivery_failed', // 多次派送失败
  'exception', // 疑难件
  'returning', // 退回中
  'no_first_scan', // 无首扫
  'stalled', // 停滞
] as const
export type Finding = (typeof FINDINGS)[number]

/** Findings that a look at the clock makes; the others follow from the facts. */
export const TIMED: readonly Finding[] = ['no_first_scan', 'stalled', 'customs']
