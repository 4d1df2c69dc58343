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
import type { OrderNo } from '#kernel/id.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, type Refused, type Result, refuse } from '#kernel/result.ts'
import { sha256Hex } from '../../digest.ts'
import {
  asObject,
  filledAt,
  flagAt,
  type JsonObject,
  objectAt,
  objectsAt,
  readJson,
  wholeAt,
} from '../../json.ts'
import { knownRead } from '../../source.ts'
import { FETCHED_TOPIC } from './read.ts'
import { parseTrade } from './schema.ts'
import { findListings, setStock } from './stock.ts'
import { chinaTime, hasEnded, hasParcel, shipmentParams } from './write.ts'

const PAGE_SIZE = 20
const MAX_PAGES = 100

type Ask = (
  method: string,
  version: string,
  params: Record<string, unknown>,
  effect: 'read' | 'write',
) => Promise<Result<JsonObject>>

export function youzanCalls(settings: Settings, deps: CallDeps): Calls {
  const ask: Ask = (method, version, params, effect) =>
    askApi(settings, deps, { method, version, params, effect })
  return {
    test: async () => {
      const answer = await ask('youzan.shop.get', '3.0.0', {}, 'read')
      if (!answer.ok) return answer
      return ok({
        words: filledAt(answer.value, 'name') ?? filledAt(answer.value, 'shop_name') ?? settings.kdtId ?? '',
      })
    },
    fetchOrder: async (orderNo) => {
      const trade = await fetchTrade(ask, orderNo)
      return trade.ok ? ok(toMessage(trade.value)) : trade
    },
    listUpdated: (window) => listUpdated(ask, window),
    reportShipment: (report) => reportShipment(ask, settings, report),
    findShipment: async (report) => {
      const trade = await fetchTrade(ask, report.orderNo)
      return trade.ok && hasParcel(trade.value, report.trackingNo) ? 'found' : 'absent'
    },
    setStock: (levels) => setStock(ask, levels),
    findListings: (shopSkus) => findListings(ask, shopSkus),
  }
}

async function fetchTrade(ask: Ask, orderNo: OrderNo): Promise<Result<JsonObject>> {
  const answer = await ask('youzan.trade.get', '4.0.0', { tid: orderNo }, 'read')
  if (!answer.ok) return answer
  return parseTrade(answer.value) === null
    ? refuse('youzan.order_not_found', `the shop has no order ${orderNo}`)
    : answer
}

/** Pages from the first; the cursor is the next page's number. More than 100 pages are refused: the window is too wide. */
async function listUpdated(
  ask: Ask,
  window: { from: Instant; to: Instant; cursor: string | null },
): Promise<Result<UpdatedPage>> {
  const page = Number(window.cursor ?? '1')
  const params = {
    start_update: chinaTime(window.from),
    end_update: chinaTime(window.to),
    page_no: page,
    page_size: PAGE_SIZE,
  }
  const answer = await ask('youzan.trades.sold.get', '4.0.0', params, 'read')
  if (!answer.ok) return answer
  const trades = objectsAt(answer.value, 'full_order_info_list')
  const total = wholeAt(answer.value, 'total_results')
  const more = total === null ? trades.length === PAGE_SIZE : page * PAGE_SIZE < total
  if (more && page >= MAX_PAGES)
    return refuse('youzan.window_too_full', `more than ${MAX_PAGES * PAGE_SIZE} orders changed in one window`)
  return ok({ messages: trades.map(toMessage), next: more ? String(page + 1) : null })
}

/** The key holds the content: `update_time` counts seconds, and an order may change twice in one. */
function toMessage(data: JsonObject): FetchedMessage {
  const body = JSON.stringify(data)
  const tid = parseTrade(data)?.tid ?? null
  return {
    topic: FETCHED_TOPIC,
    dedupKey: `api:${tid ?? ''}:${sha256Hex(body).slice(0, 24)}`,
    orderNo: tid,
    headers: {},
    body: new TextEncoder().encode(body),
  }
}

