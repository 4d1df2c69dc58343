import type { Random } from '#kernel/random.ts'
import type { SimDeps, SimLine, SimOrder, SimWish } from '../platform.ts'
import { digits } from './channel-goods.ts'

const ZONE = 'America/New_York'

export type ShopifyFulfillment = {
  readonly id: string
  readonly trackingNo: string
  readonly company: string
  readonly createdAt: Temporal.Instant
  readonly lines: readonly { readonly lineId: string; readonly quantity: number }[]
}
export type ShopifyRefund = { readonly id: string; readonly at: Temporal.Instant; readonly minor: bigint }
/** The shop's own record: what `SimOrder` says, and what only Shopify knows. */
export type ShopifyPlace = {
  readonly country: string
  readonly province: string
  readonly city: string
  readonly street: string
  readonly zip: string
  readonly phone: string
}
const PORTLAND: ShopifyPlace = {
  country: 'US',
  province: 'Oregon',
  city: 'Portland',
  street: '1 Main St',
  zip: '97201',
  phone: '+1 202 555 0100',
}
/** A shop that sells at home, whose parcels domestic carriers take. */
export const HANGZHOU: ShopifyPlace = {
  country: 'CN',
  province: '浙江省',
  city: '杭州市',
  street: '西湖区文三路 1 号',
  zip: '310012',
  phone: '13800001234',
}

export type ShopifyBookOrder = SimOrder & {
  readonly id: string
  readonly discounts: ReadonlyMap<string, bigint>
  readonly place: ShopifyPlace
  readonly customerId: string
  readonly name: string
  updatedAt: Temporal.Instant
  note: string
  readonly fulfillments: ShopifyFulfillment[]
  readonly strangeState?: string
  /** What of the money was given back, while the order goes on. */
  refunds?: readonly ShopifyRefund[]
}

export const ARTICLES = [
  { sku: 'CUP-BLUE', title: 'Stoneware cup', priceMinor: 2000n },
  { sku: 'LID-CORK', title: 'Cork lid', priceMinor: 1029n },
  { sku: 'TRAY-OAK', title: 'Oak tray', priceMinor: 4550n },
  { sku: 'FILTER-100', title: 'Paper filters, 100', priceMinor: 799n },
] as const
const PEOPLE = ['Ana Ruiz', 'John Carter', 'Mei Tan', 'Olu Adeyemi'] as const

export function newShopifyOrder(
  { clock, random }: SimDeps,
  place: ShopifyPlace = PORTLAND,
  wish?: SimWish,
): ShopifyBookOrder {
  const lines = pickLines(random, wish)
  const coupon = random.next() < 0.4
  const discounts = new Map(
    coupon ? lines.map((line) => [line.lineId, (line.priceMinor * BigInt(line.quantity)) / 10n]) : [],
  )
  const goods = lines.reduce((sum, line) => sum + line.priceMinor * BigInt(line.quantity), 0n)
  const off = [...discounts.values()].reduce((sum, amount) => sum + amount, 0n)
  const now = clock.now()
  return {
    orderNo: digits(random, 8),
    id: `6${digits(random, 18)}`,
    customerId: `7${digits(random, 18)}`,
    place,
    name: PEOPLE[Math.floor(random.next() * PEOPLE.length)] ?? PEOPLE[0],
    lines,
    discounts,
    currency: 'USD',
    payableMinor: goods - off,
    placedAt: now,
    updatedAt: now,
    note: '',
    paidAt: null,
    cancelledAt: null,
    deliveredAt: null,
    shipments: [],
    fulfillments: [],
  }
}

function pickLines(random: Random, wish?: SimWish): SimLine[] {
  if (wish?.lines !== undefined)
    return wish.lines.map((line) => ({ ...line, lineId: `8${digits(random, 17)}` }))
  const first = Math.floor(random.next() * ARTICLES.length)
  return Array.from({ length: 1 + Math.floor(random.next() * 2) }, (_, index) => {
    const article = ARTICLES[(first + index) % ARTICLES.length] ?? ARTICLES[0]
    return { ...article, lineId: `8${digits(random, 17)}`, quantity: 1 + Math.floor(random.next() * 3) }
  })
}

/** How many pieces of a line have not left yet. */
export function openPieces(order: ShopifyBookOrder, line: SimLine): number {
  const gone = order.fulfillments
    .flatMap((one) => one.lines)
    .filter((packed) => packed.lineId === line.lineId)
  return gone.reduce((left, packed) => left - packed.quantity, line.quantity)
}

