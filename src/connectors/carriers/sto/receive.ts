import { ackReply, jsonReply, rejectedPush } from '#connectors/carriers/answers.ts'
import { sha256Hex, timingSafeEqualText } from '#connectors/digest.ts'
import type { InboundRequest, Receipt, Settings } from '#domain/connector.ts'
import { ORDER_NO_MOST } from '#kernel/id.ts'
import { parsePush, pushForm } from './schema.ts'
import { dataDigest } from './sign.ts'

/** Not the accepting body: STO sends again whenever its request fails or runs out of time. */
export const STO_RETRY_REPLY = jsonReply(503, { success: 'false', errorCode: 'S07', errorMsg: '系统繁忙' })

/**
 * Verifies a push by `data_digest` over the decoded `content`. The key is STO's own `outBizCode`, which its documents name for that
 * purpose: it pushes again after a time-out even where we had it. Refused: `sto.unreadable`, `sto.settings` (no secret: nothing could
 * be verified), `sto.signature_missing`, `sto.signature`.
 */
export function receivePush(request: InboundRequest, settings: Settings): Receipt {
  const form = pushForm(request.body)
  const secret = settings.secret_key ?? ''
  if (form === null) return rejected(400, 'sto.unreadable', 'the form has no content', '缺少 content')
  if (secret === '') return rejected(401, 'sto.settings', 'the connection has no secretKey', '签名错误')
  if (form.digest === null)
    return rejected(401, 'sto.signature_missing', 'the push carries no data_digest', '缺少 data_digest')
  if (!timingSafeEqualText(form.digest, dataDigest(form.content, secret)))
    return rejected(401, 'sto.signature', 'data_digest does not match content and secretKey', '签名错误')
  const scan = parsePush(form.content)
  const topic = form.apiName === null || form.apiName === 'STO_TRACE_PLATFORM_PUSH' ? 'push' : 'push.other'
  const own = scan.ok && topic === 'push' ? scan.value : null
  const order = own?.order ?? null
  return {
    verdict: 'accepted',
    topic,
    dedupKey:
      own?.bizCode == null
        ? `${topic}:raw:${sha256Hex(form.content)}`
        : `push:${own.number}:${own.bizCode}`.slice(0, 200),
    orderNo: order !== null && order.length <= ORDER_NO_MOST ? order : null,
    reply: ackReply(settings.push_reply, ACK),
  }
}

const ACK = jsonReply(200, { success: 'true', errorCode: '', errorMsg: '' })

/** The same scan under the same `outBizCode`, whatever else STO changed around it (a courier's phone, a remark). */
export function isRedelivery(first: Uint8Array, again: Uint8Array): boolean {
  const [one, other] = [first, again].map((body) => {
    const form = pushForm(body)
    const scan = form === null ? null : parsePush(form.content)
    return scan?.ok === true && scan.value.bizCode !== null ? scan.value : null
  })
  return (
    one != null &&
    other != null &&
    one.bizCode === other.bizCode &&
    one.number === other.number &&
    one.scanType === other.scanType &&
    one.time === other.time
  )
}

function rejected(status: number, code: string, detail: string, errorMsg: string): Receipt {
  return rejectedPush(status, code, detail, { success: 'false', errorCode: 'S02', errorMsg })
}
