import { createHmac } from 'node:crypto'
import type { SimDeps } from '../platform.ts'
import { type StockBook, setInBook } from './channel-goods.ts'
import { type BookOrder, COMPANIES, openQuantity, orderDetail, statusOf, touch } from './douyin-book.ts'
import { int64 } from './int64.ts'

export type Credentials = {
  readonly appKey: string
  readonly appSecret: string
  readonly accessToken: string
}

/** A call as it came: path, query and the exact text of the body. */
export type Call = {
  readonly path: string
  readonly query: ReadonlyMap<string, string>
  readonly body: string
}

export type Shop = {
  readonly goods: StockBook
  readonly deps: SimDeps
  readonly orders: ReadonlyMap<string, BookOrder>
  /** Told of every accepted shipment report. */
  readonly shipped: (order: BookOrder) => void
  /** Results of single packs by request id, which makes a repetition harmless. */
  readonly requests: Map<string, object>
}

type Params = Readonly<Record<string, unknown>>
type Refused = { readonly code: number; readonly sub: string; readonly words: string }

/** How far a caller's clock may be off, in seconds. */
const TOLERANCE = 600
const no = (code: number, sub: string, words: string): Refused => ({ code, sub, words })

const APIS: Readonly<Record<string, (shop: Shop, params: Params) => object>> = {
  '/order/orderDetail': oneOrder,
  '/order/searchList': changedOrders,
  '/order/logisticsCompanyList': () =>
    COMPANIES.map(([code, name], index) => ({ id: index + 1, name, code })),
  '/order/logisticsAdd': shipAll,
  '/order/logisticsAddSinglePack': shipPart,
  '/sku/detail': oneSku,
  '/sku/syncStock': syncStock,
}

/** Answers one call of the platform's API in its envelope. */
export function answerCall(shop: Shop, keys: Credentials, call: Call): object {
  const handle = APIS[call.path]
  const refusal = verify(call, keys, shop.deps)
  const result =
    refusal ??
    (handle === undefined
      ? no(70000, 'isp.api-service-off', '接口不存在')
      : handle(shop, JSON.parse(call.body) as Params))
  if (!isRefused(result))
    return { code: 10000, msg: 'success', sub_code: '', sub_msg: '', data: result, log_id: 'sim' }
  return {
    code: result.code,
    msg: result.words,
    sub_code: result.sub,
    sub_msg: result.words,
    data: null,
    log_id: 'sim',
  }
}

function isRefused(result: object): result is Refused {
  return 'sub' in result
}

/** Signs by hand what arrived, independently of any client, over the body's exact text. */
function verify(call: Call, keys: Credentials, deps: SimDeps): Refused | null {
  const { query } = call
  const method = call.path.slice(1).replaceAll('/', '.')
  const timestamp = query.get('timestamp') ?? ''
  if (query.get('app_key') !== keys.appKey) return no(40003, 'isv.app-key-invalid', 'app_key 无效')
  if (query.get('method') !== method) return no(40003, 'isv.method-invalid', 'method 与路径不符')
  const pattern = `app_key${keys.appKey}method${method}param_json${call.body}timestamp${timestamp}v2`
  const expected = createHmac('sha256', keys.appSecret)
    .update(keys.appSecret + pattern + keys.appSecret, 'utf8')
    .digest('hex')
  if (query.get('sign') !== expected) return no(40003, 'isv.signature-invalid', '签名校验失败')
  if (Math.abs(deps.clock.now().epochMilliseconds / 1000 - Number(timestamp)) > TOLERANCE)
    return no(40003, 'isv.timestamp-invalid', 'timestamp 超出允许误差')
  if (query.get('access_token') !== keys.accessToken)
    return no(40003, 'isv.access-token-expired', 'access_token 已过期')
  return null
}

export const PRODUCT_ID = '3601234567890123456'

