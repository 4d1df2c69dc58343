import { type Claim, EMPTY_READING, type Reading } from '#domain/claim.ts'
import type { StoredMessage } from '#domain/connector.ts'
import type { FactDetail } from '#domain/fact.ts'
import type { ContentClaim } from '#domain/order.ts'
import { type OrderNo, orderNo, trackingNo } from '#kernel/id.ts'
import type { SourceTime } from '#kernel/instant.ts'
import { addMoney, type Money } from '#kernel/money.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { readTime } from '#kernel/source-time.ts'
import { readJson } from '../../json.ts'
import { NO_TIME, versionOf } from '../../source.ts'
import { carrierOfCompany, KNOWN_TOPIC_FAMILIES, KNOWN_TOPICS } from './codes.ts'
import { readBuyer, readLines, readNotes, readRecipient, readTotals, shopMoney } from './content.ts'
import {
  parseFulfillment,
  parseOrder,
  pointedOrderId,
  type ShopFulfillment,
  type ShopOrder,
} from './schema.ts'

/** Reads one webhook or fetched order. Refused: `connector.*` for unreadable JSON, `shopify.no_order`, `shopify.unknown_topic`. */
export function readShopify(message: StoredMessage): Result<Reading> {
  const json = readJson(message.body)
  if (!json.ok) return json
  // Draft orders and checkouts look like orders and are none: only the topics of orders may hold one.
  const holdsOrder =
    message.topic.startsWith('orders/') || message.topic === 'graphql/order' || message.topic === 'unnamed'
  const order = holdsOrder ? parseOrder(json.value) : null
  if (order !== null) return orderReading(order, message.topic)
  const pointed = pointedOrderId(json.value)
  const fetch = pointed === null ? [] : [{ orderNo: orderNo(orderGid(pointed)), because: message.topic }]
  if (message.topic.startsWith('fulfillments/')) {
    const claims = shipmentClaims(parseFulfillment(json.value), null)
    if (claims.length + fetch.length === 0)
      return refuse('shopify.no_order', 'the fulfillment names neither a parcel nor an order')
    return ok({ claims, content: [], fetch })
  }
  if (fetch.length > 0) return ok({ claims: [], content: [], fetch })
  if (holdsOrder && message.topic !== 'orders/delete')
    return refuse('shopify.no_order', 'the message holds no order with a name')
  if (!isKnownTopic(message.topic))
    return refuse('shopify.unknown_topic', `nothing is known of the topic "${message.topic.slice(0, 60)}"`)
  return ok(EMPTY_READING)
}

/** How an order is named where only its number in Shopify's database is known; `fetchOrder` takes both. */
export function orderGid(id: string): string {
  return `gid://shopify/Order/${id}`
}

function isKnownTopic(topic: string): boolean {
  return (
    topic === 'unnamed' ||
    KNOWN_TOPICS.has(topic) ||
    KNOWN_TOPIC_FAMILIES.some((family) => topic.startsWith(family))
  )
}

function orderReading(order: ShopOrder, topic: string): Result<Reading> {
  const number = orderNo(order.name)
  const refunds = refundClaims(order, number)
  if (!refunds.ok) return refunds
  const content = contentOf(order, number)
  if (!content.ok) return content
  const claims = [
    ...lifeClaims(order, number),
    ...paymentClaims(order, number, topic),
    ...refunds.value,
    ...fulfillmentClaims(order, number),
    ...order.fulfillments.flatMap((fulfillment) => shipmentClaims(fulfillment, number)),
    ...(isKnownTopic(topic) ? [] : [claim(number, `topic:${topic}`, timeOf(order.updatedAt))]),
  ]
  return ok({ claims, content: [content.value], fetch: [] })
}

function lifeClaims(order: ShopOrder, number: OrderNo): Claim[] {
  const claims: Claim[] = []
  if (order.createdAt !== null) claims.push(claim(number, 'created_at', timeOf(order.createdAt)))
  if (order.cancelledAt !== null) {
    const detail = order.cancelReason === null ? {} : { reason: order.cancelReason }
    claims.push(claim(number, 'cancelled_at', timeOf(order.cancelledAt), detail))
  } else if (order.closedAt !== null) claims.push(claim(number, 'closed_at', timeOf(order.closedAt)))
  return claims
}

/**
 * A payload says that an order is paid, seldom when. The time is the last successful transaction where one is listed;
 * the update time of the message that announces the payment; the creation where nothing has changed since. Any other
 * snapshot proves the payment without its time: `updated_at` would make a new payment of every later edit.
 */
function paymentClaims(order: ShopOrder, number: OrderNo, topic: string): Claim[] {
  const status = order.financialStatus
  if (status === null) return []
  return [claim(number, `financial_status:${status}`, financialTime(order, status, topic))]
}

