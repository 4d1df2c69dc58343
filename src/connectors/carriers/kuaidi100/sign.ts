import { createHash, createHmac } from 'node:crypto'
import { md5Hex, sha256Hex } from '#connectors/digest.ts'

export const SIGN_TYPES = ['MD5', 'SHA256', 'SM3', 'SM3-HMAC'] as const
export type SignType = (typeof SIGN_TYPES)[number]

export function isSignType(text: string): text is SignType {
  return (SIGN_TYPES as readonly string[]).includes(text)
}

/**
 * `sign` of the real-time query: hash of param, key and customer in this order, in capitals. For `SM3-HMAC` the sources
 * name the same text but not the HMAC's key; the account key is taken, unconfirmed.
 */
export function querySign(
  parts: { readonly param: string; readonly key: string; readonly customer: string },
  type: SignType = 'MD5',
): string {
  const text = `${parts.param}${parts.key}${parts.customer}`
  switch (type) {
    case 'MD5':
      return upperMd5(text)
    case 'SHA256':
      return sha256Hex(text).toUpperCase()
    case 'SM3':
      return createHash('sm3').update(text, 'utf8').digest('hex').toUpperCase()
    case 'SM3-HMAC':
      return createHmac('sm3', parts.key).update(text, 'utf8').digest('hex').toUpperCase()
  }
}

/** `sign` of the e-waybill, print and order interfaces; `t` is epoch milliseconds as text. */
export function printSign(parts: {
  readonly param: string
  readonly t: string
  readonly key: string
  readonly secret: string
}): string {
  return upperMd5(`${parts.param}${parts.t}${parts.key}${parts.secret}`)
}

/** `sign` of a push: the decoded `param` and the salt chosen at subscription. */
export function pushSign(param: string, salt: string): string {
  return upperMd5(`${param}${salt}`)
}

/** Cloud platform: key and secret. SMS: key and user id. */
export function pairSign(key: string, secretOrUser: string): string {
  return upperMd5(`${key}${secretOrUser}`)
}

/** The value that a published signature vector must have; null for a kind that is not ours. */
export function computeVector(vector: {
  readonly kind: string
  readonly inputs: Readonly<Record<string, unknown>>
}): unknown | null {
  const text = (name: string): string => String(vector.inputs[name] ?? '')
  const has = (name: string): boolean => Object.hasOwn(vector.inputs, name)
  // Each scheme has an input that no other one has; the kind only says which hash a query uses.
  if (has('customer')) {
    const parts = { param: text('param'), key: text('key'), customer: text('customer') }
    return querySign(parts, signTypeOf(vector.kind, text('signType')))
  }
  if (has('salt')) return pushSign(text('param'), text('salt'))
  if (has('t'))
    return printSign({ param: text('param'), t: text('t'), key: text('key'), secret: text('secret') })
  if (has('userid') || has('userId')) return pairSign(text('key'), text('userid') || text('userId'))
  return has('key') && has('secret') ? pairSign(text('key'), text('secret')) : null
}

function signTypeOf(kind: string, given: string): SignType {
  if (isSignType(given.toUpperCase())) return given.toUpperCase() as SignType
  if (/sm3.?hmac/i.test(kind)) return 'SM3-HMAC'
  if (/sm3/i.test(kind)) return 'SM3'
  return /sha.?256/i.test(kind) ? 'SHA256' : 'MD5'
}

function upperMd5(text: string): string {
  return md5Hex(text).toUpperCase()
}
