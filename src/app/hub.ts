import { connectors } from '#connectors/index.ts'
import { previewReplay, replay } from '#features/intake/index.ts'
import { type MappingDeps, replayDecided } from '#features/mapping/index.ts'
import type { Pulls } from '#features/pull/index.ts'
import type { JobHandler, JobRunner } from '#platform/jobs/runner.ts'
import { startJobs } from '#platform/jobs/runner.ts'
import type { Follower } from '#platform/journal/follow.ts'
import { JOURNAL_CHANNEL } from '#platform/journal/store.ts'
import type { Log } from '#platform/log.ts'
import type { Presence } from '#platform/processes/presence.ts'
import { type Sweeps, startSweeps } from '#platform/sweeps/run-sweeps.ts'
import { startAlerting } from './alerting.ts'
import type { Config } from './config.ts'
import { keepConnectionCopy } from './connection-copy.ts'
import { openHubDatabase } from './database.ts'
import { openDrillStage } from './drill-stage.ts'
import { type DrillParts, openDrills } from './drills.ts'
import { startFollowers } from './followers.ts'
import { type Machine, THIS_MACHINE } from './machine.ts'
import { openParts, type Parts } from './parts.ts'
import { startHubPresence } from './presence.ts'
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
  /** Incidents that people train on, in sandboxes of this process. */
  readonly drills: DrillParts
  /** Something is to be told or asked outside. */
  readonly wakeOutbox: () => void
  readonly pulls: Pulls | null
  /** Settings of polls changed, or a person wants one: they are looked at again at once. */
  readonly wakePolls: () => void
  /** How the other processes see this one. */
  readonly presence: Presence
  readonly stop: () => Promise<void>
}

type JobHandlers = (core: Core) => Readonly<Record<string, JobHandler>>

/** Composition root of the engine: opens the database and starts what the process's roles ask for. */
export async function startCore(
  config: Config,
  log: Log,
  jobHandlers: JobHandlers,
  machine: Machine = THIS_MACHINE,
): Promise<Core> {
  const database = await openHubDatabase(config, log, machine.clock, machine.aroundDatabase)
  try {
    const parts = await openParts(config, log, database, machine)
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
  const presence = await startHubPresence(parts, () => {
    wakeDispatcher()
    schedule?.jobs.wake()
  })
  const stage = openDrillStage({ dataDir: config.dataDir, log, nowMs: () => clock.now().epochMilliseconds })
  const drills = openDrills(parts, stage)
  const core: Core = {
    ...parts,
    drills,
    wakeWorkers: (lane) => work?.workers.wake(lane),
    wakeJobs: () => schedule?.jobs.wake(),
    wakeOutbox: wakeDispatcher,
    pulls: work?.pulls ?? null,
    presence,
    wakePolls: () => {
      work?.asking.wake()
      work?.pulls.look()
    },
    stop: async () => {
      for (const stop of stopFollowing) stop()
      await stopParts(log, {
        drills: drills.watch.stop,
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
      // Only now: whoever still had a call under way would else lose it to the others.
      await stopParts(log, { presence: presence.stop })
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
      {
        db,
        clock,
        handlers: jobHandlers(core),
        owner: core.processId,
        onError: (error) => log.error({ err: error }, 'job failed'),
      },
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
