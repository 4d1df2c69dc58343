import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { Random } from '#kernel/random.ts'

export const SESSION_COOKIE = 'holdfast_session'
const TOKEN_BYTES = 32
const TOKEN_TEXT = /^[A-Za-z0-9_-]{43}$/
const KEY_TEXT = /^hf_([a-z0-9]{12})_([A-Za-z0-9_-]{43})$/

/** 256 random bits, 43 characters that fit a URL and a cookie. */
export function newToken(random: Random): string {
  return Buffer.from(random.bytes(TOKEN_BYTES)).toString('base64url')
}

export function isToken(text: string): boolean {
  return TOKEN_TEXT.test(text)
}

/** A token has 256 random bits, so one plain hash is as good as a slow one. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

/** Derived from the session's own token: bound to it, nothing to store, gone with it. */
export function csrfOf(sessionToken: string): string {
  return createHmac('sha256', sessionToken).update('holdfast csrf').digest('base64url')
}

export function sameText(a: string, b: string): boolean {
  const left = createHash('sha256').update(a).digest()
  return timingSafeEqual(left, createHash('sha256').update(b).digest())
}

export type KeyParts = { readonly id: string; readonly secret: string }

export function newKey(random: Random): KeyParts & { readonly text: string } {
  const id = [...random.bytes(12)].map((byte) => 'abcdefghijklmnopqrstuvwxyz012345'[byte % 32]).join('')
  const secret = newToken(random)
  return { id, secret, text: `hf_${id}_${secret}` }
}

export function parseKey(text: string): KeyParts | null {
  const match = KEY_TEXT.exec(text)
  return match === null ? null : { id: match[1] ?? '', secret: match[2] ?? '' }
}
