import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { assert } from '#kernel/assert.ts'
import type { SimChannel, SimDeps } from '../platform.ts'
import { stockBook } from './channel-goods.ts'
import { jsonText } from './int64.ts'
import { type BookOrder, newOrder, touch } from './pinduoduo-book.ts'
import { answerCall, type Credentials } from './pinduoduo-gateway.ts'
import { messageServer } from './pinduoduo-messages.ts'
import { messageQueue } from './pinduoduo-queue.ts'

const KEYS: Credentials = {
  clientId: 'sim-pdd-client',
  clientSecret: 'sim-pdd-secret-2f6c',
  accessToken: 'sim-pdd-token-91ad',
}
const MALL_ID = '987654321012345678'

/** `cut` breaks the message connection, as a network does. */
export type SimPinduoduo = SimChannel & { readonly cut: () => void }

/**
 * 拼多多: an API gateway and a WebSocket message server on one loopback port. A new order is told to nobody (the platform has
 * no such topic) and shows in the increment list; cancelling a paid order is a refund, as on the real platform.
 */
export async function simPinduoduo(deps: SimDeps, { redeliverMs = 3_000 } = {}): Promise<SimPinduoduo> {
  const orders = new Map<string, BookOrder>()
  const queue = messageQueue(deps, MALL_ID, redeliverMs)
  const goods = stockBook('18014398509481990')
  const shop = {
    deps,
    orders,
    goods,
    shipped: (order: BookOrder) => tell('pdd_trade_TradeSellerShip', order),
  }
  const http = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const form = new Map(new URLSearchParams(Buffer.concat(parts).toString('utf8')))
      response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' })
      response.end(jsonText(answerCall(shop, KEYS, form)))
    })
  })
  const messages = messageServer(deps.clock, KEYS, queue, http)
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo

  function tell(type: string, order: BookOrder): void {
    queue.push(type, `{"mall_id":${MALL_ID},"tid":"${order.orderNo}"}`)
  }
  function tellRefund(type: string, order: BookOrder): void {
    const modified = order.updatedAt.epochMilliseconds
    queue.push(
      type,
      `{"mall_id":${MALL_ID},"refund_fee":${order.payableMinor},"bill_type":1,"modified":${modified},"refund_id":${modified},"operation":0,"tid":"${order.orderNo}"}`,
    )
  }
  const change = (orderNo: string, apply: (order: BookOrder, now: Temporal.Instant) => void): BookOrder => {
    const order = orders.get(orderNo)
    assert(order !== undefined, 'SIM1', orderNo)
    const now = deps.clock.now()
    apply(order, now)
    touch(order, now)
    return order
  }
  return {
    kind: 'pinduoduo',
    settings: {
      ...KEYS,
      mallId: MALL_ID,
      apiBase: `http://127.0.0.1:${port}/api/router`,
      messageBase: `ws://127.0.0.1:${port}`,
    },
    orders,
    goods,
    pushTo: () => undefined,
    place: async (wish) => {
      const order = newOrder(deps, wish)
      orders.set(order.orderNo, order)
      return order
    },
    pay: async (orderNo) =>
      tell(
        'pdd_trade_TradeConfirmed',
        change(orderNo, (order, now) => {
          order.paidAt ??= now
        }),
      ),
    cancel: async (orderNo) => {
      const order = change(orderNo, (cancelled, now) => {
        cancelled.cancelledAt ??= now
      })
      if (order.paidAt !== null) tellRefund('pdd_refund_RefundCreated', order)
    },
    review: async (orderNo, isOn) =>
      tell(
        'pdd_trade_TradeRiskChanged',
        change(orderNo, (order) => {
          order.isUnderReview = isOn
        }),
      ),
    complete: async (orderNo) =>
      tell(
        'pdd_trade_TradeSuccess',
        change(orderNo, (order, now) => {
          order.deliveredAt ??= now
        }),
      ),
    settled: queue.settled,
    counts: queue.counts,
    cut: messages.cut,
    close: async () => {
      queue.close()
      messages.close()
      await new Promise<void>((resolve) => {
        http.close(() => resolve())
        http.closeAllConnections()
      })
    },
  }
}
