import type { Clock } from '#kernel/clock.ts'
import type { Intake } from '#platform/inbox/intake.ts'
import { backlog } from '#platform/inbox/store.ts'
import { countJobs } from '#platform/jobs/store.ts'
import type { Log } from '#platform/log.ts'
import type { Metrics } from '#platform/metrics.ts'
import { countStates } from '#platform/outbox/store.ts'
import {
  ensurePartitions,
  pruneDecisions,
  pruneMovements,
  prunePartitions,
} from '#platform/partitions/store.ts'
import type { Database } from '#platform/postgres/database.ts'

export type UpkeepDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly metrics: Metrics
  readonly log: Log
  readonly intake: Intake
  /** Asked at each run, so that a change in the settings holds from the next one on. */
  readonly rawMessageDays: () => number
  readonly stockMovementDays: number
  readonly ruleDecisionDays: number
  /** Puts parked messages back whose codes are decided by now; null where this process interprets nothing. */
  readonly replayDecided: (() => Promise<number>) | null
}
export type Upkeep = {
  /** The rules changed: looks at the parked messages now. */
  readonly replayNow: () => void
  readonly stop: () => Promise<void>
}

const GAUGES_EVERY_MS = 5_000
const UPKEEP_EVERY_MS = 3_600_000
/** A partition that could not be made, or that somebody dropped, is there again before it has cost much. */
const PARTITIONS_EVERY_MS = 60_000
const REPLAY_EVERY_MS = 30_000

/** The regular chores: partitions ahead of time, raw messages beyond their days dropped, gauges kept fresh, decided codes read again. */
export function startUpkeep(deps: UpkeepDeps): Upkeep {
  const running = new Set<Promise<void>>()
  const run = (work: () => Promise<void>, words: string): void => {
    const done = work().catch((error: unknown) => deps.log.error({ err: error }, words))
    running.add(done)
    void done.finally(() => running.delete(done))
  }
  const every = (ms: number, work: () => void): NodeJS.Timeout => setInterval(work, ms)
  const chores = (): void => run(() => doChores(deps), 'upkeep failed; tried again in an hour')
  const partitions = (): void =>
    run(() => makePartitions(deps), 'partitions could not be made; tried again in a minute')
  const replayNow = oneAtATime(async () => {
    const replayed = (await deps.replayDecided?.()) ?? 0
    if (replayed > 0) deps.log.info({ replayed }, 'parked messages are read again: their codes are decided')
  })
  const replay = (): void => run(replayNow, 'parked messages could not be looked at')
  const timers = [
    every(GAUGES_EVERY_MS, () => run(() => refreshGauges(deps), 'gauges could not be read')),
    every(UPKEEP_EVERY_MS, chores),
    every(PARTITIONS_EVERY_MS, partitions),
    every(REPLAY_EVERY_MS, replay),
  ]
  // A hub that is restarted every hour keeps its days too.
  chores()
  return {
    replayNow: replay,
    stop: async () => {
      for (const timer of timers) clearInterval(timer)
      await Promise.all(running)
    },
  }
}

/** A call that comes while one runs has the work done once more after it, for it may have begun too early. */
function oneAtATime(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null
  let again = false
  const start = async (): Promise<void> => {
    try {
      do {
        again = false
        await work()
      } while (again)
    } finally {
      running = null
    }
  }
  return () => {
    again = running !== null
    running ??= start()
    return running
  }
}

async function makePartitions({ db, clock }: UpkeepDeps): Promise<void> {
  await ensurePartitions(db, clock.now().toZonedDateTimeISO('UTC').toPlainDate())
}

async function doChores(deps: UpkeepDeps): Promise<void> {
  const { db, clock, log, rawMessageDays } = deps
  await makePartitions(deps)
  const today = clock.now().toZonedDateTimeISO('UTC').toPlainDate()
  const dropped = await prunePartitions(db, today.subtract({ days: rawMessageDays() }))
  if (dropped.length > 0) log.info({ dropped }, 'raw messages pruned')
  const moved = await pruneMovements(db, today.subtract({ days: deps.stockMovementDays }))
  if (moved.length > 0) log.info({ dropped: moved }, 'movements of stock pruned')
  const decided = await pruneDecisions(db, today.subtract({ days: deps.ruleDecisionDays }))
  if (decided.length > 0) log.info({ dropped: decided }, 'decisions of rules pruned')
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
    for (const [state, count] of Object.entries(await countJobs(db))) metrics.jobs.set({ state }, count)
    metrics.databaseUp.set(1)
  } catch (error) {
    metrics.databaseUp.set(0)
    throw error
  }
}
