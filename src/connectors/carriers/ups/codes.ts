import type { CodeEntry } from '#domain/claim.ts'

type Line = readonly [code: string, fact: CodeEntry['fact'], zh: string, en: string]

/** `activityStatus.code`: goes before everything else. Type D holds more than deliveries, so that only these are. */
const CODES: readonly Line[] = [
  ['FS', 'delivered', '已签收', 'delivered'],
  ['KB', 'delivered', '已签收', 'delivered'],
  ['F4', 'delivered', '已签收', 'delivered'],
  ['OT', 'out_for_delivery', '派送中', 'out for delivery'],
  ['OF', 'out_for_delivery', '派送中', 'out for delivery'],
  ['OD', 'out_for_delivery', '派送中', 'out for delivery'],
  ['OR', 'picked_up', '始发扫描', 'origin scan'],
  ['PU', 'picked_up', '已揽收', 'picked up'],
  ['OG', 'picked_up', '已揽收', 'picked up'],
  ['M', 'none', '已收到运单信息', 'manifest'],
  ['MP', 'none', '已收到运单信息', 'manifest'],
  ['OA', 'none', '已收到运单信息', 'order accepted'],
  // The waybill is void, not the order.
  ['MV', 'waybill_cancelled', '运单作废', 'voided'],
  ['VD', 'waybill_cancelled', '运单作废', 'voided'],
  ['AR', 'in_transit', '到达扫描', 'arrival scan'],
  ['DP', 'in_transit', '离开扫描', 'departure scan'],
  ['AF', 'in_transit', '到达', 'arrived at the facility'],
  ['IH', 'in_transit', '在途', 'in transit'],
  ['RS', 'returning', '退回寄件人', 'returning to the sender'],
  ['RT', 'returning', '退回', 'returning'],
  ['RU', 'returning', '退回', 'returning'],
  ['RH', 'returning', '退回', 'returning'],
]

/** `activityStatus.descriptionCode`. */
const DESCRIPTIONS: readonly Line[] = [
  ['3', 'none', '待交 UPS', 'ready for UPS'],
  ['5', 'in_transit', '途中', 'on the way'],
  ['10', 'in_transit', '途中', 'on the way'],
  ['25', 'in_transit', '途中', 'on the way'],
  ['39', 'in_transit', '途中', 'on the way'],
  ['47', 'in_transit', '途中', 'on the way'],
  ['6', 'out_for_delivery', '派送中', 'out for delivery'],
  ['21', 'out_for_delivery', '派送中', 'out for delivery'],
  ['37', 'out_for_delivery', '派送中', 'out for delivery'],
  ['7', 'waybill_cancelled', '运单作废', 'voided'],
  ['11', 'delivered', '已签收', 'delivered'],
  ['12', 'in_transit', '清关', 'clearance'],
  ['13', 'exception', '异常', 'exception'],
  ['17', 'ready_for_pickup', '待自提', 'held for pickup'],
  ['40', 'ready_for_pickup', '待自提', 'held for pickup'],
  ['22', 'delivery_failed', '首次投递未成', 'first attempt'],
  ['23', 'delivery_failed', '二次投递未成', 'second attempt'],
  ['24', 'delivery_failed', '末次投递未成', 'final attempt'],
  ['26', 'delivered', '由邮政投递', 'delivered by the post'],
  ['33', 'returning', '退回', 'returning'],
  ['34', 'returning', '退回', 'returning'],
  ['35', 'returning', '退回', 'returning'],
  ['36', 'returning', '退回', 'returning'],
  ['38', 'picked_up', '已揽收', 'picked up'],
  ['46', 'exception', '延误', 'delay'],
  ...['48', '49', '50', '51', '52', '53'].map((code): Line => [code, 'exception', '延误', 'delay']),
  ['57', 'in_transit', '送往取件点', 'on the way to an access point'],
  ['59', 'exception', '破损', 'damage'],
  ['60', 'delivery_failed', '投递未成', 'attempted'],
  ['61', 'delivery_failed', '投递未成', 'attempted'],
  ['62', 'delivery_failed', '投递未成', 'attempted'],
  ['64', 'exception', '拒收', 'refused'],
]

/** `activityStatus.type`, where neither code nor description is known. D is not here: it covers "loaded on vehicle" too. */
const TYPES: readonly Line[] = [
  ['I', 'in_transit', '运输中', 'in progress'],
  ['P', 'picked_up', '已揽收', 'pickup'],
  ['M', 'none', '已收到运单信息', 'manifest'],
  ['MV', 'waybill_cancelled', '运单作废', 'manifest void'],
  ['X', 'exception', '异常', 'exception'],
  ['U', 'none', '更新', 'update'],
  ['RS', 'returning', '退回寄件人', 'returned to the sender'],
]

export const UPS_CODES: readonly CodeEntry[] = [
  ...CODES.map((line) => entry('code', line)),
  ...DESCRIPTIONS.map((line) => entry('description', line)),
  ...TYPES.map((line) => entry('type', line)),
]
const KNOWN = new Set(UPS_CODES.map(({ code }) => code))

/**
 * By code first, then by description code, then by type, as the carrier's tables are to be read; what none of them knows is claimed
 * under its own code, so that a person decides. Null where the activity names nothing.
 */
export function codeOf(activity: {
  readonly type: string | null
  readonly code: string | null
  readonly descriptionCode: string | null
}): string | null {
  const type = activity.type?.toUpperCase() ?? null
  const code = activity.code?.toUpperCase() ?? null
  const description = activity.descriptionCode?.replace(/^0+(?=\d)/, '') ?? null
  const names = [
    ...(code === null ? [] : [`code:${code}`]),
    ...(description === null ? [] : [`description:${description}`]),
    ...(type === null ? [] : [`type:${type}`]),
  ]
  return names.find((name) => KNOWN.has(name)) ?? names[0] ?? null
}

function entry(prefix: string, [code, fact, zh, en]: Line): CodeEntry {
  return { code: `${prefix}:${code}`, fact, zh, en }
}
