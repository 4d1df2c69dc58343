import { hmac, timingSafeEqualText } from '#connectors/digest.ts'

/** `fdx-signature`: HMAC-SHA256 of the raw body under the webhook project's security token, in base64. */
export function webhookSignature(securityToken: string, rawBody: string | Uint8Array): string {
  return hmac('sha256', securityToken, rawBody, 'base64')
}

/** FedEx's text says base64 and in one sentence hex: base64 is tried first, hex is taken too. Constant time each. */
export function isSigned(given: string, securityToken: string, rawBody: Uint8Array): boolean {
  const base64 = timingSafeEqualText(given, webhookSignature(securityToken, rawBody))
  const hex = timingSafeEqualText(given.toLowerCase(), hmac('sha256', securityToken, rawBody, 'hex'))
  return base64 || hex
}

/** The value that a published signature vector must have; null for a kind that is not ours. */
export function computeVector(vector: {
  readonly kind: string
  readonly inputs: Readonly<Record<string, unknown>>
}): unknown | null {
  if (!/fdx-signature/i.test(vector.kind)) return null
  return webhookSignature(String(vector.inputs.securityToken ?? ''), String(vector.inputs.rawBody ?? ''))
}
