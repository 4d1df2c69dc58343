import type { Clock } from '#kernel/clock.ts'
import type { Intake } from '#platform/inbox/intake.ts'
import { backlog } from '#platform/inbox/store.ts'
import type { Log } from '#platform/log.ts'
import type { Metrics } from '#platform/metrics.ts'
import { countStates } from '#platform/outbox/store.ts'
import { ensurePartitions, prunePartitions } from '#platform/partitions/store.ts'
import type { Database } from '#platform/postgres/database.ts'

export type UpkeepDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly metrics: Metrics
  readonly log: Log
  readonly intake: Intake
  readonly rawMessageDays: number
}

const GAUGES_EVERY_MS = 5_000
const UPKEEP_EVERY_MS = 3_600_000

/** The regular chores: partitions ahead of time, raw messages beyond their days dropped, gauges kept fresh. */
export function startUpkeep(deps: UpkeepDeps): () => Promise<void> {
  const running = new Set<Promise<void>>()
  const every = (ms: number, work: () => Promise<void>, words: string): NodeJS.Timeout =>
    setInterval(() => {
      const run = work().catch((error: unknown) => deps.log.error({ err: error }, words))
      running.add(run)
      void run.finally(() => running.delete(run))
    }, ms)
  const gauges = every(GAUGES_EVERY_MS, () => refreshGauges(deps), 'gauges could not be read')
  const chores = every(UPKEEP_EVERY_MS, () => doChores(deps), 'upkeep failed; tried again in an hour')
  return async () => {
    clearInterval(gauges)
    clearInterval(chores)
    await Promise.all(running)
  }
}

async function doChores({ db, clock, log, rawMessageDays }: UpkeepDeps): Promise<void> {
  const today = clock.now().toZonedDateTimeISO('UTC').toPlainDate()
  await ensurePartitions(db, today)
  const dropped = await prunePartitions(db, today.subtract({ days: rawMessageDays }))
  if (dropped.length > 0) log.info({ dropped }, 'raw messages pruned')
}

async function refreshGauges({ db, clock, metrics, intake }: UpkeepDeps): Promise<void> {
  metrics.ingestQueue.set(intake.depth())
  try {
    const waiting = await backlog(db)
    metrics.inboxPending.set(waiting.pending)
    metrics.inboxParked.set(waiting.parked)
    metrics.inboxOldestSeconds.set(
      waiting.oldest === null ? 0 : clock.now().since(waiting.oldest).total('seconds'),
    )
    const states = await countStates(db)
    for (const [state, count] of Object.entries(states)) metrics.outbox.set({ state }, count)
    metrics.dead.set(states.dead ?? 0)
    metrics.databaseUp.set(1)
  } catch (error) {
    metrics.databaseUp.set(0)
    throw error
  }
}
