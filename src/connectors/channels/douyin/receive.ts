import { sha256Hex, timingSafeEqualText } from '#connectors/digest.ts'
import { filledAt, readJson } from '#connectors/json.ts'
import type { InboundRequest, Receipt, Reply, Settings } from '#domain/connector.ts'
import { canonicalJson } from '#kernel/hash.ts'
import { type PushItem, pushOf } from './schema.ts'
import { type SignMethod, signEvent } from './sign.ts'

const json = (status: number, body: string): Reply => ({ status, contentType: 'application/json', body })

/** The only answer that the platform takes for an acknowledgement. */
export const ACK = json(200, '{"code":0,"msg":"success"}')
export const retryReply = json(503, '{"code":1,"msg":"fail"}')
const MAX_CHALLENGE_BYTES = 4096

/**
 * Verifies `event-sign` over the raw bytes, then names lane and key. Refused with `douyin.wrong_app`,
 * `douyin.signature_missing` or `douyin.signature_wrong`. A push carries no time, so there is no freshness to check.
 */
export function receive(request: InboundRequest, settings: Settings): Receipt {
  const appId = request.headers['app-id']
  const given = request.headers['event-sign']?.trim().toLowerCase() ?? ''
  if (given === '') {
    // The check of our URL may come before the app's keys are in use; answering it gives nothing away.
    if (request.body.length <= MAX_CHALLENGE_BYTES && isChallenge(itemsIn(request.body))) return challenge()
    return rejected(401, 'douyin.signature_missing', 'no event-sign header')
  }
  if (appId !== undefined && appId !== '' && appId !== settings.appKey)
    return rejected(403, 'douyin.wrong_app', 'the app-id header is not the app_key of this connection')
  if (!isSigned(request, settings, given))
    return rejected(401, 'douyin.signature_wrong', 'event-sign does not match the body')
  const items = itemsIn(request.body)
  if (isChallenge(items)) return challenge()
  const orders = new Set((items ?? []).map(({ data }) => filledAt(data ?? undefined, 'p_id')))
  const [only] = orders
  return {
    verdict: 'accepted',
    topic: items === null ? 'push:unreadable' : topicOf(items),
    dedupKey: `push:${contentHash(request.body)}`,
    orderNo: orders.size === 1 && only !== undefined ? only : null,
    reply: ACK,
  }
}

function isSigned(request: InboundRequest, settings: Settings, given: string): boolean {
  const appKey = settings.appKey ?? ''
  const appSecret = settings.appSecret ?? ''
  if (appKey === '' || appSecret === '') return false
  return methodsFor(request, settings).some((method) =>
    timingSafeEqualText(given, signEvent(appKey, appSecret, request.body, method)),
  )
}

/** The connection's setting goes before the `sign-method` header, the header before trying both. */
function methodsFor(request: InboundRequest, settings: Settings): readonly SignMethod[] {
  const named =
    settings.pushSign === undefined || settings.pushSign === 'auto'
      ? request.headers['sign-method']
      : settings.pushSign
  if (named === undefined || named === '') return ['md5', 'hmac-sha256']
  return /hmac/i.test(named) ? ['hmac-sha256'] : ['md5']
}

function itemsIn(body: Uint8Array): readonly PushItem[] | null {
  const value = readJson(body)
  const items = value.ok ? pushOf(value.value) : value
  return items.ok ? items.value : null
}

function isChallenge(items: readonly PushItem[] | null): boolean {
  return items?.every(({ tag }) => tag === '0') ?? false
}

function topicOf(items: readonly PushItem[]): string {
  const tags = [...new Set(items.map(({ tag }) => tag))].sort()
  return `tag:${tags.slice(0, 5).join('+')}`
}

/**
 * Key of the whole array over what it says: the same messages in another order or with other blanks are a redelivery. It
 * holds the content beside the msg_id, so that an array that shares only some messages with an earlier one is not lost.
 */
function contentHash(body: Uint8Array): string {
  const value = readJson(body)
  if (!value.ok || !Array.isArray(value.value)) return sha256Hex(body)
  return sha256Hex(
    value.value
      .map((item: unknown) => canonicalJson(item))
      .sort()
      .join('\n'),
  )
}

function challenge(): Receipt {
  return { verdict: 'challenge', topic: 'tag:0', reply: ACK }
}

function rejected(status: number, code: string, detail: string): Receipt {
  return { verdict: 'rejected', refusal: { code, detail }, reply: json(status, '{"code":1,"msg":"fail"}') }
}
