import type { Clock } from '#kernel/clock.ts'

/** Refusals of one connection that are put on record at once, and a minute. */
const BURST = 60
const PER_MINUTE = 10

/**
 * Says whether one more refusal of a connection is put on record. For addresses that anybody may write to: without an end, whoever knows a
 * connection's name could fill the disk with forgeries.
 */
export function openRefusalBudget(clock: Clock): (connection: string) => boolean {
  const left = new Map<string, { tokens: number; at: number }>()
  return (connection) => {
    const now = clock.now().epochMilliseconds
    const { tokens, at } = left.get(connection) ?? { tokens: BURST, at: now }
    const filled = Math.min(BURST, tokens + (Math.max(0, now - at) * PER_MINUTE) / 60_000)
    const isFree = filled >= 1
    left.set(connection, { tokens: isFree ? filled - 1 : filled, at: now })
    return isFree
  }
}
