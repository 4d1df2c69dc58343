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

/** Headers as they were received; the values of signatures and tokens are replaced by their length. */
export function showHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      SECRET.test(name.toLowerCase()) ? `*** (${value.length} characters)` : value,
    ]),
  )
}
