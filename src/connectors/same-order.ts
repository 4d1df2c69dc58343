import { canonicalJson } from '#kernel/hash.ts'
import { type JsonObject, type JsonValue, readJson } from './json.ts'

/**
 * Whether two stored answers of a platform hold the same order, whatever envelope they came in: a request id, or a list instead of a single
 * query, makes no other order of it. False where either holds none.
 */
export function isSameOrder(
  orderOf: (answer: JsonValue) => JsonObject | null,
  first: Uint8Array,
  again: Uint8Array,
): boolean {
  const [one, other] = [readJson(first), readJson(again)]
  if (!one.ok || !other.ok) return false
  const [order, later] = [orderOf(one.value), orderOf(other.value)]
  return order !== null && later !== null && canonicalJson(order) === canonicalJson(later)
}
