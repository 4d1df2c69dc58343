import type { Refusal } from '#kernel/result.ts'
import {
  asObject,
  filledAt,
  flagAt,
  type JsonObject,
  type JsonValue,
  objectAt,
  objectsAt,
  readJson,
  textAt,
} from '../../json.ts'
import { piecesAt } from '../../source.ts'

// What Youzan sends, tolerant of every absence. A push is an envelope whose `msg` is url-encoded JSON; only client_id and
// msg are signed, so that nothing of meaning may be taken from the rest of the envelope.

export type Push = {
  readonly clientId: string
  readonly id: string
  readonly kdtId: string
  readonly msg: string
  readonly sign: string
  readonly status: string
  readonly test: boolean
  readonly type: string
  readonly version: string
}

export function parsePush(value: JsonValue): Push | null {
  const body = asObject(value)
  if (body === null) return null
  const text = (name: string): string => filledAt(body, name) ?? ''
  return {
    clientId: text('client_id'),
    id: text('id'),
    kdtId: text('kdt_id'),
    msg: textAt(body, 'msg') ?? '',
    sign: text('sign'),
    status: text('status'),
    test: flagAt(body, 'test') === true,
    type: text('type'),
    version: text('version'),
  }
}

/** `msg` decoded (a plus is a blank) and parsed; null where it is not url-encoded JSON. */
export function decodeMsg(msg: string): JsonValue | null {
  try {
    const json = readJson(decodeURIComponent(msg.replaceAll('+', ' ')))
    return json.ok ? json.value : null
  } catch {
    return null
  }
}

export type YouzanLine = {
  readonly oid: string
  readonly skuId: string | null
  readonly sku: string
  readonly title: string
  readonly spec: string | null
  readonly num: number
  /** Why the line's pieces cannot be told; `num` means nothing then. */
  readonly badQuantity: Refusal | null
  readonly price: string | null
  readonly payment: string | null
  readonly present: boolean
}
export type YouzanPromotion = {
  readonly oid: string | null
  readonly label: string
  readonly couponId: string | null
  readonly fee: string
}
export type YouzanParcel = {
  readonly state: string | null
  readonly oids: readonly string[]
  readonly companyId: string | null
  readonly number: string
}
export type YouzanTrade = {
  readonly tid: string
  readonly status: string | null
  readonly closeType: string | null
  readonly refundState: string | null
  readonly created: string | null
  readonly updated: string | null
  readonly paid: string | null
  readonly consigned: string | null
  readonly confirmed: string | null
  readonly succeeded: string | null
  readonly lines: readonly YouzanLine[]
  readonly goods: string | null
  readonly postFee: string | null
  readonly payment: string | null
  readonly promotions: readonly YouzanPromotion[]
  readonly promotionFees: readonly string[]
  readonly address: JsonObject | null
  readonly remark: JsonObject | null
  readonly buyer: JsonObject | null
  readonly refunds: readonly { readonly id: string | null; readonly state: string }[]
  readonly parcels: readonly YouzanParcel[]
}

/** The full order of a push or an API answer; null where there is none. */
export function parseTrade(value: JsonValue): YouzanTrade | null {
  const full = objectAt(value, 'full_order_info')
  const tid = filledAt(full ?? undefined, 'order_info', 'tid')
  const info = objectAt(full ?? undefined, 'order_info')
  if (full === null || info === null || tid === null) return null
  return {
    tid,
    status: filledAt(info, 'status'),
    closeType: filledAt(info, 'close_type'),
    refundState: filledAt(info, 'refund_state'),
    created: filledAt(info, 'created'),
    updated: filledAt(info, 'update_time'),
    paid: filledAt(info, 'pay_time'),
    consigned: filledAt(info, 'consign_time'),
    confirmed: filledAt(info, 'confirm_time'),
    succeeded: filledAt(info, 'success_time'),
    lines: objectsAt(full, 'orders').flatMap((line) => parseLine(line) ?? []),
    goods: filledAt(full, 'pay_info', 'total_fee'),
    postFee: filledAt(full, 'pay_info', 'post_fee'),
    payment: filledAt(full, 'pay_info', 'payment'),
    ...parsePromotions(objectAt(value, 'order_promotion')),
    address: objectAt(full, 'address_info'),
    remark: objectAt(full, 'remark_info'),
    buyer: objectAt(full, 'buyer_info'),
    refunds: objectsAt(value, 'refund_order').flatMap((refund) => {
      const state = filledAt(refund, 'refund_state')
      return state === null ? [] : { id: filledAt(refund, 'refund_id'), state }
    }),
    parcels: objectsAt(value, 'delivery_order').flatMap(parseParcels),
  }
}

