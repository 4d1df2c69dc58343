import { RETRY_LATER, rejection, TAKEN } from '#connectors/carriers/events.ts'
import { sha256Hex } from '#connectors/digest.ts'
import type { InboundRequest, Receipt, Settings } from '#domain/connector.ts'
import { isSigned } from './sign.ts'

export const FEDEX_RETRY_REPLY = RETRY_LATER

/** The documented header first; the others were met in the field. */
const HEADERS = ['fdx-signature', 'x-fdx-sc-signature', 'x-fedex-signature']

/**
 * Verifies a push over its raw bytes. It carries no id of its own: the hash of the body is its key. Refused: `fedex.settings`,
 * `fedex.signature_missing`, `fedex.signature`.
 */
export function receivePush(request: InboundRequest, settings: Settings): Receipt {
  const token = settings.security_token ?? ''
  if (token === '') return rejection('fedex.settings', 'the connection has no security token', 401)
  const given = HEADERS.map((name) => request.headers[name]).find(
    (value) => value !== undefined && value !== '',
  )
  if (given === undefined)
    return rejection('fedex.signature_missing', 'the push carries no fdx-signature', 401)
  if (!isSigned(given.trim(), token, request.body))
    return rejection('fedex.signature', 'fdx-signature does not match the body and the security token', 401)
  return {
    verdict: 'accepted',
    topic: 'push',
    dedupKey: `push:${sha256Hex(request.body)}`,
    orderNo: null,
    reply: TAKEN,
  }
}
