import { sha256Hex } from '#connectors/digest.ts'
import { filledAt, type JsonObject, objectsAt, wholeAt } from '#connectors/json.ts'
import type {
  CallDeps,
  Calls,
  FetchedMessage,
  ReportAnswer,
  Settings,
  ShipmentReport,
  UpdatedPage,
} from '#domain/connector.ts'
import type { Instant } from '#kernel/clock.ts'
import { canonicalJson } from '#kernel/hash.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { type Api, openApi } from './api.ts'
import { type Company, companyCodeFor } from './carriers.ts'
import { orderIn } from './read.ts'
import { findListings, setStock } from './stock.ts'
import {
  changedOrders,
  companies,
  hasEnded,
  hasParcel,
  orderDetail,
  PAGE_SIZE,
  readCompanies,
  shipment,
} from './write.ts'

const ORDER_TOPIC = 'api:order_detail'
/** The platform answers no page beyond this many orders. */
const MOST_ORDERS = 10_000

export function calls(settings: Settings, deps: CallDeps): Calls {
  const api = openApi(settings, deps)
  const liveCompanies = companyList(api)
  return {
    test: () => testAccess(api, deps),
    fetchOrder: (orderNo) => fetchOrder(api, orderNo),
    listUpdated: (window) => listUpdated(api, window),
    reportShipment: async (report) => reportShipment(api, settings, report, await liveCompanies()),
    findShipment: async (report) => {
      const order = await askOrder(api, report.orderNo)
      return order.ok && hasParcel(order.value, report) ? 'found' : 'absent'
    },
    setStock: (levels) => setStock(api, levels),
    findListings: (shopSkus) => findListings(api, shopSkus),
  }
}

/** Asks for the orders changed within the last minute: proves address, keys and authorisation, and changes nothing. */
async function testAccess(api: Api, deps: CallDeps): Promise<Result<{ words: string }>> {
  const now = deps.clock.now()
  const answer = await api.ask(changedOrders(now.subtract({ minutes: 1 }), now, 0, 1))
  if (!answer.ok) return answer
  return ok({ words: `${filledAt(answer.value.data, 'total') ?? '0'} orders changed within one minute` })
}

async function fetchOrder(api: Api, orderId: string): Promise<Result<FetchedMessage>> {
  const answer = await api.ask(orderDetail(orderId))
  if (!answer.ok) return answer
  const order = orderIn(answer.value.data)
  if (order === null) return refuse('douyin.no_order', `the platform knows no order ${orderId}`)
  return ok(orderMessage(orderId, order, answer.value.body))
}

/** The key is order, `update_time` and content: a change within the same second is still a change. */
function orderMessage(orderId: string, order: JsonObject, body: Uint8Array): FetchedMessage {
  const version = filledAt(order, 'update_time') ?? ''
  const dedupKey = `${ORDER_TOPIC}:${orderId}:${version}:${sha256Hex(canonicalJson(order)).slice(0, 32)}`
  return { topic: ORDER_TOPIC, dedupKey, orderNo: orderId, headers: {}, body }
}

/**
 * One page of changed orders, with their full content. The cursor is the page. After a look at page 0 for the total, the
 * last page is read first: an order that changes meanwhile leaves the window and moves all later ones one place forward.
 */
async function listUpdated(
  api: Api,
  { from, to, cursor }: { from: Instant; to: Instant; cursor: string | null },
): Promise<Result<UpdatedPage>> {
  if (Temporal.Instant.compare(from, to) >= 0) return ok({ messages: [], next: null })
  let page = cursor === null ? 0 : Number(cursor)
  let answer = await api.ask(changedOrders(from, to, page, PAGE_SIZE))
  if (!answer.ok) return answer
  if (cursor === null) {
    const total = wholeAt(answer.value.data, 'total') ?? 0
    if (total > MOST_ORDERS)
      return refuse('douyin.window_too_long', `${total} orders in one window; ask for a shorter one`)
    page = Math.max(0, Math.ceil(total / PAGE_SIZE) - 1)
    if (page > 0) answer = await api.ask(changedOrders(from, to, page, PAGE_SIZE))
    if (!answer.ok) return answer
  }
  const messages = objectsAt(answer.value.data, 'shop_order_list').flatMap(listedMessage)
  return ok({ messages, next: page > 0 ? String(page - 1) : null })
}

/** An order out of a list, in the envelope of the single query, so that both are read by the same code. */
function listedMessage(order: JsonObject): FetchedMessage[] {
  const orderId = filledAt(order, 'order_id')
  if (orderId === null) return []
  const body = JSON.stringify({ code: '10000', data: { shop_order_detail: order } })
  return [orderMessage(orderId, order, new TextEncoder().encode(body))]
}

/** After a refusal the order itself is asked: the same number already there is a success, whoever reported it. */
async function reportShipment(
  api: Api,
  settings: Settings,
  report: ShipmentReport,
  known: readonly Company[],
): Promise<ReportAnswer> {
  const companyCode = companyCodeFor(report.carrier, known)
  if (companyCode === null)
    return refused('douyin.unknown_carrier', `no company code for carrier ${report.carrier}`)
  const call = shipment(report, companyCode, settings.rejectRefund === 'yes')
  const answer = await api.tell(call)
  if (answer.ok) return { outcome: 'accepted', words: call.method }
  const order = await askOrder(api, report.orderNo)
  if (order.ok && hasParcel(order.value, report))
    return { outcome: 'accepted', words: 'already shipped with this number' }
  if (order.ok && hasEnded(order.value))
    return refused('douyin.order_cancelled', `order ${report.orderNo} was cancelled or refunded`)
  return { outcome: 'refused', refusal: answer.refusal }
}

/** The platform's list, asked once; empty where it cannot be had, and the confirmed codes serve. */
function companyList(api: Api): () => Promise<readonly Company[]> {
  let known: readonly Company[] | null = null
  return async () => {
    if (known !== null) return known
    const answer = await api.ask(companies())
    if (!answer.ok) return []
    known = readCompanies(answer.value.data)
    return known
  }
}

async function askOrder(api: Api, orderId: string): Promise<Result<JsonObject>> {
  const answer = await api.ask(orderDetail(orderId))
  if (!answer.ok) return answer
  const order = orderIn(answer.value.data)
  return order === null ? refuse('douyin.no_order', `the platform knows no order ${orderId}`) : ok(order)
}

function refused(code: string, detail: string): ReportAnswer {
  return { outcome: 'refused', refusal: { code, detail } }
}
