import type { IncomingMessage } from 'node:http'
import type { SimDeps, SimLine } from '../platform.ts'
import { digits, type StockBook } from './channel-goods.ts'
import {
  amount,
  fulfillmentStatus,
  isRefundedInPart,
  openPieces,
  type ShopifyBookOrder,
} from './shopify-book.ts'
import { answerInventory } from './shopify-inventory.ts'

export type GraphqlAnswer = {
  readonly status: number
  readonly json: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly mutated?: boolean
}
export type Shop = {
  readonly deps: SimDeps
  readonly orders: ReadonlyMap<string, ShopifyBookOrder>
  readonly goods: StockBook
  /** What idempotency keys were used for. */
  readonly settled: Map<string, string>
  readonly token: string
  readonly version: string
  /** Where the shop pushes; empty: nowhere. */
  readonly callbacks: () => readonly string[]
  readonly fulfilled: (order: ShopifyBookOrder, whole: boolean) => void
}

type Input = {
  readonly lineItemsByFulfillmentOrder: readonly {
    readonly fulfillmentOrderId: string
    readonly fulfillmentOrderLineItems?: readonly { readonly id: string; readonly quantity: number }[]
  }[]
  readonly trackingInfo?: { readonly number?: string; readonly company?: string }
}
type Call = {
  readonly query: string
  readonly variables: {
    id?: string
    query?: string
    first?: number
    after?: string | null
    fulfillment?: Input
  }
}

/** Answers the handful of operations that an order hub uses; told apart by the field they ask for. */
export function answerGraphql(shop: Shop, request: IncomingMessage, body: string): GraphqlAnswer {
  if (request.headers['x-shopify-access-token'] !== shop.token)
    return {
      status: 401,
      json: { errors: '[API] Invalid API key or access token (unrecognized login or wrong password)' },
    }
  if (request.url !== `/admin/api/${shop.version}/graphql.json`)
    return { status: 404, json: { errors: 'Not Found' } }
  const { query, variables } = JSON.parse(body) as Call
  const inventory = answerInventory(shop, query, variables)
  if (inventory !== null) return { ...answer(inventory.data), mutated: inventory.mutated }
  if (query.includes('fulfillmentCreate('))
    return { ...createFulfillment(shop, variables.fulfillment), mutated: true }
  if (query.includes('order(id:')) {
    const order = [...shop.orders.values()].find((one) => variables.id === `gid://shopify/Order/${one.id}`)
    const node = query.includes('fulfillmentOrders') ? fulfillmentNode : orderNode
    return answer({ order: order === undefined ? null : node(order) })
  }
  if (query.includes('orders(')) return listOrders(shop, variables)
  if (query.includes('webhookSubscriptions('))
    return answer({
      webhookSubscriptions: {
        pageInfo: { hasNextPage: false },
        nodes: shop.callbacks().map((uri) => ({ topic: 'ORDERS_CREATE', uri })),
      },
    })
  if (query.includes('shop {')) return answer({ shop: { name: 'Simulated cups', currencyCode: 'USD' } })
  return {
    status: 200,
    json: { errors: [{ message: 'Field does not exist', extensions: { code: 'undefinedField' } }] },
  }
}

function answer(data: unknown): GraphqlAnswer {
  const throttleStatus = { maximumAvailable: 2000, currentlyAvailable: 1950, restoreRate: 100 }
  return {
    status: 200,
    json: { data, extensions: { cost: { requestedQueryCost: 50, actualQueryCost: 20, throttleStatus } } },
  }
}

