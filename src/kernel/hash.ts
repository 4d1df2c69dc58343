import { hash } from 'node:crypto'

/** JSON with sorted keys, bigint and instants as text, `undefined` left out; equal values give equal text. */
export function canonicalJson(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'bigint') return `"${value}"`
  if (typeof value !== 'object') return JSON.stringify(value)
  if (value instanceof Temporal.Instant) return `"${value.toString()}"`
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  const fields = value as Record<string, unknown>
  const keys = Object.keys(fields).sort()
  let text = '{'
  for (const key of keys) {
    const item = fields[key]
    if (item === undefined) continue
    text += `${text.length === 1 ? '' : ','}${JSON.stringify(key)}:${canonicalJson(item)}`
  }
  return `${text}}`
}

/** The first 128 bits of SHA-256, written as a UUID (version 8, RFC 9562). */
export function hashToUuid(text: string): string {
  const hex = hash('sha256', text, 'hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

export function sha256(text: string): Buffer {
  return hash('sha256', text, 'buffer')
}
