import type { ContentPart, OrderContent } from '#domain/order.ts'
import { canonicalJson } from '#kernel/hash.ts'

/** Content as stored JSON; bigint amounts as text, instants as ISO text. */
export function contentToJson<P extends ContentPart>(value: OrderContent[P]): string {
  return canonicalJson(value)
}

/** The inverse: every object with `currency` and `minor` is money again, `instant` texts are instants. */
export function contentFromJson<P extends ContentPart>(text: string): OrderContent[P] {
  return JSON.parse(text, (key, value: unknown) => {
    if (key === 'instant' && typeof value === 'string') return Temporal.Instant.from(value)
    if (key === 'minor' && typeof value === 'string') return BigInt(value)
    return value
  }) as OrderContent[P]
}
