import { RETRY_LATER, rejection, TAKEN } from '#connectors/carriers/events.ts'
import { sha256Hex, timingSafeEqualText } from '#connectors/digest.ts'
import { readJson } from '#connectors/json.ts'
import type { InboundRequest, Receipt, Settings } from '#domain/connector.ts'

export const UPS_RETRY_REPLY = RETRY_LATER

/**
 * Track Alert signs nothing: the header `credential` holds the secret that the subscription (v1) or the portal (v2) gave it. Refused:
 * `ups.settings`, `ups.credential_missing`, `ups.credential`, and as `readJson`.
 */
export function receivePush(request: InboundRequest, settings: Settings): Receipt {
  const secret = settings.credential ?? ''
  if (secret === '') return rejection('ups.settings', 'the connection has no credential of pushes', 401)
  const given = request.headers.credential
  if (given === undefined || given === '')
    return rejection('ups.credential_missing', 'the push carries no credential header', 401)
  if (!timingSafeEqualText(given, secret))
    return rejection('ups.credential', 'the credential header is another one', 401)
  // Nothing proves that an unsigned text came whole: a broken one is asked for again.
  const json = readJson(request.body)
  if (!json.ok) return rejection(json.refusal.code, json.refusal.detail, 400)
  return {
    verdict: 'accepted',
    topic: 'alert',
    dedupKey: `alert:${sha256Hex(request.body)}`,
    orderNo: null,
    reply: TAKEN,
  }
}
