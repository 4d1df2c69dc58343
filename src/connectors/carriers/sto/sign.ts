import { createHash } from 'node:crypto'

/** `data_digest` of calls and pushes alike: Base64 of the raw MD5 over the decoded `content` and the secret key. */
export function dataDigest(content: string, secretKey: string): string {
  return createHash('md5').update(`${content}${secretKey}`, 'utf8').digest('base64')
}

/** The value that a published signature vector must have; null for a kind that is not ours. */
export function computeVector(vector: {
  readonly kind: string
  readonly inputs: Readonly<Record<string, unknown>>
}): unknown | null {
  const { content, secretKey } = vector.inputs
  return typeof content === 'string' && typeof secretKey === 'string' ? dataDigest(content, secretKey) : null
}
