import { followOrders } from '#features/promises/index.ts'
import { type Follower, followJournal } from '#platform/journal/follow.ts'
import { followForFallback } from './fallback.ts'
import type { Core } from './hub.ts'

const ROWS_AT_ONCE = 500

/** Every feature that reacts to what changed, each with its own place in the journal. */
export async function startFollowers(core: Core): Promise<readonly Follower[]> {
  const { clock, log, promises } = core
  const { db } = core.database
  return [
    await followJournal({
      db,
      clock,
      name: 'promises',
      batch: ROWS_AT_ONCE,
      from: 'beginning',
      handler: followOrders({ db, clock, directory: promises }),
      onError: (error) => log.error({ err: error, reader: 'promises' }, 'the journal could not be followed'),
    }),
    await followForFallback(core),
  ]
}
