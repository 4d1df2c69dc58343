import { createHmac } from 'node:crypto'

// Signing as https://www.standardwebhooks.com has it: `v1,` and the base64 of HMAC-SHA256 over id, seconds and body, joined by dots.

const SECRET_PREFIX = 'whsec_'
const SHORTEST = 16

/** A secret as receivers enter it. */
export function secretText(bytes: Uint8Array): string {
  return `${SECRET_PREFIX}${Buffer.from(bytes).toString('base64')}`
}

/** The bytes of a `whsec_` secret (Base64), or of any text of 16 characters or more; null where it is neither. */
export function keyOf(secret: string): Buffer | null {
  if (!secret.startsWith(SECRET_PREFIX)) return secret.length >= SHORTEST ? Buffer.from(secret) : null
  const text = secret.slice(SECRET_PREFIX.length)
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return null
  const key = Buffer.from(text, 'base64')
  return key.length >= SHORTEST ? key : null
}

/** `webhook-signature`: one `v1,` per key, separated by a blank, so that receivers can rotate. */
export function webhookSignature(
  keys: readonly Uint8Array[],
  { id, timestamp, body }: { readonly id: string; readonly timestamp: string; readonly body: string },
): string {
  return keys
    .map((key) => `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`)
    .join(' ')
}

/** The three headers of a signed call; `secrets` that are none are left out. */
export function signedHeaders(
  secrets: readonly string[],
  { id, seconds, body }: { readonly id: string; readonly seconds: number; readonly body: string },
): Record<string, string> {
  const keys = secrets.flatMap((secret) => keyOf(secret) ?? [])
  const timestamp = String(seconds)
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': webhookSignature(keys, { id, timestamp, body }),
  }
}
