import { hostname } from 'node:os'
import type { Counter } from 'prom-client'
import { systemClock } from '#kernel/clock.ts'
import { freeJobs } from '#platform/jobs/store.ts'
import { freeIntents } from '#platform/outbox/store.ts'
import { pidMark, readHome } from '#platform/processes/home.ts'
import { openAlone, type Presence, startPresence } from '#platform/processes/presence.ts'
import { readProcesses } from '#platform/processes/store.ts'
import type { HubProcess } from './http/system-routes.ts'
import type { Parts } from './parts.ts'
import { readVersion } from './version.ts'

/** Lets the other processes see this one, and takes over what the dead among them left behind. `onFreed`: there is work again. */
export async function startHubPresence(parts: Parts, onFreed: () => void): Promise<Presence> {
  const { config, log, clock, database, metrics } = parts
  // A hub on a made-up clock is the only one of its world, and beats of the real time have no place in it.
  if (clock !== systemClock) return openAlone()
  const takesOver = config.roles.includes('worker')
  return await startPresence({
    db: database.sweepDb,
    locks: database.locks,
    facts: {
      id: parts.processId,
      roles: config.roles,
      version: readVersion(),
      host: hostname(),
      pid: process.pid,
      home: readHome(),
      pidMark: pidMark(process.pid),
      startedAt: parts.startedAt,
    },
    totals: async () => ({
      accepted: await totalOf(metrics.accepted),
      interpreted: await totalOf(metrics.interpreted),
      effects: await totalOf(metrics.effects),
    }),
    onAbsent: async (absent) => {
      if (!takesOver) return
      const now = clock.now()
      const intents = await freeIntents(database.sweepDb, absent)
      const jobs = await freeJobs(database.sweepDb, absent, now)
      if (intents + jobs === 0) return
      log.warn({ intents, jobs }, 'work of a process that is gone was taken over')
      onFreed()
    },
    onGone: ({ id, host, pid, roles, silentMs }) =>
      log.error(
        { process: id, host, pid, roles, silentMs },
        'a process of the hub is gone without a goodbye',
      ),
    onError: (error) => log.warn({ err: error }, 'the processes of the hub cannot be seen at present'),
  })
}

/** One that is silent for so long shows as such, some while before anybody takes it for dead. */
const SILENT_AFTER_MS = 3_500

/** All processes on record, as status and console show them. */
export async function processesOf({ database, processId }: Parts): Promise<readonly HubProcess[]> {
  const rows = await readProcesses(database.db)
  const round = (value: number): number => Math.round(value * 10) / 10
  return rows.map((row) => ({
    id: row.id,
    roles: row.roles,
    version: row.version,
    host: row.host,
    pid: row.pid,
    url: row.url,
    state: row.goneAt !== null ? 'gone' : row.silentMs > SILENT_AFTER_MS ? 'silent' : row.state,
    isThis: row.id === processId,
    startedAt: row.startedAt.toString({ smallestUnit: 'millisecond' }),
    seenSecondsAgo: round(row.silentMs / 1_000),
    cpuPercent: round(row.cpuPercent),
    memoryBytes: row.memoryBytes,
    loopDelayMs: round(row.loopDelayMs),
    acceptedPerSecond: round(row.acceptedPerSecond),
    interpretedPerSecond: round(row.interpretedPerSecond),
    effectsPerSecond: round(row.effectsPerSecond),
  }))
}

async function totalOf(counter: Counter): Promise<number> {
  return (await counter.get()).values.reduce((sum, { value }) => sum + value, 0)
}
