import { hostname } from 'node:os'
import {
  type BacklogRoutesDeps,
  backlogSweeps,
  type DeadReplayDeps,
  deadReplayJobs,
  type Scaling,
  startScaling,
} from '#features/backlog/index.ts'
import { recordAudit } from '#features/identity/index.ts'
import { previewReplay, type Workers } from '#features/intake/index.ts'
import { idOfMessage } from '#platform/inbox/store.ts'
import type { JobHandler } from '#platform/jobs/runner.ts'
import type { Sweep } from '#platform/sweeps/run-sweeps.ts'
import { type Core, replayMessages } from './hub.ts'
import type { Parts } from './parts.ts'

/** What the pages of what waits stand on. */
export function backlogDeps(core: Core): BacklogRoutesDeps {
  const { config, settings, lanes } = core
  return {
    ...replayDeps(core),
    ...watchedOf(core),
    limits: limitsOf(core),
    workers: { floor: config.workers, cap: Math.max(config.workers, config.workersMax) },
    laneOf: lanes.laneOf,
    preview: (ids) => previewReplay(core.interpret(), { ids }),
    zone: () => settings.current().zone,
  }
}

export function backlogSweepsOf(core: Core): readonly Sweep[] {
  const { clock, alarms, log } = core
  return backlogSweeps({
    ...watchedOf(core),
    db: core.database.db,
    clock,
    alarms,
    limits: limitsOf(core),
    onError: (error, connection) => log.warn({ connection, err: error }, 'a queue’s depth could not be read'),
  })
}

export function backlogJobs(core: Core): Readonly<Record<string, JobHandler>> {
  return deadReplayJobs(replayDeps(core))
}

/** More workers for this process while a lane is too deep. */
export function scaleWorkers(parts: Parts, workers: Workers): Scaling {
  const { config, clock, log, lanes } = parts
  return startScaling({
    db: parts.database.db,
    clock,
    process: `${hostname()}:${process.pid}`,
    bounds: { floor: config.workers, cap: config.workers === 0 ? 0 : config.workersMax },
    alarmDepthOf: (lane) => lanes.configOf(lane).alarmDepth,
    workers,
    onChange: (from, to) =>
      log.info(
        { from, to },
        to > from ? 'a lane is too deep: more workers' : 'the backlog is gone: a worker rests',
      ),
    onError: (error) => log.warn({ err: error }, 'the depth of the lanes could not be read for the workers'),
  })
}

function limitsOf({ config }: Core): BacklogRoutesDeps['limits'] {
  return {
    oldSeconds: config.backlogOldSeconds,
    deadLetters: config.backlogDeadLetters,
    queueDepth: config.backlogQueueDepth,
  }
}

function watchedOf({ lanes, directory, callsFor }: Core) {
  return {
    alarmDepthOf: (lane: string) => lanes.configOf(lane).alarmDepth,
    titleOf: (lane: string) => directory.byId(lane)?.name ?? lane,
    connections: directory.all,
    callsFor,
  }
}

function replayDeps(core: Core): DeadReplayDeps {
  const { clock } = core
  return {
    db: core.database.db,
    clock,
    messageId: idOfMessage,
    replay: (ids) => replayMessages(core, { ids }),
    audit: (tx, entry) => recordAudit({ sql: tx, clock }, entry),
    onJobQueued: core.wakeJobs,
  }
}
