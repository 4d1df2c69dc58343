import type { CodeEntry } from '#domain/claim.ts'

/** `infoContent` of 圆通, the same in pushes and queries. FAILED is no delivery; why, the message says in words (收方客户拒收). */
export const YTO_CODES: readonly CodeEntry[] = [
  // The order was taken on; the parcel is still with the shipper.
  { code: 'infoContent:ACCEPT', fact: 'none', zh: '已接单', en: 'order taken on' },
  { code: 'infoContent:GOT', fact: 'picked_up', zh: '已揽收', en: 'picked up' },
  { code: 'infoContent:NOT_SEND', fact: 'exception', zh: '揽收失败', en: 'pick-up failed' },
  { code: 'infoContent:ARRIVAL', fact: 'in_transit', zh: '已收入', en: 'reached a site' },
  { code: 'infoContent:DEPARTURE', fact: 'in_transit', zh: '已发出', en: 'left a site' },
  { code: 'infoContent:AIRSEND', fact: 'in_transit', zh: '航空发货', en: 'sent by air' },
  { code: 'infoContent:AIRPICK', fact: 'in_transit', zh: '航空提货', en: 'taken off the plane' },
  { code: 'infoContent:SENT_SCAN', fact: 'out_for_delivery', zh: '派件扫描', en: 'out for delivery' },
  { code: 'infoContent:INBOUND', fact: 'ready_for_pickup', zh: '自提柜入柜', en: 'put into a locker' },
  { code: 'infoContent:SIGNED', fact: 'delivered', zh: '签收成功', en: 'delivered' },
  { code: 'infoContent:FAILED', fact: 'delivery_failed', zh: '签收失败', en: 'delivery attempt failed' },
  { code: 'infoContent:FORWARDING', fact: 'in_transit', zh: '转寄', en: 'forwarded' },
  { code: 'infoContent:TMS_RETURN', fact: 'returning', zh: '退回', en: 'on its way back' },
]
