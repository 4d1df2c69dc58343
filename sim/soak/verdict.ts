/** What is looked at, and how much it may rise from the first to the last look and still count as flat. */
export type Tolerance = {
  /** Of the level at the beginning. */
  readonly share: number
  /** In the curve's own unit; the larger of the two counts. */
  readonly absolute: number
}
export type Point = readonly [seconds: number, value: number]
export type Verdict = {
  readonly flat: boolean
  /** By the fitted line, over the whole time that was judged. */
  readonly rise: number
  readonly allowed: number
  /** The fitted line where the judged time begins. */
  readonly level: number
  readonly judged: number
}

/** Caches fill and heaps grow into their working size; that is no leak. */
const SETTLING_SHARE = 0.25
const SETTLING_MOST_SECONDS = 900
const FEWEST_POINTS = 6

/**
 * Whether a curve is flat: a line is fitted (least squares) through all but the first quarter, and may rise by the tolerance and no
 * more. Falling is flat. Fewer than six points say nothing and are not flat.
 */
export function judgeCurve(points: readonly Point[], tolerance: Tolerance): Verdict {
  const end = points.at(-1)?.[0] ?? 0
  const from = Math.min(SETTLING_MOST_SECONDS, end * SETTLING_SHARE)
  const judged = points.filter(([seconds]) => seconds >= from)
  const [first] = judged
  if (first === undefined || judged.length < FEWEST_POINTS)
    return { flat: false, rise: Number.NaN, allowed: 0, level: Number.NaN, judged: judged.length }
  const { slope, at } = fitLine(judged)
  const level = at(first[0])
  const rise = slope * (end - first[0])
  const allowed = Math.max(tolerance.absolute, Math.abs(level) * tolerance.share)
  return { flat: rise <= allowed, rise, allowed, level, judged: judged.length }
}

/** Least squares. */
export function fitLine(points: readonly Point[]): { slope: number; at: (seconds: number) => number } {
  const n = points.length
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / n
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / n
  const over = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0)
  const under = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0)
  const slope = under === 0 ? 0 : over / under
  return { slope, at: (seconds) => meanY + slope * (seconds - meanX) }
}
