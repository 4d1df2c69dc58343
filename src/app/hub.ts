import { connectors } from '#connectors/index.ts'
import { previewReplay, replay } from '#features/intake/index.ts'
import { type MappingDeps, replayDecided } from '#features/mapping/index.ts'
import type { Pulls } from '#features/pull/index.ts'
import { systemClock } from '#kernel/clock.ts'
import type { JobHandler, JobRunner } from '#platform/jobs/runner.ts'
import { startJobs } from '#platform/jobs/runner.ts'
import type { Follower } from '#platform/journal/follow.ts'
import { JOURNAL_CHANNEL } from '#platform/journal/store.ts'
import type { Log } from '#platform/log.ts'
import { type Sweeps, startSweeps } from '#platform/sweeps/run-sweeps.ts'
import { startAlerting } from './alerting.ts'
import type { Config } from './config.ts'
import { keepConnectionCopy } from './connection-copy.ts'
import { openHubDatabase } from './database.ts'
import { startFollowers } from './followers.ts'
import { openParts, type Parts } from './parts.ts'
import { mappingMirror } from './rule-mirror.ts'
import { stopParts } from './stop-parts.ts'
import { sweepsOf } from './sweeps.ts'
import { startUpkeep } from './upkeep.ts'
import { startWork } from './work.ts'

/** Everything of a running hub but its HTTP surface. */
export type Core = Parts & {
  readonly wakeWorkers: (lane?: string) => void
  /** For a route that queued a job: it starts at once instead of at the next look. */
  readonly wakeJobs: () => void
  /** Something is to be told or asked outside. */
  readonly wakeOutbox: () => void
  readonly pulls: Pulls | null
  /** Settings of polls changed, or a person wants one: they are looked at again at once. */
  readonly wakePolls: () => void
  readonly stop: () => Promise<void>
}

type JobHandlers = (core: Core) => Readonly<Record<string, JobHandler>>

/** Composition root of the engine: opens the database and starts what the process's roles ask for. */
export async function startCore(config: Config, log: Log, jobHandlers: JobHandlers): Promise<Core> {
  const database = await openHubDatabase(config, log, systemClock)
  try {
    const parts = await openParts(config, log, database)
    return await startRoles(parts, jobHandlers)
  } catch (error) {
    await database.close().catch(() => undefined)
    throw error
  }
}

async function startRoles(parts: Parts, jobHandlers: JobHandlers): Promise<Core> {
  const { config, log, clock, metrics, database, intake, directory, mapping, settings, promises } = parts
  const { db } = database
  const work = config.roles.includes('worker') ? startWork(parts) : null
  const wakeDispatcher = (): void => work?.dispatcher.wake()
  const unlisten = work === null ? null : await db.listen(JOURNAL_CHANNEL, wakeDispatcher)
  const stopUpkeep = startUpkeep({
    db,
    clock,
    metrics,
    log,
    intake,
    stockMovementDays: config.stockMovementDays,
    ruleDecisionDays: config.ruleDecisionDays,
    rawMessageDays: () => settings.current().rawMessageDays,
    replayDecided: work === null ? null : () => replayDecided(mappingDeps(core)),
  })
  const stopFollowing = [
    keepConnectionCopy({ config, directory, laneOf: intake.laneOf, vault: parts.vault, log }),
    // Paused, unpaused or pointed elsewhere: what listens, polls or waits for that connection looks again at once.
    directory.onChange(() => {
      work?.pulls.look()
      wakeDispatcher()
    }),
    mapping.onChange(stopUpkeep.replayNow),
    parts.outward.breakers.onChange(wakeDispatcher),
  ]
  const alerting = await startAlerting(parts)
  parts.emergency.onMerged(() => work?.workers.wake())
  let schedule: Schedule | null = null
  const core: Core = {
    ...parts,
    wakeWorkers: (lane) => work?.workers.wake(lane),
    wakeJobs: () => schedule?.jobs.wake(),
    wakeOutbox: wakeDispatcher,
    pulls: work?.pulls ?? null,
    wakePolls: () => {
      work?.asking.wake()
      work?.pulls.look()
    },
    stop: async () => {
      for (const stop of stopFollowing) stop()
      await stopParts(log, {
        pulls: work?.pulls.stop,
        asking: work?.asking.stop,
        feeds: work?.feeds.stop,
        jobs: schedule?.jobs.stop,
        sweeps: schedule?.sweeps.stop,
        alerting: alerting.stop,
        followers: () => Promise.all(schedule?.followers.map((follower) => follower.stop()) ?? []),
        intake: intake.drained,
      })
      await stopParts(log, {
        workers: work?.workers.stop,
        dispatcher: work?.dispatcher.stop,
        upkeep: stopUpkeep.stop,
        stock: parts.stockParts.stop,
      })
      await stopParts(log, {
        journal: unlisten ?? undefined,
        directory: directory.stop,
        mapping: mapping.stop,
        settings: settings.stop,
        promises: promises.stop,
        lanes: parts.lanes.stop,
        warehouses: parts.warehouses.stop,
        rulebook: parts.rulebook.stop,
        freight: parts.freight.stop,
        tally: parts.tally.stop,
        credentials: parts.credentials.stop,
        lockTally: parts.lockTally.stop,
        outward: parts.outward.stop,
      })
      await stopParts(log, { emergency: parts.emergency.stop }, MERGE_WITHIN_MS)
      await stopParts(log, { database: database.close })
    },
  }
  if (work !== null) schedule = await startSchedule(core, jobHandlers)
  return core
}

const JOBS_IDLE_MS = 500
/** The last of the spool may still be merged; what is left waits for the next start. */
const MERGE_WITHIN_MS = 15_000

type Schedule = {
  readonly jobs: JobRunner
  readonly sweeps: Sweeps
  readonly followers: readonly Pick<Follower, 'stop'>[]
}

async function startSchedule(core: Core, jobHandlers: JobHandlers): Promise<Schedule> {
  const { log, clock } = core
  const { db } = core.database
  const followers = await startFollowers(core)
  return {
    followers,
    jobs: startJobs(
      { db, clock, handlers: jobHandlers(core), onError: (error) => log.error({ err: error }, 'job failed') },
      JOBS_IDLE_MS,
    ),
    sweeps: startSweeps({
      db: core.database.sweepDb,
      clock,
      sweeps: sweepsOf(core),
      onError: (error, sweep) =>
        log.error({ err: error, sweep }, 'a sweep failed; tried again at its next turn'),
    }),
  }
}

/** Queues messages for another reading and wakes the workers. */
export async function replayMessages(core: Core, filter: Parameters<typeof replay>[1]): Promise<number> {
  const queued = await replay(core.interpret(), filter)
  core.wakeWorkers()
  return queued
}

/** What the mapping's pages and its sweep stand on: recorded messages, and the pipeline that reads them again. */
export function mappingDeps(core: Core): MappingDeps {
  const { database, directory, mapping, clock } = core
  return {
    db: database.db,
    connectors,
    directory: mapping,
    clock,
    connectionsOf: (kind) => directory.all().flatMap((entry) => (entry.kind === kind ? [entry.id] : [])),
    preview: (filter, rulesFor) => previewReplay(core.interpret(), filter, rulesFor),
    replay: (filter) => replayMessages(core, filter),
    mirror: mappingMirror(clock, (id) => directory.byId(id)?.name ?? null),
  }
}
