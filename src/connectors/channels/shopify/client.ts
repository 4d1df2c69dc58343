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
import { filledAt, flagAt, type JsonObject, objectAt, objectsAt, readJson } from '../../json.ts'
import { knownRead } from '../../source.ts'
import { idAt, nodesAt } from './schema.ts'
import { findListings, setStock } from './stock.ts'
import {
  FULFILLMENT_CREATE,
  FULFILLMENT_ORDERS_QUERY,
  fulfillmentInput,
  hasTracking,
  nameQuery,
  ORDER_BY_ID_QUERY,
  ORDER_IDS_QUERY,
  SHOP_QUERY,
  WEBHOOKS_QUERY,
} from './write.ts'

const PAGE_SIZE = 20
const READ_TIMEOUT_MS = 15_000
const WRITE_TIMEOUT_MS = 30_000

type Ask = (
  query: string,
  variables: Record<string, unknown>,
  effect: 'read' | 'write',
) => Promise<Result<JsonObject>>

export function shopifyCalls(settings: Settings, deps: CallDeps): Calls {
  const ask: Ask = (query, variables, effect) => askGraphql(settings, deps, { query, variables, effect })
  return {
    test: async () => {
      const answer = await ask(SHOP_QUERY, {}, 'read')
      if (!answer.ok) return answer
      return ok({ words: filledAt(answer.value, 'shop', 'name') ?? settings.shopDomain ?? '' })
    },
    fetchOrder: (orderNo) => fetchOrder(ask, orderNo),
    callbackAddresses: () => callbackAddresses(ask),
    listUpdated: (window) => listUpdated(ask, window),
    reportShipment: (report) => reportShipment(ask, report),
    findShipment: async (report) => {
      const order = await askOrder(ask, FULFILLMENT_ORDERS_QUERY, report.orderNo)
      return order.ok && hasTracking(order.value, report.trackingNo) ? 'found' : 'absent'
    },
    setStock: (levels) => setStock(ask, settings, levels),
    findListings: (shopSkus) => findListings(ask, settings, shopSkus),
  }
}

/** More topics than Shopify has are not subscribed to. */
const MOST_SUBSCRIPTIONS = 100

/** Where this application's subscriptions point, each address once; queues (`arn:`, `pubsub:`) are no callbacks. */
async function callbackAddresses(ask: Ask): Promise<Result<readonly string[]>> {
  const answer = await ask(WEBHOOKS_QUERY, { first: MOST_SUBSCRIPTIONS }, 'read')
  if (!answer.ok) return answer
  const uris = nodesAt(answer.value, 'webhookSubscriptions').flatMap((node) => filledAt(node, 'uri') ?? [])
  return ok([...new Set(uris.filter((uri) => /^https?:/i.test(uri)))])
}

async function fetchOrder(ask: Ask, orderNo: OrderNo): Promise<Result<FetchedMessage>> {
  const order = await askOrder(ask, ORDER_BY_ID_QUERY, orderNo)
  return order.ok ? ok(toMessage(order.value)) : order
}

/** One order by its name or, where that is all that is known, by its gid. */
async function askOrder(ask: Ask, query: string, orderNo: OrderNo): Promise<Result<JsonObject>> {
  const id = orderNo.startsWith('gid://') ? ok(orderNo as string) : await findId(ask, orderNo)
  if (!id.ok) return id
  const answer = await ask(query, { id: id.value }, 'read')
  if (!answer.ok) return answer
  const order = objectAt(answer.value, 'order')
  return order === null ? notFound(orderNo) : ok(order)
}

