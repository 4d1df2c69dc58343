import { ok, type Result, refuse } from '#kernel/result.ts'

/** Hours after which silence counts, for one carrier, one warehouse, both or all (`*`). Null: the next wider row says. */
export type Threshold = {
  readonly carrier: string
  readonly warehouse: string
  /** From the waybill to the first scan, 1 to 720. */
  readonly firstScanHours: number | null
  /** Without movement, 1 to 1,440. */
  readonly stalledHours: number | null
  /** At the customs without a word, 1 to 1,440. */
  readonly customsHours: number | null
}

export const ALL = '*'
const BOUNDS = { firstScanHours: 720, stalledHours: 1_440, customsHours: 1_440 } as const
export const THRESHOLDS_MOST = 500

/** The rows with the hub's own figures underneath. */
export function withDefaults(
  rows: readonly Threshold[],
  hub: { readonly firstScanHours: number; readonly stalledHours: number; readonly customsHours: number },
): readonly Threshold[] {
  const all = rows.find((row) => row.carrier === ALL && row.warehouse === ALL)
  return [
    ...rows.filter((row) => row !== all),
    {
      carrier: ALL,
      warehouse: ALL,
      firstScanHours: all?.firstScanHours ?? hub.firstScanHours,
      stalledHours: all?.stalledHours ?? hub.stalledHours,
      customsHours: all?.customsHours ?? hub.customsHours,
    },
  ]
}

/** The least hours of any row: what is younger is quiet for nobody. */
export function leastHours(rows: readonly Threshold[], names: readonly (keyof typeof BOUNDS)[]): number {
  return Math.min(...rows.flatMap((row) => names.flatMap((name) => row[name] ?? [])))
}

/** Refused: `tracking.bad_threshold`, `tracking.threshold_twice`, `tracking.too_many_thresholds`. */
export function checkThresholds(rows: readonly Threshold[]): Result<readonly Threshold[]> {
  if (rows.length > THRESHOLDS_MOST)
    return refuse('tracking.too_many_thresholds', `at most ${THRESHOLDS_MOST} rows`)
  const seen = new Set<string>()
  for (const [index, row] of rows.entries()) {
    const key = `${row.carrier}\n${row.warehouse}`
    if (seen.has(key))
      return refuse(
        'tracking.threshold_twice',
        `row ${index + 1} is for the same carrier and warehouse as another`,
        {
          index,
        },
      )
    seen.add(key)
    for (const [name, most] of Object.entries(BOUNDS)) {
      const value = row[name as keyof typeof BOUNDS]
      if (value !== null && (!Number.isInteger(value) || value < 1 || value > most))
        return refuse(
          'tracking.bad_threshold',
          `row ${index + 1}: ${name} is a whole number from 1 to ${most}`,
          {
            index,
          },
        )
    }
  }
  return ok(rows)
}
