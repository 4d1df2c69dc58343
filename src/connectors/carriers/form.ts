import { decodeText } from '#connectors/json.ts'

/** A form has a handful of fields; more than this is nobody's push. */
const MAX_FIELDS = 200

/**
 * Fields of an `application/x-www-form-urlencoded` body, percent-decoded, `+` read as a blank. Null where the body is not
 * UTF-8 or has more than 200 fields. The first of two equal names wins, so that a field added behind cannot replace a
 * signed one.
 */
export function readForm(body: Uint8Array): ReadonlyMap<string, string> | null {
  const text = decodeText(body)
  if (text === null || text.split('&', MAX_FIELDS + 2).length > MAX_FIELDS) return null
  const fields = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(text)) if (!fields.has(name)) fields.set(name, value)
  return fields
}

export function writeForm(fields: Readonly<Record<string, string>>): string {
  return new URLSearchParams(fields).toString()
}
