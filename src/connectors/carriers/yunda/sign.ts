import { md5Hex } from '#connectors/digest.ts'

/** `sign` of a call: 32 lower-case hex digits over the body as sent, an underscore and the secret. */
export function openSign(body: string, appSecret: string): string {
  return md5Hex(`${body}_${appSecret}`)
}

/** The value that a published signature vector must have; null for a kind that is not ours. */
export function computeVector(vector: {
  readonly kind: string
  readonly inputs: Readonly<Record<string, unknown>>
}): unknown | null {
  const { body, appSecret } = vector.inputs
  return typeof body === 'string' && typeof appSecret === 'string' ? openSign(body, appSecret) : null
}
