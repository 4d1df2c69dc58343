/** One drill that was ended with a score. */
export type Attempt = {
  readonly personKind: string
  readonly personId: string
  readonly personName: string
  readonly scenarioId: string
  readonly points: number
  readonly toFix: number | null
}

export type Standing = {
  readonly personKind: string
  readonly personId: string
  readonly personName: string
  readonly scenarioId: string
  readonly times: number
  readonly best: number
  readonly last: number
  /** Minutes to the fix at best; null where it was never mended. */
  readonly bestFix: number | null
  /** The last ten, oldest first. */
  readonly points: readonly number[]
  /** Points that the later half of those is above the earlier half on average; null below two attempts. */
  readonly trend: number | null
}

const SHOWN = 10

/** How each person stands in each scenario. `attempts` oldest first; the name is the one of the last attempt. */
export function standingsOf(attempts: readonly Attempt[]): readonly Standing[] {
  const groups = Map.groupBy(attempts, (one) => `${one.personKind}\n${one.personId}\n${one.scenarioId}`)
  return [...groups.values()].flatMap((own) => {
    const last = own.at(-1)
    if (last === undefined) return []
    const points = own.map((one) => one.points)
    const fixes = own.flatMap((one) => (one.toFix === null ? [] : [one.toFix]))
    const shown = points.slice(-SHOWN)
    return [
      {
        personKind: last.personKind,
        personId: last.personId,
        personName: last.personName,
        scenarioId: last.scenarioId,
        times: own.length,
        best: Math.max(...points),
        last: last.points,
        bestFix: fixes.length === 0 ? null : Math.min(...fixes),
        points: shown,
        trend: trendOf(shown),
      },
    ]
  })
}

/** Mean of the later half less mean of the earlier half, in whole points; the middle one of an odd number counts in neither. */
export function trendOf(points: readonly number[]): number | null {
  const half = Math.floor(points.length / 2)
  if (half === 0) return null
  return Math.round(mean(points.slice(-half)) - mean(points.slice(0, half)))
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, one) => sum + one, 0) / values.length
}
