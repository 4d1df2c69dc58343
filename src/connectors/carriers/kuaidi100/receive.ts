import { sha256Hex, timingSafeEqualText } from '#connectors/digest.ts'
import type { InboundRequest, Receipt, Reply, Settings } from '#domain/connector.ts'
import { refuse } from '#kernel/result.ts'
import { parsePush, signedParam } from './schema.ts'
import { pushSign } from './sign.ts'

/** Anything but the accepting body makes 快递100 send again after 30 minutes, three times at most. */
export const KUAIDI100_RETRY_REPLY = answer(503, false, '500', '服务暂不可用，请稍后重试')

const ACCEPTED = answer(200, true, '200', '成功')

/**
 * Verifies a push. With a salt in the settings every push must carry the right sign; without one 快递100 signs nothing and
 * the secret callback address alone authenticates it. Refused: `kuaidi100.unreadable`, `kuaidi100.signature_missing`,
 * `kuaidi100.signature`.
 */
export function receivePush(request: InboundRequest, settings: Settings): Receipt {
  const signed = signedParam(request.body)
  if (signed === null) return rejected('kuaidi100.unreadable', 'the form has no param', 400)
  const salt = settings.salt ?? ''
  if (salt !== '') {
    if (signed.sign === null) return rejected('kuaidi100.signature_missing', 'the push carries no sign', 401)
    if (!timingSafeEqualText(signed.sign.toUpperCase(), pushSign(signed.param, salt)))
      return rejected('kuaidi100.signature', 'the sign does not match param and salt', 401)
  } else {
    // Nothing proves that an unsigned text came whole: a broken one is asked for again.
    const push = parsePush(request.body)
    if (!push.ok && push.refusal.code === 'kuaidi100.unreadable')
      return rejected(push.refusal.code, push.refusal.detail, 400)
  }
  return {
    verdict: 'accepted',
    topic: 'trace',
    dedupKey: `trace:${sha256Hex(signed.param)}`,
    orderNo: null,
    reply: ACCEPTED,
  }
}

function rejected(code: string, detail: string, status: number): Receipt {
  const reply = answer(status, false, String(status), status === 401 ? '签名校验失败' : '报文无法解析')
  return { verdict: 'rejected', refusal: refuse(code, detail).refusal, reply }
}

function answer(status: number, result: boolean, returnCode: string, message: string): Reply {
  const body = JSON.stringify({ result, returnCode, message })
  return { status, contentType: 'application/json; charset=utf-8', body }
}
