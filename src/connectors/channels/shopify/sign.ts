import { hmac, timingSafeEqualText } from '../../digest.ts'

/** Shopify's webhook signature: base64 of HMAC-SHA256 over the raw body with the app's client secret. */
export function webhookSignature(secret: string, body: string | Uint8Array): string {
  return hmac('sha256', secret, body, 'base64')
}

/** True where one of the secrets made the signature; all are tried, so that the time tells nothing of which one fits. */
export function verifyWebhook(secrets: readonly string[], body: Uint8Array, given: string): boolean {
  return secrets.map((secret) => timingSafeEqualText(given, webhookSignature(secret, body))).includes(true)
}

/**
 * The hmac of an OAuth callback: lower-case hex of HMAC-SHA256 over the query without `hmac`, its parameters sorted by name.
 * The parameters stay percent-encoded as they came.
 */
export function oauthSignature(secret: string, query: string): string {
  return hmac('sha256', secret, signedQuery(query), 'hex')
}

function signedQuery(query: string): string {
  const nameOf = (pair: string): string => pair.split('=', 1)[0] ?? ''
  return query
    .replace(/^\?/, '')
    .split('&')
    .filter((pair) => pair !== '' && nameOf(pair) !== 'hmac')
    .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : nameOf(a) > nameOf(b) ? 1 : 0))
    .join('&')
}

/** Computes one published test vector; null where its kind is not one of Shopify's. */
export function computeVector(vector: { kind: string; inputs: Record<string, unknown> }): unknown | null {
  const text = (name: string): string | null => {
    const value = vector.inputs[name]
    return typeof value === 'string' ? value : null
  }
  const secret = text('client_secret') ?? text('secret')
  if (secret === null) return null
  const query = text('query')
  if (query !== null) return oauthSignature(secret, query)
  const body = text('raw_body') ?? text('body')
  return body === null ? null : webhookSignature(secret, body)
}
