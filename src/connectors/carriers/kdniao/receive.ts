import { sha256Hex, timingSafeEqualText } from '#connectors/digest.ts'
import { filledAt } from '#connectors/json.ts'
import type { InboundRequest, Receipt, Reply, Settings } from '#domain/connector.ts'
import type { Instant } from '#kernel/clock.ts'
import { refuse } from '#kernel/result.ts'
import { type SignedData, signedData, traceEntries } from './schema.ts'
import { dataSign, plainDataSign } from './sign.ts'

/** 快递鸟 writes times in Beijing time and expects them so. */
const ZONE = 'Asia/Shanghai'

/** Not the accepting body; how often 快递鸟 then sends again is not documented. */
export const KDNIAO_RETRY_REPLY: Reply = {
  status: 503,
  contentType: 'application/json; charset=utf-8',
  body: JSON.stringify({
    EBusinessID: '',
    UpdateTime: '',
    Success: false,
    Reason: '服务暂不可用，请稍后重试',
  }),
}

/**
 * Verifies a push by its DataSign over the decoded RequestData. Refused: `kdniao.unreadable`, `kdniao.settings` (no AppKey:
 * nothing could be verified), `kdniao.signature_missing`, `kdniao.signature`.
 */
export function receivePush(request: InboundRequest, settings: Settings, now: Instant): Receipt {
  const reject = (code: string, detail: string, status: number, reason: string): Receipt => ({
    verdict: 'rejected',
    refusal: refuse(code, detail).refusal,
    reply: answer(status, settings, now, false, reason),
  })
  const signed = signedData(request.body)
  const appKey = settings.app_key ?? ''
  if (signed === null)
    return reject('kdniao.unreadable', 'the form has no RequestData', 400, '缺少 RequestData')
  if (appKey === '') return reject('kdniao.settings', 'the connection has no AppKey', 401, '签名校验失败')
  if (signed.dataSign === null)
    return reject('kdniao.signature_missing', 'the push carries no DataSign', 401, '缺少 DataSign')
  if (!timingSafeEqualText(plainDataSign(signed.dataSign), dataSign(signed.requestData, appKey)))
    return reject('kdniao.signature', 'DataSign does not match RequestData and AppKey', 401, '签名校验失败')
  return {
    verdict: 'accepted',
    ...identity(signed),
    reply: answer(200, settings, now, true, ''),
  }
}

/**
 * The traces without the envelope's PushTime, which changes when the same traces are sent again, and without RequestType, which
 * nobody signs: with it a push that was seen once could be sent again as another.
 */
function identity({ requestData, requestType }: SignedData) {
  const topic = `push.${/^\d{1,6}$/.test(requestType ?? '') ? requestType : 'other'}`
  const entries = traceEntries(requestData)
  if (!entries.ok || entries.value.length === 0)
    return { topic, dedupKey: `push:raw:${sha256Hex(requestData)}`, orderNo: null }
  const orders = new Set(entries.value.map((entry) => filledAt(entry, 'OrderCode')))
  const [first] = orders
  return {
    topic,
    dedupKey: `push:${sha256Hex(JSON.stringify(entries.value))}`,
    orderNo: orders.size === 1 ? (first ?? null) : null,
  }
}

function answer(status: number, settings: Settings, now: Instant, success: boolean, reason: string): Reply {
  const local = now.toZonedDateTimeISO(ZONE).toPlainDateTime()
  const body = {
    EBusinessID: settings.ebusiness_id ?? '',
    UpdateTime: local.toString({ smallestUnit: 'second' }).replace('T', ' '),
    Success: success,
    Reason: reason,
  }
  return { status, contentType: 'application/json; charset=utf-8', body: JSON.stringify(body) }
}
