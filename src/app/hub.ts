import { connectors } from '#connectors/index.ts'
import { connectionDirectory, saveStreamState } from '#features/connections/index.ts'
import {
  type InterpretDeps,
  previewReplay,
  replay,
  startWorkers,
  type Workers,
} from '#features/intake/index.ts'
import { type MappingDeps, mappingDirectory, replayDecided } from '#features/mapping/index.ts'
import { type Pulls, startPulls } from '#features/pull/index.ts'
import { openSettings, type SettingsDirectory } from '#features/settings/index.ts'
import { fetchOrderHandler, reportShipmentHandler } from '#features/shipment-report/index.ts'
import { type Clock, systemClock } from '#kernel/clock.ts'
import { type Random, systemRandom } from '#kernel/random.ts'
import { openHttp } from '#platform/http-client/http-call.ts'
import { openSockets } from '#platform/http-client/open-socket.ts'
import type { TargetRules } from '#platform/http-client/target-guard.ts'
import { type Intake, openIntake } from '#platform/inbox/intake.ts'
import type { JobHandler, JobRunner } from '#platform/jobs/runner.ts'
import { startJobs } from '#platform/jobs/runner.ts'
import { JOURNAL_CHANNEL } from '#platform/journal/store.ts'
import type { Log } from '#platform/log.ts'
import { createMetrics, type Metrics } from '#platform/metrics.ts'
import { type Dispatcher, startDispatcher } from '#platform/outbox/dispatcher.ts'
import { loadOrCreateKey, openVault, type Vault } from '#platform/vault.ts'
import type { Config } from './config.ts'
import { type OpenedDatabase, openHubDatabase } from './database.ts'
import { pollLog } from './poll-log.ts'
import { startUpkeep } from './upkeep.ts'

/** What every role needs, open and following the database. */
type Parts = {
  readonly config: Config
  readonly log: Log
  readonly clock: Clock
  readonly random: Random
  readonly metrics: Metrics
  readonly database: OpenedDatabase
  readonly vault: Vault
  readonly intake: Intake
  readonly directory: ReturnType<typeof connectionDirectory>
  readonly mapping: ReturnType<typeof mappingDirectory>
  readonly settings: SettingsDirectory
  readonly calls: {
    readonly http: ReturnType<typeof openHttp>
    readonly clock: Clock
    readonly random: Random
  }
  readonly interpret: (slot?: number) => InterpretDeps
}

