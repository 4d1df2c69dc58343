import type { Clock } from '#kernel/clock.ts'

const BURST = 20
const PER_MINUTE = 20
/** Addresses remembered; the longest silent is forgotten first. */
const MOST = 10_000

/** Questions that one address may ask: 20 at once, 20 a minute. Kept in this process alone, bounded. */
export function openAddressLimit(clock: Clock): { readonly take: (address: string) => boolean } {
  const buckets = new Map<string, { tokens: number; at: number }>()
  return {
    take: (address) => {
      const now = clock.now().epochMilliseconds
      const bucket = buckets.get(address) ?? { tokens: BURST, at: now }
      buckets.delete(address)
      const filled = Math.min(BURST, bucket.tokens + ((now - bucket.at) * PER_MINUTE) / 60_000)
      const isFree = filled >= 1
      buckets.set(address, { tokens: isFree ? filled - 1 : filled, at: now })
      if (buckets.size > MOST) {
        const [oldest] = buckets.keys()
        if (oldest !== undefined) buckets.delete(oldest)
      }
      return isFree
    },
  }
}
