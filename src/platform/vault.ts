import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'
import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { assert } from '#kernel/assert.ts'
import { Outage } from '#kernel/outage.ts'

/** Nonces are drawn 256 at a time: one call for each costs as much as the encryption itself. */
let nonces = Buffer.alloc(0)
function nextNonce(): Buffer {
  if (nonces.length < IV_BYTES) nonces = randomBytes(IV_BYTES * 256)
  const nonce = nonces.subarray(0, IV_BYTES)
  nonces = nonces.subarray(IV_BYTES)
  return nonce
}

/** Keys by id, 32 bytes each. `current` seals; the others only open what was sealed before a rotation. */
export type VaultKeys = { readonly current: string; readonly keys: ReadonlyMap<string, Uint8Array> }

/** Encryption of what must not be readable in the database: credentials, recipients. Synchronous, about 3 µs for 1 KB. */
export type Vault = {
  readonly seal: (plain: Uint8Array) => Uint8Array
  /** Throws `Outage` (not retryable): `vault.damaged` when a byte was changed, `vault.unknown_key` when the key is gone. */
  readonly open: (sealed: Uint8Array) => Uint8Array
  /** Equal for equal texts, tells nothing of them without the key: HMAC-SHA256 under the current key, 22 characters. Another key, another print. */
  readonly fingerprint: (text: string) => string
}

const FORMAT = 1
const IV_BYTES = 12
const TAG_BYTES = 16
const FINGERPRINT_CHARACTERS = 22
const KEY_BYTES = 32

/**
 * AES-256-GCM. Sealed form: format (1), length of key id (1), key id, nonce (12), tag (16), ciphertext; the head is
 * authenticated too, so a value cannot be moved to another key. Random nonces are safe far beyond the 2^32 seals of one key.
 */
export function openVault({ current, keys }: VaultKeys): Vault {
  for (const [id, key] of keys) {
    assert(id.length > 0 && Buffer.byteLength(id) <= 255, 'V1', 'key id')
    assert(key.length === KEY_BYTES, 'V2', `key ${id} has ${key.length} bytes`)
  }
  const sealing = keys.get(current)
  assert(sealing !== undefined, 'V3', 'the current key is not among the keys')
  const id = Buffer.from(current)
  const head = Buffer.concat([Uint8Array.of(FORMAT, id.length), id])
  // Not the sealing key itself: one key, one purpose.
  const printing = createHmac('sha256', sealing).update('holdfast.fingerprint').digest()
  return {
    seal: (plain) => {
      const nonce = nextNonce()
      const cipher = createCipheriv('aes-256-gcm', sealing, nonce).setAAD(head)
      const body = Buffer.concat([cipher.update(plain), cipher.final()])
      return Buffer.concat([head, nonce, cipher.getAuthTag(), body])
    },
    open: (sealed) => open(keys, sealed),
    fingerprint: (text) =>
      createHmac('sha256', printing).update(text).digest('base64url').slice(0, FINGERPRINT_CHARACTERS),
  }
}

function open(keys: ReadonlyMap<string, Uint8Array>, sealed: Uint8Array): Uint8Array {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength)
  const headBytes = 2 + (bytes[1] ?? 0)
  if (bytes[0] !== FORMAT || bytes.length < headBytes + IV_BYTES + TAG_BYTES) throw damaged()
  const id = bytes.subarray(2, headBytes).toString()
  const key = keys.get(id)
  if (key === undefined)
    throw new Outage(
      'vault.unknown_key',
      `a value was sealed with key "${id.slice(0, 40)}", which is not here`,
      {
        retryable: false,
      },
    )
  const nonce = bytes.subarray(headBytes, headBytes + IV_BYTES)
  const tag = bytes.subarray(headBytes + IV_BYTES, headBytes + IV_BYTES + TAG_BYTES)
  const cipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(bytes.subarray(0, headBytes)).setAuthTag(tag)
  try {
    return Buffer.concat([cipher.update(bytes.subarray(headBytes + IV_BYTES + TAG_BYTES)), cipher.final()])
  } catch (cause) {
    throw damaged(cause)
  }
}

function damaged(cause?: unknown): Outage {
  return new Outage('vault.damaged', 'a sealed value was changed or belongs to another key', {
    retryable: false,
    cause,
  })
}

const KEY_FILE = 'vault.key'

/**
 * The data folder's key file, made on first use and readable by its owner only. Two processes that start at once end with
 * the same key: the file is linked into place, and whoever comes second reads the first one's.
 */
export function loadOrCreateKey(dataDir: string): VaultKeys {
  const path = join(dataDir, KEY_FILE)
  const existing = readKeys(path)
  if (existing !== null) return existing
  mkdirSync(dataDir, { recursive: true })
  const id = `k${randomBytes(4).toString('hex')}`
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  const content = { current: id, keys: { [id]: randomBytes(KEY_BYTES).toString('base64') } }
  writeFileSync(draft, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600, flag: 'wx', flush: true })
  try {
    linkSync(draft, path)
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
  } finally {
    rmSync(draft, { force: true })
  }
  const made = readKeys(path)
  assert(made !== null, 'V4', 'the key file vanished')
  return made
}

function readKeys(path: string): VaultKeys | null {
  let text: string
  try {
    // Somebody may have copied the folder with looser rights.
    if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600)
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null
    throw error
  }
  const parsed = parseKeys(text)
  if (parsed !== null) return parsed
  throw new Outage('vault.key_unreadable', `${path} is not a key file; put it back from the backup`, {
    retryable: false,
  })
}

function parseKeys(text: string): VaultKeys | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof value !== 'object' || value === null || !('current' in value) || !('keys' in value)) return null
  if (typeof value.current !== 'string' || typeof value.keys !== 'object' || value.keys === null) return null
  const keys = new Map(
    Object.entries(value.keys).map(([id, key]) => [id, Buffer.from(String(key), 'base64')]),
  )
  const whole = keys.has(value.current) && [...keys.values()].every((key) => key.length === KEY_BYTES)
  return whole ? { current: value.current, keys } : null
}

function errorCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error ? String(error.code) : null
}
