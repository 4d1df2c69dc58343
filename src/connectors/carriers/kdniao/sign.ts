import { md5Hex } from '#connectors/digest.ts'

/** `DataSign` before url-encoding: Base64 of the 32 hex digits as text, not of the 16 raw bytes. */
export function dataSign(requestData: string, appKey: string): string {
  return Buffer.from(md5Hex(`${requestData}${appKey}`), 'latin1').toString('base64')
}

/** A pushed `DataSign` may be url-encoded once more than the form itself; both spellings come out as Base64. */
export function plainDataSign(given: string): string {
  if (!given.includes('%')) return given
  try {
    return decodeURIComponent(given)
  } catch {
    return given
  }
}

/** The value that a published signature vector must have, in both spellings; null for a kind that is not ours. */
export function computeVector(vector: {
  readonly kind: string
  readonly inputs: Readonly<Record<string, unknown>>
}): unknown | null {
  if (!Object.hasOwn(vector.inputs, 'RequestData')) return null
  const base64 = dataSign(String(vector.inputs.RequestData ?? ''), String(vector.inputs.AppKey ?? ''))
  return { dataSign_base64: base64, dataSign_urlencoded: encodeURIComponent(base64) }
}
