import { RETRY_LATER, rejection, TAKEN } from '#connectors/carriers/events.ts'
import { sha256Hex, timingSafeEqualText } from '#connectors/digest.ts'
import type { InboundRequest, Receipt, Settings } from '#domain/connector.ts'
import { pushSign } from './sign.ts'

export const SEVENTEENTRACK_RETRY_REPLY = RETRY_LATER

/** Verifies a push over its raw bytes. Refused: `seventeentrack.settings`, `seventeentrack.signature_missing`, `seventeentrack.signature`. */
export function receivePush(request: InboundRequest, settings: Settings): Receipt {
  const key = settings.key ?? ''
  if (key === '') return rejection('seventeentrack.settings', 'the connection has no key', 401)
  const given = request.headers.sign
  if (given === undefined || given === '')
    return rejection('seventeentrack.signature_missing', 'the push carries no sign', 401)
  if (!timingSafeEqualText(given.trim().toLowerCase(), pushSign(request.body, key)))
    return rejection('seventeentrack.signature', 'sign does not match the body and the key', 401)
  return {
    verdict: 'accepted',
    topic: 'push',
    dedupKey: `push:${sha256Hex(request.body)}`,
    orderNo: null,
    reply: TAKEN,
  }
}
