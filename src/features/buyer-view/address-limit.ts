import { isIPv6 } from 'node:net'
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
      const asker = askerOf(address)
      const bucket = buckets.get(asker) ?? { tokens: BURST, at: now }
      buckets.delete(asker)
      const filled = Math.min(BURST, bucket.tokens + ((now - bucket.at) * PER_MINUTE) / 60_000)
      const isFree = filled >= 1
      buckets.set(asker, { tokens: isFree ? filled - 1 : filled, at: now })
      if (buckets.size > MOST) {
        const [oldest] = buckets.keys()
        if (oldest !== undefined) buckets.delete(oldest)
      }
      return isFree
    },
  }
}

/** Whoever has one IPv6 address has 2^64 of them: the network stands for all, and an IPv4 address in IPv6 clothes is itself. */
function askerOf(address: string): string {
  const bare = address.replace(/%.*$/, '').toLowerCase()
  if (!isIPv6(bare)) return address
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(bare)?.[1]
  if (mapped !== undefined) return mapped
  const [head = '', tail] = bare.split('::')
  const front = head.split(':').filter((group) => group !== '')
  const back = (tail ?? '').split(':').filter((group) => group !== '')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - front.length - back.length)
  const groups = [...front, ...Array.from({ length: zeros }, () => '0'), ...back]
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}
