// How fast a lane or queue fills and drains, and when it will be empty.

export type Minute = {
  readonly minute: Temporal.Instant
  readonly arrived: number
  readonly interpreted: number
  readonly parked: number
}
/** Messages per second. Drained is what left the line of waiting ones: read, or set aside with a reason. */
export type Rates = { readonly arrival: number; readonly drain: number }

/** Whole minutes looked back at besides the one that is running. */
export const RATE_MINUTES = 2
/** A projection beyond this says no more than never. */
const LONGEST_SECONDS = 7 * 86_400

/** Rates over the running minute and the two before it: 120 to 180 s, so that one burst does not swing them. */
export function ratesOf(minutes: readonly Minute[], now: Temporal.Instant): Rates {
  const from = windowStart(now)
  const span = (now.epochMilliseconds - from) / 1_000
  const within = minutes.filter(
    ({ minute }) => minute.epochMilliseconds >= from && minute.epochMilliseconds <= now.epochMilliseconds,
  )
  const sum = (of: (one: Minute) => number): number => within.reduce((total, one) => total + of(one), 0)
  return {
    arrival: sum((one) => one.arrived) / span,
    drain: sum((one) => one.interpreted + one.parked) / span,
  }
}

export function windowStart(now: Temporal.Instant): number {
  const ms = now.epochMilliseconds
  return ms - (ms % 60_000) - RATE_MINUTES * 60_000
}

/** Whole seconds until nothing waits, 0 where nothing does, null where it never ends at this pace. */
export function secondsToEmpty(depth: number, { arrival, drain }: Rates): number | null {
  if (depth <= 0) return 0
  const net = drain - arrival
  if (net <= 0) return null
  const seconds = Math.ceil(depth / net)
  return seconds > LONGEST_SECONDS ? null : seconds
}

/** Points that a trend needs at least; two may be one burst. */
const TREND_POINTS = 3

/**
 * The projection: by how the depth has moved within the last minute where enough is known of that, since the rates go on
 * counting a burst for minutes after it came; else by the rates.
 */
export function projectEmpty(depth: number, rates: Rates, lastMinute: readonly DepthAt[]): number | null {
  const growth = lastMinute.length < TREND_POINTS ? null : growthOf(lastMinute)
  return growth === null ? secondsToEmpty(depth, rates) : secondsToEmpty(depth, { arrival: growth, drain: 0 })
}

export type DepthAt = { readonly at: Temporal.Instant; readonly depth: number }

/** Messages per second by which a depth grows (shrinks where negative), by least squares; null for fewer than two samples. */
export function growthOf(samples: readonly DepthAt[]): number | null {
  const first = samples[0]
  if (first === undefined || samples.length < 2) return null
  const points = samples.map(({ at, depth }) => ({
    x: (at.epochMilliseconds - first.at.epochMilliseconds) / 1_000,
    y: depth,
  }))
  const meanX = points.reduce((sum, { x }) => sum + x, 0) / points.length
  const meanY = points.reduce((sum, { y }) => sum + y, 0) / points.length
  const spread = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0)
  if (spread === 0) return null
  return points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0) / spread
}
