import { ackReply, rejectedPush } from '#connectors/carriers/answers.ts'
import { xmlText } from '#connectors/carriers/xml.ts'
import { sha256Hex, timingSafeEqualText } from '#connectors/digest.ts'
import { filledAt } from '#connectors/json.ts'
import type { InboundRequest, Receipt, Reply, Settings } from '#domain/connector.ts'
import { ORDER_NO_MOST } from '#kernel/id.ts'
import { pushedObject, pushForm } from './schema.ts'
import { dataDigest } from './sign.ts'

/** Not the accepting body; how often 圆通 then sends again is not documented. */
export const YTO_RETRY_REPLY: Reply = xmlReply(503, '', false)

/**
 * Verifies a push by `data_digest` over the decoded `logistics_interface`. Refused: `yto.unreadable`, `yto.settings` (no secret:
 * nothing could be verified), `yto.signature_missing`, `yto.signature`.
 */
export function receivePush(request: InboundRequest, settings: Settings): Receipt {
  const form = pushForm(request.body)
  const secret = (settings.push_secret ?? '') || (settings.secret ?? '')
  if (form === null)
    return rejected(
      400,
      'yto.unreadable',
      'the form has no logistics_interface',
      'S01 缺少 logistics_interface',
    )
  if (secret === '') return rejected(401, 'yto.settings', 'the connection has no secret', 'S02 签名错误')
  if (form.digest === null)
    return rejected(401, 'yto.signature_missing', 'the push carries no data_digest', 'S02 缺少 data_digest')
  if (!timingSafeEqualText(form.digest, dataDigest(form.content, secret)))
    return rejected(
      401,
      'yto.signature',
      'data_digest does not match the content and the secret',
      'S02 签名错误',
    )
  const update = pushedObject(form.content)
  const order = update.ok ? filledAt(update.value, 'txLogisticID') : null
  const standard = form.content.startsWith('<') ? xmlReply(200, order ?? '', true) : JSON_ACK
  return {
    verdict: 'accepted',
    topic: 'push',
    dedupKey: `push:${sha256Hex(form.content)}`,
    orderNo: order !== null && order.length <= ORDER_NO_MOST ? order : null,
    reply: ackReply(settings.push_reply, standard),
  }
}

const JSON_ACK: Reply = {
  status: 200,
  contentType: 'application/json; charset=utf-8',
  body: JSON.stringify({ success: true, code: '0', message: '成功' }),
}

function xmlReply(status: number, order: string, success: boolean): Reply {
  const body =
    `<Response><logisticProviderID>YTO</logisticProviderID><txLogisticID>${xmlText(order)}</txLogisticID>` +
    `<success>${success}</success></Response>`
  return { status, contentType: 'text/xml; charset=utf-8', body }
}

function rejected(status: number, code: string, detail: string, message: string): Receipt {
  return rejectedPush(status, code, detail, { success: false, message })
}
