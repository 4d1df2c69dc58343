import { hmac, timingSafeEqualText } from '../../digest.ts'

/** Lower-case hex of HMAC-SHA256 over the time header, a dot and the raw body. */
export function signature(secret: string, timestamp: string, body: Uint8Array): string {
  return hmac('sha256', secret, Buffer.concat([Buffer.from(`${timestamp}.`), body]), 'hex')
}

export function verify(secret: string, timestamp: string, body: Uint8Array, given: string): boolean {
  return timingSafeEqualText(given, signature(secret, timestamp, body))
}

/** Computes one published test vector; null where its kind is not one of this platform's. */
export function computeVector(vector: { kind: string; inputs: Record<string, unknown> }): unknown | null {
  const { secret, timestamp, raw_body } = vector.inputs
  if (typeof secret !== 'string' || typeof timestamp !== 'string' || typeof raw_body !== 'string') return null
  return signature(secret, timestamp, Buffer.from(raw_body))
}
