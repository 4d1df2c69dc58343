import { createHash } from 'node:crypto'
import type { SimDeps } from '../platform.ts'
import { type StockBook, setInBook } from './channel-goods.ts'
import { int64 } from './int64.ts'
import { type BookOrder, COMPANIES, orderInfo, touch } from './pinduoduo-book.ts'

export type Credentials = {
  readonly clientId: string
  readonly clientSecret: string
  readonly accessToken: string
}

type Form = ReadonlyMap<string, string>
type Refused = { readonly refused: number; readonly words: string }
type Shop = {
  readonly goods: StockBook
  readonly deps: SimDeps
  readonly orders: ReadonlyMap<string, BookOrder>
  /** Told of every accepted shipment report. */
  readonly shipped: (order: BookOrder) => void
}

/** How far a caller's clock may be off, in seconds. */
const TOLERANCE = 600
const SUCCESS = { is_success: true }
const no = (refused: number, words: string): Refused => ({ refused, words })

/** API name to the envelope's name and what is done. */
const APIS: Readonly<Record<string, readonly [string, (shop: Shop, form: Form) => object]>> = {
  'pdd.order.information.get': ['order_info_get_response', orderInformation],
  'pdd.order.number.list.increment.get': ['order_sn_increment_get_response', changedOrders],
  'pdd.logistics.companies.get': ['logistics_companies_get_response', companyList],
  'pdd.logistics.online.send': ['logistics_online_send_response', send],
  'pdd.order.upload.extra.logistics': ['order_upload_extra_logistics_response', addParcels],
  'pdd.goods.list.get': ['goods_list_get_response', goodsList],
  'pdd.goods.quantity.update': ['goods_quantity_update_response', updateQuantity],
  'pdd.erp.order.sync': ['erp_order_sync_response', () => SUCCESS],
}

/** Answers one call of the platform's API; errors come with HTTP 200, as the platform's do. */
export function answerCall(shop: Shop, keys: Credentials, form: Form): object {
  const [name, handle] = APIS[form.get('type') ?? ''] ?? ['', () => no(10001, '公共参数错误:type')]
  const result = verify(form, keys, shop.deps) ?? handle(shop, form)
  if (!isRefused(result)) return { [name]: { ...result, request_id: 'sim' } }
  const { refused, words } = result
  return {
    error_response: {
      error_msg: words,
      sub_msg: words,
      sub_code: '',
      error_code: refused,
      request_id: 'sim',
    },
  }
}

function isRefused(result: object): result is Refused {
  return 'refused' in result
}

function orderInformation({ orders }: Shop, form: Form): object {
  const order = orders.get(form.get('order_sn') ?? '')
  return order === undefined ? no(50001, '订单不存在') : { order_info: orderInfo(order) }
}

export const GOODS_ID = '9007199254740995'

function goodsList({ goods }: Shop, form: Form): object {
  const code = form.get('outer_id') ?? ''
  const skuId = goods.skuIdOf(code)
  if (skuId === null) return { goods_list: [], total_count: 0 }
  const sku = { sku_id: int64(skuId), outer_id: code, sku_quantity: goods.stock.get(code) ?? 0 }
  return { goods_list: [{ goods_id: int64(GOODS_ID), goods_name: code, sku_list: [sku] }], total_count: 1 }
}

function updateQuantity({ goods }: Shop, form: Form): object {
  if (form.get('goods_id') !== GOODS_ID) return no(50020, '商品不存在')
  if (form.get('update_type') !== '1') return no(50021, '仅支持全量更新')
  const refusal = setInBook(goods, goods.codeOf(form.get('sku_id') ?? ''), Number(form.get('quantity')))
  return refusal === null ? SUCCESS : no(50022, refusal)
}

function companyList(): object {
  const company = ([id, name]: readonly [string, string, string]) => ({
    id: Number(id),
    logistics_company: name,
    code: '',
    available: 1,
  })
  return { logistics_companies: COMPANIES.map(company) }
}

