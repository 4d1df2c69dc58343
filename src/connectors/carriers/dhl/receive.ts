import { RETRY_LATER, rejection, TAKEN } from '#connectors/carriers/events.ts'
import { sha256Hex, timingSafeEqualText } from '#connectors/digest.ts'
import { objectsAt, readJson } from '#connectors/json.ts'
import type { InboundRequest, Receipt, Settings } from '#domain/connector.ts'

export const DHL_RETRY_REPLY = RETRY_LATER

/** The header in which DHL hands over the secret that activates a subscription. */
const HOOK_SECRET = 'dhl-api-hook-secret'

/**
 * DHL signs no push: it sends the header and token that the subscription registered. A request that hands over the activation secret
 * and brings no shipments is answered and kept, so that a person can copy it into the settings; whether DHL repeats that header with
 * every push is in no document, so that shipments beside it are a push like any other. Refused: `dhl.token_missing`, `dhl.token`, `dhl.settings`,
 * and as `readJson`.
 */
export function receivePush(request: InboundRequest, settings: Settings): Receipt {
  const json = readJson(request.body)
  const shipments = json.ok ? objectsAt(json.value, 'shipments') : []
  if (request.headers[HOOK_SECRET] !== undefined && shipments.length === 0)
    return { verdict: 'challenge', topic: 'activation', reply: TAKEN }
  const token = settings.push_token ?? ''
  if (token === '') return rejection('dhl.settings', 'the connection has no push token', 401)
  const given = request.headers[(settings.push_header ?? '').trim().toLowerCase()]
  if (given === undefined || given === '')
    return rejection('dhl.token_missing', 'the push carries no token header', 401)
  if (!timingSafeEqualText(given, token)) return rejection('dhl.token', 'the token is another one', 401)
  // Nothing proves that an unsigned text came whole: a broken one is asked for again.
  if (!json.ok) return rejection(json.refusal.code, json.refusal.detail, 400)
  return {
    verdict: 'accepted',
    topic: 'push',
    dedupKey: `push:${sha256Hex(request.body)}`,
    orderNo: null,
    reply: TAKEN,
  }
}
