import type { FactKind } from '#domain/fact.ts'

/** What can happen to a parcel, in no carrier's own words. `departed` and `arrived` are the two halves of a hop. */
export const PARCEL_EVENTS = [
  'picked_up',
  'departed',
  'arrived',
  'customs_held',
  'customs_released',
  'out_for_delivery',
  'delivery_failed',
  'ready_for_pickup',
  'exception',
  'delivered',
  'delivery_revoked',
  'returning',
  'signed_back',
  'number_changed',
] as const
export type ParcelEventKind = (typeof PARCEL_EVENTS)[number]

/** A place with the zone of its clocks. */
export type Place = { readonly name: string; readonly country: string; readonly zone: string }

/** One thing that truly happened, or will, at an instant that only the world knows exactly. */
export type ParcelEvent = {
  /** Never the same twice in one world. */
  readonly id: string
  readonly trackingNo: string
  readonly kind: ParcelEventKind
  readonly at: Temporal.Instant
  readonly place: Place
  readonly words: string
  /** For carriers that sometimes leave the offset out: this time is to be written so. */
  readonly isWithoutOffset: boolean
  /** With `number_changed`: the number under which it goes on. */
  readonly newTrackingNo: string | null
}

/** What an event means for the parcel's standing, unless a carrier's document says otherwise. */
export const USUAL_MEANING: Readonly<Record<ParcelEventKind, FactKind>> = {
  picked_up: 'picked_up',
  departed: 'in_transit',
  arrived: 'in_transit',
  customs_held: 'exception',
  customs_released: 'in_transit',
  out_for_delivery: 'out_for_delivery',
  delivery_failed: 'delivery_failed',
  ready_for_pickup: 'ready_for_pickup',
  exception: 'exception',
  delivered: 'delivered',
  delivery_revoked: 'delivery_revoked',
  returning: 'returning',
  signed_back: 'signed_back',
  number_changed: 'in_transit',
}

export const EVENT_WORDS: Readonly<Record<ParcelEventKind, { readonly zh: string; readonly en: string }>> = {
  picked_up: { zh: '快件已被揽收', en: 'Shipment picked up' },
  departed: { zh: '快件离开转运中心，发往下一站', en: 'Departed from facility' },
  arrived: { zh: '快件到达转运中心', en: 'Arrived at facility' },
  customs_held: { zh: '包裹被海关扣留，等待补充资料', en: 'Held by customs, further details required' },
  customs_released: { zh: '清关完成，已放行', en: 'Released by customs' },
  out_for_delivery: { zh: '快递员正在派件', en: 'Out for delivery' },
  delivery_failed: { zh: '派送不成功：收件人不在', en: 'Delivery attempted, recipient not available' },
  ready_for_pickup: { zh: '快件已到达自提点，请取件', en: 'Ready for collection' },
  exception: { zh: '快件异常：包装破损，处理中', en: 'Exception: packaging damaged, being handled' },
  delivered: { zh: '快件已由本人签收', en: 'Delivered - signed for by recipient' },
  delivery_revoked: { zh: '签收已撤销，快件将重新派送', en: 'Delivery revoked, will be delivered again' },
  returning: { zh: '快件退回寄件人途中', en: 'Returning to sender' },
  signed_back: { zh: '退件已由寄件人签收', en: 'Returned to sender and signed for' },
  number_changed: { zh: '快件转寄，新单号为', en: 'Forwarded under a new number' },
}

export const CHINA: readonly Place[] = [
  '深圳市',
  '广州市',
  '杭州市',
  '成都市',
  '北京市',
  '武汉市',
  '西安市',
  '南京市',
].map((name) => ({ name, country: 'CN', zone: 'Asia/Shanghai' }))
export const ABROAD: readonly Place[] = [
  { name: 'SHENZHEN', country: 'CN', zone: 'Asia/Shanghai' },
  { name: 'HONG KONG', country: 'HK', zone: 'Asia/Hong_Kong' },
  { name: 'LEIPZIG', country: 'DE', zone: 'Europe/Berlin' },
  { name: 'PARIS', country: 'FR', zone: 'Europe/Paris' },
  { name: 'LOUISVILLE', country: 'US', zone: 'America/Kentucky/Louisville' },
  { name: 'MEMPHIS', country: 'US', zone: 'America/Chicago' },
  { name: 'LOS ANGELES', country: 'US', zone: 'America/Los_Angeles' },
]
