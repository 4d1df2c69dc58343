import type { Instant } from '#kernel/clock.ts'
import { hourOfWeek, startOfLocalHour } from './rhythm.ts'

export type SilenceRules = {
  /** An alarm needs a silence that the rhythm makes less likely than this; 0 to 1. */
  readonly probability: number
  /** Shorter silences are never alarmed, however busy the connection: a platform may restart. */
  readonly leastSeconds: number
}

export type Silence = {
  readonly seconds: number
  /** Messages that the rhythm led to expect since the last one; null where no rhythm is known. */
  readonly expected: number | null
  /** How likely it is that none came by chance; 1 right after a message. */
  readonly probability: number | null
  readonly silent: boolean
}

/** A silence that has lasted this long is as bad as any; the sum over hours ends here. */
const LONGEST_HOURS = 24 * 28

/**
 * Whether the silence since the last message can be chance. Messages to expect are the sum of the learned rates over the time
 * since then, in the hub's zone, so that nights, weekends and clock changes count as they were learned; with as many to expect,
 * none comes with probability e^-expected (Poisson). More messages than usual are never silence.
 */
export function judgeSilence(
  perHour: readonly number[],
  last: Instant,
  now: Instant,
  { zone, rules }: { readonly zone: string; readonly rules: SilenceRules },
): Silence {
  const seconds = Math.max(0, now.since(last).total('seconds'))
  const expected = expectedBetween(perHour, last, now, zone)
  const probability = Math.exp(-expected)
  return {
    seconds,
    expected,
    probability,
    silent: seconds >= rules.leastSeconds && probability < rules.probability,
  }
}

/** A silence judged by a fixed number of minutes. */
export function judgeFixedSilence(last: Instant, now: Instant, minutes: number): Silence {
  const seconds = Math.max(0, now.since(last).total('seconds'))
  return { seconds, expected: null, probability: null, silent: seconds >= minutes * 60 }
}

/** Messages to expect between two instants; the whole range is cut into the hub's local hours. */
export function expectedBetween(
  perHour: readonly number[],
  from: Instant,
  to: Instant,
  zone: string,
): number {
  let sum = 0
  let at = from
  for (let i = 0; i < LONGEST_HOURS && Temporal.Instant.compare(at, to) < 0; i += 1) {
    const next = startOfLocalHour(at, zone).add({ hours: 1 })
    const end = Temporal.Instant.compare(next, to) < 0 ? next : to
    sum += (perHour[hourOfWeek(at, zone)] ?? 0) * end.since(at).total('hours')
    at = end
  }
  return sum
}

/** Within how many hours a silence can be told from chance at the busiest of times; beyond `LONGEST_WAIT_HOURS` nobody watches. */
export function canBeWatched(perHour: readonly number[], { probability }: SilenceRules): boolean {
  const perWeek = perHour.reduce((sum, rate) => sum + rate, 0)
  return (perWeek * LONGEST_WAIT_HOURS) / perHour.length >= -Math.log(probability)
}

/** A connection so quiet that three days without a message prove nothing is left to a fixed limit. */
export const LONGEST_WAIT_HOURS = 72