function oneSku({ goods }: Shop, params: Params): object {
  const code = String(params.code ?? '')
  const id = goods.skuIdOf(code)
  if (id === null) return no(50002, 'isv.business-failed:2010001', 'SKU 不存在')
  const stock = goods.stock.get(code) ?? 0
  return { id: int64(id), product_id: int64(PRODUCT_ID), product_id_str: PRODUCT_ID, code, stock_num: stock }
}

function syncStock({ goods }: Shop, params: Params): object {
  if (String(params.product_id) !== PRODUCT_ID) return no(50002, 'isv.business-failed:2010002', '商品不存在')
  if (params.incremental !== false) return no(40003, 'isv.parameter-invalid:incremental', '仅支持全量更新')
  const refusal = setInBook(goods, goods.codeOf(String(params.sku_id)), Number(params.stock_num))
  return refusal === null ? {} : no(50002, 'isv.business-failed:2010307', refusal)
}

function oneOrder({ orders }: Shop, params: Params): object {
  const order = orders.get(String(params.shop_order_id))
  return order === undefined
    ? no(50002, 'isv.business-failed:order', '订单不存在')
    : { shop_order_detail: orderDetail(order) }
}

function changedOrders({ orders }: Shop, params: Params): object {
  const [from, to] = [Number(params.update_time_start), Number(params.update_time_end)]
  const [page, size] = [Number(params.page), Number(params.size)]
  if (!(to > from) || !(size >= 1 && size <= 100) || !(page >= 0))
    return no(40003, 'isv.parameter-invalid', '参数错误')
  const changed = [...orders.values()]
    .filter(({ updatedAt }) => {
      const at = Math.floor(updatedAt.epochMilliseconds / 1000)
      return at >= from && at < to
    })
    .sort((a, b) => Temporal.Instant.compare(a.updatedAt, b.updatedAt))
  const list = changed.slice(page * size, (page + 1) * size).map(orderDetail)
  return { page, size, total: changed.length, shop_order_list: list }
}

function shipAll(shop: Shop, params: Params): object {
  const order = shop.orders.get(String(params.order_id))
  if (order === undefined) return no(50002, 'isv.business-failed:order', '订单不存在')
  const open = order.lines.map(({ lineId }) => ({ lineId, quantity: openQuantity(order, lineId) }))
  return ship(shop, order, open, params) ?? {}
}

function shipPart(shop: Shop, params: Params): object {
  const requestId = String(params.request_id)
  const known = shop.requests.get(requestId)
  if (known !== undefined) return known
  const orderIds = params.order_id_list as readonly string[]
  const order = shop.orders.get(String(orderIds[0]))
  if (order === undefined) return no(50002, 'isv.business-failed:order', '订单不存在')
  const items = params.shipped_order_info as readonly { shipped_order_id: string; shipped_num: number }[]
  const lines = items.map((item) => ({ lineId: item.shipped_order_id, quantity: item.shipped_num }))
  const refusal = ship(shop, order, lines, params)
  if (refusal !== null) return refusal
  const result = { pack_id: `sim-${requestId}` }
  shop.requests.set(requestId, result)
  return result
}

function ship(
  { deps, shipped }: Shop,
  order: BookOrder,
  lines: readonly { lineId: string; quantity: number }[],
  params: Params,
): Refused | null {
  const company = COMPANIES.find(([code]) => code === params.company_code)
  if (company === undefined) return no(40003, 'isv.parameter-invalid:company', '物流公司不存在')
  if (![2, 101].includes(statusOf(order)))
    return no(50002, 'isv.business-failed:status', '订单状态不允许发货')
  if (
    lines.every(({ quantity }) => quantity === 0) ||
    lines.some((line) => line.quantity > openQuantity(order, line.lineId))
  )
    return no(50002, 'isv.business-failed:count', '发货数量超过待发货数量')
  const [companyCode, companyName, carrier] = company
  const trackingNo = String(params.logistics_code)
  const now = deps.clock.now()
  order.parcels.push({
    trackingNo,
    companyCode,
    companyName,
    shippedAt: now,
    lines: lines.filter(({ quantity }) => quantity > 0),
  })
  order.shipments.push({ trackingNo, carrier })
  touch(order, now)
  shipped(order)
  return null
}
