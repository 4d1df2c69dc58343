export type ShownBody = { readonly body: string; readonly encoding: 'utf8' | 'base64' }

/** A body as text where its bytes are UTF-8, else in base64. */
export function showBody(bytes: Uint8Array): ShownBody {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    if (!text.includes('\0')) return { body: text, encoding: 'utf8' }
  } catch {
    // Not UTF-8: a file, or a platform's GBK.
  }
  return { body: Buffer.from(bytes).toString('base64'), encoding: 'base64' }
}

/** Whoever reads the log must not be able to send in the platform's name. */
const SECRET = /sign|hmac|token|authorization|cookie|secret|api-?key|password|credential|digest/

/** A push that hands over what a person must copy into the settings (DHL's activation secret). */
export function isHandingOver({
  verdict,
  topic,
}: {
  readonly verdict: string
  readonly topic: string
}): boolean {
  return verdict === 'challenge' && topic === 'activation'
}

/**
 * Headers as they were received; the values of signatures and tokens are replaced by their length, except where the push came to hand
 * one over.
 */
export function showHeaders(
  headers: Readonly<Record<string, string>>,
  handsOver = false,
): Record<string, string> {
  if (handsOver) return { ...headers }
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      SECRET.test(name.toLowerCase()) ? `*** (${value.length} characters)` : value,
    ]),
  )
}
