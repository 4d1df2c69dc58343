import type { CodeEntry } from '#domain/claim.ts'

/**
 * Route operations (`opCode`) and order states (`orderStateCode`) of 顺丰 with their default reading. Tables in circulation
 * that read 50 as 已发车 and 30 as 揽收成功 contradict SF's own push logs (50 收件, 80 签收) and are not followed.
 */
export const SF_CODES: readonly CodeEntry[] = [
  { code: 'opCode:50', fact: 'picked_up', zh: '已收件', en: 'picked up' },
  {
    code: 'opCode:30',
    fact: 'in_transit',
    zh: '完成分拣，准备发往下一站',
    en: 'sorted, leaving for the next stop',
  },
  { code: 'opCode:31', fact: 'in_transit', zh: '到达集散中心或中转场', en: 'arrived at a hub' },
  { code: 'opCode:36', fact: 'in_transit', zh: '封车发往下一站', en: 'sealed and sent to the next stop' },
  { code: 'opCode:3036', fact: 'in_transit', zh: '准备送往下一站', en: 'about to leave for the next stop' },
  { code: 'opCode:123', fact: 'in_transit', zh: '正送往顺丰店/站', en: 'on the way to a service point' },
  { code: 'opCode:130', fact: 'in_transit', zh: '到达顺丰店/站', en: 'arrived at a service point' },
  {
    code: 'opCode:99',
    fact: 'in_transit',
    zh: '应客户要求转寄中',
    en: 'being forwarded at the customer’s request',
  },
  { code: 'opCode:44', fact: 'out_for_delivery', zh: '正在派送途中', en: 'out for delivery' },
  { code: 'opCode:125', fact: 'ready_for_pickup', zh: '待取件', en: 'ready for pickup' },
  { code: 'opCode:607', fact: 'ready_for_pickup', zh: '代理收件', en: 'taken in by an agent' },
  { code: 'opCode:80', fact: 'delivered', zh: '已签收', en: 'delivered' },
  // Follows 80 and only says where to see the signature: no event of its own.
  { code: 'opCode:8000', fact: 'none', zh: '可查看签收人与签收图', en: 'proof of delivery can be viewed' },
  { code: 'opCode:33', fact: 'exception', zh: '派件异常', en: 'delivery problem' },
  { code: 'opCode:70', fact: 'delivery_failed', zh: '派件不成功', en: 'delivery attempt failed' },
  { code: 'opCode:631', fact: 'signed_back', zh: '快件已退回', en: 'came back to the sender' },
  {
    code: 'opCode:648',
    fact: 'returning',
    zh: '退回或转寄，换新单号',
    en: 'sent back or on under a new number',
  },
  // 调度成功: SF has bound a waybill number to the order and named the courier who fetches it.
  {
    code: 'orderStateCode:04-40001',
    fact: 'waybill_issued',
    zh: '调度成功，运单已绑定',
    en: 'waybill bound, courier assigned',
  },
  {
    code: 'orderStateCode:04-40001:unbound',
    fact: 'none',
    zh: '调度成功，尚无运单号',
    en: 'courier assigned, no waybill yet',
  },
]
