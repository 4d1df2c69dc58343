import type { CodeEntry } from '#domain/claim.ts'

/**
 * `scanType` of 申通, the same in pushes and queries. 快件取出 is a courier who takes the parcel out of the locker to try again or to
 * return it: a table in circulation that calls it 已签收 is not followed.
 */
export const STO_CODES: readonly CodeEntry[] = [
  { code: 'scanType:收件', fact: 'picked_up', zh: '收件', en: 'picked up' },
  { code: 'scanType:发件', fact: 'in_transit', zh: '发件', en: 'left a site' },
  { code: 'scanType:到件', fact: 'in_transit', zh: '到件', en: 'reached a site' },
  { code: 'scanType:转邮', fact: 'in_transit', zh: '转邮', en: 'handed on to the post' },
  { code: 'scanType:转同行', fact: 'in_transit', zh: '转同行', en: 'handed on to another carrier' },
  { code: 'scanType:派件', fact: 'out_for_delivery', zh: '派件', en: 'out for delivery' },
  {
    code: 'scanType:第三方代派',
    fact: 'out_for_delivery',
    zh: '第三方代派',
    en: 'delivered by a third party',
  },
  {
    code: 'scanType:快件取出',
    fact: 'out_for_delivery',
    zh: '快件取出',
    en: 'taken out of the locker again',
  },
  { code: 'scanType:柜机代收', fact: 'ready_for_pickup', zh: '柜机代收', en: 'put into a locker' },
  { code: 'scanType:驿站代收', fact: 'ready_for_pickup', zh: '驿站代收', en: 'taken in by a station' },
  { code: 'scanType:驿站出库', fact: 'ready_for_pickup', zh: '驿站出库', en: 'handed out by the station' },
  { code: 'scanType:问题件', fact: 'exception', zh: '问题件', en: 'problem' },
  { code: 'scanType:改地址件', fact: 'exception', zh: '改地址件', en: 'address changed' },
  { code: 'scanType:退回件', fact: 'returning', zh: '退回件', en: 'on its way back' },
  { code: 'scanType:签收', fact: 'delivered', zh: '签收', en: 'delivered' },
  { code: 'scanType:PU_PICKUP_SUCCESS', fact: 'picked_up', zh: '国际：揽收成功', en: 'picked up' },
  { code: 'scanType:GOT', fact: 'in_transit', zh: '国际：交接', en: 'taken over' },
  { code: 'scanType:MOT_TRANSIT', fact: 'in_transit', zh: '国际：中转', en: 'in transit' },
  {
    code: 'scanType:SC_INBOUND_SUCCESS',
    fact: 'in_transit',
    zh: '国际：入库成功',
    en: 'received at the centre',
  },
  { code: 'scanType:SC_ORDER_*', fact: 'in_transit', zh: '国际：分拨中心作业', en: 'handled at the centre' },
  { code: 'scanType:LH_DEPART', fact: 'in_transit', zh: '国际：干线出发', en: 'line haul left' },
  { code: 'scanType:LH_ARRIVE', fact: 'in_transit', zh: '国际：干线到达', en: 'line haul arrived' },
  { code: 'scanType:CC_START', fact: 'in_transit', zh: '国际：开始清关', en: 'customs clearance began' },
  {
    code: 'scanType:CC_IM_START',
    fact: 'in_transit',
    zh: '国际：进口清关开始',
    en: 'import clearance began',
  },
  {
    code: 'scanType:CC_IM_SUCCESS',
    fact: 'in_transit',
    zh: '国际：进口清关完成',
    en: 'import clearance done',
  },
  {
    code: 'scanType:CC_IM_FAILURE',
    fact: 'exception',
    zh: '国际：进口清关失败',
    en: 'import clearance failed',
  },
]
