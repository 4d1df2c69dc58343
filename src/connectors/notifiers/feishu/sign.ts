import { createHmac } from 'node:crypto'

/** Base64 of HMAC-SHA256 over nothing, keyed by `timestamp\nsecret`: the reverse of 钉钉. `timestamp` in seconds. */
export function feishuSign(timestamp: string, secret: string): string {
  return createHmac('sha256', `${timestamp}\n${secret}`).update('').digest('base64')
}
