import { newUuid } from '#kernel/id.ts'
import { systemRandom } from '#kernel/random.ts'
import type { Database } from '../postgres/database.ts'
import { type Arrival, keepArrivals } from './store.ts'

class RolledBack extends Error {}

/**
 * Whether the inbox takes a message now: one is kept by the very statement that keeps them all, and rolled back. A lock on one of the
 * inbox's tables, a day without its partition or a full disk shows here, and not only in the next sender's message. Throws what the
 * database says; the server itself ends it after `withinMs`, so that probes never pile up behind a lock.
 */
export async function probeInbox(
  db: Pick<Database, 'begin'>,
  now: Temporal.Instant,
  withinMs: number,
): Promise<void> {
  try {
    await db.begin(async (tx) => {
      await tx`select set_config('statement_timeout', ${String(withinMs)}, true)`
      await keepArrivals(tx, [probeArrival(now)])
      throw new RolledBack()
    })
  } catch (error) {
    if (!(error instanceof RolledBack)) throw error
  }
}

/** With a key of its own each time: two hubs that probe at once must not wait for each other. */
function probeArrival(now: Temporal.Instant): Arrival {
  return {
    connection: 'holdfast.probe',
    lane: 'holdfast.probe',
    transport: 'api',
    topic: 'probe',
    dedupKey: newUuid({ now: () => now }, systemRandom),
    orderNo: null,
    headers: '{}',
    body: new Uint8Array(),
    verdict: 'accepted',
    refusalCode: null,
    refusalDetail: null,
    responseStatus: 0,
    responseBody: '',
    receivedAt: now,
    latencyUs: 0,
  }
}
