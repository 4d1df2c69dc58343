import type { Connector, InboundRequest, Receipt, Reply, SettingField, Settings } from '#domain/connector.ts'
import type { Refused } from '#kernel/result.ts'
import { refuse } from '#kernel/result.ts'
import { sha256Hex } from '../../digest.ts'
import { shopifyCalls } from './client.ts'
import { CODES } from './codes.ts'
import { readShopify } from './read.ts'
import { verifyWebhook } from './sign.ts'

export { computeVector } from './sign.ts'

const ACK: Reply = { status: 200, contentType: 'text/plain; charset=utf-8', body: '' }
/** Anything but 2xx makes Shopify send again, eight times over four hours. */
const RETRY: Reply = { status: 503, contentType: 'text/plain; charset=utf-8', body: 'try again later' }

const FIELDS: readonly SettingField[] = [
  {
    name: 'shopDomain',
    zh: '店铺域名',
    en: 'Shop domain',
    secret: false,
    required: true,
    hint: { zh: '例如 my-shop.myshopify.com', en: 'for example my-shop.myshopify.com' },
  },
  {
    name: 'clientSecret',
    zh: '应用密钥 (Client secret)',
    en: 'App client secret',
    secret: true,
    onlyVerifies: true,
    required: true,
    hint: { zh: '用于校验推送签名', en: 'verifies the signature of webhooks' },
  },
  {
    name: 'previousClientSecret',
    zh: '更换前的密钥',
    en: 'Previous client secret',
    secret: true,
    onlyVerifies: true,
    required: false,
    hint: {
      zh: '更换密钥后最长 1 小时内仍可能用旧密钥签名',
      en: 'after a rotation the old one may sign for up to an hour',
    },
  },
  {
    name: 'accessToken',
    zh: '访问令牌',
    en: 'Access token',
    secret: true,
    required: false,
    hint: { zh: '查询订单与回传发货需要', en: 'needed to fetch orders and report shipments' },
  },
  {
    name: 'locationId',
    zh: '库存地点编号',
    en: 'Stock location',
    secret: false,
    required: false,
    hint: {
      zh: '回写库存的地点; 店铺只有一个地点时可不填',
      en: 'where stock is set; may stay empty for a shop with one location',
    },
  },
  {
    name: 'apiVersion',
    zh: 'API 版本',
    en: 'API version',
    secret: false,
    required: false,
    default: '2026-07',
  },
  {
    name: 'apiBase',
    zh: '接口地址',
    en: 'API base',
    secret: false,
    required: false,
    default: 'https://{shopDomain}',
  },
]

export const shopify: Connector = {
  kind: 'shopify',
  role: 'channel',
  zh: 'Shopify',
  en: 'Shopify',
  zone: 'UTC',
  fields: FIELDS,
  codes: CODES,
  receive: receiveShopify,
  retryReply: RETRY,
  read: (message) => readShopify(message),
  calls: shopifyCalls,
  // One mutation takes 250 lines; fewer keep a refused line from spoiling many.
  setStockMost: 100,
  // Per shop and application. GraphQL restores 100 points a second on the standard plan, and a call made here costs 10 to 20.
  rateLimit: { perSecond: 5, burst: 40 },
  accountOf: (settings) => (settings.shopDomain ?? '').trim().toLowerCase(),
  // Its documents: one second to connect, five in all.
  ackDeadlineMs: 5_000,
  // The order search lags its orders by seconds.
  poll: { everySeconds: 120, overlapSeconds: 120, lagSeconds: 30, windowSeconds: 3600 },
}

/** Both header families: the `X-Shopify-*` of webhooks and the bare ones of the newer Events, which go first. */
function header(request: InboundRequest, name: string): string {
  return (request.headers[`shopify-${name}`] ?? request.headers[`x-shopify-${name}`] ?? '').trim()
}

/**
 * Checks the HMAC over the bytes as they came. Rejected with 401: `shopify.signature_missing`, `shopify.signature_wrong`,
 * `shopify.wrong_shop`. Another API version than the setting's is accepted; its header is kept with the message.
 */
function receiveShopify(request: InboundRequest, settings: Settings): Receipt {
  const given = header(request, 'hmac-sha256')
  if (given === '') return rejected(refuse('shopify.signature_missing', 'the request carries no HMAC header'))
  const secrets = [settings.clientSecret, settings.previousClientSecret].filter(
    (one) => one !== undefined && one !== '',
  )
  if (!verifyWebhook(secrets as string[], request.body, given))
    return rejected(refuse('shopify.signature_wrong', 'the HMAC does not fit the body and the client secret'))
  const shop = header(request, 'shop-domain').toLowerCase()
  if (shop !== '' && shop !== (settings.shopDomain ?? '').trim().toLowerCase())
    return rejected(refuse('shopify.wrong_shop', `the message comes from the shop ${shop.slice(0, 100)}`))
  const topic = header(request, 'topic').toLowerCase().slice(0, 100)
  const delivery = header(request, 'webhook-id') || header(request, 'event-id') || 'none'
  // The delivery id is not signed, the body is: with its digest in the key nobody can use up a real delivery's id.
  return {
    verdict: 'accepted',
    topic: topic === '' ? 'unnamed' : topic,
    dedupKey: `webhook:${topic}:${delivery.slice(0, 100)}:${sha256Hex(request.body).slice(0, 16)}`,
    // The body is not parsed before it is kept; which order it speaks of is learned when it is interpreted.
    orderNo: null,
    reply: ACK,
  }
}

function rejected({ refusal }: Refused): Receipt {
  return {
    verdict: 'rejected',
    refusal,
    reply: { status: 401, contentType: 'text/plain; charset=utf-8', body: refusal.code },
  }
}
