import { hmac, timingSafeEqualText } from '#connectors/digest.ts'
import type { Instant } from '#kernel/clock.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'

/** A signed message is taken within five minutes on either side of its timestamp. */
export const TOLERANCE_SECONDS = 300

/** A header lists one signature per key in use; more than a rotation needs is nobody's message. */
const MAX_SIGNATURES = 10

/** The key of a `whsec_` secret is what its Base64 holds; any other secret is used as its UTF-8 bytes. */
export function secretKey(secret: string): Uint8Array {
  const trimmed = secret.trim()
  return trimmed.startsWith('whsec_')
    ? Buffer.from(trimmed.slice('whsec_'.length), 'base64')
    : Buffer.from(trimmed, 'utf8')
}

/** One `v1,<base64>` entry of `webhook-signature` over the message's bytes as they were sent. */
export function signature(secret: string, id: string, timestamp: string, body: Uint8Array): string {
  const signed = Buffer.concat([Buffer.from(`${id}.${timestamp}.`, 'utf8'), body])
  return `v1,${hmac('sha256', secretKey(secret), signed, 'base64')}`
}

/**
 * Verifies a message signed after Standard Webhooks with any of the secrets (the present and, while rotating, the last
 * one). Refused: `print_station.signature_missing`, `print_station.stale` (more than 300 s off), `print_station.signature`.
 */
export function verify(
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
  secrets: readonly string[],
  now: Instant,
): Result<{ readonly id: string }> {
  const id = headers['webhook-id'] ?? ''
  const timestamp = headers['webhook-timestamp'] ?? ''
  const given = (headers['webhook-signature'] ?? '').split(' ').filter((entry) => entry !== '')
  if (id === '' || given.length === 0 || !/^\d{1,12}$/.test(timestamp))
    return refuse(
      'print_station.signature_missing',
      'webhook-id, webhook-timestamp (seconds) and webhook-signature are required',
    )
  if (Math.abs(now.epochMilliseconds - Number(timestamp) * 1000) > TOLERANCE_SECONDS * 1000)
    return refuse(
      'print_station.stale',
      `webhook-timestamp is more than ${TOLERANCE_SECONDS} s off the hub's clock`,
    )
  const expected = secrets
    .filter((secret) => secretKey(secret).length > 0)
    .map((secret) => signature(secret, id, timestamp, body))
  const matches = given
    .slice(0, MAX_SIGNATURES)
    .some((entry) => expected.some((one) => timingSafeEqualText(entry, one)))
  return matches
    ? ok({ id })
    : refuse('print_station.signature', 'no signature matches a secret of this connection')
}

/** The value that a signature vector must have; null for a kind that is not ours. */
export function computeVector(vector: {
  readonly kind: string
  readonly inputs: Readonly<Record<string, unknown>>
}): unknown | null {
  if (!/standard.?webhooks|print.?station|webhook-signature/i.test(vector.kind)) return null
  const text = (name: string): string => String(vector.inputs[name] ?? '')
  return signature(text('secret'), text('id'), text('timestamp'), Buffer.from(text('body'), 'utf8'))
}
