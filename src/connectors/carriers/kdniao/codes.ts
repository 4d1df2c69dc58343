import type { CarrierCode } from '#domain/carrier.ts'
import type { CodeEntry } from '#domain/claim.ts'

type Line = readonly [code: string, fact: CodeEntry['fact'], zh: string, en: string]

const LINES: readonly Line[] = [
  ['0', 'none', '暂无轨迹', 'no trace yet'],
  ['10', 'none', '待揽件', 'awaiting pickup'],
  ['1', 'picked_up', '已揽收', 'picked up'],
  ['2', 'in_transit', '在途中', 'in transit'],
  ['201', 'in_transit', '到达派件城市', 'arrived in the city of delivery'],
  ['202', 'out_for_delivery', '派件中', 'out for delivery'],
  ['211', 'ready_for_pickup', '已放入快递柜或驿站', 'in a locker or service point'],
  ['3', 'delivered', '已签收', 'delivered'],
  ['301', 'delivered', '正常签收', 'signed by the receiver'],
  ['302', 'delivered', '派件异常后最终签收', 'signed after a delivery problem'],
  ['304', 'delivered', '代收签收', 'signed by somebody else'],
  ['311', 'delivered', '快递柜或驿站签收', 'signed at a locker or service point'],
  ['4', 'exception', '问题件', 'problem'],
  ['401', 'exception', '发货无信息', 'no news since dispatch'],
  ['402', 'exception', '超时未签收', 'not signed in time'],
  ['403', 'exception', '超时未更新', 'no news in time'],
  ['404', 'returning', '拒收（退件）', 'refused, on the way back'],
  ['405', 'exception', '派件异常', 'delivery problem'],
  ['406', 'signed_back', '退货签收', 'returned to sender'],
  ['407', 'returning', '退货未签收', 'on the way back'],
  ['412', 'exception', '快递柜或驿站超时未取', 'not collected in time'],
]

/** 快递鸟's codes with their default reading; one code may stand in `Action`, `StateEx` or `State`. Never 快递100's table. */
export const KDNIAO_CODES: readonly CodeEntry[] = ['Action', 'StateEx', 'State'].flatMap((field) =>
  LINES.map(([code, fact, zh, en]) => ({ code: `${field}:${code}`, fact, zh, en })),
)

/** Carrier codes (`ShipperCode`) that have a canonical twin; all others stay behind `other:`. */
export const KDNIAO_CARRIERS: Readonly<Record<string, CarrierCode>> = {
  SF: 'SF',
  ZTO: 'ZTO',
  YTO: 'YTO',
  YD: 'YUNDA',
  STO: 'STO',
  EMS: 'EMS',
  YZPY: 'POST',
  JD: 'JD',
  JTSD: 'JT',
  DBL: 'DEPPON',
  HTKY: 'BEST',
  HHTT: 'TTK',
  UC: 'UC',
  ANE: 'ANE',
  DHL: 'DHL',
  FEDEX: 'FEDEX',
  UPS: 'UPS',
  USPS: 'USPS',
}

/** The platform's own code of a carrier; null where it has none that is known here. */
export function shipperOf(carrier: string): string | null {
  return Object.entries(KDNIAO_CARRIERS).find(([, canonical]) => canonical === carrier)?.[0] ?? null
}
