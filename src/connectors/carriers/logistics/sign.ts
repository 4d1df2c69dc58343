import { hmac } from '#connectors/digest.ts'

/** `v1=` and the hex HMAC-SHA256 of `timestamp.body` under the connection's secret; the timestamp in whole seconds since 1970. */
export function trackSignature(secret: string, timestamp: string, body: string | Uint8Array): string {
  return `v1=${hmac('sha256', secret, Buffer.concat([Buffer.from(`${timestamp}.`), Buffer.from(body)]), 'hex')}`
}

/** The value of a vector in the same form as the carriers' own; null for a kind that is not ours. */
export function computeVector(vector: {
  readonly kind: string
  readonly inputs: Readonly<Record<string, unknown>>
}): unknown | null {
  if (!/signature/i.test(vector.kind)) return null
  const text = (name: string): string => String(vector.inputs[name] ?? '')
  return trackSignature(text('secret'), text('timestamp'), text('rawBody'))
}
