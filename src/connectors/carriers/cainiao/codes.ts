import type { CarrierCode } from '#domain/carrier.ts'
import type { CodeEntry } from '#domain/claim.ts'

type Line = readonly [code: string, fact: CodeEntry['fact'], zh: string, en: string]

/** `status` of an operation in TMS_PRACTICE_TRACE_INFO (落地配). 14 and above are not documented: they wait for a mapping rule. */
const OPERATIONS: readonly Line[] = [
  ['00', 'picked_up', '揽收', 'picked up'],
  ['01', 'in_transit', '分拨入库', 'arrived at a sorting centre'],
  ['02', 'in_transit', '分拨出库', 'left a sorting centre'],
  ['03', 'in_transit', '站点到货', 'arrived at the delivery station'],
  ['04', 'out_for_delivery', '领件派送', 'out for delivery'],
  ['05', 'exception', '滞留', 'held up'],
  ['06', 'exception', '拒收', 'refused by the recipient'],
  ['07', 'delivered', '签收', 'delivered'],
  ['08', 'returning', '退货出站', 'left the station on the way back'],
  ['09', 'returning', '退货入库', 'on the way back, at a centre'],
  ['10', 'returning', '退商家出库', 'on the way back to the merchant'],
  ['11', 'signed_back', '退商家成功', 'returned to the merchant'],
  ['12', 'exception', '退商家失败', 'could not be returned'],
  ['13', 'in_transit', '中转', 'transferred'],
]

/**
 * Codes of pushed traces with their default reading. `actionCode` of overseas traces has no public table: every one of them is
 * parked once and gets its rule.
 */
export const CAINIAO_CODES: readonly CodeEntry[] = OPERATIONS.map(([code, fact, zh, en]) => ({
  code: `operation:${code}`,
  fact,
  zh,
  en,
}))

/** `cpCode` of the carriers that 菜鸟 numbers for; an account may name another. */
const CP_CODES: Readonly<Partial<Record<CarrierCode, string>>> = {
  SF: 'SF',
  ZTO: 'ZTO',
  YTO: 'YTO',
  YUNDA: 'YUNDA',
  STO: 'STO',
  EMS: 'EMS',
  POST: 'POSTB',
  BEST: 'HTKY',
  TTK: 'TTKDEX',
  UC: 'UC',
}

export const CAINIAO_CARRIERS = Object.keys(CP_CODES) as CarrierCode[]

export function cpCodeOf(carrier: string): string | null {
  return Object.hasOwn(CP_CODES, carrier) ? (CP_CODES[carrier as CarrierCode] ?? null) : null
}

/** The canonical code behind a `cpCode`; an unlisted one is kept behind `other:`. */
export function carrierOf(cpCode: string): string {
  const found = Object.entries(CP_CODES).find(([, code]) => code === cpCode)
  return found?.[0] ?? `other:${cpCode}`
}
