import { ackReply, jsonReply, rejectedPush } from '#connectors/carriers/answers.ts'
import { sha256Hex, timingSafeEqualText } from '#connectors/digest.ts'
import type { InboundRequest, Receipt, Settings } from '#domain/connector.ts'
import { pushForm } from './schema.ts'
import { pushDigest } from './sign.ts'

/** Not the accepting body; how often ZTO then sends again is not documented. */
export const ZTO_RETRY_REPLY = jsonReply(503, { status: false, statusCode: 'S203', message: '服务暂不可用' })

/**
 * Verifies a push by `data_digest` over the decoded `data`, and that it is meant for this application. Refused: `zto.unreadable`,
 * `zto.settings` (no secret: nothing could be verified), `zto.signature_missing`, `zto.signature`, `zto.wrong_app`.
 */
export function receivePush(request: InboundRequest, settings: Settings): Receipt {
  const form = pushForm(request.body)
  const secret = settings.app_secret ?? ''
  if (form === null) return rejected(400, 'zto.unreadable', 'the form has no data', '缺少 data')
  if (secret === '') return rejected(401, 'zto.settings', 'the connection has no appSecret', '签名错误')
  if (form.digest === null)
    return rejected(401, 'zto.signature_missing', 'the push carries no data_digest', '缺少 data_digest')
  if (!timingSafeEqualText(form.digest, pushDigest(form.data, secret)))
    return rejected(401, 'zto.signature', 'data_digest does not match data and appSecret', '签名错误')
  if (form.companyId !== null && form.companyId !== (settings.app_key ?? ''))
    return rejected(403, 'zto.wrong_app', 'company_id is not the connection’s appKey', 'company_id 不符')
  const topic = /^\w{1,40}$/.test(form.msgType ?? '') ? `push.${form.msgType}` : 'push.other'
  return {
    verdict: 'accepted',
    topic,
    // What was sent again has the same data; `token` around it may change.
    dedupKey: `${topic}:${sha256Hex(form.data)}`,
    orderNo: null,
    reply: ackReply(settings.push_reply, ACK),
  }
}

const ACK = jsonReply(200, { status: true, statusCode: 'SYS000', message: '成功', result: null })

function rejected(status: number, code: string, detail: string, message: string): Receipt {
  return rejectedPush(status, code, detail, { status: false, message })
}
