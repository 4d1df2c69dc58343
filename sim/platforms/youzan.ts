import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { assert } from '#kernel/assert.ts'
import type { SimChannel, SimDeps } from '../platform.ts'
import { carrierPusher } from './carrier-pusher.ts'
import { beijingText } from './carrier-server.ts'
import { pickAddress, type StockBook, setInBook, stockBook } from './channel-goods.ts'
import { newYouzanOrder, statusOf, tradeJson, type YouzanBookOrder } from './youzan-book.ts'

const CLIENT_ID = 'sim_yz_client'
const CLIENT_SECRET = 'sim_yz_client_secret_51c'
const TOKEN = 'sim_yz_access_token_8be'
const LIST = '/api/youzan.trades.sold.get/4.0.0'
const KDT_ID = '9007199254740993'
const ACK = '{"code":0,"msg":"success"}'
/** Youzan's own schedule is not published; a few growing gaps. */
const RETRY_MS = [50, 200, 800, 3200]

export type SimYouzan = SimChannel & {
  /** The next calls are answered with the rate limit's code. */
  readonly throttleNext: (times: number) => void
  /** The next shipment takes effect and its answer is lost on the way. */
  readonly loseNextAnswer: () => void
}

/** 有赞: pushes with the full order, signed over the url-encoded msg, and the open API of one shop, on one loopback port. */
export async function simYouzan(
  deps: SimDeps,
  { retryMs = RETRY_MS }: { retryMs?: readonly number[] } = {},
): Promise<SimYouzan> {
  const orders = new Map(
    deps.ledger?.orders.map((order) => [order.orderNo, order as YouzanBookOrder] as const) ?? [],
  )
  const pusher = carrierPusher(deps, retryMs)
  const switches = { throttled: 0, loseAnswer: false, refusesLists: false }
  let version = deps.ledger?.firstSerial ?? 0

  function tell(type: string, order: YouzanBookOrder, message: string): void {
    // As PHP's urlencode writes it: a blank is a plus.
    const msg = encodeURIComponent(message).replaceAll('%20', '+')
    version += 1
    const numbered = version
    const status = statusOf(order)
    let sendCount = -1
    const envelope = (secret: string): string => {
      const sign = createHash('md5')
        .update(CLIENT_ID + msg + secret)
        .digest('hex')
      const rest = {
        kdt_name: '模拟小店',
        mode: 1,
        msg,
        sendCount,
        sign,
        status,
        test: false,
        type,
        version: numbered,
      }
      return `{"client_id":"${CLIENT_ID}","id":"${order.orderNo}","kdt_id":${KDT_ID},${JSON.stringify(rest).slice(1)}`
    }
    const headers = { 'content-type': 'application/json' }
    const acknowledges = (status: number, body: string): boolean => status === 200 && body === ACK
    pusher.send(() => {
      sendCount += 1
      return {
        headers,
        body: envelope(CLIENT_SECRET),
        acknowledges,
        forged: { headers, body: envelope('a wrong key') },
      }
    })
  }
  function tellOrder(type: string, order: YouzanBookOrder): void {
    tell(type, order, tradeJson(order))
    if (deps.faults.unknownCode > 0 && deps.random.next() < deps.faults.unknownCode)
      tell(
        'trade_TradeMemoModified',
        order,
        tradeJson(order).replace(`"status":"${statusOf(order)}"`, '"status":"SIM_UNHEARD_OF"'),
      )
  }
  const change = (
    orderNo: string,
    apply: (order: YouzanBookOrder, now: Temporal.Instant) => void,
  ): YouzanBookOrder => {
    const order = orders.get(orderNo)
    assert(order !== undefined, 'SIM1', orderNo)
    // Its clock of an order moves on with every change, by a second at least.
    const next = order.updatedAt.add({ seconds: 1 })
    const now = Temporal.Instant.compare(deps.clock.now(), next) > 0 ? deps.clock.now() : next
    apply(order, now)
    order.updatedAt = now
    deps.ledger?.keep(order)
    return order
  }
  const goods = stockBook('900719925474099')
  const shop: Shop = {
    deps,
    orders,
    goods,
    shipped: (order, whole) => {
      deps.ledger?.keep(order)
      tellOrder(whole ? 'trade_TradeSellerShip' : 'trade_TradePartlySellerShip', order)
    },
  }
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://loopback')
      const throttled = switches.throttled > 0
      if (throttled) switches.throttled -= 1
      const json = throttled
        ? failure(20001, '请求过于频繁')
        : switches.refusesLists && url.pathname === LIST
          ? failure(50000, '系统异常')
          : answerCall(shop, url, Buffer.concat(parts).toString('utf8'))
      if (switches.loseAnswer && /logistics\.online\.confirm|quantity\.update/.test(url.pathname)) {
        switches.loseAnswer = false
        response.destroy()
        return
      }
      response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' })
      response.end(json)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  return {
    kind: 'youzan',
    settings: {
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
      kdtId: KDT_ID,
      accessToken: TOKEN,
      carrierIds: 'STO=1;JD=138;JT=500;EMS=11;DEPPON=28',
      apiBase: `http://127.0.0.1:${port}`,
    },
    orders,
    goods,
    pushTo: pusher.pushTo,
    place: async (wish) => {
      const order = newYouzanOrder(deps, wish)
      orders.set(order.orderNo, order)
      deps.ledger?.keep(order)
      tellOrder('trade_TradeCreate', order)
      return order
    },
    pay: async (orderNo) => {
      const order = change(orderNo, (one, now) => {
        one.paidAt ??= now
      })
      tellOrder('trade_TradePaid', order)
    },
    edit: async (orderNo) => {
      const order = change(orderNo, (one) => {
        one.address = pickAddress(deps.random)
        if (one.paidAt !== null) return
        one.payableMinor -= one.postFee
        one.postFee = 0n
      })
      tellOrder('trade_TradeMemoModified', order)
    },
    cancel: async (orderNo) => {
      const order = change(orderNo, (one, now) => {
        one.cancelledAt ??= now
      })
      tellOrder('trade_TradeClose', order)
    },
    complete: async (orderNo) => {
      const order = change(orderNo, (one, now) => {
        one.deliveredAt ??= now
      })
      tellOrder('trade_TradeSuccess', order)
    },
    refuseLists: (isRefusing) => {
      switches.refusesLists = isRefusing
    },
    settled: pusher.settled,
    counts: pusher.counts,
    throttleNext: (times) => {
      switches.throttled = times
    },
    loseNextAnswer: () => {
      switches.loseAnswer = true
    },
    close: () => {
      pusher.close()
      return new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
}

type Shop = {
  readonly deps: SimDeps
  readonly orders: ReadonlyMap<string, YouzanBookOrder>
  readonly goods: StockBook
  readonly shipped: (order: YouzanBookOrder, whole: boolean) => void
}

function failure(code: number, message: string): string {
  return JSON.stringify({ success: false, code, message, data: null })
}
function success(data: string): string {
  return `{"trace_id":"sim","code":200,"success":true,"message":"successful","data":${data}}`
}

function answerCall(shop: Shop, url: URL, body: string): string {
  if (url.searchParams.get('access_token') !== TOKEN) return failure(10003, '无效的 access_token')
  const params = JSON.parse(body) as Readonly<Record<string, unknown>>
  const order = shop.orders.get(String(params.tid ?? ''))
  switch (url.pathname) {
    case '/api/youzan.shop.get/3.0.0':
      return success(`{"id":${KDT_ID},"name":"模拟小店"}`)
    case '/api/youzan.trade.get/4.0.0':
      return order === undefined ? failure(50000, '订单不存在') : success(tradeJson(order))
    case LIST:
      return success(soldTrades(shop, params))
    case '/api/youzan.logistics.online.confirm/3.0.0':
      return order === undefined ? failure(50000, '订单不存在') : ship(shop, order, params)
    case '/api/youzan.skus.custom.get/3.0.0':
      return success(skusOf(shop.goods, String(params.item_no ?? '')))
    case '/api/youzan.items.custom.get/3.0.0':
      return success('{"items":[],"count":0}')
    case '/api/youzan.item.quantity.update/3.0.0': {
      const fits = String(params.item_id) === ITEM_ID && params.type === 0
      const code = fits ? shop.goods.codeOf(String(params.sku_id ?? '')) : null
      const refusal = setInBook(shop.goods, code, Number(params.quantity))
      return refusal === null ? success('{"is_success":true}') : failure(50200, refusal)
    }
    default:
      return failure(10006, '接口不存在')
  }
}

const ITEM_ID = '9007199254740997'

/** Ids stand as numbers beyond a double's reach, as they do on the platform. */
function skusOf(goods: StockBook, code: string): string {
  const id = goods.skuIdOf(code)
  if (id === null) return '{"skus":[]}'
  const quantity = goods.stock.get(code) ?? 0
  return `{"skus":[{"item_id":${ITEM_ID},"sku_id":${id},"item_no":${JSON.stringify(code)},"quantity":${quantity}}]}`
}

function soldTrades({ orders }: Shop, params: Readonly<Record<string, unknown>>): string {
  const [from, to] = [String(params.start_update), String(params.end_update)]
  const changed = [...orders.values()].filter((order) => {
    const at = beijingText(order.updatedAt)
    return at >= from && at <= to
  })
  const size = Number(params.page_size ?? 20)
  const start = (Number(params.page_no ?? 1) - 1) * size
  const page = changed.slice(start, start + size).map(tradeJson)
  return `{"total_results":${changed.length},"full_order_info_list":[${page.join(',')}]}`
}

function ship(shop: Shop, order: YouzanBookOrder, params: Readonly<Record<string, unknown>>): string {
  if (order.cancelledAt !== null || order.paidAt === null) return failure(50100, '订单状态不允许发货')
  const open = order.lines.filter(
    (line) => !order.parcels.some((parcel) => parcel.oids.includes(line.lineId)),
  )
  const asked = typeof params.oids === 'string' ? params.oids.split(',') : open.map((line) => line.lineId)
  if (open.length === 0 || !asked.every((oid) => open.some((line) => line.lineId === oid)))
    return failure(50101, '商品已发货, 请勿重复发货')
  const [companyId, trackingNo] = [String(params.out_stype ?? ''), String(params.out_sid ?? '')]
  if (!/^\d+$/.test(companyId) || trackingNo === '') return failure(50102, '物流公司或运单号有误')
  const now = shop.deps.clock.now()
  order.parcels.push({ oids: asked, companyId, trackingNo })
  order.shipments.push({ trackingNo, carrier: companyId })
  const whole = asked.length === open.length
  if (whole) order.consignedAt = now
  order.updatedAt = now
  shop.shipped(order, whole)
  return success('{"is_success":true}')
}