/** The one order with exactly this name; the search itself is not exact. */
async function findId(ask: Ask, orderNo: OrderNo): Promise<Result<string>> {
  const answer = await ask(
    ORDER_IDS_QUERY,
    { query: nameQuery(orderNo), first: PAGE_SIZE, after: null },
    'read',
  )
  if (!answer.ok) return answer
  const found = nodesAt(answer.value, 'orders')
    .filter((order) => filledAt(order, 'name')?.replace(/^#/, '') === orderNo)
    .flatMap((order) => filledAt(order, 'id') ?? [])
  const [id] = found
  if (id === undefined) return notFound(orderNo)
  if (found.length > 1)
    return refuse('shopify.ambiguous_name', `the shop has ${found.length} orders named ${orderNo}`)
  return ok(id)
}

function notFound(orderNo: OrderNo): Refused {
  return refuse('shopify.order_not_found', `the shop has no order ${orderNo}`)
}

async function listUpdated(
  ask: Ask,
  window: { from: Instant; to: Instant; cursor: string | null },
): Promise<Result<UpdatedPage>> {
  const second = (instant: Instant): string => instant.toString({ smallestUnit: 'second' })
  const query = `updated_at:>='${second(window.from)}' updated_at:<'${second(window.to)}'`
  const answer = await ask(ORDER_IDS_QUERY, { query, first: PAGE_SIZE, after: window.cursor }, 'read')
  if (!answer.ok) return answer
  const messages: FetchedMessage[] = []
  for (const { id } of nodesAt(answer.value, 'orders')) {
    const order = await ask(ORDER_BY_ID_QUERY, { id }, 'read')
    if (!order.ok) return order
    const found = objectAt(order.value, 'order')
    // Deleted between the two questions.
    if (found !== null) messages.push(toMessage(found))
  }
  const more = flagAt(answer.value, 'orders', 'pageInfo', 'hasNextPage') === true
  return ok({ messages, next: more ? filledAt(answer.value, 'orders', 'pageInfo', 'endCursor') : null })
}

/** The key holds the content: `updatedAt` counts seconds, and an order may change twice in one. */
function toMessage(order: JsonObject): FetchedMessage {
  const body = JSON.stringify(order)
  return {
    topic: 'graphql/order',
    dedupKey: `graphql:${idAt(order, 'id') ?? ''}:${sha256Hex(body).slice(0, 24)}`,
    orderNo: filledAt(order, 'name')?.replace(/^#/, '') ?? null,
    headers: {},
    body: new TextEncoder().encode(body),
  }
}

/**
 * Idempotent: a number that the order already carries is accepted without a second fulfillment. Refused at last, the order is asked once
 * more: it may have been cancelled since it was asked first.
 */
async function reportShipment(ask: Ask, report: ShipmentReport): Promise<ReportAnswer> {
  const order = await askOrder(ask, FULFILLMENT_ORDERS_QUERY, report.orderNo)
  if (!order.ok) return { outcome: 'refused', refusal: order.refusal }
  const known = answerOf(order.value, report)
  if (known !== null) return known
  const fulfillment = fulfillmentInput(order.value, report)
  if (!fulfillment.ok) return refused(fulfillment)
  const answer = await ask(FULFILLMENT_CREATE, { fulfillment: fulfillment.value }, 'write')
  if (!answer.ok) return refused(answer)
  const errors = objectsAt(answer.value, 'fulfillmentCreate', 'userErrors')
  if (errors.length > 0) {
    const words = errors.map((error) => filledAt(error, 'message') ?? '').join('; ')
    const now = await askOrder(ask, FULFILLMENT_ORDERS_QUERY, report.orderNo)
    const since = now.ok ? answerOf(now.value, report) : null
    return since ?? refused(refuse('shopify.user_error', words.slice(0, 300)))
  }
  const id = idAt(answer.value, 'fulfillmentCreate', 'fulfillment', 'id')
  return { outcome: 'accepted', words: `fulfillment ${id ?? ''}`.trim() }
}

/** Where the order itself says what becomes of the report. */
function answerOf(order: JsonObject, report: ShipmentReport): ReportAnswer | null {
  if (hasTracking(order, report.trackingNo))
    return { outcome: 'accepted', words: 'already fulfilled with this number' }
  if (filledAt(order, 'cancelled_at') !== null)
    return refused(refuse('shopify.order_cancelled', `order ${report.orderNo} was cancelled`))
  return null
}

function refused({ refusal }: Refused): ReportAnswer {
  return { outcome: 'refused', refusal }
}

async function askGraphql(
  settings: Settings,
  { http }: CallDeps,
  call: { query: string; variables: Record<string, unknown>; effect: 'read' | 'write' },
): Promise<Result<JsonObject>> {
  const token = settings.accessToken ?? ''
  if (token === '') return refuse('shopify.no_token', 'the connection has no access token')
  const answer = await knownRead(
    call.effect,
    http,
  )({
    method: 'POST',
    url: `${apiAddress(settings)}/admin/api/${settings.apiVersion ?? '2026-07'}/graphql.json`,
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      'x-shopify-access-token': token,
    },
    body: JSON.stringify({ query: call.query, variables: call.variables }),
    timeoutMs: call.effect === 'read' ? READ_TIMEOUT_MS : WRITE_TIMEOUT_MS,
  })
  return translate(answer, call.effect)
}

function apiAddress(settings: Settings): string {
  const base =
    settings.apiBase === undefined || settings.apiBase === '' ? 'https://{shopDomain}' : settings.apiBase
  return base.replace('{shopDomain}', settings.shopDomain ?? '').replace(/\/+$/, '')
}

/**
 * The one place that reads Shopify's answers. Refused: `shopify.unauthorized`, `shopify.forbidden`, `shopify.shop_frozen`,
 * `shopify.not_found`, `shopify.graphql_error`. Thrown: throttling (nothing was done), server errors (unknown for a write).
 */
function translate(
  answer: { status: number; headers: Readonly<Record<string, string>>; body: Uint8Array },
  effect: 'read' | 'write',
): Result<JsonObject> {
  const { status } = answer
  if (status === 401) return refuse('shopify.unauthorized', 'the access token is not accepted (401)')
  if (status === 402 || status === 423)
    return refuse('shopify.shop_frozen', `the shop is frozen or locked (${status})`)
  if (status === 403) return refuse('shopify.forbidden', 'the access token lacks a scope (403)')
  if (status === 404) return refuse('shopify.not_found', 'no such shop or API version (404)')
  if (status === 429) throw throttled(retryAfterMs(answer.headers))
  if (status >= 500)
    throw new Outage('shopify.server_error', `Shopify answered ${status}`, { unknown: effect === 'write' })
  const json = readJson(answer.body)
  if (status !== 200) return refuse('shopify.graphql_error', `Shopify answered ${status}`)
  if (!json.ok)
    throw new Outage('shopify.bad_answer', 'the answer is not JSON', { unknown: effect === 'write' })
  const errors = objectsAt(json.value, 'errors')
  if (errors.some((error) => filledAt(error, 'extensions', 'code') === 'THROTTLED')) throw throttled(null)
  const [error] = errors
  if (error !== undefined) {
    const code = filledAt(error, 'extensions', 'code') ?? ''
    if (code === 'ACCESS_DENIED') return refuse('shopify.forbidden', 'the access token lacks a scope')
    if (code === 'INTERNAL_SERVER_ERROR')
      throw new Outage('shopify.server_error', 'Shopify reports an internal error', {
        unknown: effect === 'write',
      })
    return refuse('shopify.graphql_error', (filledAt(error, 'message') ?? code).slice(0, 300))
  }
  const data = objectAt(json.value, 'data')
  if (data === null)
    throw new Outage('shopify.bad_answer', 'the answer has no data', { unknown: effect === 'write' })
  return ok(data)
}

const THROTTLE_WAIT_MS = 2_000

function throttled(waitMs: number | null): Outage {
  return new Outage('shopify.throttled', 'Shopify asks to slow down', {
    retryAfterMs: waitMs ?? THROTTLE_WAIT_MS,
  })
}

function retryAfterMs(headers: Readonly<Record<string, string>>): number | null {
  const seconds = headers['retry-after'] ?? ''
  return /^\d+(\.\d+)?$/.test(seconds) ? Math.ceil(Number(seconds) * 1000) : null
}
