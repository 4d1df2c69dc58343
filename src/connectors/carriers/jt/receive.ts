import { ackReply } from '#connectors/carriers/answers.ts'
import { RETRY_LATER, rejection } from '#connectors/carriers/events.ts'
import { readForm } from '#connectors/carriers/form.ts'
import { sha256Hex, timingSafeEqualText } from '#connectors/digest.ts'
import type { InboundRequest, Receipt, Reply, Settings } from '#domain/connector.ts'
import { digestOf } from './sign.ts'

export const JT_RETRY_REPLY = RETRY_LATER
/** The acknowledgement is not confirmed by any source: a setting. */
export const JT_ACK = '{"code":"1","msg":"success","data":"SUCCESS"}'

const ACK: Reply = { status: 200, contentType: 'application/json; charset=utf-8', body: JT_ACK }

/**
 * Verifies a push: header `digest` over the form's bizContent as it was decoded, and the account where the push names one. Refused:
 * `jt.settings`, `jt.unreadable`, `jt.signature_missing`, `jt.signature`, `jt.account`.
 */
export function receivePush(request: InboundRequest, settings: Settings): Receipt {
  const key = settings.private_key ?? ''
  if (key === '') return rejection('jt.settings', 'the connection has no private key', 401)
  const bizContent = readForm(request.body)?.get('bizContent')
  if (bizContent === undefined || bizContent === '')
    return rejection('jt.unreadable', 'the form has no bizContent', 400)
  const given = request.headers.digest
  if (given === undefined || given === '')
    return rejection('jt.signature_missing', 'the push carries no digest', 401)
  if (!timingSafeEqualText(given.trim(), digestOf(bizContent, key)))
    return rejection('jt.signature', 'digest does not match bizContent and the private key', 401)
  const account = request.headers.apiaccount
  if (account !== undefined && account !== '' && account.trim() !== settings.api_account)
    return rejection('jt.account', 'the push is for another apiAccount', 401)
  return {
    verdict: 'accepted',
    topic: 'trace',
    dedupKey: `trace:${sha256Hex(bizContent)}`,
    orderNo: null,
    reply: ackReply(settings.ack, ACK),
  }
}