/** Everything of a running hub but its HTTP surface. */
export type Core = Parts & {
  readonly wakeWorkers: () => void
  /** For a route that queued a job: it starts at once instead of at the next look. */
  readonly wakeJobs: () => void
  readonly pulls: Pulls | null
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

async function openParts(config: Config, log: Log, database: OpenedDatabase): Promise<Parts> {
  const { db } = database
  const clock = systemClock
  const random = systemRandom
  const metrics = createMetrics({ process: true })
  const vault = openVault(
    config.encryptionKey === null
      ? loadOrCreateKey(config.dataDir)
      : { current: 'env', keys: new Map([['env', Buffer.from(config.encryptionKey, 'hex')]]) },
  )
  const directory = connectionDirectory({
    db,
    vault,
    connectors,
    onProblem: (connection, error) => log.error({ connection, err: error }, 'connection cannot be used'),
  })
  const mapping = mappingDirectory({
    db,
    connectors,
    onProblem: (error) => log.error({ err: error }, 'status mapping cannot be read'),
  })
  await directory.start()
  await mapping.start()
  const settings = await openSettings({
    sql: db,
    clock,
    fallback: { zone: config.hubZone, rawMessageDays: config.rawMessageDays, locale: 'zh-CN' },
    onProblem: (error) => log.error({ err: error }, 'settings cannot be read'),
  })
  const intake = countingIntake(
    openIntake({ db: database.inboxDb, maxBatch: config.ingestBatchMax, maxQueue: config.ingestQueueMax }),
    metrics,
    (connection) => directory.byId(connection)?.kind ?? 'unknown',
  )
  const calls = {
    http: openHttp(targetRules(config)),
    clock,
    random,
  }
  const interpret = (slot = 0): InterpretDeps => ({
    db,
    vault,
    slot,
    canReport: (id) =>
      directory.byId(id)?.connector.calls !== undefined && directory.byId(id)?.connector.role === 'channel',
    now: () => clock.now(),
    find: directory.byId,
    rulesFor: mapping.rulesFor,
    onInterpreted: (batch) => countInterpreted(metrics, batch),
  })
  return {
    config,
    log,
    clock,
    random,
    metrics,
    database,
    vault,
    intake,
    directory,
    mapping,
    settings,
    calls,
    interpret,
  }
}

/** Counts what the hub fetched, polled, heard or imported; callbacks are counted by their route, rejected ones too. */
function countingIntake(intake: Intake, metrics: Metrics, kindOf: (connection: string) => string): Intake {
  return {
    ...intake,
    keep: async (arrival) => {
      const kept = await intake.keep(arrival)
      if (arrival.transport !== 'http') {
        const kind = kindOf(arrival.connection)
        metrics.received.inc({ kind })
        if (kept.verdict === 'duplicate') metrics.duplicate.inc({ kind })
        else metrics.accepted.inc({ kind })
      }
      return kept
    },
  }
}

function targetRules({ allowLoopbackTargets }: Config): TargetRules {
  return { allowLoopback: allowLoopbackTargets, allowPrivate: allowLoopbackTargets }
}

function countInterpreted(
  metrics: Metrics,
  { parked, lags }: Parameters<NonNullable<InterpretDeps['onInterpreted']>>[0],
): void {
  metrics.interpreted.inc({ kind: 'all' }, lags.length)
  for (const lag of lags) metrics.lagSeconds.observe({ kind: 'all' }, lag)
  for (const { code } of parked) metrics.parked.inc({ kind: 'all', code })
}

async function startRoles(parts: Parts, jobHandlers: JobHandlers): Promise<Core> {
  const { config, log, clock, metrics, database, intake, directory, mapping, settings } = parts
  const { db } = database
  const running = config.roles.includes('worker') ? startWork(parts) : null
  const wakeDispatcher = (): void => running?.dispatcher.wake()
  const unlisten = running === null ? null : await db.listen(JOURNAL_CHANNEL, wakeDispatcher)
  const stopUpkeep = startUpkeep({
    db,
    clock,
    metrics,
    log,
    intake,
    rawMessageDays: () => settings.current().rawMessageDays,
    replayDecided: running === null ? null : () => replayDecided(mappingDeps(core)),
  })
  const stopFollowing = [
    // Paused, unpaused or pointed elsewhere: what listens, polls or waits for that connection looks again at once.
    directory.onChange(() => {
      running?.pulls.look()
      wakeDispatcher()
    }),
    mapping.onChange(stopUpkeep.replayNow),
  ]
  let jobs: JobRunner | null = null
  const core: Core = {
    ...parts,
    wakeWorkers: () => running?.workers.wake(),
    wakeJobs: () => jobs?.wake(),
    pulls: running?.pulls ?? null,
    stop: async () => {
      for (const stop of stopFollowing) stop()
      await Promise.all([running?.pulls.stop(), jobs?.stop(), intake.drained()])
      await Promise.all([running?.workers.stop(), running?.dispatcher.stop(), stopUpkeep.stop()])
      await Promise.all([unlisten?.(), directory.stop(), mapping.stop(), settings.stop()])
      await database.close()
    },
  }
  if (running !== null)
    jobs = startJobs(
      { db, clock, handlers: jobHandlers(core), onError: (error) => log.error({ err: error }, 'job failed') },
      JOBS_IDLE_MS,
    )
  return core
}

const WORKER_IDLE_MS = 250
const OUTBOX_IDLE_MS = 1_000
const JOBS_IDLE_MS = 500

type Running = { readonly workers: Workers; readonly dispatcher: Dispatcher; readonly pulls: Pulls }
function startWork(parts: Parts): Running {
  const { config, log, database, metrics, directory, intake, calls, interpret } = parts
  const { db } = database
  const workers = startWorkers((slot) => ({ ...interpret(slot), db: database.workDb }), {
    workers: config.workers,
    batch: config.interpretBatch,
    idleMs: WORKER_IDLE_MS,
    onError: (error) => log.error({ err: error }, 'interpreting stopped for a moment'),
  })
  const dispatcher = startDispatcher(
    {
      db,
      clock: calls.clock,
      random: calls.random,
      concurrency: config.outboxConcurrency,
      paused: () => directory.all().flatMap((entry) => (entry.paused ? [entry.id] : [])),
      handlers: {
        report_shipment: reportShipmentHandler({ join: interpret(), find: directory.byId, calls }),
        fetch_order: fetchOrderHandler({ intake, find: directory.byId, calls, onAccepted: workers.wake }),
      },
      onSettled: (effect, outcome) => metrics.effects.inc({ effect, outcome }),
      onError: (error) => log.error({ err: error }, 'outbox stopped for a moment'),
    },
    OUTBOX_IDLE_MS,
  )
  const pulls = startPulls({
    db,
    intake,
    calls,
    onAccepted: workers.wake,
    connections: directory.all,
    saveState: (connection, state, words) => saveStreamState(db, connection, state, words),
    onPolled: pollLog(log),
    openSocket: openSockets(targetRules(config)),
    onError: (error, connection) => log.warn({ connection, err: error }, 'pull failed'),
  })
  return { workers, dispatcher, pulls }
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
  }
}
