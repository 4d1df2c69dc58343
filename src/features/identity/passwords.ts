import { scrypt, timingSafeEqual } from 'node:crypto'
import type { Random } from '#kernel/random.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'

export type ScryptCost = { readonly n: number; readonly r: number; readonly p: number }

/** OWASP's 32 MiB choice: about 0.2 s on the machine this was written on. */
export const SCRYPT_COST: ScryptCost = { n: 32_768, r: 8, p: 3 }
const SALT_BYTES = 16
const HASH_BYTES = 32

/** Hashes and checks passwords, few at a time: each takes 32 MiB, and a flood of sign-ins must not take them all. */
export type Passwords = {
  readonly hash: (password: string) => Promise<Result<string>>
  /** False for a wrong password and for an account that has none; takes as long either way. */
  readonly verify: (password: string, stored: string | null) => Promise<Result<boolean>>
}

export function createPasswords(random: Random, cost: ScryptCost = SCRYPT_COST): Passwords {
  const gate = openGate(2, 32)
  const nobody = encode(cost, random.bytes(SALT_BYTES), random.bytes(HASH_BYTES))
  return {
    hash: (password) =>
      gate(async () => {
        const salt = random.bytes(SALT_BYTES)
        return encode(cost, salt, await derive(password, salt, cost))
      }),
    verify: (password, stored) =>
      gate(async () => {
        const parts = decode(stored ?? nobody)
        if (parts === null) return false
        const same = timingSafeEqual(await derive(password, parts.salt, parts.cost), parts.hash)
        return same && stored !== null
      }),
  }
}

/** The parameters stand in the text, so that they can be raised without locking anybody out. */
function encode(cost: ScryptCost, salt: Uint8Array, hash: Uint8Array): string {
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')
  return `scrypt$n=${cost.n},r=${cost.r},p=${cost.p}$${base64(salt)}$${base64(hash)}`
}

function decode(stored: string): { cost: ScryptCost; salt: Buffer; hash: Buffer } | null {
  const match = /^scrypt\$n=(\d{1,8}),r=(\d{1,3}),p=(\d{1,3})\$([\w-]+)\$([\w-]+)$/.exec(stored)
  if (match === null) return null
  const [, n, r, p, salt = '', hash = ''] = match
  const bytes = Buffer.from(hash, 'base64url')
  if (bytes.length !== HASH_BYTES) return null
  return {
    cost: { n: Number(n), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, 'base64url'),
    hash: bytes,
  }
}

function derive(password: string, salt: Uint8Array, cost: ScryptCost): Promise<Buffer> {
  const options = { N: cost.n, r: cost.r, p: cost.p, maxmem: 256 * cost.n * cost.r }
  return new Promise((resolve, reject) => {
    // NFC, so that the same characters typed on another keyboard are the same password.
    scrypt(password.normalize('NFC'), salt, HASH_BYTES, options, (error, key) =>
      error ? reject(error) : resolve(key),
    )
  })
}

/** Runs `most` at once and lets `queue` wait; the next is refused. */
function openGate(most: number, queue: number): <T>(run: () => Promise<T>) => Promise<Result<T>> {
  let running = 0
  const waiting: (() => void)[] = []
  return async (run) => {
    if (running >= most) {
      if (waiting.length >= queue)
        return refuse('identity.throttled', 'too many sign-ins at once; try again', { retryAfterSeconds: 2 })
      await new Promise<void>((resolve) => waiting.push(resolve))
    } else running += 1
    try {
      return ok(await run())
    } finally {
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}
