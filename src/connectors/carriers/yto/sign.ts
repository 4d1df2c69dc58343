import { createHash } from 'node:crypto'

/** `sign` of an open-platform call: Base64 of the raw MD5 over the parameters, the interface's name, its version and the secret. */
export function openSign(parts: {
  readonly param: string
  readonly method: string
  readonly version: string
  readonly secret: string
}): string {
  return md5Base64(`${parts.param}${parts.method}${parts.version}${parts.secret}`)
}

/** `data_digest` of a push and of the older interface: over `logistics_interface` as it stands decoded, the secret behind it. */
export function dataDigest(logisticsInterface: string, secret: string): string {
  return md5Base64(`${logisticsInterface}${secret}`)
}

/** The value that a published signature vector must have; null for a kind that is not ours. */
export function computeVector(vector: {
  readonly kind: string
  readonly inputs: Readonly<Record<string, unknown>>
}): unknown | null {
  const text = (...names: readonly string[]): string =>
    String(names.map((name) => vector.inputs[name]).find((value) => value !== undefined) ?? '')
  if (vector.inputs.logistics_interface !== undefined)
    return dataDigest(text('logistics_interface'), text('partnerId', 'secret'))
  if (vector.inputs.param === undefined) return null
  return openSign({
    param: text('param'),
    method: text('method'),
    version: text('v', 'version'),
    secret: text('secret', 'partnerId'),
  })
}

function md5Base64(text: string): string {
  return createHash('md5').update(text, 'utf8').digest('base64')
}
