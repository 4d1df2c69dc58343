import { hash } from 'node:crypto'

/** JSON with sorted keys, bigint as text; equal values give equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item === 'bigint') return item.toString()
    if (item === null || typeof item !== 'object' || Array.isArray(item)) return item
    if (item instanceof Temporal.Instant) return item.toString()
    return Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}

/** The first 128 bits of SHA-256, written as a UUID (version 8, RFC 9562). */
export function hashToUuid(text: string): string {
  const hex = hash('sha256', text, 'hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

export function sha256(text: string): Buffer {
  return hash('sha256', text, 'buffer')
}
