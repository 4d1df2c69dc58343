import { jsonReply } from '#connectors/carriers/answers.ts'
import { sha256Hex, timingSafeEqualText } from '#connectors/digest.ts'
import type { InboundRequest, Receipt, Reply, Settings } from '#domain/connector.ts'
import { refuse } from '#kernel/result.ts'
import { linkForm, topicOf } from './schema.ts'
import { dataDigest } from './sign.ts'

/** How often 菜鸟 then sends again is not documented. */
export const CAINIAO_RETRY_REPLY: Reply = failure(503, false, 'S07', '系统繁忙，请稍后重试')

/**
 * Verifies a push by its digest over the content as it stands decoded in the form. Refused: `cainiao.unreadable` (no
 * `logistics_interface`), `cainiao.settings` (no secret: nothing could be verified), `cainiao.signature_missing`, `cainiao.signature`.
 */
export function receivePush(request: InboundRequest, settings: Settings): Receipt {
  const form = linkForm(request.body)
  if (form === null) return rejected('cainiao.unreadable', 'the form has no logistics_interface', 400, false)
  const isXml = form.content.trimStart().startsWith('<')
  const secret = settings.app_secret ?? ''
  if (secret === '') return rejected('cainiao.settings', 'the connection has no secret', 401, isXml)
  if (form.digest === null)
    return rejected('cainiao.signature_missing', 'the push carries no data_digest', 401, isXml)
  if (!timingSafeEqualText(form.digest, dataDigest(form.content, secret)))
    return rejected('cainiao.signature', 'data_digest does not match content and secret', 401, isXml)
  const topic = topicOf(form.msgType)
  return {
    verdict: 'accepted',
    topic,
    dedupKey: `${topic}:${sha256Hex(form.content)}`,
    orderNo: null,
    reply: isXml
      ? xml(200, '<response><success>true</success></response>')
      : jsonReply(200, { success: true }),
  }
}

function rejected(code: string, detail: string, status: number, isXml: boolean): Receipt {
  const own = status === 401 ? 'S02' : 'S01'
  const words = status === 401 ? '非法的数字签名' : '报文无法解析'
  return {
    verdict: 'rejected',
    refusal: refuse(code, detail).refusal,
    reply: failure(status, isXml, own, words),
  }
}

function failure(status: number, isXml: boolean, errorCode: string, errorMsg: string): Reply {
  if (!isXml) return jsonReply(status, { success: false, errorCode, errorMsg })
  const parts = `<errorCode>${errorCode}</errorCode><errorMsg>${errorMsg}</errorMsg>`
  return xml(status, `<response><success>false</success>${parts}</response>`)
}

function xml(status: number, body: string): Reply {
  return { status, contentType: 'text/xml; charset=utf-8', body }
}
