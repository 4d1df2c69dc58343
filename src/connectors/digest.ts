import { createHmac, hash, timingSafeEqual } from 'node:crypto'

type Bytes = string | Uint8Array

/** MD5 as 32 lower-case hex digits; text is hashed as UTF-8. */
export function md5Hex(input: Bytes): string {
  return hash('md5', input, 'hex')
}

/** SHA-256 as 64 lower-case hex digits. */
export function sha256Hex(input: Bytes): string {
  return hash('sha256', input, 'hex')
}

/** HMAC, lower-case hex (`hex`) or standard base64 with padding (`base64`). */
export function hmac(
  algorithm: 'md5' | 'sha1' | 'sha256',
  key: Bytes,
  input: Bytes,
  encoding: 'hex' | 'base64',
): string {
  return createHmac(algorithm, key).update(input).digest(encoding)
}

/**
 * Compares a given signature with the expected one in time that depends on their lengths only. Lengths are no secret:
 * every scheme's signature has a fixed one.
 */
export function timingSafeEqualText(given: string, expected: string): boolean {
  const a = Buffer.from(given, 'utf8')
  const b = Buffer.from(expected, 'utf8')
  return a.length === b.length && timingSafeEqual(a, b)
}
