import type { Instant } from '#kernel/clock.ts'

/** Messages to expect per hour, by hour of the week in the hub's zone; 168 figures, Monday 00:00 first. */
export type Rhythm = { readonly perHour: readonly number[]; readonly weeks: number }

/** Accepted messages of a stretch of time that lies within one local hour (a quarter hour, in every zone there is). */
export type Stretch = { readonly from: Instant; readonly count: number }

export const HOURS_OF_WEEK = 168
/** Less than this is too young to learn from. */
export const LEAST_HOURS = 72
/** With fewer weeks than this an hour is not believed to be more than `CAP` times its day's usual one: a promotion is no rhythm. */
const WEEKS_TO_BELIEVE = 3
const CAP = 2
/** As many weeks' worth of belief as the shape of the day has against the hour of the week itself. */
const SHRINK = 2
/** Share of the samples that is left out at each end. */
const TRIM = 0.2

export function hourOfWeek(at: Instant, zone: string): number {
  const local = at.toZonedDateTimeISO(zone)
  return (local.dayOfWeek - 1) * 24 + local.hour
}

/** The start of the local hour in which `at` lies; the two hours named alike when clocks go back are two. */
export function startOfLocalHour(at: Instant, zone: string): Instant {
  const { minute, second, millisecond, microsecond, nanosecond } = at.toZonedDateTimeISO(zone)
  return at.subtract({
    minutes: minute,
    seconds: second,
    milliseconds: millisecond,
    microseconds: microsecond,
    nanoseconds: nanosecond,
  })
}

/**
 * Learns what to expect: for every hour of the week the trimmed mean over its weeks, drawn towards the trimmed mean of the same
 * hour over all days while there are few weeks. Hours without messages count as none. `from` is the connection's first hour,
 * `to` the start of the present one. Null when less than 72 hours are on record.
 */
export function learnRhythm(
  stretches: readonly Stretch[],
  span: { readonly from: Instant; readonly to: Instant },
  zone: string,
): Rhythm | null {
  const first = startOfLocalHour(span.from, zone)
  const hours = Math.floor(span.to.since(first).total('hours'))
  if (hours < LEAST_HOURS) return null
  const counts = new Map<bigint, number>()
  for (const { from, count } of stretches) {
    const key = startOfLocalHour(from, zone).epochNanoseconds
    counts.set(key, (counts.get(key) ?? 0) + count)
  }
  const byHourOfWeek: number[][] = Array.from({ length: HOURS_OF_WEEK }, () => [])
  for (let i = 0; i < hours; i += 1) {
    const at = first.add({ hours: i })
    byHourOfWeek[hourOfWeek(at, zone)]?.push(counts.get(startOfLocalHour(at, zone).epochNanoseconds) ?? 0)
  }
  const byHourOfDay = Array.from({ length: 24 }, (_, hour) =>
    trimmedMean(byHourOfWeek.flatMap((samples, slot) => (slot % 24 === hour ? samples : []))),
  )
  const perHour = byHourOfWeek.map((samples, slot) => shrunk(samples, byHourOfDay[slot % 24] ?? 0))
  return { perHour, weeks: Math.floor(hours / HOURS_OF_WEEK) }
}

function shrunk(samples: readonly number[], usual: number): number {
  const weeks = samples.length
  const own = trimmedMean(samples)
  const believed = weeks < WEEKS_TO_BELIEVE ? Math.min(own, CAP * usual) : own
  return (weeks * believed + SHRINK * usual) / (weeks + SHRINK)
}

/** The mean without the highest and lowest fifth, so that neither one big day nor one outage is a rhythm. 0 of nothing. */
export function trimmedMean(samples: readonly number[]): number {
  if (samples.length === 0) return 0
  const sorted = samples.toSorted((a, b) => a - b)
  const cut = samples.length < 3 ? 0 : Math.max(1, Math.floor(sorted.length * TRIM))
  const kept = sorted.slice(cut, sorted.length - cut)
  return kept.reduce((sum, value) => sum + value, 0) / kept.length
}
