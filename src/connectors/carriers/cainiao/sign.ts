import { hash } from 'node:crypto'

/** `data_digest` of LINK: Base64 of the 16 raw bytes of MD5 over the content as sent and the secret, not of their hex text. */
export function dataDigest(content: string, secret: string): string {
  return hash('md5', `${content}${secret}`, 'base64')
}

/** The value that a published signature vector must have; null for a kind that is not ours. */
export function computeVector(vector: {
  readonly kind: string
  readonly inputs: Readonly<Record<string, unknown>>
}): unknown | null {
  const { logistics_interface: content, appSecret } = vector.inputs
  return content === undefined ? null : dataDigest(String(content), String(appSecret ?? ''))
}