/** The order number of a message that only points at an order. */
export function pointedTid(value: JsonValue): string | null {
  return filledAt(value, 'tid') ?? filledAt(value, 'order_no')
}

function parseLine(line: JsonObject): YouzanLine | null {
  const oid = filledAt(line, 'oid')
  if (oid === null) return null
  const skuId = filledAt(line, 'sku_id')
  const pieces = piecesAt(line, 'num', 'youzan.bad_quantity')
  return {
    oid,
    // 0 stands for goods without variants.
    skuId: skuId === '0' ? filledAt(line, 'item_id') : skuId,
    sku: filledAt(line, 'outer_sku_id') ?? filledAt(line, 'outer_item_id') ?? '',
    title: textAt(line, 'title') ?? '',
    spec: parseSpec(filledAt(line, 'sku_properties_name')),
    num: pieces.ok ? (pieces.value ?? 0) : 0,
    badQuantity: pieces.ok ? null : pieces.refusal,
    price: filledAt(line, 'price'),
    payment: filledAt(line, 'payment'),
    present: flagAt(line, 'is_present') === true,
  }
}

/** `[{"k":"颜色","v":"红"}]` as "颜色:红"; any other text stays as it is. */
function parseSpec(text: string | null): string | null {
  if (text === null || text === '[]') return null
  const json = readJson(text)
  if (!json.ok || !Array.isArray(json.value)) return text
  const pairs = objectsAt({ list: json.value }, 'list').flatMap((pair) => {
    const value = filledAt(pair, 'v')
    return value === null ? [] : `${filledAt(pair, 'k') ?? ''}:${value}`
  })
  return pairs.length === 0 ? text : pairs.join(' ')
}

function parsePromotions(promotion: JsonObject | null): Pick<YouzanTrade, 'promotions' | 'promotionFees'> {
  const one = (oid: string | null, given: JsonObject): YouzanPromotion[] => {
    const fee = filledAt(given, 'discount_fee')
    if (fee === null) return []
    const label = filledAt(given, 'promotion_title') ?? filledAt(given, 'promotion_type') ?? ''
    return [{ oid, label, couponId: filledAt(given, 'coupon_id'), fee }]
  }
  const value = promotion ?? undefined
  const items = objectsAt(value, 'item').flatMap((item) =>
    objectsAt(item, 'promotions').flatMap((given) => one(filledAt(item, 'oid'), given)),
  )
  const orders = objectsAt(value, 'order').flatMap((given) => one(null, given))
  const fees = [filledAt(value, 'item_discount_fee'), filledAt(value, 'order_discount_fee')]
  return { promotions: [...items, ...orders], promotionFees: fees.filter((fee) => fee !== null) }
}

function parseParcels(delivery: JsonObject): YouzanParcel[] {
  const oids = (Array.isArray(delivery.oids) ? delivery.oids : []).flatMap((oid: JsonValue) => {
    const text = typeof oid === 'string' ? oid : filledAt(oid, 'oid')
    return text === null || text === '' ? [] : text
  })
  return objectsAt(delivery, 'dists').flatMap((dist) => {
    const number = filledAt(dist, 'express_info', 'express_no')
    if (number === null) return []
    return {
      state: filledAt(delivery, 'express_state'),
      oids,
      companyId: filledAt(dist, 'express_info', 'express_id'),
      number,
    }
  })
}
