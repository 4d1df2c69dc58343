import type { CodeEntry } from '#domain/claim.ts'

type Line = readonly [code: string, fact: CodeEntry['fact'], zh: string, en: string]

const SCANS: readonly Line[] = [
  ['1', 'picked_up', '快件揽收', 'picked up'],
  ['2', 'in_transit', '入仓', 'into the depot'],
  ['3', 'in_transit', '发件', 'departed'],
  ['4', 'in_transit', '到件', 'arrived'],
  ['5', 'in_transit', '出仓', 'out of the depot'],
  ['6', 'ready_for_pickup', '入库', 'into the service point'],
  ['7', 'ready_for_pickup', '代理点收入', 'taken by an agent'],
  // Taken out of the service point again to be delivered: nobody signed.
  ['8', 'out_for_delivery', '快件取出', 'taken out again'],
  ['9', 'out_for_delivery', '出库', 'out for delivery'],
  ['10', 'delivered', '签收', 'delivered'],
  ['11', 'exception', '问题件', 'problem'],
  ['12', 'in_transit', '安检', 'security check'],
  ['13', 'in_transit', '其他', 'other'],
  ['14', 'returning', '退件', 'returning'],
]

const of = (codes: string, fact: CodeEntry['fact'], zh: string, en: string): readonly Line[] =>
  codes.split(' ').map((code) => [code, fact, zh, en])

/** `problemType`, beside scan type 11. */
const PROBLEMS: readonly Line[] = [
  // The waybill is void, not the order.
  ...of('A1 A26 A31', 'waybill_cancelled', '取消', 'cancelled'),
  ...of('A2 A14 A29 A35', 'exception', '拒收', 'refused'),
  ...of('A4 A25', 'returning', '退回', 'returning'),
  ...of('A3 A12 A15 A16 A19', 'exception', '地址问题', 'address problem'),
  ...of('A9 A10', 'delivery_failed', '联系不上收件人', 'receiver cannot be reached'),
  ...of('A11 A13 A23 A34', 'delivery_failed', '派送未成', 'not delivered'),
  ...of('A17 A18 A21', 'ready_for_pickup', '网点暂存', 'held at the branch'),
  ...of('A7 A8 A20 A24 A27 A28 A30 A32 A33', 'exception', '异常', 'problem'),
]

export const JT_CODES: readonly CodeEntry[] = [
  ...SCANS.map((line) => entry('scan', line)),
  ...PROBLEMS.map((line) => entry('problem', line)),
]

function entry(prefix: string, [code, fact, zh, en]: Line): CodeEntry {
  return { code: `${prefix}:${code}`, fact, zh, en }
}