export function fulfillmentStatus(order: ShopifyBookOrder): 'fulfilled' | 'partial' | null {
  if (order.fulfillments.length === 0) return null
  return order.lines.every((line) => openPieces(order, line) <= 0) ? 'fulfilled' : 'partial'
}

export function isRefundedInPart({ refunds = [] }: ShopifyBookOrder): boolean {
  return refunds.length > 0
}

export function amount(minor: bigint): string {
  return `${minor / 100n}.${String(minor % 100n).padStart(2, '0')}`
}

/** `2026-02-11T09:30:12-05:00`, in the shop's own zone and without fractions, as webhooks write it. */
export function shopTime(instant: Temporal.Instant | null): string | null {
  return instant === null
    ? null
    : instant.toZonedDateTimeISO(ZONE).toString({ smallestUnit: 'second', timeZoneName: 'never' })
}

/** The webhook's body: REST's field names, ids as 64-bit numbers. */
export function orderJson(order: ShopifyBookOrder): string {
  const paid = order.paidAt === null ? 'pending' : isRefundedInPart(order) ? 'partially_refunded' : 'paid'
  const body = {
    id: `int:${order.id}`,
    admin_graphql_api_id: `gid://shopify/Order/${order.id}`,
    name: `#${order.orderNo}`,
    created_at: shopTime(order.placedAt),
    processed_at: shopTime(order.placedAt),
    updated_at: shopTime(order.updatedAt),
    cancelled_at: shopTime(order.cancelledAt),
    cancel_reason: order.cancelledAt === null ? null : 'customer',
    closed_at: shopTime(order.deliveredAt),
    currency: order.currency,
    financial_status:
      order.strangeState ?? (order.cancelledAt !== null && order.paidAt !== null ? 'refunded' : paid),
    fulfillment_status: fulfillmentStatus(order),
    note: order.note === '' ? null : order.note,
    total_price: amount(order.payableMinor),
    total_discounts: amount([...order.discounts.values()].reduce((sum, one) => sum + one, 0n)),
    total_shipping_price_set: { shop_money: { amount: '0.00', currency_code: order.currency } },
    customer: { id: `int:${order.customerId}` },
    shipping_address: {
      name: order.name,
      country_code: order.place.country,
      phone: order.place.phone,
      province: order.place.province,
      city: order.place.city,
      address1: order.place.street,
      address2: null,
      zip: order.place.zip,
    },
    discount_applications:
      order.discounts.size === 0
        ? []
        : [
            {
              type: 'discount_code',
              code: 'TENOFF',
              value: '10.0',
              value_type: 'percentage',
              target_type: 'line_item',
            },
          ],
    line_items: order.lines.map((line) => ({
      id: `int:${line.lineId}`,
      variant_id: null,
      sku: line.sku,
      title: line.title,
      quantity: line.quantity,
      current_quantity: line.quantity,
      price: amount(line.priceMinor),
      discount_allocations: sharesOf(order, line),
    })),
    fulfillments: order.fulfillments.map((one) => fulfillmentBody(order, one)),
    refunds: (order.refunds ?? []).map(({ id, at, minor }) => ({
      id: `int:${id}`,
      created_at: shopTime(at),
      refund_line_items: [],
      transactions: [{ kind: 'refund', status: 'success', amount: amount(minor) }],
    })),
  }
  return asJson(body)
}

/** The body of the `fulfillments/*` topics: it points at its order by number only. */
export function fulfillmentJson(order: ShopifyBookOrder, one: ShopifyFulfillment): string {
  return asJson(fulfillmentBody(order, one))
}

function fulfillmentBody(order: ShopifyBookOrder, one: ShopifyFulfillment): unknown {
  return {
    id: `int:${one.id}`,
    order_id: `int:${order.id}`,
    status: 'success',
    tracking_company: one.company,
    tracking_number: one.trackingNo === '' ? null : one.trackingNo,
    tracking_numbers: one.trackingNo === '' ? [] : [one.trackingNo],
    created_at: shopTime(one.createdAt),
    updated_at: shopTime(order.deliveredAt ?? one.createdAt),
    shipment_status: order.deliveredAt === null && one.trackingNo !== '' ? null : 'delivered',
    line_items: one.lines.map((line) => ({ id: `int:${line.lineId}`, quantity: line.quantity })),
  }
}

/** Ids beyond 2^53 stand in the body as numbers, as the platform writes them. */
function asJson(body: unknown): string {
  return JSON.stringify(body).replace(/"int:(\d+)"/g, '$1')
}

function sharesOf(order: ShopifyBookOrder, line: SimLine): unknown[] {
  const off = order.discounts.get(line.lineId)
  return off === undefined ? [] : [{ amount: amount(off), discount_application_index: 0 }]
}
