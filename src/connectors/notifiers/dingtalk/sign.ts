import { createHmac } from 'node:crypto'

/** Base64 of HMAC-SHA256 over `timestamp\nsecret`, keyed by the secret; not url-encoded yet. `timestamp` in milliseconds. */
export function dingtalkSign(timestamp: string, secret: string): string {
  return createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64')
}
