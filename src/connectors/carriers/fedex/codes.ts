import type { CodeEntry } from '#domain/claim.ts'

type Line = readonly [code: string, fact: CodeEntry['fact'], zh: string, en: string]

const LINES: readonly Line[] = [
  ['OC', 'none', '已创建订单', 'order created'],
  ['OX', 'none', '运单信息已送交邮政', 'information sent to the post'],
  ['EP', 'none', '已录入', 'entered'],
  ['MD', 'none', '已生成清单', 'manifest data'],
  ['PU', 'picked_up', '已揽收', 'picked up'],
  ['PX', 'picked_up', '已揽收', 'picked up'],
  ['AP', 'picked_up', '在揽收点', 'at pickup'],
  ['OF', 'picked_up', '在始发站', 'at the origin facility'],
  ['IT', 'in_transit', '运输中', 'in transit'],
  ['IX', 'in_transit', '运输中', 'in transit'],
  ['AA', 'in_transit', '在机场', 'at the airport'],
  ['AC', 'in_transit', '在加拿大站点', 'at a facility in Canada'],
  ['AF', 'in_transit', '在联邦站点', 'at a facility'],
  ['AR', 'in_transit', '到达', 'arrived'],
  ['AX', 'in_transit', '在站点', 'at a facility'],
  ['DP', 'in_transit', '离开', 'departed'],
  // Two meanings stand in the table: on its way to the airport, and export approved. Both are on the way.
  ['EA', 'in_transit', '前往机场或出口放行', 'on the way to the airport, or export approved'],
  ['EO', 'in_transit', '前往始发机场', 'on the way to the origin airport'],
  ['FD', 'in_transit', '在目的站点', 'at the destination facility'],
  ['LO', 'in_transit', '离开始发地', 'left the origin'],
  ['OW', 'in_transit', '途中', 'on the way'],
  ['PF', 'in_transit', '航班在途', 'plane in flight'],
  ['PL', 'in_transit', '航班落地', 'plane landed'],
  ['PM', 'in_transit', '进行中', 'in progress'],
  ['SF', 'in_transit', '在分拣中心', 'at the sort facility'],
  ['TR', 'in_transit', '转运', 'transfer'],
  ['CC', 'in_transit', '已清关', 'cleared customs'],
  ['CP', 'in_transit', '清关中', 'clearance in progress'],
  ['OD', 'out_for_delivery', '派送中', 'out for delivery'],
  ['ED', 'out_for_delivery', '前往派送', 'on the way to delivery'],
  ['AD', 'out_for_delivery', '在派送中', 'at delivery'],
  ['DL', 'delivered', '已签收', 'delivered'],
  ['HL', 'ready_for_pickup', '到店待取', 'held at location'],
  ['HP', 'ready_for_pickup', '待取件', 'ready for pickup'],
  ['HA', 'exception', '暂扣', 'on hold'],
  ['DE', 'delivery_failed', '派送异常', 'delivery exception'],
  ['SE', 'exception', '运输异常', 'shipment exception'],
  ['CD', 'exception', '清关延误', 'clearance delay'],
  ['DY', 'exception', '延误', 'delayed'],
  ['DD', 'exception', '派送延误', 'delivery delayed'],
  ['PY', 'exception', '延误', 'delayed'],
  ['PD', 'exception', '揽收延误', 'pickup delayed'],
  ['RS', 'returning', '退回寄件人', 'returning to the shipper'],
  ['RT', 'returning', '退回', 'returning'],
  // The waybill is void, not the order.
  ['CA', 'waybill_cancelled', '运单取消', 'shipment cancelled'],
  // The life of a label link, not of a shipment.
  ['RD', 'none', '退货标签已下载', 'return label downloaded'],
  ['RP', 'none', '退货标签链接已发送', 'return label link sent'],
  ['RG', 'none', '退货标签链接已失效', 'return label link expired'],
  ['LP', 'none', '标签链接', 'label link'],
]

/** Event types of the tracking API, pushed and asked for alike. */
export const FEDEX_CODES: readonly CodeEntry[] = LINES.map(([code, fact, zh, en]) => ({
  code: `event:${code}`,
  fact,
  zh,
  en,
}))
