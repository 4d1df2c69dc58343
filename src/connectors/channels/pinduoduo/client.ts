import { sha256Hex } from '#connectors/digest.ts'
import { filledAt, objectAt, objectsAt, readJson, wholeAt } from '#connectors/json.ts'
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
import { type Api, openApi, saysSuccess } from './api.ts'
import { type Company, logisticsIdFor } from './carriers.ts'
import { orderInfoIn } from './content.ts'
import { findListings, setStock } from './stock.ts'
import {
  addParcel,
  changedOrders,
  companies,
  labelPrinted,
  orderInformation,
  PAGE_SIZE,
  readCompanies,
  type ShippedState,
  sendOnline,
  shippedState,
} from './write.ts'

const ORDER_TOPIC = 'api:order_info'
const DETAILS_AT_ONCE = 5
const LAG = Temporal.Duration.from({ minutes: 3 })
const WINDOW_SECONDS = 1800

export function calls(settings: Settings, deps: CallDeps): Calls {
  const api = openApi(settings, deps)
  const liveCompanies = companyList(api)
  return {
    test: () => testAccess(api, deps),
    fetchOrder: (orderNo) => fetchOrder(api, orderNo),
    listUpdated: (window) => listUpdated(api, deps, window),
    reportShipment: async (report) => reportShipment(api, settings, report, await liveCompanies()),
    findShipment: async (report) => {
      const state = await shipmentState(api, report)
      return state.ok && state.value === 'same' ? 'found' : 'absent'
    },
    setStock: (levels) => setStock(api, levels),
    findListings: (shopSkus) => findListings(api, shopSkus),
  }
}

/** Reads the last safe minute of the increment list: proves gateway, keys and authorisation, and changes nothing. */
async function testAccess(api: Api, deps: CallDeps): Promise<Result<{ words: string }>> {
  const to = deps.clock.now().subtract(LAG)
  const answer = await api.ask(changedOrders(to.subtract({ minutes: 1 }), to, 1, 1))
  if (!answer.ok) return answer
  const total = wholeAt(answer.value.response, 'total_count') ?? 0
  return ok({ words: `${total} orders changed within one minute` })
}

async function fetchOrder(api: Api, orderSn: string): Promise<Result<FetchedMessage>> {
  const answer = await api.ask(orderInformation(orderSn))
  return answer.ok ? ok(orderMessage(orderSn, answer.value.body)) : answer
}

/** The key is order, `updated_at` and content: a change within the same second is still a change, a request id is none. */
function orderMessage(orderSn: string, body: Uint8Array): FetchedMessage {
  const json = readJson(body)
  const order = json.ok ? objectAt(json.value, 'order_info_get_response', 'order_info') : null
  const hash = order === null ? sha256Hex(body) : sha256Hex(canonicalJson(order))
  const version = filledAt(order ?? undefined, 'updated_at') ?? ''
  const dedupKey = `${ORDER_TOPIC}:${orderSn}:${version}:${hash.slice(0, 32)}`
  return { topic: ORDER_TOPIC, dedupKey, orderNo: orderSn, headers: {}, body }
}

/**
 * One page of the increment list with the details of its orders. The cursor is the page; the last page is read first,
 * because an order that changes meanwhile leaves the window and moves all later ones one place forward.
 */
async function listUpdated(
  api: Api,
  deps: CallDeps,
  { from, to, cursor }: { from: Instant; to: Instant; cursor: string | null },
): Promise<Result<UpdatedPage>> {
  if (Temporal.Instant.compare(to, deps.clock.now().subtract(LAG)) > 0)
    return refuse('pinduoduo.window_too_fresh', 'the window must end at least 3 minutes before now')
  if (Temporal.Instant.compare(from, to) >= 0) return ok({ messages: [], next: null })
  if (to.since(from).total('seconds') > WINDOW_SECONDS)
    return refuse('pinduoduo.window_too_long', `at most ${WINDOW_SECONDS} s may be asked for at once`)
  let page = cursor === null ? 1 : Number(cursor)
  let answer = await api.ask(changedOrders(from, to, page, PAGE_SIZE))
  if (!answer.ok) return answer
  if (cursor === null) {
    page = Math.max(1, Math.ceil((wholeAt(answer.value.response, 'total_count') ?? 0) / PAGE_SIZE))
    if (page > 1) answer = await api.ask(changedOrders(from, to, page, PAGE_SIZE))
    if (!answer.ok) return answer
  }
  const numbers = objectsAt(answer.value.response, 'order_sn_list')
    .map((item) => filledAt(item, 'order_sn'))
    .filter((number) => number !== null)
  const details = await fetchDetails(api, numbers)
  return details.ok ? ok({ messages: details.value, next: page > 1 ? String(page - 1) : null }) : details
}

