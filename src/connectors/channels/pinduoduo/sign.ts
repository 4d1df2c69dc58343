import { md5Hex } from '#connectors/digest.ts'

/** Parameters of a call before they become text; nested values are sent and signed as compact JSON. */
export type ApiParams = Readonly<Record<string, unknown>>

/**
 * The parameters as the platform gets them: booleans as `true`/`false`, nested values as compact JSON. Empty values are left
 * out, because implementations differ on whether an empty value is signed; what is not sent cannot be signed differently.
 */
export function paramsToText(params: ApiParams): Record<string, string> {
  const texts: Record<string, string> = {}
  for (const [key, value] of Object.entries(params)) {
    const text = valueToText(value)
    if (text !== '') texts[key] = text
  }
  return texts
}

/** `UPPER(MD5(secret + k1v1k2v2... + secret))` over all parameters but `sign`, keys in ASCII order. */
export function signParams(params: ApiParams, clientSecret: string): string {
  const texts = Object.entries(paramsToText(params))
    .filter(([key]) => key !== 'sign')
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return md5Hex(
    `${clientSecret}${texts.map(([key, text]) => key + text).join('')}${clientSecret}`,
  ).toUpperCase()
}

/** Path of the message server; the digest is the Base64 of the 32 hex digits, not of the 16 bytes behind them. */
export function connectPath(clientId: string, clientSecret: string, timestampMs: string): string {
  const digest = Buffer.from(md5Hex(`${clientId}${timestampMs}${clientSecret}`), 'utf8').toString('base64')
  return `/message/${encodeURIComponent(clientId)}/${timestampMs}/${encodeURIComponent(digest)}`
}

/** Recomputes a published test vector; null where the vector is of a kind this platform does not have. */
export function computeVector(vector: { kind: string; inputs: Record<string, unknown> }): unknown | null {
  const { client_id, client_secret, timestamp_ms, params } = vector.inputs
  if (client_secret === undefined) return null
  if (timestamp_ms !== undefined && client_id !== undefined)
    return connectPath(valueToText(client_id), valueToText(client_secret), valueToText(timestamp_ms))
  if (typeof params !== 'object' || params === null) return null
  return signParams(params as ApiParams, valueToText(client_secret))
}

function valueToText(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value
  return compactJson(value)
}

function compactJson(value: unknown): string {
  if (typeof value === 'bigint') return value.toString()
  if (Array.isArray(value)) return `[${value.map(compactJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  if (isRawNumber(value)) return JSON.stringify(value)
  const fields = Object.entries(value).filter(([, item]) => item !== undefined)
  return `{${fields.map(([key, item]) => `${JSON.stringify(key)}:${compactJson(item)}`).join(',')}}`
}

/** A number kept as its digits by the runtime (`JSON.rawJSON`), where a double would round an id. */
function isRawNumber(value: object): boolean {
  return (JSON as unknown as { isRawJSON(value: unknown): boolean }).isRawJSON(value)
}
