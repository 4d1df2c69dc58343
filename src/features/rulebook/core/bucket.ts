import { sha256 } from '#kernel/hash.ts'

/** All of them. */
export const BPS_OF_ALL = 10_000

/** Where an order falls, 0 to 9,999: the same in every process and for as long as the salt is the same. */
export function bucketOf(salt: string, key: string): number {
  return sha256(`${salt}\n${key}`).readUInt32BE(0) % BPS_OF_ALL
}

/** Growing the share only ever adds orders to it. */
export function isInShare(salt: string, key: string, bps: number): boolean {
  return bps >= BPS_OF_ALL || (bps > 0 && bucketOf(salt, key) < bps)
}
