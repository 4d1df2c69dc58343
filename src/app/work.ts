import type { Feeds } from '#features/capture/index.ts'
import { saveStreamState } from '#features/connections/index.ts'
import type { Asking } from '#features/fallback/index.ts'
import { startWorkers, type Workers } from '#features/intake/index.ts'
import { openPollPlans, type PollDeps, type Pulls, startPulls } from '#features/pull/index.ts'
import { type Dispatcher, type DispatcherDeps, startDispatcher } from '#platform/outbox/dispatcher.ts'
import { scaleWorkers } from './backlog.ts'
import { startCapture } from './capture.ts'
import { effectHandlers } from './effects.ts'
import { fallbackFinds, startFallback } from './fallback.ts'
import type { Parts } from './parts.ts'
import { pollLog } from './poll-log.ts'

const WORKER_IDLE_MS = 250
const OUTBOX_IDLE_MS = 1_000

export type Work = {
  readonly workers: Workers
  readonly dispatcher: Dispatcher
  readonly pulls: Pulls
  readonly asking: Asking
  /** Stock feeds of warehouses. */
  readonly feeds: Feeds
}

/** What the worker role does all day: interpret, carry out intents, listen and poll. */
export function startWork(parts: Parts): Work {
  const { config, log, database, directory, openSocket } = parts
  const { db } = database
  const workers = startWorkers((slot) => ({ ...parts.interpret(slot), db: database.workDb }), {
    workers: config.workers,
    workersMost: config.workersMax,
    batch: config.interpretBatch,
    idleMs: WORKER_IDLE_MS,
    lanes: parts.lanes,
    onError: (error) => log.error({ err: error }, 'interpreting stopped for a moment'),
  })
  const dispatcher = startDispatcher(dispatcherDeps(parts, workers.wake), OUTBOX_IDLE_MS)
  const pulls = startPulls({
    ...pollDeps(parts, workers.wake),
    connections: directory.all,
    saveState: (connection, state, words) => saveStreamState(db, connection, state, words),
    onPolled: pollLog(log),
    plans: openPollPlans(db),
    openSocket,
    onError: (error, connection) => log.warn({ connection, err: error }, 'pull failed'),
  })
  const scaling = scaleWorkers(parts, workers)
  return {
    workers: {
      ...workers,
      stop: async () => {
        await scaling.stop()
        await workers.stop()
      },
    },
    dispatcher,
    pulls,
    asking: startFallback(parts, workers.wake),
    feeds: startCapture(parts),
  }
}

/** How intents are carried out. */
export function dispatcherDeps(parts: Parts, wakeWorkers: (lane?: string) => void): DispatcherDeps {
  const { config, log, clock, random, database, metrics, directory } = parts
  const { db } = database
  return {
    db,
    clock,
    random,
    concurrency: config.outboxConcurrency,
    owner: parts.processId,
    paused: () => [
      ...directory.all().flatMap((entry) => (entry.paused ? [entry.id] : [])),
      // A notice is asked for its backup when its turn comes; held back, it uses no attempt.
      ...parts.outward.breakers.open().filter((id) => directory.byId(id)?.connector.role !== 'notifier'),
    ],
    handlers: effectHandlers(parts, wakeWorkers),
    onSettled: (effect, outcome) => metrics.effects.inc({ effect, outcome }),
    onError: (error) => log.error({ err: error }, 'outbox stopped for a moment'),
  }
}

/** How increments are polled. */
export function pollDeps(parts: Parts, onAccepted: (lane?: string) => void): PollDeps {
  const { database, intake, clock, callsFor } = parts
  return {
    db: database.db,
    locks: database.locks,
    intake,
    clock,
    callsFor,
    onAccepted,
    onFresh: fallbackFinds(parts),
  }
}