function send({ orders, deps, shipped }: Shop, form: Form): object {
  const order = orders.get(form.get('order_sn') ?? '')
  if (order === undefined) return no(50001, '订单不存在')
  const again = form.get('redelivery_type') === '2'
  if (order.cancelledAt !== null || order.paidAt === null) return no(50002, '订单状态不允许发货')
  if (again !== (order.shippedAt !== null)) return no(50003, again ? '订单未发货' : '订单已发货')
  const refusal = takeParcel(order, form.get('logistics_id'), form.get('tracking_number'), 0)
  if (refusal !== null) return no(50004, refusal)
  order.shippedAt ??= deps.clock.now()
  touch(order, deps.clock.now())
  shipped(order)
  return SUCCESS
}

function addParcels({ orders, deps, shipped }: Shop, form: Form): object {
  const order = orders.get(form.get('order_sn') ?? '')
  if (order === undefined || order.shippedAt === null) return no(50002, '订单未发货')
  const list = JSON.parse(form.get('extra_track_list') ?? '[]') as {
    shipping_id: string
    tracking_number: string
  }[]
  for (const parcel of list) {
    const refusal = takeParcel(
      order,
      String(parcel.shipping_id),
      parcel.tracking_number,
      order.shipments.length,
    )
    if (refusal !== null) return no(50004, refusal)
  }
  touch(order, deps.clock.now())
  shipped(order)
  return SUCCESS
}

/** Signs by hand what arrived, independently of any client: all parameters but `sign`, sorted, between two secrets. */
function verify(form: Form, keys: Credentials, deps: SimDeps): Refused | null {
  if (form.get('client_id') !== keys.clientId) return no(10002, '公共参数错误:client_id')
  const base = [...form.keys()]
    .filter((key) => key !== 'sign')
    .sort()
    .reduce((text, key) => text + key + form.get(key), keys.clientSecret)
  const expected = createHash('md5')
    .update(base + keys.clientSecret, 'utf8')
    .digest('hex')
    .toUpperCase()
  if (form.get('sign') !== expected) return no(20004, '签名sign校验失败')
  const now = deps.clock.now().epochMilliseconds / 1000
  if (Math.abs(now - Number(form.get('timestamp'))) > TOLERANCE) return no(10003, '公共参数错误:timestamp')
  return form.get('access_token') === keys.accessToken ? null : no(10019, 'access_token已过期')
}

function changedOrders({ orders }: Shop, form: Form): object {
  const from = Number(form.get('start_updated_at'))
  const to = Number(form.get('end_updated_at'))
  if (!(to > from) || to - from > 1800) return no(50010, '开始时间结束时间间距不超过 30 分钟')
  const size = Number(form.get('page_size') ?? 100)
  if (size < 1 || size > 100) return no(50011, 'page_size 最大 100')
  const page = Number(form.get('page') ?? 1)
  const changed = [...orders.values()]
    .filter(({ updatedAt }) => {
      const seconds = Math.floor(updatedAt.epochMilliseconds / 1000)
      return seconds >= from && seconds < to
    })
    .sort((a, b) => Temporal.Instant.compare(a.updatedAt, b.updatedAt))
  return {
    order_sn_list: changed
      .slice((page - 1) * size, page * size)
      .map(({ orderNo }) => ({ order_sn: orderNo })),
    total_count: changed.length,
    has_next: page * size < changed.length,
  }
}

/** Puts a parcel at a place of the order; words of refusal for a carrier that the platform does not have. */
function takeParcel(
  order: BookOrder,
  logisticsId: string | null | undefined,
  trackingNo: string | null | undefined,
  place: number,
): string | null {
  const company = COMPANIES.find(([id]) => id === logisticsId)
  if (company === undefined) return '快递公司不可用'
  if (!trackingNo) return '快递单号不能为空'
  order.shipments[place] = { trackingNo, carrier: company[2] }
  order.logisticsIds[place] = company[0]
  return null
}
