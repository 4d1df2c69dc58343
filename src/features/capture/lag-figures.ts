import type { Clock, Instant } from '#kernel/clock.ts'
import type { Database } from '#platform/postgres/database.ts'
import { addLag, type LagMinute } from './core/lag-tally.ts'
import { addLagMinutes } from './store.ts'

/** Counts changes and their lag in memory and writes them every second: a kill loses a second of figures and no change. */
export type LagTally = {
  readonly add: (
    feedId: bigint,
    byWarehouse: ReadonlyMap<string, number>,
    committedAt: Instant | null,
    now: Instant,
  ) => void
  readonly stop: () => Promise<void>
}

const WRITE_EVERY_MS = 1_000
/** Feeds times warehouses times the minutes that a database may be away; what is beyond is dropped. */
const KEPT_MOST = 5_000

export function openLagTally(deps: {
  readonly db: Database
  readonly clock: Clock
  readonly onError: (error: unknown) => void
  /** Told of every batch, for the metrics. Seconds. */
  readonly onLag?: (warehouse: string, changes: number, seconds: number | null) => void
}): LagTally {
  const tally = new Map<string, LagMinute>()
  let writing: Promise<void> = Promise.resolve()
  const write = async (): Promise<void> => {
    if (tally.size === 0) return
    const minutes = [...tally.values()]
    tally.clear()
    try {
      await addLagMinutes(deps.db, minutes)
    } catch (error) {
      deps.onError(error)
    }
  }
  const timer = setInterval(() => {
    writing = writing.then(write)
  }, WRITE_EVERY_MS)
  return {
    add: (feedId, byWarehouse, committedAt, now) => {
      for (const [warehouse, changes] of byWarehouse) {
        if (tally.size < KEPT_MOST) addLag(tally, { feedId, warehouse, changes }, committedAt, now)
        const seconds = committedAt === null ? null : Math.max(0, now.since(committedAt).total('seconds'))
        deps.onLag?.(warehouse, changes, seconds)
      }
    },
    stop: async () => {
      clearInterval(timer)
      await writing
      await write()
    },
  }
}
