// What came into and went out of each lane, per minute, held until it is written.

export type Tally = {
  readonly arrived: number
  readonly interpreted: number
  readonly parked: number
  readonly refused: number
}
export type MinuteTally = Tally & { readonly lane: string; readonly minute: Temporal.Instant }

/** Lanes times minutes held while the database is away: a day of twenty lanes. Beyond it the oldest go. */
export const HELD_MOST = 30_000

export type Minutes = Map<string, MinuteTally>

export const NOTHING: Tally = { arrived: 0, interpreted: 0, parked: 0, refused: 0 }

/** Adds to the minute in which `at` lies. */
export function addTally(minutes: Minutes, lane: string, at: Temporal.Instant, more: Partial<Tally>): void {
  addMinute(minutes, { ...NOTHING, ...more, lane, minute: minuteOf(at) })
}

/** Also for what could not be written and comes back. */
export function addMinute(minutes: Minutes, more: MinuteTally): void {
  const key = `${more.minute.epochMilliseconds}\n${more.lane}`
  const before = minutes.get(key)
  minutes.set(key, {
    lane: more.lane,
    minute: more.minute,
    arrived: (before?.arrived ?? 0) + more.arrived,
    interpreted: (before?.interpreted ?? 0) + more.interpreted,
    parked: (before?.parked ?? 0) + more.parked,
    refused: (before?.refused ?? 0) + more.refused,
  })
  if (minutes.size > HELD_MOST) dropOldest(minutes)
}

function dropOldest(minutes: Minutes): void {
  let oldest: { key: string; at: number } | null = null
  for (const [key, { minute }] of minutes)
    if (oldest === null || minute.epochMilliseconds < oldest.at)
      oldest = { key, at: minute.epochMilliseconds }
  if (oldest !== null) minutes.delete(oldest.key)
}

const MINUTE_MS = 60_000

export function minuteOf(at: Temporal.Instant): Temporal.Instant {
  const ms = at.epochMilliseconds
  return Temporal.Instant.fromEpochMilliseconds(ms - (ms % MINUTE_MS))
}
