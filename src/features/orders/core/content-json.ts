import type { ContentPart, OrderContent } from '#domain/order.ts'

/** Reads stored content: `minor` texts of money are bigint again, `instant` texts are instants. */
export function contentFromJson<P extends ContentPart>(text: string): OrderContent[P] {
  return revive(JSON.parse(text)) as OrderContent[P]
}

/** Walking the parsed value is several times faster than a reviver, which is called for every key. */
function revive(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i += 1) value[i] = revive(value[i])
    return value
  }
  const fields = value as Record<string, unknown>
  for (const [key, item] of Object.entries(fields)) {
    if (key === 'minor' && typeof item === 'string') fields[key] = BigInt(item)
    else if (key === 'instant' && typeof item === 'string') fields[key] = Temporal.Instant.from(item)
    else if (item !== null && typeof item === 'object') fields[key] = revive(item)
  }
  return fields
}
