import { createHash } from 'node:crypto'

/** How an account signs; chosen in 丰桥 per account. */
export const DIGEST_MODES = ['standard_md5', 'simple_md5', 'sm3'] as const
export type DigestMode = (typeof DIGEST_MODES)[number]

export function isDigestMode(text: string): text is DigestMode {
  return (DIGEST_MODES as readonly string[]).includes(text)
}

/**
 * `msgDigest` of a 丰桥 call. `timestamp` is signed as it stands in the form (seconds or milliseconds). The standard mode
 * hashes the text as Java's URLEncoder writes it; the other two hash it as it is.
 */
export function msgDigest(
  mode: DigestMode,
  parts: { readonly msgData: string; readonly timestamp: string; readonly checkWord: string },
): string {
  const text = `${parts.msgData}${parts.timestamp}${parts.checkWord}`
  switch (mode) {
    case 'standard_md5':
      return md5Base64(javaUrlEncode(text))
    case 'simple_md5':
      return md5Base64(text)
    case 'sm3':
      return createHash('sm3').update(text, 'utf8').digest('hex')
  }
}

/** `verifyCode` of the older BSP XML interface (3.x). */
export function verifyCode(xml: string, checkWord: string): string {
  return md5Base64(`${xml}${checkWord}`)
}

/**
 * The text as `java.net.URLEncoder` writes it in UTF-8: `A-Z a-z 0-9 . - * _` stay, a blank becomes `+`, every other byte
 * `%XX` in capitals. A lone surrogate becomes `?`, as Java's encoder has it.
 */
export function javaUrlEncode(text: string): string {
  const wellFormed = text.isWellFormed() ? text : text.replace(/\p{Surrogate}/gu, '?')
  return encodeURIComponent(wellFormed)
    .replaceAll('%20', '+')
    .replace(/[!'()~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** The value that a published signature vector must have; null for a kind that is not ours. */
export function computeVector(vector: {
  readonly kind: string
  readonly inputs: Readonly<Record<string, unknown>>
}): unknown | null {
  const text = (name: string): string => String(vector.inputs[name] ?? '')
  const parts = {
    msgData: text('msgData'),
    timestamp: text('timestamp'),
    checkWord: text(vector.inputs.checkWord === undefined ? 'checkword' : 'checkWord'),
  }
  if (/verifycode|legacy_bsp/i.test(vector.kind)) return verifyCode(text('xml'), parts.checkWord)
  if (/sm3/i.test(vector.kind)) return msgDigest('sm3', parts)
  if (/simple/i.test(vector.kind)) return msgDigest('simple_md5', parts)
  if (/standard/i.test(vector.kind)) return msgDigest('standard_md5', parts)
  return null
}

function md5Base64(text: string): string {
  return createHash('md5').update(text, 'utf8').digest('base64')
}
