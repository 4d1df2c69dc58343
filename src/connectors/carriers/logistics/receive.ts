import { RETRY_LATER, rejection } from '#connectors/carriers/events.ts'
import { sha256Hex, timingSafeEqualText } from '#connectors/digest.ts'
import type { InboundRequest, Receipt, Settings } from '#domain/connector.ts'
import type { Instant } from '#kernel/clock.ts'
import { parseTrack } from './schema.ts'
import { trackSignature } from './sign.ts'

export const LOGISTICS_RETRY_REPLY = RETRY_LATER

export const TIMESTAMP_HEADER = 'x-holdfast-timestamp'
export const SIGNATURE_HEADER = 'x-holdfast-signature'
export const WINDOW_SECONDS = 300

/**
 * Verifies a call over its raw bytes and its time, then its shape, so that a sender learns at once what is wrong; nothing of a refused
 * batch is taken. Refused: `logistics.settings`, `logistics.signature_missing`, `logistics.stale`, `logistics.signature`, and as
 * `parseTrack`.
 */
export function receiveTrack(request: InboundRequest, settings: Settings, now: Instant): Receipt {
  const secret = settings.secret ?? ''
  if (secret === '') return rejection('logistics.settings', 'the connection has no secret', 401)
  const timestamp = request.headers[TIMESTAMP_HEADER]?.trim() ?? ''
  const given = request.headers[SIGNATURE_HEADER]?.trim() ?? ''
  if (timestamp === '' || given === '')
    return rejection(
      'logistics.signature_missing',
      `${TIMESTAMP_HEADER} and ${SIGNATURE_HEADER} are needed`,
      401,
    )
  if (!/^\d{10}$/.test(timestamp))
    return rejection('logistics.stale', `${TIMESTAMP_HEADER} is in whole seconds since 1970`, 401)
  if (!timingSafeEqualText(given, trackSignature(secret, timestamp, request.body)))
    return rejection('logistics.signature', 'the signature does not match timestamp, body and secret', 401)
  const away = Math.abs(Number(timestamp) - Math.floor(now.epochMilliseconds / 1_000))
  if (away > WINDOW_SECONDS)
    return rejection(
      'logistics.stale',
      `the time of sending is ${away} s away from ours; ${WINDOW_SECONDS} s are taken`,
      401,
    )
  const events = parseTrack(request.body)
  if (!events.ok)
    return rejection(
      events.refusal.code,
      events.refusal.detail,
      events.refusal.code === 'logistics.too_many' ? 413 : 422,
    )
  return {
    verdict: 'accepted',
    topic: 'track',
    dedupKey: `track:${sha256Hex(request.body)}`,
    orderNo: onlyOne(events.value.map(({ orderNo }) => orderNo)),
    reply: {
      status: 202,
      contentType: 'application/json; charset=utf-8',
      body: JSON.stringify({ accepted: events.value.length }),
    },
  }
}

/** The order that all of them name; null where they differ. */
function onlyOne(orders: readonly (string | null)[]): string | null {
  const first = orders[0] ?? null
  return orders.every((one) => one === first) ? first : null
}
