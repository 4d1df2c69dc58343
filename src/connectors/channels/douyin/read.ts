import {
  asObject,
  filledAt,
  type JsonObject,
  type JsonValue,
  objectAt,
  objectsAt,
  readJson,
  wholeAt,
} from '#connectors/json.ts'
import { NO_TIME } from '#connectors/source.ts'
import type { Claim, FetchRequest, Reading } from '#domain/claim.ts'
import type { Settings, StoredMessage } from '#domain/connector.ts'
import type { FactDetail } from '#domain/fact.ts'
import { orderNo, trackingNo } from '#kernel/id.ts'
import type { SourceTime } from '#kernel/instant.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { carrierOf } from './carriers.ts'
import {
  EXCHANGE_TYPES,
  MAIN_STATUS_OWN,
  MAIN_STATUS_REPEATED,
  RESTING,
  TAGS_WITHOUT_ORDER,
} from './codes.ts'
import { fenAt, readContent, timeAt } from './content.ts'
import { answerOf, type PushItem, pushOf } from './schema.ts'

/** Reads a pushed array (claims, and the orders to fetch) or the API's answer about one order. */
export function read(message: StoredMessage, settings: Settings): Result<Reading> {
  const json = readJson(message.body)
  if (!json.ok) return json
  if (Array.isArray(json.value)) {
    const items = pushOf(json.value)
    return items.ok ? readPush(items.value, settings) : items
  }
  const bare = asObject(json.value)
  // An order without its envelope, as people paste it from a log or the platform's console.
  if (bare !== null && filledAt(bare, 'order_id') !== null) return readOrder(bare)
  const answer = answerOf(json.value)
  if (!answer.ok) return answer
  if (answer.value.is === 'error')
    return refuse('douyin.error_answer', `${answer.value.error.code} ${answer.value.error.words}`.trim())
  const order = orderIn(answer.value.data)
  return order === null
    ? refuse('douyin.no_order', 'the answer holds no shop_order_detail')
    : readOrder(order)
}

export function orderIn(data: JsonValue): JsonObject | null {
  return objectAt(data, 'shop_order_detail')
}

/** One app may push for several shops: where the connection names its shop, the others' messages are not ours. */
function readPush(items: readonly PushItem[], settings: Settings): Result<Reading> {
  const shop = settings.shopId ?? ''
  const ours = items.filter(({ data }) => {
    const theirs = filledAt(data ?? undefined, 'shop_id')
    return shop === '' || theirs === null || theirs === shop
  })
  if (ours.length === 0) return refuse('douyin.other_shop', 'every message of the push is about another shop')
  const claims: Claim[] = []
  const fetch = new Map<string, FetchRequest>()
  for (const item of ours) {
    const number = filledAt(item.data ?? undefined, 'p_id')
    if (number === null || item.data === null) {
      if (TAGS_WITHOUT_ORDER.has(item.tag)) continue
      return refuse('douyin.no_order_number', `tag ${item.tag} names no order`)
    }
    const claim = readItem(item.tag, number, item.data)
    if (!claim.ok) return claim
    claims.push(claim.value)
    fetch.set(number, { orderNo: orderNo(number), because: claim.value.code })
  }
  return ok({ claims, content: [], fetch: [...fetch.values()] })
}

/** The event's own time by tag; what is not listed has `update_time` at best. */
const OWN_TIME: Readonly<Record<string, string>> = {
  100: 'create_time',
  101: 'pay_time',
  103: 'complete_time',
  106: 'cancel_time',
  200: 'apply_time',
  204: 'refuse_time',
  205: 'refuse_time',
  206: 'success_time',
  207: 'close_time',
}

function readItem(tag: string, number: string, data: JsonObject): Result<Claim> {
  const detail = itemDetail(tag, data)
  if (!detail.ok) return detail
  const own = OWN_TIME[tag]
  const at = (own === undefined ? null : timeAt(data, own)) ?? timeAt(data, 'update_time') ?? NO_TIME
  return ok({
    subject: { by: 'order', orderNo: orderNo(number) },
    code: `tag:${tag}`,
    at,
    detail: detail.value,
  })
}

function itemDetail(tag: string, data: JsonObject): Result<FactDetail> {
  if (tag === '101') return amountDetail(data, 'pay_amount')
  if (tag === '102' || tag === '108') return ok(shipmentDetail(data, tag === '108'))
  if (tag === '106') {
    const reason = filledAt(data, 'cancel_reason')
    return ok(reason === null ? {} : { reason })
  }
  if (!tag.startsWith('2')) return ok({})
  const amount = amountDetail(data, 'refund_amount')
  if (!amount.ok) return amount
  const refundId = filledAt(data, 'aftersale_id')
  return ok({ ...amount.value, ...(refundId === null ? {} : { refundId }) })
}

function amountDetail(data: JsonObject, field: string): Result<FactDetail> {
  const amount = fenAt(data, field)
  if (!amount.ok) return amount
  return ok(amount.value === null ? {} : { amount: amount.value })
}

