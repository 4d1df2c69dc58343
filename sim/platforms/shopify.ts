import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { assert } from '#kernel/assert.ts'
import type { SimChannel, SimDeps, SimOrder } from '../platform.ts'
import { carrierPusher } from './carrier-pusher.ts'
import { stockBook } from './channel-goods.ts'
import {
  ARTICLES,
  fulfillmentJson,
  newShopifyOrder,
  orderJson,
  type ShopifyBookOrder,
  type ShopifyPlace,
} from './shopify-book.ts'
import { answerGraphql, type GraphqlAnswer } from './shopify-graphql.ts'

const DOMAIN = 'sim-cups.myshopify.com'
const SECRET = 'shpss_sim_client_secret'
const TOKEN = 'shpat_sim_access_token'
const API_VERSION = '2026-07'
/** Eight retries in four hours with growing gaps, a few thousand times faster. */
const RETRY_MS = [50, 100, 200, 400, 800, 1600, 3200, 6400]

export type SimShopify = SimChannel & {
  /** The next calls are answered THROTTLED. */
  readonly throttleNext: (times: number) => void
  /** The next mutation takes effect and its answer is lost on the way. */
  readonly loseNextAnswer: () => void
}

/** Shopify: webhooks signed over the raw body, and the GraphQL endpoint of one shop, on one loopback port. */
export async function simShopify(
  deps: SimDeps,
  {
    retryMs = RETRY_MS,
    domain = DOMAIN,
    place,
  }: { retryMs?: readonly number[]; domain?: string; place?: ShopifyPlace } = {},
): Promise<SimShopify> {
  const orders = new Map(
    deps.ledger?.orders.map((order) => [order.orderNo, order as ShopifyBookOrder] as const) ?? [],
  )
  const pusher = carrierPusher(deps, retryMs)
  const switches = { throttled: 0, loseAnswer: false }
  let deliveries = deps.ledger?.firstSerial ?? 0

  function tell(topic: string, body: string): void {
    deliveries += 1
    const id = `00000000-0000-4000-8000-${String(deliveries).padStart(12, '0')}`
    const headersFor = (secret: string): Record<string, string> => ({
      'content-type': 'application/json',
      'user-agent': 'Shopify-Captain-Hook',
      'X-Shopify-Topic': topic,
      'X-Shopify-Hmac-Sha256': createHmac('sha256', secret).update(body).digest('base64'),
      'X-Shopify-Shop-Domain': domain,
      'X-Shopify-API-Version': API_VERSION,
      'X-Shopify-Webhook-Id': id,
      'X-Shopify-Event-Id': id.replace('4000', '4001'),
      'X-Shopify-Triggered-At': deps.clock.now().toString(),
    })
    const acknowledges = (status: number): boolean => status >= 200 && status < 300
    pusher.send(() => ({
      headers: headersFor(SECRET),
      body,
      acknowledges,
      forged: { headers: headersFor('a wrong key'), body },
    }))
  }
  function tellOrder(topic: string, order: ShopifyBookOrder): void {
    tell(topic, orderJson(order))
    if (deps.faults.unknownCode > 0 && deps.random.next() < deps.faults.unknownCode)
      tell('orders/updated', orderJson({ ...order, strangeState: 'sim_unheard_of' }))
  }
  const change = (
    orderNo: string,
    apply: (order: ShopifyBookOrder, now: Temporal.Instant) => void,
  ): ShopifyBookOrder => {
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
  let pushedTo = ''
  const goods = stockBook('4790000000000', ARTICLES)
  const shop = {
    deps,
    orders,
    goods,
    settled: new Map<string, string>(),
    token: TOKEN,
    version: API_VERSION,
    callbacks: () => (pushedTo === '' ? [] : [pushedTo]),
    fulfilled: (order: ShopifyBookOrder, whole: boolean) => {
      deps.ledger?.keep(order)
      const latest = order.fulfillments.at(-1)
      if (latest !== undefined) tell('fulfillments/create', fulfillmentJson(order, latest))
      tellOrder(whole ? 'orders/fulfilled' : 'orders/partially_fulfilled', order)
    },
  }
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const answer: GraphqlAnswer =
        switches.throttled > 0
          ? { status: 200, json: { errors: [{ message: 'Throttled', extensions: { code: 'THROTTLED' } }] } }
          : answerGraphql(shop, request, Buffer.concat(parts).toString('utf8'))
      if (switches.throttled > 0) switches.throttled -= 1
      if (switches.loseAnswer && answer.mutated === true) {
        switches.loseAnswer = false
        response.destroy()
        return
      }
      response.writeHead(answer.status, {
        'content-type': 'application/json; charset=utf-8',
        ...answer.headers,
      })
      response.end(JSON.stringify(answer.json))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  return {
    kind: 'shopify',
    settings: {
      shopDomain: domain,
      clientSecret: SECRET,
      previousClientSecret: '',
      accessToken: TOKEN,
      apiVersion: API_VERSION,
      apiBase: `http://127.0.0.1:${port}`,
    },
    orders: orders as ReadonlyMap<string, SimOrder>,
    goods,
    pushTo: (url) => {
      pushedTo = url
      pusher.pushTo(url)
    },
    place: async (wish) => {
      const order = newShopifyOrder(deps, place, wish)
      orders.set(order.orderNo, order)
      deps.ledger?.keep(order)
      tellOrder('orders/create', order)
      return order
    },
    pay: async (orderNo) => {
      const order = change(orderNo, (one, now) => {
        one.paidAt ??= now
      })
      tellOrder('orders/paid', order)
    },
    edit: async (orderNo) => {
      const order = change(orderNo, (one) => {
        one.note = one.note === '' ? 'please ring twice' : `${one.note}, and once more`
      })
      tellOrder('orders/updated', order)
    },
    cancel: async (orderNo) => {
      const order = change(orderNo, (one, now) => {
        one.cancelledAt ??= now
      })
      tellOrder('orders/cancelled', order)
    },
    refundPart: async (orderNo) => {
      const order = change(orderNo, (one, now) => {
        one.refunds = [{ id: `9${one.id.slice(1)}`, at: now, minor: 1n }]
      })
      tellOrder('orders/updated', order)
    },
    handOver: async (orderNo) => {
      const order = change(orderNo, (one, now) => {
        const lines = one.lines.map(({ lineId, quantity }) => ({ lineId, quantity }))
        one.fulfillments.push({
          id: `5${one.id.slice(1)}`,
          trackingNo: '',
          company: '',
          createdAt: now,
          lines,
        })
      })
      tellOrder('orders/fulfilled', order)
    },
    // Shopify has no confirmation by the buyer: the parcels are delivered and the order is archived.
    complete: async (orderNo) => {
      const order = change(orderNo, (one, now) => {
        one.deliveredAt ??= now
      })
      tellOrder('orders/updated', order)
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
