import { hmac, md5Hex } from '#connectors/digest.ts'

export type SignMethod = 'hmac-sha256' | 'md5'

/**
 * The platform's canonical JSON: keys sorted at every level, no blanks, nothing escaped that JSON does not demand. These
 * exact bytes are signed and sent.
 */
export function canonicalParams(value: unknown): string {
  if (typeof value === 'bigint') return value.toString()
  if (Array.isArray(value)) return `[${value.map(canonicalParams).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  if (isRawNumber(value)) return JSON.stringify(value)
  const fields = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  return `{${fields.map(([key, item]) => `${JSON.stringify(key)}:${canonicalParams(item)}`).join(',')}}`
}

export type RequestParts = {
  readonly appKey: string
  readonly appSecret: string
  /** Absent in calls that the platform makes to us (SPI). */
  readonly method: string | null
  readonly paramJson: string
  readonly timestamp: string
  readonly version: string | null
}

/** Lower-case hex over `secret + pattern + secret`; access token and sign method are not part of it. */
export function signRequest(parts: RequestParts, signMethod: SignMethod): string {
  const pattern = [
    ['app_key', parts.appKey],
    ['method', parts.method],
    ['param_json', parts.paramJson],
    ['timestamp', parts.timestamp],
    ['v', parts.version],
  ]
  const text = pattern.map(([key, value]) => (value === null ? '' : `${key}${value}`)).join('')
  const base = parts.appSecret + text + parts.appSecret
  return signMethod === 'md5' ? md5Hex(base) : hmac('sha256', parts.appSecret, base, 'hex')
}

/** The `event-sign` of a push, over the raw bytes of the body. */
export function signEvent(
  appKey: string,
  appSecret: string,
  body: Uint8Array,
  signMethod: SignMethod,
): string {
  const base = Buffer.concat([Buffer.from(appKey, 'utf8'), body, Buffer.from(appSecret, 'utf8')])
  return signMethod === 'md5' ? md5Hex(base) : hmac('sha256', appSecret, base, 'hex')
}

/** Recomputes a published test vector; null where the vector is of a kind this platform does not have. */
export function computeVector(vector: { kind: string; inputs: Record<string, unknown> }): unknown | null {
  const { inputs } = vector
  if (inputs.object !== undefined) return canonicalParams(inputs.object)
  const appKey = text(inputs.app_key)
  const appSecret = text(inputs.app_secret)
  if (appSecret === null || appKey === null) return null
  const signMethod: SignMethod = /^hmac/i.test(text(inputs.sign_method) ?? 'md5') ? 'hmac-sha256' : 'md5'
  const rawBody = text(inputs.raw_body)
  if (rawBody !== null) return signEvent(appKey, appSecret, Buffer.from(rawBody, 'utf8'), signMethod)
  const timestamp = text(inputs.timestamp)
  const params = inputs.param_json ?? inputs.params ?? inputs.body
  if (timestamp === null || params === undefined) return null
  const method = text(inputs.method)
  const parts: RequestParts = {
    appKey,
    appSecret,
    method,
    paramJson: paramText(params, method === null),
    timestamp,
    version: method === null ? null : (text(inputs.v) ?? '2'),
  }
  return signRequest(parts, signMethod)
}

/** An SPI body may come in any key order and is sorted before it is signed; our own requests are signed as sent. */
function paramText(params: unknown, sort: boolean): string {
  if (typeof params !== 'string') return canonicalParams(params)
  if (!sort) return params
  try {
    return canonicalParams(JSON.parse(params))
  } catch {
    return params
  }
}

function text(value: unknown): string | null {
  return value === undefined || value === null ? null : String(value)
}

/** A number kept as its digits by the runtime (`JSON.rawJSON`), where a double would round an id. */
function isRawNumber(value: object): boolean {
  return (JSON as unknown as { isRawJSON(value: unknown): boolean }).isRawJSON(value)
}