function listOrders(shop: Shop, variables: Call['variables']): GraphqlAnswer {
  const search = variables.query ?? ''
  const named = /name:"([^"]*)"/.exec(search)?.[1]
  const from = /updated_at:>='([^']+)'/.exec(search)?.[1]
  const to = /updated_at:<'([^']+)'/.exec(search)?.[1]
  const found = [...shop.orders.values()]
    // The search is by prefix: an exact hit is the caller's business.
    .filter((order) => named === undefined || order.orderNo.startsWith(named))
    .filter((order) => from === undefined || Temporal.Instant.compare(order.updatedAt, from) >= 0)
    .filter((order) => to === undefined || Temporal.Instant.compare(order.updatedAt, to) < 0)
    .sort((a, b) => Temporal.Instant.compare(a.updatedAt, b.updatedAt) || (a.id < b.id ? -1 : 1))
  const start = Number(variables.after ?? '0')
  const end = start + (variables.first ?? 10)
  const nodes = found
    .slice(start, end)
    .map((order) => ({ id: gid('Order', order.id), name: `#${order.orderNo}` }))
  return answer({ orders: { pageInfo: { hasNextPage: end < found.length, endCursor: String(end) }, nodes } })
}

const gid = (type: string, id: string): string => `gid://shopify/${type}/${id}`
const utc = (instant: Temporal.Instant | null): string | null =>
  instant?.toString({ smallestUnit: 'second' }) ?? null
const moneySet = (minor: bigint): unknown => ({
  shop_money: { amount: amount(minor).replace(/0$/, ''), currency_code: 'USD' },
})

function trackingOf(order: ShopifyBookOrder): unknown[] {
  return order.fulfillments.map((one) => ({
    id: gid('Fulfillment', one.id),
    status: 'SUCCESS',
    tracking_info: one.trackingNo === '' ? [] : [{ number: one.trackingNo, company: one.company }],
  }))
}

/** The order as the hub's query names its fields. */
function orderNode(order: ShopifyBookOrder): unknown {
  const states = { fulfilled: 'FULFILLED', partial: 'PARTIALLY_FULFILLED', none: 'UNFULFILLED' } as const
  const paid = order.paidAt === null ? 'PENDING' : isRefundedInPart(order) ? 'PARTIALLY_REFUNDED' : 'PAID'
  return {
    id: gid('Order', order.id),
    name: `#${order.orderNo}`,
    created_at: utc(order.placedAt),
    processed_at: utc(order.placedAt),
    updated_at: utc(order.updatedAt),
    cancelled_at: utc(order.cancelledAt),
    cancel_reason: order.cancelledAt === null ? null : 'CUSTOMER',
    closed_at: utc(order.deliveredAt),
    currency: order.currency,
    financial_status: order.cancelledAt !== null && order.paidAt !== null ? 'REFUNDED' : paid,
    fulfillment_status: states[fulfillmentStatus(order) ?? 'none'],
    note: order.note === '' ? null : order.note,
    total_price_set: moneySet(order.payableMinor),
    total_discounts_set: moneySet([...order.discounts.values()].reduce((sum, one) => sum + one, 0n)),
    total_shipping_price_set: moneySet(0n),
    customer: { id: gid('Customer', order.customerId) },
    shipping_address: {
      name: order.name,
      phone: order.place.phone,
      country_code: order.place.country,
      province: order.place.province,
      city: order.place.city,
      address1: order.place.street,
      address2: null,
      zip: order.place.zip,
    },
    transactions:
      order.paidAt === null
        ? []
        : [
            {
              kind: 'SALE',
              status: 'SUCCESS',
              processed_at: utc(order.paidAt),
              amount_set: moneySet(order.payableMinor),
            },
          ],
    line_items: { nodes: order.lines.map((line) => lineNode(order, line)) },
    discount_applications: { nodes: order.discounts.size === 0 ? [] : [{ index: 0, code: 'TENOFF' }] },
    fulfillments: order.fulfillments.map((one) => ({
      id: gid('Fulfillment', one.id),
      status: 'SUCCESS',
      shipment_status: order.deliveredAt === null && one.trackingNo !== '' ? 'FULFILLED' : 'DELIVERED',
      created_at: utc(one.createdAt),
      updated_at: utc(order.deliveredAt ?? one.createdAt),
      delivered_at: utc(one.trackingNo === '' ? one.createdAt : order.deliveredAt),
      tracking_info: one.trackingNo === '' ? [] : [{ number: one.trackingNo, company: one.company }],
      line_items: {
        nodes: one.lines.map((line) => ({
          quantity: line.quantity,
          line_item: { id: gid('LineItem', line.lineId) },
        })),
      },
    })),
    refunds: (order.refunds ?? []).map(({ id, at, minor }) => ({
      id: gid('Refund', id),
      created_at: utc(at),
      transactions: { nodes: [{ kind: 'REFUND', status: 'SUCCESS', amount_set: moneySet(minor) }] },
    })),
  }
}

