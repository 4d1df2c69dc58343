import type { CodeEntry } from '#domain/claim.ts'

type Line = readonly [code: string, fact: CodeEntry['fact'], zh: string, en: string]

const EVENTS: readonly Line[] = [
  ['info_received', 'none', '已收到运单信息', 'information received'],
  ['waybill_issued', 'waybill_issued', '面单生成', 'waybill issued'],
  ['waybill_cancelled', 'waybill_cancelled', '面单作废', 'waybill cancelled'],
  ['picked_up', 'picked_up', '已揽收', 'picked up'],
  ['in_transit', 'in_transit', '运输中', 'in transit'],
  ['customs_held', 'exception', '清关受阻', 'held by customs'],
  ['customs_released', 'in_transit', '已清关', 'released by customs'],
  ['out_for_delivery', 'out_for_delivery', '派送中', 'out for delivery'],
  ['ready_for_pickup', 'ready_for_pickup', '待取件', 'ready for pickup'],
  ['delivery_failed', 'delivery_failed', '派送失败', 'delivery failed'],
  ['exception', 'exception', '异常', 'exception'],
  ['delivered', 'delivered', '已签收', 'delivered'],
  ['delivery_revoked', 'delivery_revoked', '妥投撤销', 'delivery revoked'],
  ['returning', 'returning', '退回途中', 'returning'],
  ['signed_back', 'signed_back', '退回签收', 'returned and signed for'],
  ['note', 'none', '备注', 'a note'],
]

/** The words of the hub's own open format; one that is not here is parked. */
export const LOGISTICS_CODES: readonly CodeEntry[] = EVENTS.map(([code, fact, zh, en]) => ({
  code: `event:${code}`,
  fact,
  zh,
  en,
}))
