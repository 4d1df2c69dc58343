import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { assert } from '#kernel/assert.ts'
import type { SimChannel, SimDeps } from '../platform.ts'
import { carrierPusher, type Outgoing } from './carrier-pusher.ts'
import { stockBook } from './channel-goods.ts'
import { type BookOrder, newOrder, SHOP_ID, seconds, statusOf, touch } from './douyin-book.ts'
import { answerCall, type Credentials, type Shop } from './douyin-gateway.ts'
import { int64, jsonText } from './int64.ts'

const KEYS: Credentials = {
  appKey: '3409409348479354011',
  appSecret: 'sim-douyin-secret-77b1',
  accessToken: 'sim-douyin-token-c3d0',
}

/** 抖店: the API gateway on loopback, and a pusher of signed message arrays. Cancelling a paid order refunds it. */
export async function simDouyin(
  deps: SimDeps,
  { retryMs = [500, 2_000, 5_000] as readonly number[] } = {},
): Promise<SimChannel> {
  const orders = new Map(
    deps.ledger?.orders.map((order) => [order.orderNo, order as BookOrder] as const) ?? [],
  )
  const pusher = carrierPusher(deps, retryMs)
  let serial = deps.ledger?.firstSerial ?? 0
  const push = (tag: string, order: BookOrder, fields: Readonly<Record<string, unknown>>): void => {
    const tags = deps.random.next() < deps.faults.unknownCode ? ['199', tag] : [tag]
    for (const each of tags) {
      serial += 1
      const body = pushBody(
        each,
        `${order.orderNo}:${each}:${seconds(deps.clock.now())}:${serial}`,
        order,
        fields,
      )
      pusher.send(() => outgoing(body))
    }
  }
  const shipped = (order: BookOrder): void => {
    deps.ledger?.keep(order)
    pushShipment(order, push)
  }
  const goods = stockBook('17200000000000000')
  const shop: Shop = { deps, orders, goods, requests: new Map(), shipped }
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://loopback')
      const body = Buffer.concat(parts).toString('utf8')
      response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' })
      response.end(
        jsonText(answerCall(shop, KEYS, { path: url.pathname, query: new Map(url.searchParams), body })),
      )
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const change = (orderNo: string, apply: (order: BookOrder, now: Temporal.Instant) => void): BookOrder => {
    const order = orders.get(orderNo)
    assert(order !== undefined, 'SIM1', orderNo)
    const now = deps.clock.now()
    apply(order, now)
    touch(order, now)
    deps.ledger?.keep(order)
    return order
  }
  return {
    kind: 'douyin',
    settings: { ...KEYS, shopId: SHOP_ID, apiBase: `http://127.0.0.1:${port}` },
    orders,
    goods,
    pushTo: pusher.pushTo,
    place: async (wish) => {
      const order = newOrder(deps, wish)
      orders.set(order.orderNo, order)
      deps.ledger?.keep(order)
      push('100', order, { create_time: seconds(order.placedAt) })
      return order
    },
    pay: async (orderNo) => {
      const order = change(orderNo, (paid, now) => {
        paid.paidAt ??= now
      })
      push('101', order, {
        pay_time: seconds(order.paidAt),
        pay_amount: Number(order.payableMinor),
        pay_type: 2,
      })
    },
    cancel: async (orderNo) => {
      const order = change(orderNo, (cancelled, now) => {
        cancelled.cancelledAt ??= now
      })
      push('106', order, { cancel_time: seconds(order.cancelledAt), cancel_reason: '买家取消' })
    },
    complete: async (orderNo) => {
      const order = change(orderNo, (done, now) => {
        done.deliveredAt ??= now
      })
      push('103', order, { complete_time: seconds(order.deliveredAt) })
    },
    settled: pusher.settled,
    counts: pusher.counts,
    close: async () => {
      pusher.close()
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
}

function pushShipment(
  order: BookOrder,
  push: (tag: string, order: BookOrder, fields: Readonly<Record<string, unknown>>) => void,
): void {
  const parcel = order.parcels.at(-1)
  if (parcel === undefined) return
  const shipped = parcel.lines.map(({ lineId, quantity }) => ({
    shipped_order_id: lineId,
    shipped_num: quantity,
  }))
  push(statusOf(order) === 3 ? '102' : '108', order, {
    logistics_msg: {
      express_company_id: parcel.companyCode,
      logistics_code: parcel.trackingNo,
      shipped_order_info: shipped,
    },
    update_time: seconds(parcel.shippedAt),
  })
}

/** The array as text; `data` is JSON text in which the 64-bit ids are numbers. */
function pushBody(
  tag: string,
  msgId: string,
  order: BookOrder,
  fields: Readonly<Record<string, unknown>>,
): string {
  const data = jsonText({
    p_id: int64(order.orderNo),
    s_ids: order.lines.map(({ lineId }) => int64(lineId)),
    shop_id: Number(SHOP_ID),
    order_status: statusOf(order),
    order_type: 0,
    biz: 2,
    ...fields,
  })
  return JSON.stringify([{ tag, msg_id: msgId, data }])
}

function outgoing(body: string): Outgoing {
  const headersFor = (secret: string): Record<string, string> => ({
    'content-type': 'application/json',
    'app-id': KEYS.appKey,
    'event-sign': createHash('md5')
      .update(KEYS.appKey + body + secret, 'utf8')
      .digest('hex'),
  })
  return {
    headers: headersFor(KEYS.appSecret),
    body,
    acknowledges: (status, answer) => status === 200 && answer === '{"code":0,"msg":"success"}',
    forged: { headers: headersFor('not-the-secret'), body },
  }
}
