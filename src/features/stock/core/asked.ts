import { canonicalJson, sha256 } from '#kernel/hash.ts'
import type { LockCommand } from '../commands.ts'

const SHORT = 100

/** What a lock asked for, as text that is equal for equal demands whatever the order of their lines. */
export function askedOf({ kind, channel, lines, candidates, spread, owner }: LockCommand): string {
  const only = lines.length === 1 ? lines[0] : undefined
  if (only !== undefined && only.warehouse !== null) {
    const text = `${kind}|${channel ?? ''}|${owner.kind}|${owner.id}|${only.sku}@${only.warehouse}x${only.quantity}`
    if (text.length <= SHORT) return text
  }
  const sums = new Map<string, number>()
  for (const { sku, warehouse, quantity } of lines) {
    const place = canonicalJson([sku, warehouse])
    sums.set(place, (sums.get(place) ?? 0) + quantity)
  }
  const demand = [...sums].sort(([a], [b]) => (a < b ? -1 : 1))
  const places = lines.some((line) => line.warehouse === null) ? [candidates, spread] : []
  return sha256(canonicalJson([kind, channel, owner.kind, owner.id, demand, places])).toString('base64url')
}
