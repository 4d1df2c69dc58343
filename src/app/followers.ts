import { followOrders } from '#features/promises/index.ts'
import { followMovements } from '#features/stock/index.ts'
import { WAYBILL_READER } from '#features/waybills/index.ts'
import { WEBHOOK_READER } from '#features/webhooks/index.ts'
import { type FollowDeps, type Follower, followJournal } from '#platform/journal/follow.ts'
import { watchReaders } from '#platform/journal/watch-readers.ts'
import type { Sweep } from '#platform/sweeps/run-sweeps.ts'
import { followForFallback } from './fallback.ts'
import type { Core } from './hub.ts'
import { followForOrderStock, ORDER_STOCK_READER } from './order-stock.ts'
import { clockDeps } from './promise-rules.ts'
import { followForReshipments, RESHIPMENT_READER } from './reshipments.ts'
import { followForSellable } from './sellable.ts'
import { followForTracking, TRACKING_READER } from './tracking.ts'
import { followForWaybills } from './waybills.ts'
import { followForWebhookEvents } from './webhooks.ts'

const ROWS_AT_ONCE = 500
const READERS = [
  'promises',
  'fallback',
  ORDER_STOCK_READER,
  WAYBILL_READER,
  TRACKING_READER,
  WEBHOOK_READER,
  RESHIPMENT_READER,
]

/** Says when a feature does not keep up with what changes. */
export function followerSweeps({ alarms, database }: Core): readonly Sweep[] {
  const { db } = database
  return [{ name: 'journal-readers', everyMs: 15_000, run: () => watchReaders(db, alarms, READERS) }]
}

/** Every feature that reacts to what changed, each with its own place in the journal. */
export function journalFollowers(core: Core): readonly FollowDeps[] {
  const { clock, log } = core
  return [
    {
      db: core.database.db,
      clock,
      name: 'promises',
      batch: ROWS_AT_ONCE,
      from: 'beginning',
      kinds: ['order.'],
      handler: followOrders(clockDeps(core)),
      onError: (error) => log.error({ err: error, reader: 'promises' }, 'the journal could not be followed'),
    },
    followForFallback(core),
    followForOrderStock(core),
    followForWaybills(core),
    followForWebhookEvents(core),
    followForTracking(core),
    followForReshipments(core),
  ]
}

export async function startFollowers(core: Core): Promise<readonly Pick<Follower, 'stop'>[]> {
  const started: Pick<Follower, 'stop'>[] = [await followMovements(followForSellable(core))]
  for (const deps of journalFollowers(core)) started.push(await followJournal(deps))
  return started
}
