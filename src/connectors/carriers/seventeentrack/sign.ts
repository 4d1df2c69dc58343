import { createHash } from 'node:crypto'

/** `sign` of a push: SHA-256, lower-case hex, of the raw body, a slash and the API key. A plain hash, no HMAC. */
export function pushSign(rawBody: string | Uint8Array, apiKey: string): string {
  return createHash('sha256').update(rawBody).update(`/${apiKey}`, 'utf8').digest('hex')
}

/** The value that a published signature vector must have; null for a kind that is not ours. */
export function computeVector(vector: {
  readonly kind: string
  readonly inputs: Readonly<Record<string, unknown>>
}): unknown | null {
  if (!/sign/i.test(vector.kind)) return null
  return pushSign(String(vector.inputs.rawBody ?? ''), String(vector.inputs.apiKey ?? ''))
}
