import type { Instant } from '#kernel/clock.ts'
import { learnRhythm, startOfLocalHour } from './core/rhythm.ts'
import { type CallbackHealthDeps, isHeard } from './deps.ts'
import { dropMinutes, readHeard, readQuarters, saveRhythm } from './store.ts'

/** Learns every connection's rhythm anew from the days on record and drops what is older. Answers how many were learned. */
export async function learnRhythms(deps: CallbackHealthDeps): Promise<number> {
  const { db, clock, rules } = deps
  const now = clock.now()
  const zone = deps.zone()
  const since = now.subtract({ hours: rules.daysKept * 24 })
  await dropMinutes(db, since)
  const connections = deps.connections().filter(isHeard)
  const heard = new Map(
    (
      await readHeard(
        db,
        connections.map(({ id }) => id),
      )
    ).map((one) => [one.connection_id, one.first_minute]),
  )
  let learned = 0
  for (const { id } of connections) {
    const first = heard.get(id)
    if (first === undefined) continue
    const quarters = await readQuarters(db, id, since)
    const span = { from: first, to: endOfRecord(now, zone) }
    const rhythm = learnRhythm(
      quarters.map(({ from, count }) => ({ from, count: Number(count) })),
      span,
      zone,
    )
    if (rhythm === null) continue
    await saveRhythm(db, id, rhythm, now)
    learned += 1
  }
  return learned
}

/** The present hour is not over, so it says nothing yet. */
function endOfRecord(now: Instant, zone: string): Instant {
  return startOfLocalHour(now, zone)
}
