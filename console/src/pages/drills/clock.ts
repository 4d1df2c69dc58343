import { epochMs, isoOf, offsetOf } from '../../lib/time.ts'

/** `2026-03-02 17:05:09`, `ms` after a time that came with its offset, on the same wall clock. */
export function wallAfter(iso: string, ms: number): string {
  const offset = offsetOf(iso)
  const digits = offset.replace(/\D/g, '')
  const minutes = digits === '' ? 0 : Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2, 4))
  const sign = offset.startsWith('-') ? -1 : 1
  return isoOf(epochMs(iso) + ms + sign * minutes * 60_000)
    .slice(0, 19)
    .replace('T', ' ')
}

/** Minutes from one time to another, to a tenth. */
export function minutesBetween(from: string, to: string): number {
  return Math.round((epochMs(to) - epochMs(from)) / 6_000) / 10
}

const SPEEDS = [1, 5, 20, 60, 120] as const

/** The speeds to choose from, up to the fastest that a drill takes, which is one of them. */
export function speedsUpTo(most: number): number[] {
  return [...SPEEDS.filter((speed) => speed < most), most]
}