/** An order that alone is refused does not stop the others; a refusal that concerns the whole shop does. */
async function fetchDetails(api: Api, numbers: readonly string[]): Promise<Result<FetchedMessage[]>> {
  const messages: FetchedMessage[] = []
  for (let i = 0; i < numbers.length; i += DETAILS_AT_ONCE) {
    const batch = await Promise.all(
      numbers.slice(i, i + DETAILS_AT_ONCE).map((number) => fetchOrder(api, number)),
    )
    for (const [place, message] of batch.entries()) {
      if (message.ok) messages.push(message.value)
      else if (message.refusal.code === 'pinduoduo.token_expired') return message
      else messages.push(refusedOrder(numbers[i + place] ?? '', message.refusal))
    }
  }
  return ok(messages)
}

/** Kept as a message, so that it is parked where a person sees it. */
function refusedOrder(
  orderSn: string,
  refusal: { code: string; detail: string; data?: unknown },
): FetchedMessage {
  const error = { error_code: refusal.code, error_msg: refusal.detail, order_sn: orderSn }
  const body = new TextEncoder().encode(JSON.stringify({ error_response: error }))
  const dedupKey = `${ORDER_TOPIC}:${orderSn}:${sha256Hex(body).slice(0, 32)}`
  return { topic: ORDER_TOPIC, dedupKey, orderNo: orderSn, headers: {}, body }
}

/**
 * Tells the platform of a parcel. Before the first report and after every refusal the order itself is asked: the same
 * number already there is a success, whoever reported it.
 */
async function reportShipment(
  api: Api,
  settings: Settings,
  report: ShipmentReport,
  known: readonly Company[],
): Promise<ReportAnswer> {
  const logisticsId = logisticsIdFor(report.carrier, known)
  if (logisticsId === null)
    return refused('pinduoduo.unknown_carrier', `no usable logistics_id for carrier ${report.carrier}`)
  const before = await shipmentState(api, report)
  if (!before.ok) return { outcome: 'refused', refusal: before.refusal }
  if (before.value === 'same') return { outcome: 'accepted', words: 'already shipped with this number' }
  if (before.value === 'back') return moneyBack(report)
  if (settings.printSync === 'on') await api.tell(labelPrinted(report, logisticsId))
  const call = callFor(before.value, settings, report, logisticsId)
  if (call === null)
    return refused(
      'pinduoduo.other_number',
      `${report.orderNo} was already shipped with another number; replace it or add the parcel by hand`,
    )
  const answer = await api.tell(call)
  if (answer.ok && saysSuccess(answer.value.response)) return { outcome: 'accepted', words: call.type }
  const after = await shipmentState(api, report)
  if (after.ok && after.value === 'same')
    return { outcome: 'accepted', words: 'already shipped with this number' }
  if (after.ok && after.value === 'back') return moneyBack(report)
  if (answer.ok) return refused('pinduoduo.refused', `${call.type}: answered without success`)
  return { outcome: 'refused', refusal: answer.refusal }
}

function moneyBack({ orderNo }: ShipmentReport): ReportAnswer {
  return refused('pinduoduo.order_cancelled', `order ${orderNo} was refunded`)
}

function callFor(
  state: 'other' | 'waiting',
  settings: Settings,
  report: ShipmentReport,
  logisticsId: string,
) {
  if (state === 'waiting') return sendOnline(report, logisticsId, 1)
  if (settings.secondParcel === 'replace') return sendOnline(report, logisticsId, 2)
  return settings.secondParcel === 'refuse' ? null : addParcel(report, logisticsId)
}

/** The platform's list, asked once; empty where it cannot be had, and the known table serves. */
function companyList(api: Api): () => Promise<readonly Company[]> {
  let known: readonly Company[] | null = null
  return async () => {
    if (known !== null) return known
    const answer = await api.ask(companies())
    if (!answer.ok) return []
    known = readCompanies(answer.value.response)
    return known
  }
}

async function shipmentState(api: Api, report: ShipmentReport): Promise<Result<ShippedState>> {
  const answer = await api.ask(orderInformation(report.orderNo))
  if (!answer.ok) return answer
  const info = orderInfoIn(answer.value.response)
  return info === null
    ? refuse('pinduoduo.no_order', `the platform knows no order ${report.orderNo}`)
    : ok(shippedState(info, report))
}

function refused(code: string, detail: string): ReportAnswer {
  return { outcome: 'refused', refusal: { code, detail } }
}