function lineNode(order: ShopifyBookOrder, line: SimLine): unknown {
  return {
    id: gid('LineItem', line.lineId),
    sku: line.sku,
    title: line.title,
    variant_title: null,
    quantity: line.quantity,
    current_quantity: line.quantity,
    variant: null,
    price_set: moneySet(line.priceMinor),
    discount_allocations: order.discounts.has(line.lineId)
      ? [
          {
            amount_set: moneySet(order.discounts.get(line.lineId) ?? 0n),
            discount_application: { index: 0 },
          },
        ]
      : [],
  }
}

function fulfillmentNode(order: ShopifyBookOrder): unknown {
  const whole = fulfillmentStatus(order) === 'fulfilled'
  return {
    id: gid('Order', order.id),
    name: `#${order.orderNo}`,
    cancelled_at: utc(order.cancelledAt),
    fulfillments: trackingOf(order),
    fulfillment_orders: {
      nodes: [
        {
          id: gid('FulfillmentOrder', order.id),
          status:
            order.cancelledAt !== null || whole
              ? 'CLOSED'
              : order.fulfillments.length > 0
                ? 'IN_PROGRESS'
                : 'OPEN',
          line_items: {
            nodes: order.lines.map((line) => ({
              id: gid('FulfillmentOrderLineItem', line.lineId),
              remaining_quantity: openPieces(order, line),
              line_item: { id: gid('LineItem', line.lineId) },
            })),
          },
        },
      ],
    },
  }
}

function createFulfillment(shop: Shop, input: Input | undefined): GraphqlAnswer {
  const refused = (message: string): GraphqlAnswer =>
    answer({ fulfillmentCreate: { fulfillment: null, userErrors: [{ field: ['fulfillment'], message }] } })
  const [group] = input?.lineItemsByFulfillmentOrder ?? []
  const order = [...shop.orders.values()].find(
    (one) => group?.fulfillmentOrderId === gid('FulfillmentOrder', one.id),
  )
  if (group === undefined || order === undefined) return refused('Fulfillment order does not exist.')
  if (order.cancelledAt !== null) return refused('Fulfillment order is not in a fulfillable state.')
  const wanted =
    group.fulfillmentOrderLineItems ??
    order.lines.map((line) => ({
      id: gid('FulfillmentOrderLineItem', line.lineId),
      quantity: openPieces(order, line),
    }))
  const lines = wanted.map(({ id, quantity }) => ({ lineId: id.split('/').at(-1) ?? '', quantity }))
  const fits = lines.every(({ lineId, quantity }) => {
    const line = order.lines.find((one) => one.lineId === lineId)
    return line !== undefined && quantity > 0 && quantity <= openPieces(order, line)
  })
  if (!fits || lines.length === 0) return refused('Invalid fulfillment order line item quantity requested.')
  const trackingNo = input?.trackingInfo?.number ?? ''
  const company = input?.trackingInfo?.company ?? ''
  const now = shop.deps.clock.now()
  const id = `5${digits(shop.deps.random, 15)}`
  order.fulfillments.push({ id, trackingNo, company, createdAt: now, lines })
  order.shipments.push({ trackingNo, carrier: company })
  order.updatedAt = now
  shop.fulfilled(order, fulfillmentStatus(order) === 'fulfilled')
  return answer({
    fulfillmentCreate: { fulfillment: { id: gid('Fulfillment', id), status: 'SUCCESS' }, userErrors: [] },
  })
}
