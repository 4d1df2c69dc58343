import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { alarmRule } from '#domain/alarm-rules.ts'
import {
  type AlertingDeps,
  type AlertingRoutesDeps,
  type DirectTelling,
  forgetOldAlarms,
  lookForOwn,
  openDirectTelling,
  tellInTime,
  watchDatabase,
  watchTelling,
} from '#features/alerting/index.ts'
import { type AuditEvent, recordAudit } from '#features/identity/index.ts'
import { type Alarms, openAlarms } from '#platform/alarms/alarms.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { Sweep } from '#platform/sweeps/run-sweeps.ts'
import { readLastRun } from '#platform/sweeps/store.ts'
import type { Core } from './hub.ts'
import type { Parts } from './parts.ts'

const CARDS = new URL('../../docs/runbooks/', import.meta.url)
const TELL_EVERY_MS = 1_000
const TELLING = 'alerting'
const LOOK_EVERY_MS = 10_000
const FORGET_EVERY_MS = 3_600_000

export type AlertingParts = Pick<
  Parts,
  'config' | 'log' | 'clock' | 'random' | 'database' | 'directory' | 'callsFor' | 'settings'
>

export function alertingDeps(parts: AlertingParts): AlertingDeps {
  const { config, clock, random, database, directory, callsFor, settings } = parts
  return {
    db: database.db,
    clock,
    random,
    callsFor,
    find: directory.byId,
    publicUrl: () => config.publicUrl,
    zone: () => settings.current().zone,
  }
}

/** Where every part says what is wrong; what the database cannot take is told to people past it. */
export function openAlerting(parts: AlertingParts): {
  readonly alarms: Alarms
  readonly direct: DirectTelling
} {
  const { log, database, clock } = parts
  const direct = openDirectTelling(alertingDeps(parts), (error) =>
    log.warn({ err: error }, 'alarm routes cannot be read; the last known ones hold'),
  )
  const alarms = openAlarms({
    db: database.db,
    clock,
    onUnstored: (signal) => {
      log.error({ rule: signal.rule, subject: signal.subject }, signal.words.en)
      direct.tell(signal)
    },
  })
  return { alarms, direct }
}

/** Follows the routes and watches the database, in every process. */
export async function startAlerting(parts: Parts): Promise<{ readonly stop: () => Promise<void> }> {
  const { config, log, clock, database, alarms, direct } = parts
  await direct.start()
  const watch = watchDatabase({
    db: database.db,
    clock,
    alarms,
    host: `${hostname()}:${config.port}`,
    afterSeconds: config.databaseAlarmSeconds,
    onBack: direct.writeDown,
    onError: (error) => log.warn({ err: error }, 'the watch over the database stumbled'),
  })
  const telling = watchTelling({
    db: database.db,
    clock,
    direct,
    lastLook: () => readLastRun(database.db, TELLING),
    onError: (error) => log.warn({ err: error }, 'the watch over the telling of alarms stumbled'),
  })
  return {
    stop: async () => {
      await telling.stop()
      await watch.stop()
      await direct.stop()
    },
  }
}

export function alertingSweeps(core: Core): readonly Sweep[] {
  const { config, clock, alarms, database } = core
  const deps = alertingDeps(core)
  const limits = () => ({
    streamDownSeconds: config.streamDownSeconds,
    deadCriticalFrom: config.outboxDeadCritical,
  })
  return [
    {
      name: TELLING,
      everyMs: TELL_EVERY_MS,
      run: async () => {
        // On a pool whose connections are given up when a backend hangs.
        await tellInTime({ ...deps, db: database.sweepDb })
      },
    },
    {
      name: 'alerting-own',
      everyMs: LOOK_EVERY_MS,
      run: async () => await lookForOwn({ db: database.db, clock, alarms, limits }),
    },
    {
      name: 'alerting-forget',
      everyMs: FORGET_EVERY_MS,
      run: async () => await forgetOldAlarms({ db: database.db, clock }, config.alarmDays),
    },
  ]
}

export function alertingRoutesDeps(core: Core): AlertingRoutesDeps {
  const { clock } = core
  return {
    ...alertingDeps(core),
    audit: (tx: Sql, entry: AuditEvent) => recordAudit({ sql: tx, clock }, entry),
    cardOf: readCard,
  }
}

/** The card of a rule of this version; a rule's name is never used as a path before it is known to be one. */
async function readCard(rule: string): Promise<string | null> {
  if (alarmRule(rule) === null) return null
  return await readFile(new URL(`${rule}.md`, CARDS), 'utf8').catch(() => null)
}