/** Idempotent: a refusal of a number that the order already carries counts as accepted. */
async function reportShipment(ask: Ask, settings: Settings, report: ShipmentReport): Promise<ReportAnswer> {
  let order: JsonObject | null = null
  if (report.lines.length > 0) {
    const trade = await fetchTrade(ask, report.orderNo)
    if (!trade.ok) return refused(trade)
    order = trade.value
  }
  const params = shipmentParams(report, settings.carrierIds, order)
  if (!params.ok) return refused(params)
  const answer = await ask('youzan.logistics.online.confirm', '3.0.0', params.value, 'write')
  if (answer.ok) return { outcome: 'accepted', words: 'confirmed' }
  const trade = await fetchTrade(ask, report.orderNo)
  if (trade.ok && hasParcel(trade.value, report.trackingNo))
    return { outcome: 'accepted', words: 'already confirmed with this number' }
  if (trade.ok && hasEnded(trade.value))
    return refused(refuse('youzan.order_cancelled', `order ${report.orderNo} was closed`))
  return refused(answer)
}

function refused({ refusal }: Refused): ReportAnswer {
  return { outcome: 'refused', refusal }
}

async function askApi(
  settings: Settings,
  { http }: CallDeps,
  call: { method: string; version: string; params: Record<string, unknown>; effect: 'read' | 'write' },
): Promise<Result<JsonObject>> {
  const token = settings.accessToken ?? ''
  if (token === '') return refuse('youzan.no_token', 'the connection has no access token')
  const base = (settings.apiBase || 'https://open.youzanyun.com').replace(/\/+$/, '')
  const answer = await knownRead(
    call.effect,
    http,
  )({
    method: 'POST',
    url: `${base}/api/${call.method}/${call.version}?access_token=${encodeURIComponent(token)}`,
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(call.params),
    timeoutMs: call.effect === 'read' ? 15_000 : 30_000,
  })
  return translate(answer, call.effect)
}

/** Codes from secondary sources (reference 8(h), low confidence); any other code is passed on in the refusal's words. */
const TOKEN_CODES: readonly string[] = ['10003', '4201', '4202', '4203']
const THROTTLE_CODES: readonly string[] = ['20001', '20002']
const THROTTLE_WAIT_MS = 5_000

/** The one place that reads Youzan's answers. A success says so twice: `success` true and `code` 200, number or text. */
function translate(
  answer: { status: number; headers: Readonly<Record<string, string>>; body: Uint8Array },
  effect: 'read' | 'write',
): Result<JsonObject> {
  const unknown = effect === 'write'
  const { status } = answer
  if (status === 429)
    throw new Outage('youzan.throttled', 'Youzan asks to slow down', {
      retryAfterMs: retryAfterMs(answer.headers),
    })
  if (status >= 500) throw new Outage('youzan.server_error', `Youzan answered ${status}`, { unknown })
  const json = readJson(answer.body)
  const body = json.ok ? asObject(json.value) : null
  if (status === 401) return refuse('youzan.unauthorized', 'the access token is not accepted')
  if (body === null) {
    if (status !== 200) return refuse('youzan.refused', `Youzan answered ${status}`)
    throw new Outage('youzan.bad_answer', 'the answer is not a JSON object', { unknown })
  }
  const code = filledAt(body, 'code') ?? filledAt(body, 'gw_err_resp', 'err_code') ?? ''
  if (flagAt(body, 'success') === true && code === '200') return ok(objectAt(body, 'data') ?? {})
  const words =
    filledAt(body, 'message') ?? filledAt(body, 'msg') ?? filledAt(body, 'gw_err_resp', 'err_msg') ?? ''
  if (TOKEN_CODES.includes(code))
    return refuse('youzan.unauthorized', `the access token is not accepted (${code})`)
  if (code === '10004') return refuse('youzan.forbidden', 'the application may not call this API (10004)')
  if (THROTTLE_CODES.includes(code))
    throw new Outage('youzan.throttled', `Youzan asks to slow down (${code})`, {
      retryAfterMs: THROTTLE_WAIT_MS,
    })
  return refuse('youzan.refused', `${code} ${words}`.trim().slice(0, 300))
}

function retryAfterMs(headers: Readonly<Record<string, string>>): number {
  const seconds = headers['retry-after'] ?? ''
  return /^\d+$/.test(seconds) ? Number(seconds) * 1000 : THROTTLE_WAIT_MS
}
