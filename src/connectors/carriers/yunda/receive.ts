import { ackReply, jsonReply, rejectedPush } from '#connectors/carriers/answers.ts'
import { sha256Hex, timingSafeEqualText } from '#connectors/digest.ts'
import { decodeText } from '#connectors/json.ts'
import type { InboundRequest, Receipt, Settings } from '#domain/connector.ts'
import { ORDER_NO_MOST } from '#kernel/id.ts'
import { parseSteps } from './schema.ts'
import { openSign } from './sign.ts'

/** Not the accepting body; how often 韵达 then sends again is not documented. */
export const YUNDA_RETRY_REPLY = jsonReply(503, { result: false, code: '7777', message: '服务暂不可用' })

/**
 * How 韵达 signs a push is not documented. Taken is a body signed as its calls are (header `sign`), or one that carries the header that
 * both sides agreed on, where the connection names one. Refused: `yunda.unreadable`, `yunda.settings` (nothing could be verified),
 * `yunda.header_refused`, `yunda.signature_missing`, `yunda.signature`.
 */
export function receivePush(request: InboundRequest, settings: Settings): Receipt {
  const text = decodeText(request.body)
  const secret = settings.app_secret ?? ''
  const header = settings.push_header?.trim().toLowerCase() ?? ''
  if (text === null) return rejected(400, 'yunda.unreadable', 'the body is not UTF-8', '报文不可读')
  if (header !== '') {
    const expected = settings.push_header_value ?? ''
    if (expected === '' || !timingSafeEqualText(request.headers[header] ?? '', expected))
      return rejected(
        403,
        'yunda.header_refused',
        `the shared header ${header} is missing or wrong`,
        '请求头校验失败',
      )
  } else {
    const given = request.headers.sign ?? ''
    if (secret === '') return rejected(401, 'yunda.settings', 'the connection has no app-secret', '签名失败')
    if (given === '') return rejected(401, 'yunda.signature_missing', 'the push carries no sign', '缺少 sign')
    if (!timingSafeEqualText(given.toLowerCase(), openSign(text, secret)))
      return rejected(401, 'yunda.signature', 'sign does not match the body and the secret', '签名失败')
  }
  const steps = parseSteps(text)
  if (!steps.ok && steps.refusal.code === 'yunda.unreadable')
    return rejected(400, 'yunda.unreadable', steps.refusal.detail, '报文不可读')
  const orders = new Set(steps.ok ? steps.value.map(({ order }) => order) : [])
  const [order] = orders.size === 1 ? [...orders] : []
  return {
    verdict: 'accepted',
    topic: 'push',
    dedupKey: `push:${sha256Hex(text)}`,
    orderNo: order != null && order.length <= ORDER_NO_MOST ? order : null,
    reply: ackReply(settings.push_reply, ACK),
  }
}

const ACK = jsonReply(200, { result: true, code: '0000', message: '请求成功' })

function rejected(status: number, code: string, detail: string, message: string): Receipt {
  return rejectedPush(status, code, detail, { result: false, code: '7400', message })
}
