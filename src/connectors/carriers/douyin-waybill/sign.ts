import { hmac } from '#connectors/digest.ts'

/** Parameters as compact JSON with sorted keys at every level: these exact bytes are signed and sent. */
export function canonicalParams(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalParams).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const fields = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  return `{${fields.map(([key, item]) => `${JSON.stringify(key)}:${canonicalParams(item)}`).join(',')}}`
}

/** HMAC-SHA256 in lower-case hex over `secret + app_key… + secret`; the access token is no part of it. */
export function signCall(call: {
  readonly appKey: string
  readonly appSecret: string
  readonly method: string
  readonly paramJson: string
  readonly timestamp: string
}): string {
  const { appKey, appSecret, method, paramJson, timestamp } = call
  const text = `app_key${appKey}method${method}param_json${paramJson}timestamp${timestamp}v2`
  return hmac('sha256', appSecret, `${appSecret}${text}${appSecret}`, 'hex')
}
