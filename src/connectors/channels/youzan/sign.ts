import { md5Hex, timingSafeEqualText } from '../../digest.ts'

/** Youzan's push signature: lower-case hex of MD5 over client id, `msg` exactly as received (still url-encoded) and client secret. */
export function pushSignature(clientId: string, msg: string, clientSecret: string): string {
  return md5Hex(`${clientId}${msg}${clientSecret}`)
}

export function verifyPush(clientId: string, msg: string, clientSecret: string, given: string): boolean {
  return timingSafeEqualText(given.toLowerCase(), pushSignature(clientId, msg, clientSecret))
}

/** Computes one published test vector; null where its kind is not one of Youzan's. */
export function computeVector(vector: { kind: string; inputs: Record<string, unknown> }): unknown | null {
  const { client_id, msg, client_secret } = vector.inputs
  if (typeof client_id !== 'string' || typeof msg !== 'string' || typeof client_secret !== 'string')
    return null
  return pushSignature(client_id, msg, client_secret)
}
