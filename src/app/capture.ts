import { join } from 'node:path'
import {
  type CaptureHttpDeps,
  captureRoutes,
  FEED_CHANNEL,
  type Feeds,
  findingRoutes,
  forgetCapture,
  pushRoutes,
  startFeeds,
  UPLOAD_JOB,
  uploadJob,
  uploadRoutes,
  watchCapture,
  watchFindings,
} from '#features/capture/index.ts'
import { type AuditEvent, recordAudit } from '#features/identity/index.ts'
import { openFileStore } from '#features/imports/index.ts'
import type { HttpApp } from '#platform/http/scopes.ts'
import type { JobHandler } from '#platform/jobs/runner.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { Sweep } from '#platform/sweeps/run-sweeps.ts'
import type { Core } from './hub.ts'
import type { Parts } from './parts.ts'

const FIGURES_BYTES_MOST = 52_428_800
/** Lag by the minute is kept for a week. */
const LAG_DAYS = 7

/** The worker role's part: follows every live feed that no other process follows. */
export function startCapture(parts: Parts): Feeds {
  const { database, clock, random, callsFor, directory, log } = parts
  const feeds = startFeeds({
    db: database.db,
    locks: database.locks,
    clock,
    random,
    callsFor,
    find: directory.byId,
    onLag: countLag(parts),
    onError: (error, feed) => log.warn({ err: error, feed }, 'capture stopped for a moment'),
  })
  const unfollow = directory.onChange(feeds.look)
  const listening = database.db.listen(FEED_CHANNEL, feeds.look).catch((error: unknown) => {
    log.warn({ err: error }, 'changes of feeds are seen at the next look only')
    return null
  })
  return {
    look: feeds.look,
    stop: async () => {
      unfollow()
      await (await listening)?.()
      await feeds.stop()
    },
  }
}

function countLag({ metrics }: Parts): (warehouse: string, changes: number, seconds: number | null) => void {
  return (warehouse, changes, seconds) => {
    metrics.captureChanges.inc({ warehouse }, changes)
    if (seconds !== null) metrics.captureLagSeconds.observe({ warehouse }, seconds)
  }
}

export function captureSweeps(core: Core): readonly Sweep[] {
  const { alarms, clock, config } = core
  const { db } = core.database
  const { stockUnseenMinutes: unseenMinutes, captureLagSeconds: lagSeconds } = config
  return [
    { name: 'capture-findings', everyMs: 5_000, run: () => watchFindings({ db, clock, unseenMinutes }) },
    { name: 'capture-alarms', everyMs: 10_000, run: () => watchCapture({ db, clock, alarms, lagSeconds }) },
    {
      name: 'capture-upkeep',
      everyMs: 3_600_000,
      run: async () => {
        const now = clock.now()
        await forgetCapture(db, now.subtract({ hours: LAG_DAYS * 24 }), now)
      },
    },
  ]
}

export function captureJobs({ database, clock }: Core): Readonly<Record<string, JobHandler>> {
  return { [UPLOAD_JOB]: uploadJob({ db: database.db, clock }) }
}

export function registerCaptureRoutes(app: HttpApp, core: Core): void {
  const { clock, config, directory, settings } = core
  const { db } = core.database
  const deps: CaptureHttpDeps = {
    db,
    clock,
    zone: () => settings.current().zone,
    nameOf: (id) => directory.byId(id)?.name ?? null,
    audit: (tx: Sql, entry: AuditEvent) => recordAudit({ sql: tx, clock }, entry),
  }
  captureRoutes(app, deps)
  findingRoutes(app, deps)
  pushRoutes(app, { db, clock, onLag: countLag(core) })
  uploadRoutes(app, {
    db,
    clock,
    // Opened when a file comes: the OpenAPI document is written without a configuration.
    files: () => openFileStore(join(config.dataDir, 'lists'), clock, FIGURES_BYTES_MOST),
    onJobQueued: core.wakeJobs,
  })
}
