import type { CodeEntry } from '#domain/claim.ts'

/** `action` of each step of 韵达. OUTBOUND is taken out of the pickup point again, which is no delivery. */
export const YUNDA_CODES: readonly CodeEntry[] = [
  { code: 'action:ACCEPT', fact: 'picked_up', zh: '收件扫描', en: 'scanned at pick-up' },
  { code: 'action:GOT', fact: 'picked_up', zh: '已揽收', en: 'picked up' },
  { code: 'action:ARRIVAL', fact: 'in_transit', zh: '到达', en: 'reached a site' },
  { code: 'action:DEPARTURE', fact: 'in_transit', zh: '离开', en: 'left a site' },
  { code: 'action:TRANSFER', fact: 'in_transit', zh: '中转', en: 'transferred' },
  { code: 'action:OVERSEA_IN', fact: 'in_transit', zh: '海外入库', en: 'received abroad' },
  { code: 'action:OVERSEA_OUT', fact: 'in_transit', zh: '海外出库', en: 'sent out abroad' },
  { code: 'action:OVERSEA_ARRIVAL', fact: 'in_transit', zh: '海外到达', en: 'arrived abroad' },
  { code: 'action:OVERSEA_DEPARTURE', fact: 'in_transit', zh: '海外发出', en: 'left abroad' },
  { code: 'action:CLEARANCE_START', fact: 'in_transit', zh: '开始清关', en: 'customs clearance began' },
  { code: 'action:CLEARANCE_FINISH', fact: 'in_transit', zh: '清关完成', en: 'customs clearance done' },
  { code: 'action:CLEARANCE_FAIL', fact: 'exception', zh: '清关失败', en: 'customs clearance failed' },
  { code: 'action:SENT', fact: 'out_for_delivery', zh: '派件', en: 'out for delivery' },
  { code: 'action:OUTBOUND', fact: 'out_for_delivery', zh: '快件取出', en: 'taken out of the pickup point' },
  { code: 'action:INBOUND', fact: 'ready_for_pickup', zh: '入库待取', en: 'ready at a pickup point' },
  { code: 'action:SIGNED', fact: 'delivered', zh: '已签收', en: 'delivered' },
  { code: 'action:SIGNFAIL', fact: 'delivery_failed', zh: '签收失败', en: 'delivery attempt failed' },
  { code: 'action:RETURN', fact: 'returning', zh: '退回', en: 'on its way back' },
  { code: 'action:REJECTION', fact: 'exception', zh: '拒收', en: 'refused by the recipient' },
  { code: 'action:ISSUE', fact: 'exception', zh: '问题件', en: 'problem' },
  { code: 'action:OTHER', fact: 'exception', zh: '其他异常', en: 'another problem' },
]
