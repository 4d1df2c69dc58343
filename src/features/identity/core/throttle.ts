import type { Instant } from '#kernel/clock.ts'

/** How many sign-ins may fail for one name or address, and how long the next must wait. */
export type ThrottlePolicy = {
  readonly free: number
  readonly firstWaitSeconds: number
  readonly longestWaitSeconds: number
  /** Failures are forgotten this long after the first. */
  readonly windowSeconds: number
}

export const NAME_POLICY: ThrottlePolicy = {
  free: 5,
  firstWaitSeconds: 30,
  longestWaitSeconds: 900,
  windowSeconds: 3_600,
}
/** Wider than a name's, since an office shares one address. */
export const ADDRESS_POLICY: ThrottlePolicy = { ...NAME_POLICY, free: 20 }

export type Failures = {
  readonly failures: number
  readonly firstAt: Instant
  readonly blockedUntil: Instant
}
export type Admission =
  | { readonly admitted: true; readonly next: Failures }
  | { readonly admitted: false; readonly retryAfterSeconds: number }

/**
 * Counts the attempt as failed before the password is looked at, so that a hundred attempts at once are a hundred
 * attempts. From the last free one on, each doubles the wait. A refused attempt changes nothing: knocking while blocked
 * does not lengthen the block.
 */
export function decideAdmission(earlier: Failures | null, now: Instant, policy: ThrottlePolicy): Admission {
  if (earlier !== null && Temporal.Instant.compare(now, earlier.blockedUntil) < 0)
    return { admitted: false, retryAfterSeconds: Math.ceil(secondsBetween(now, earlier.blockedUntil)) }
  const forgotten = earlier === null || secondsBetween(earlier.firstAt, now) >= policy.windowSeconds
  const failures = (forgotten ? 0 : earlier.failures) + 1
  const over = failures - policy.free
  // 2^20 first waits are far beyond any longest wait; the bound keeps the power finite.
  const wait =
    over < 0 ? 0 : Math.min(policy.firstWaitSeconds * 2 ** Math.min(over, 20), policy.longestWaitSeconds)
  return {
    admitted: true,
    next: { failures, firstAt: forgotten ? now : earlier.firstAt, blockedUntil: now.add({ seconds: wait }) },
  }
}

/** The attempt succeeded after all: it is taken back, and with it the wait it would have cost. */
export function forgiveAttempt(counted: Failures): Failures {
  return { ...counted, failures: Math.max(0, counted.failures - 1), blockedUntil: counted.firstAt }
}

/** An IPv6 caller owns a whole /64; IPv4 in IPv6 clothes counts as IPv4. */
export function addressKey(address: string): string {
  const v4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (v4 !== undefined) return v4
  if (!address.includes(':')) return address
  const [head = '', tail] = address.toLowerCase().split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const gap =
    tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0')
  return `${[...before, ...gap, ...after].slice(0, 4).join(':')}::/64`
}

function secondsBetween(from: Instant, to: Instant): number {
  return (to.epochMilliseconds - from.epochMilliseconds) / 1000
}
