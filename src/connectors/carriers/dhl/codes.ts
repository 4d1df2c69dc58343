import type { CodeEntry } from '#domain/claim.ts'

type Line = readonly [code: string, fact: CodeEntry['fact'], zh: string, en: string]

/** `statusCode` of the Unified API; the same five for every division. */
const UNIFIED: readonly Line[] = [
  ['pre-transit', 'none', '已收到运单信息', 'shipment information received'],
  ['transit', 'in_transit', '运输中', 'in transit'],
  ['delivered', 'delivered', '已签收', 'delivered'],
  ['failure', 'delivery_failed', '未能投递', 'not delivered'],
  ['unknown', 'none', '状态未知', 'unknown'],
]

/** Event codes of DHL Express (MyDHL `typeCode`). */
const EXPRESS: readonly Line[] = [
  ['PU', 'picked_up', '已揽收', 'picked up'],
  ['PL', 'in_transit', '在处理中心', 'processed'],
  ['DF', 'in_transit', '离开处理中心', 'departed'],
  ['AF', 'in_transit', '到达处理中心', 'arrived'],
  ['AR', 'in_transit', '到达派送站', 'arrived at the delivery station'],
  ['WC', 'out_for_delivery', '派送中', 'with the courier'],
  ['OK', 'delivered', '已签收', 'delivered'],
  ['NH', 'delivery_failed', '收件人不在', 'nobody at home'],
  ['RD', 'exception', '拒收', 'refused by the receiver'],
  ['RT', 'returning', '退回寄件人', 'returned to the shipper'],
  ['BA', 'exception', '地址有误', 'bad address'],
  ['CM', 'exception', '异常 CM', 'exception CM'],
  ['MS', 'exception', '错分', 'missorted'],
  ['OH', 'exception', '暂扣', 'on hold'],
  ['UD', 'exception', '清关延误', 'delayed'],
]

export const DHL_CODES: readonly CodeEntry[] = [
  ...UNIFIED.map((line) => entry('statusCode', line)),
  ...EXPRESS.map((line) => entry('express', line)),
]

function entry(prefix: string, [code, fact, zh, en]: Line): CodeEntry {
  return { code: `${prefix}:${code}`, fact, zh, en }
}
