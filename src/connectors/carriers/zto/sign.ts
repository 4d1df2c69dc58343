import { createHash } from 'node:crypto'

/** How the application signs; chosen in ZTO's console per application. */
export const DIGEST_MODES = ['md5_base64', 'md5_hex', 'sha256_base64', 'sha256_hex'] as const
export type DigestMode = (typeof DIGEST_MODES)[number]

export function isDigestMode(text: string): text is DigestMode {
  return (DIGEST_MODES as readonly string[]).includes(text)
}

/** `x-dataDigest` of a call: the hash of the body's text and the secret behind it. */
export function dataDigest(mode: DigestMode, body: string, appSecret: string): string {
  const [algorithm = 'md5', encoding] = mode.split('_')
  const hash = createHash(algorithm).update(`${body}${appSecret}`, 'utf8')
  return hash.digest(encoding === 'hex' ? 'hex' : 'base64')
}

/** `data_digest` of a push: Base64 of the raw MD5, over the form field `data` as it stands decoded. */
export function pushDigest(data: string, appSecret: string): string {
  return dataDigest('md5_base64', data, appSecret)
}

/** The value that a published signature vector must have; null for a kind that is not ours. */
export function computeVector(vector: {
  readonly kind: string
  readonly inputs: Readonly<Record<string, unknown>>
}): unknown | null {
  const { body, data, appSecret } = vector.inputs
  if (typeof appSecret !== 'string') return null
  if (typeof body === 'string') return dataDigest('md5_base64', body, appSecret)
  return typeof data === 'string' ? pushDigest(data, appSecret) : null
}
