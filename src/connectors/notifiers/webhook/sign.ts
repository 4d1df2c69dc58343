import { createHmac } from 'node:crypto'

const SHORTEST = 16

/** The bytes of a `whsec_` secret (Base64), or of any text of 16 characters or more; null where it is neither. */
export function keyOf(secret: string): Buffer | null {
  if (!secret.startsWith('whsec_')) return secret.length >= SHORTEST ? Buffer.from(secret) : null
  const text = secret.slice('whsec_'.length)
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return null
  const key = Buffer.from(text, 'base64')
  return key.length >= SHORTEST ? key : null
}

/** `webhook-signature` of Standard Webhooks: one `v1,` per key, separated by a blank, so that receivers can rotate. */
export function webhookSignature(
  keys: readonly Uint8Array[],
  { id, timestamp, body }: { readonly id: string; readonly timestamp: string; readonly body: string },
): string {
  return keys
    .map((key) => `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`)
    .join(' ')
}