/** A whole shipment (102) names no lines, since it holds them all; a part (108) says which and how many. */
function shipmentDetail(data: JsonObject, part: boolean): FactDetail {
  const logistics = objectAt(data, 'logistics_msg') ?? {}
  const number = filledAt(logistics, 'logistics_code')
  const carrier = carrierOf(filledAt(logistics, 'express_company_id'))
  const lines = part
    ? packedLines(objectsAt(logistics, 'shipped_order_info'), 'shipped_order_id', 'shipped_num')
    : []
  return {
    ...(number === null ? {} : { trackingNo: trackingNo(number) }),
    ...(carrier === null ? {} : { carrier }),
    ...(lines.length === 0 ? {} : { lines }),
  }
}

function packedLines(items: readonly JsonObject[], idField: string, countField: string) {
  return items.flatMap((item) => {
    const lineId = filledAt(item, idField)
    const quantity = wholeAt(item, countField)
    return lineId === null || quantity === null || quantity < 1 ? [] : [{ lineId, quantity }]
  })
}

type Happened = { readonly code: string; readonly at: SourceTime | null; readonly detail?: FactDetail }

function readOrder(order: JsonObject): Result<Reading> {
  const number = filledAt(order, 'order_id')
  if (number === null) return refuse('douyin.no_order_number', 'an order without order_id')
  const content = readContent(number, order)
  if (!content.ok) return content
  const paid = amountDetail(order, 'pay_amount')
  if (!paid.ok) return paid
  const happened = [...statusClaims(order, paid.value), ...parcelClaims(order), ...afterSaleClaims(order)]
  const subject = { by: 'order', orderNo: orderNo(number) } as const
  const claims = happened
    .filter(({ code }) => !RESTING.has(code))
    .map(({ code, at, detail }) => ({ subject, code, at: at ?? NO_TIME, detail: detail ?? {} }))
  return ok({ claims, content: [content.value], fetch: [] })
}

/** States without a time of their own (2, 4, 105 without payment time, main_status) hold as of `update_time`. */
function statusClaims(order: JsonObject, paid: FactDetail): Happened[] {
  const updated = timeAt(order, 'update_time')
  const payTime = timeAt(order, 'pay_time')
  const shipTime = timeAt(order, 'ship_time')
  const created = timeAt(order, 'create_time')
  const claims: Happened[] = []
  if (created !== null) claims.push({ code: 'create_time', at: created })
  if (payTime !== null) claims.push({ code: 'pay_time', at: payTime, detail: paid })
  const status = filledAt(order, 'order_status')
  const at: Readonly<Record<string, SourceTime | null>> = {
    105: payTime,
    101: shipTime,
    3: shipTime,
    5: timeAt(order, 'finish_time'),
  }
  // A completed order was shipped before; the shipment is claimed again exactly as it was then.
  if (status === '5' && shipTime !== null) claims.push({ code: 'order_status:3', at: shipTime })
  if (status !== null)
    claims.push({ code: `order_status:${status}`, at: at[status] ?? updated, ...cancelDetail(status, order) })
  const main = filledAt(order, 'main_status')
  if (main !== null && (MAIN_STATUS_OWN.has(main) || !MAIN_STATUS_REPEATED.has(main)))
    claims.push({ code: `main_status:${main}`, at: updated })
  return claims
}

function cancelDetail(status: string, order: JsonObject): { detail?: FactDetail } {
  const reason = status === '4' ? filledAt(order, 'cancel_reason') : null
  return reason === null ? {} : { detail: { reason } }
}

/** A parcel is claimed alike in every later snapshot; only where it does not say what it holds, a part must stay a part. */
function parcelClaims(order: JsonObject): Happened[] {
  const isPart = filledAt(order, 'order_status') === '101'
  return objectsAt(order, 'logistics_info').flatMap((parcel) => {
    const number = filledAt(parcel, 'tracking_no')
    if (number === null) return []
    const carrier = carrierOf(filledAt(parcel, 'company'), filledAt(parcel, 'company_name'))
    const lines = packedLines(objectsAt(parcel, 'product_info'), 'sku_order_id', 'product_count')
    const detail: FactDetail = {
      trackingNo: trackingNo(number),
      ...(carrier === null ? {} : { carrier }),
      ...(lines.length === 0 ? {} : { lines }),
    }
    const code = isPart && lines.length === 0 ? 'logistics_info:part' : 'logistics_info'
    return [{ code, at: timeAt(parcel, 'ship_time') ?? timeAt(order, 'ship_time'), detail }]
  })
}

function afterSaleClaims(order: JsonObject): Happened[] {
  const at = timeAt(order, 'update_time')
  return objectsAt(order, 'sku_order_list').flatMap((line) => {
    const status = filledAt(line, 'after_sale_info', 'after_sale_status')
    if (status === null) return []
    const type = filledAt(line, 'after_sale_info', 'after_sale_type')
    const field = type !== null && EXCHANGE_TYPES.has(type) ? 'exchange_status' : 'after_sale_status'
    const lineId = filledAt(line, 'order_id')
    const quantity = wholeAt(line, 'item_num')
    const detail: FactDetail = lineId === null || quantity === null ? {} : { lines: [{ lineId, quantity }] }
    return [{ code: `${field}:${status}`, at, detail }]
  })
}
