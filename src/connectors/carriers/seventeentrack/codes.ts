import type { CodeEntry } from '#domain/claim.ts'

type Line = readonly [code: string, fact: CodeEntry['fact'], zh: string, en: string]

const STATUSES: readonly Line[] = [
  ['NotFound', 'none', '查询不到', 'not found'],
  ['InfoReceived', 'none', '已收到信息', 'information received'],
  ['InTransit', 'in_transit', '运输途中', 'in transit'],
  // No news for long: what happened to the parcel nobody knows.
  ['Expired', 'exception', '运输过久', 'expired'],
  ['AvailableForPickup', 'ready_for_pickup', '到达待取', 'available for pickup'],
  ['OutForDelivery', 'out_for_delivery', '派送途中', 'out for delivery'],
  ['DeliveryFailure', 'delivery_failed', '投递失败', 'delivery failure'],
  ['Delivered', 'delivered', '成功签收', 'delivered'],
  ['Exception', 'exception', '可能异常', 'exception'],
]
/** Sub-states that say more than the state before their underscore. */
const SUB_STATUSES: readonly Line[] = [
  ['InTransit_PickedUp', 'picked_up', '已揽收', 'picked up'],
  ['Exception_Returning', 'returning', '退件中', 'returning'],
  ['Exception_Returned', 'signed_back', '退件签收', 'returned'],
]

export const SEVENTEENTRACK_CODES: readonly CodeEntry[] = [
  ...STATUSES.map((line) => entry('status', line)),
  ...SUB_STATUSES.map((line) => entry('sub', line)),
  {
    code: 'event:TRACKING_STOPPED',
    fact: 'none',
    zh: '停止跟踪，需重新注册',
    en: 'tracking stopped; register again',
  },
]
const KNOWN = new Set(SEVENTEENTRACK_CODES.map(({ code }) => code))

/**
 * `InTransit_Departure` means InTransit unless the table knows better of it; a state that is not known is claimed under the whole name,
 * so that a person decides.
 */
export function codeOfStatus(name: string): string {
  const state = name.split('_', 1)[0] ?? name
  return [`sub:${name}`, `status:${name}`, `status:${state}`].find((code) => KNOWN.has(code)) ?? `sub:${name}`
}

function entry(prefix: string, [code, fact, zh, en]: Line): CodeEntry {
  return { code: `${prefix}:${code}`, fact, zh, en }
}
