/**
 * Headers as the inbox keeps them: JSON in a text column. PostgreSQL's text holds no U+0000, so it goes from names and values before
 * they are written; taken out of the JSON instead, the six characters `\u0000` that a sender wrote would break it.
 */
export function headersText(headers: Readonly<Record<string, string>>): string {
  const text = JSON.stringify(headers)
  // Next to no message needs more than this one look.
  if (!text.includes('\\u0000')) return text
  return JSON.stringify(
    Object.fromEntries(Object.entries(headers).map(([name, value]) => [withoutNul(name), withoutNul(value)])),
  )
}

/** Never throws: what is no JSON object of texts is read as no headers, and what in it is no text is left out. */
export function readHeaders(text: string): Record<string, string> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return {}
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {}
  const entries = Object.entries(value)
  // An object of texts, as `headersText` writes it, is taken as it is.
  if (entries.every((entry) => typeof entry[1] === 'string')) return value as Record<string, string>
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}

export function withoutNul(text: string): string {
  return text.replaceAll('\u0000', '')
}
