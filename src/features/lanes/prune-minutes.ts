import type { Clock } from '#kernel/clock.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { Sweep } from '#platform/sweeps/run-sweeps.ts'
import { pruneMinutes } from './store.ts'

/** A week and a day, so that a page can set this Monday beside the last. */
const KEPT_DAYS = 8
const EVERY_MS = 3_600_000

/** Lets the minutes go that no page shows any more. */
export function lanesSweep({ db, clock }: { db: Sql; clock: Clock }): Sweep {
  return {
    name: 'lane-minutes',
    everyMs: EVERY_MS,
    run: async () => void (await pruneMinutes(db, clock.now().subtract({ hours: 24 * KEPT_DAYS }))),
  }
}
