/** Locks of one place and time. */
export type Asked = {
  readonly locked: number
  readonly refused: number
  readonly timedOut: number
}
export type Hour = Asked & { readonly hourMs: number }

const HOUR_MS = 3_600_000

/** locked / asked, 0 to 1: the success rate of locks as the business counts it. Null where nothing was asked. */
export function rateOf({ locked, refused, timedOut }: Asked): number | null {
  const asked = locked + refused + timedOut
  return asked === 0 ? null : locked / asked
}

/** Share that was answered in time, with yes or with no: what the hub itself is to blame for. Null where nothing was asked. */
export function technicalRateOf({ locked, refused, timedOut }: Asked): number | null {
  const asked = locked + refused + timedOut
  return asked === 0 ? null : (locked + refused) / asked
}

export type RateLine = {
  /** 0 to 1. */
  readonly least: number
  /** Hours in a row that must be below it. */
  readonly hours: number
  /** An hour with fewer asks says nothing. */
  readonly asks: number
}
export type LowRate = Asked & {
  readonly rate: number
  readonly technical: number
  readonly hours: number
  /** Time-outs alone are below the line: nobody can blame the stock. */
  readonly technicalLow: boolean
}

/**
 * Whether one warehouse's newest hours are all below the line. An hour that has hardly begun counts once it has enough asks; one
 * with too few ends the row, so that two bad hours with a quiet night between them are not one trouble.
 */
export function judgeRate(hours: readonly Hour[], nowMs: number, line: RateLine): LowRate | null {
  const present = Math.floor(nowMs / HOUR_MS) * HOUR_MS
  const byHour = new Map(hours.map((hour) => [hour.hourMs, hour]))
  const enough = (hour: Hour | undefined): hour is Hour =>
    hour !== undefined && hour.locked + hour.refused + hour.timedOut >= line.asks
  const newest = enough(byHour.get(present)) ? present : present - HOUR_MS
  const judged: Hour[] = []
  for (let i = 0; i < line.hours; i++) {
    const hour = byHour.get(newest - i * HOUR_MS)
    if (!enough(hour) || (rateOf(hour) ?? 1) >= line.least) return null
    judged.push(hour)
  }
  const sum = judged.reduce(
    (total, hour) => ({
      locked: total.locked + hour.locked,
      refused: total.refused + hour.refused,
      timedOut: total.timedOut + hour.timedOut,
    }),
    { locked: 0, refused: 0, timedOut: 0 },
  )
  const technical = technicalRateOf(sum) ?? 1
  return {
    ...sum,
    rate: rateOf(sum) ?? 1,
    technical,
    hours: judged.length,
    technicalLow: technical < line.least,
  }
}
