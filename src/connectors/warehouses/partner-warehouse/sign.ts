import { hmac, timingSafeEqualText } from '#connectors/digest.ts'
import type { Settings } from '#domain/connector.ts'
import type { Instant } from '#kernel/clock.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { keyOf } from '#platform/webhook-sign.ts'

/** A report is taken within five minutes on either side of its timestamp. */
const TOLERANCE_SECONDS = 300
const MAX_SIGNATURES = 10

/** The present secret and, while it is rotated, the last one; those that cannot be a key are left out. */
export function secretsOf(settings: Settings): string[] {
  return [settings.secret ?? '', settings.previous_secret ?? '']
    .map((one) => one.trim())
    .filter((one) => keyOf(one) !== null)
}

/**
 * Verifies a report signed after Standard Webhooks, over its bytes as they came. Refused: `partner_warehouse.settings` (no usable secret),
 * `partner_warehouse.signature_missing`, `partner_warehouse.stale`, `partner_warehouse.signature`.
 */
export function verifyReport(
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
  settings: Settings,
  now: Instant,
): Result<{ readonly id: string }> {
  const keys = secretsOf(settings).flatMap((secret) => keyOf(secret) ?? [])
  if (keys.length === 0)
    return refuse('partner_warehouse.settings', 'the connection has no secret of 16 characters or more')
  const id = headers['webhook-id'] ?? ''
  const timestamp = headers['webhook-timestamp'] ?? ''
  const given = (headers['webhook-signature'] ?? '').split(' ').filter((entry) => entry !== '')
  if (id === '' || given.length === 0 || !/^\d{1,12}$/.test(timestamp))
    return refuse(
      'partner_warehouse.signature_missing',
      'webhook-id, webhook-timestamp (seconds) and webhook-signature are required',
    )
  const away = Math.abs(now.epochMilliseconds - Number(timestamp) * 1_000)
  if (away > TOLERANCE_SECONDS * 1_000)
    return refuse('partner_warehouse.stale', `webhook-timestamp is more than ${TOLERANCE_SECONDS} s off`)
  const signed = Buffer.concat([Buffer.from(`${id}.${timestamp}.`, 'utf8'), body])
  const expected = keys.map((key) => `v1,${hmac('sha256', key, signed, 'base64')}`)
  const matches = given
    .slice(0, MAX_SIGNATURES)
    .some((entry) => expected.some((one) => timingSafeEqualText(entry, one)))
  return matches
    ? ok({ id })
    : refuse('partner_warehouse.signature', 'no signature matches a secret of this connection')
}
