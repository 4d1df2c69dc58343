import type { CarrierCode } from '#domain/carrier.ts'
import type { CodeEntry } from '#domain/claim.ts'

type Line = readonly [code: string, fact: CodeEntry['fact'], zh: string, en: string]

/** States of a parcel; one code may stand at the top (`state`) and at a node (`statusCode`). */
const TOP: readonly Line[] = [
  ['0', 'in_transit', '在途', 'in transit'],
  ['1', 'picked_up', '揽收', 'picked up'],
  ['2', 'exception', '疑难', 'problem'],
  ['3', 'delivered', '签收', 'delivered'],
  ['4', 'signed_back', '退签', 'returned to sender'],
  ['5', 'out_for_delivery', '派件', 'out for delivery'],
  ['6', 'returning', '退回', 'on the way back'],
  ['7', 'in_transit', '转投', 'handed to another carrier'],
  ['8', 'in_transit', '清关', 'customs'],
  ['10', 'in_transit', '待清关', 'awaiting customs'],
  ['11', 'in_transit', '清关中', 'in customs'],
  ['12', 'in_transit', '已清关', 'cleared customs'],
  ['13', 'exception', '清关异常', 'customs problem'],
  ['14', 'exception', '拒签', 'refused by the receiver'],
]

/** Finer states, with resultv2=4. */
const FINE: readonly Line[] = [
  ['101', 'none', '已下单', 'ordered'],
  ['102', 'none', '待揽收', 'awaiting pickup'],
  ['103', 'picked_up', '已揽收', 'picked up'],
  ['1001', 'in_transit', '到达派件城市', 'arrived in the city of delivery'],
  ['1002', 'in_transit', '干线', 'line haul'],
  ['1003', 'in_transit', '转递', 'passed on'],
  ['501', 'ready_for_pickup', '投柜或驿站', 'in a locker or service point'],
  ['301', 'delivered', '本人签收', 'signed by the receiver'],
  ['302', 'delivered', '派件异常后签收', 'signed after a delivery problem'],
  ['303', 'delivered', '代签', 'signed by somebody else'],
  ['304', 'delivered', '投柜或站签收', 'signed at a locker or service point'],
  // The waybill is void, not the order: the goods may leave under another number.
  ['401', 'waybill_cancelled', '已销单', 'waybill cancelled'],
  ['210', 'waybill_cancelled', '销单', 'waybill cancelled'],
  ['201', 'exception', '超时未签收', 'not signed in time'],
  ['202', 'exception', '超时未更新', 'no news in time'],
  ['203', 'exception', '拒收', 'refused'],
  ['204', 'delivery_failed', '派件异常', 'delivery problem'],
  ['205', 'exception', '柜或驿站超时未取', 'not collected in time'],
  ['206', 'delivery_failed', '无法联系', 'receiver cannot be reached'],
  ['207', 'exception', '超区', 'outside the delivery area'],
  ['208', 'exception', '滞留', 'held up'],
  ['209', 'exception', '破损', 'damaged'],
]

/** 快递100's codes with their default reading. 2 and 4 mean other things at 快递鸟: the tables are never shared. */
export const KUAIDI100_CODES: readonly CodeEntry[] = [
  ...[...TOP, ...FINE].flatMap((line) => [entry('state', line), entry('statusCode', line)]),
  // resultv2=1 gives a node the name of its state and no code.
  ...TOP.map(([, fact, zh, en]) => entry('status', [zh, fact, zh, en])),
  {
    code: 'push:abort',
    fact: 'none',
    zh: '监控中止，需核对单号后重新订阅',
    en: 'tracking given up; check and subscribe again',
  },
  { code: 'push:autoCheck', fact: 'none', zh: '快递公司编码被更正', en: 'carrier code corrected' },
]

/** Carrier codes (`com`) that have a canonical twin; all others stay behind `other:`. */
export const KUAIDI100_CARRIERS: Readonly<Record<string, CarrierCode>> = {
  shunfeng: 'SF',
  zhongtong: 'ZTO',
  yuantong: 'YTO',
  yunda: 'YUNDA',
  shentong: 'STO',
  ems: 'EMS',
  youzhengguonei: 'POST',
  jd: 'JD',
  jtexpress: 'JT',
  debangwuliu: 'DEPPON',
  debangkuaidi: 'DEPPON',
  huitongkuaidi: 'BEST',
  tiantian: 'TTK',
  youshuwuliu: 'UC',
  annengwuliu: 'ANE',
  dhl: 'DHL',
  fedex: 'FEDEX',
  ups: 'UPS',
  usps: 'USPS',
}

/** The platform's own code of a carrier; null where it has none that is known here. */
export function companyOf(carrier: string): string | null {
  // Two of its codes mean 德邦; parcels are under this one.
  if (carrier === 'DEPPON') return 'debangkuaidi'
  return Object.entries(KUAIDI100_CARRIERS).find(([, canonical]) => canonical === carrier)?.[0] ?? null
}

function entry(prefix: string, [code, fact, zh, en]: Line): CodeEntry {
  return { code: `${prefix}:${code}`, fact, zh, en }
}