function financialTime(order: ShopOrder, status: string, topic: string): SourceTime {
  if (status === 'refunded') return timeOf(latestText(order.refunds.map((refund) => refund.createdAt)))
  if (status !== 'paid' && status !== 'partially_refunded') return timeOf(order.createdAt)
  if (order.paidAt !== null) return timeOf(order.paidAt)
  if (topic === 'orders/paid') return timeOf(order.updatedAt)
  const untouched =
    topic === 'orders/create' || order.updatedAt === null || order.updatedAt === order.createdAt
  return untouched ? timeOf(order.processedAt ?? order.createdAt) : NO_TIME
}

function refundClaims(order: ShopOrder, number: OrderNo): Result<Claim[]> {
  const claims: Claim[] = []
  for (const refund of order.refunds) {
    let amount: Money | null = null
    for (const given of refund.amounts) {
      const part = shopMoney(given, order)
      if (!part.ok) return part
      amount = amount === null ? part.value : addMoney(amount, part.value)
    }
    const moved = amount !== null && amount.minor > 0n
    const detail: FactDetail = { refundId: refund.id, ...(moved && amount !== null ? { amount } : {}) }
    claims.push(claim(number, moved ? 'refund:money' : 'refund:restock', timeOf(refund.createdAt), detail))
  }
  return ok(claims)
}

/** The state of the whole order: partial since its first fulfillment, fulfilled since its last. */
function fulfillmentClaims(order: ShopOrder, number: OrderNo): Claim[] {
  const status = order.fulfillmentStatus
  if (status === null) return []
  const times = order.fulfillments.filter((one) => one.status === 'success').map((one) => one.createdAt)
  const at =
    status === 'partial'
      ? timeOf(earliestText(times))
      : status === 'fulfilled'
        ? timeOf(latestText(times))
        : NO_TIME
  return [claim(number, `fulfillment_status:${status}`, at)]
}

/** One fulfillment: what left, under which number, and how far it came. `number` null: the order is not known by name. */
function shipmentClaims(fulfillment: ShopFulfillment, number: OrderNo | null): Claim[] {
  const claims: Claim[] = []
  const carrier = fulfillment.company === null ? {} : { carrier: carrierOfCompany(fulfillment.company) }
  const lines = fulfillment.lines.length === 0 ? {} : { lines: fulfillment.lines }
  if (fulfillment.status !== null && number !== null) {
    const code = `fulfillment:${fulfillment.status === 'canceled' ? 'cancelled' : fulfillment.status}`
    const at = timeOf(fulfillment.createdAt)
    // Several numbers of one fulfillment: which holds which pieces is not said.
    if (fulfillment.numbers.length === 0) claims.push(claim(number, code, at, lines))
    for (const no of fulfillment.numbers) {
      const packed = fulfillment.numbers.length === 1 ? lines : {}
      claims.push(claim(number, code, at, { trackingNo: trackingNo(no), ...carrier, ...packed }))
    }
  }
  if (fulfillment.shipmentStatus !== null) {
    const code = `shipment_status:${fulfillment.shipmentStatus}`
    const at = timeOf(
      fulfillment.shipmentStatus === 'delivered'
        ? (fulfillment.deliveredAt ?? fulfillment.updatedAt)
        : fulfillment.updatedAt,
    )
    for (const no of fulfillment.numbers)
      claims.push({ subject: { by: 'parcel', trackingNo: trackingNo(no) }, code, at, detail: carrier })
    if (fulfillment.numbers.length === 0 && number !== null) claims.push(claim(number, code, at, lines))
  }
  return claims
}

function contentOf(order: ShopOrder, number: OrderNo): Result<ContentClaim> {
  const lines = readLines(order)
  if (!lines.ok) return lines
  const totals = readTotals(order)
  if (!totals.ok) return totals
  const recipient = readRecipient(order)
  const notes = readNotes(order)
  const buyer = readBuyer(order)
  const version = versionOf(timeOf(order.updatedAt ?? order.createdAt).instant)
  return ok({
    orderNo: number,
    version,
    parts: {
      ...(lines.value.length === 0 || !order.allLines ? {} : { lines: lines.value }),
      ...(totals.value === null || !order.allLines ? {} : { totals: totals.value }),
      ...(recipient === null ? {} : { recipient }),
      ...(notes === null ? {} : { notes }),
      ...(buyer === null ? {} : { buyer }),
    },
  })
}

function claim(number: OrderNo, code: string, at: SourceTime, detail: FactDetail = {}): Claim {
  return { subject: { by: 'order', orderNo: number }, code, at, detail }
}

function timeOf(raw: string | null): SourceTime {
  return raw === null ? NO_TIME : readTime({ system: 'shopify', raw })
}

function latestText(times: readonly (string | null)[]): string | null {
  return sortedByInstant(times).at(-1) ?? null
}

function earliestText(times: readonly (string | null)[]): string | null {
  return sortedByInstant(times)[0] ?? null
}

/** The texts in the order of the instants they mean: offsets differ between summer and winter, so text order does not do. */
function sortedByInstant(times: readonly (string | null)[]): string[] {
  return times
    .filter((time) => time !== null)
    .map((time) => ({ time, at: versionOf(timeOf(time).instant) }))
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
    .map(({ time }) => time)
}
