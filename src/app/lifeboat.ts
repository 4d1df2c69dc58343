import { setTimeout as sleep } from 'node:timers/promises'
import { createIdentity } from '#features/identity/index.ts'
import { callbackRoutes, trackRoutes } from '#features/intake/index.ts'
import { systemClock } from '#kernel/clock.ts'
import { messageId } from '#kernel/id.ts'
import { Outage } from '#kernel/outage.ts'
import { systemRandom } from '#kernel/random.ts'
import type { Intake } from '#platform/inbox/intake.ts'
import type { Log } from '#platform/log.ts'
import { createMetrics } from '#platform/metrics.ts'
import { openDatabase } from '#platform/postgres/database.ts'
import { serverVersion } from '#platform/postgres/store.ts'
import { openSpool, type Spool } from '#platform/spool/spool.ts'
import { type Config, isLoopbackHost } from './config.ts'
import { type CopiedConnection, readConnectionCopy } from './connection-copy.ts'
import { spoolRoots } from './emergency.ts'
import type { Readiness } from './http/system-routes.ts'
import { openHubVault } from './parts.ts'
import { buildServer, listen } from './server.ts'
import { readVersion } from './version.ts'

/** Callbacks are taken and kept on the local disk; nothing else is there. */
export type Lifeboat = {
  readonly url: string
  readonly connections: number
  readonly close: () => Promise<void>
}

const MIB = 1_048_576

/**
 * What a hub does that starts while its database is away: by the copy of its connections it verifies callbacks, keeps them in the
 * spool and acknowledges them. Null where it cannot: no copy, no role that takes requests, or the port is taken.
 */
export async function openLifeboat(config: Config, log: Log, reason: string): Promise<Lifeboat | null> {
  if (!config.roles.includes('api')) return null
  const vault = openHubVault(config)
  const connections = readConnectionCopy(config, vault)
  if (connections === null || connections.length === 0) return null
  const spool = await openSpool({
    roots: spoolRoots(config),
    clock: systemClock,
    vault: config.spoolEncrypt ? vault : null,
    quotaBytes: config.spoolQuotaMb * MIB,
    reserveBytes: config.spoolReserveMb * MIB,
    allowVolatile: config.spoolAllowTmpfs,
    maxQueue: config.ingestQueueMax,
    onTrouble: (trouble) => log.error({ code: trouble.code, folder: trouble.folder }, trouble.words),
  })
  const close = async (): Promise<void> => {
    await spool.drained()
    await spool.close()
  }
  try {
    const served = await serveCallbacks(config, log, { connections, spool, reason })
    return {
      url: served.url,
      connections: connections.length,
      close: async () => {
        await served.close()
        await close()
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function serveCallbacks(
  config: Config,
  log: Log,
  {
    connections,
    spool,
    reason,
  }: { readonly connections: readonly CopiedConnection[]; readonly spool: Spool; readonly reason: string },
): Promise<{ url: string; close: () => Promise<void> }> {
  // Whoever is asked for a key or a session is told that the database is away: this one never answers.
  const db = openDatabase({ url: config.databaseUrl ?? '', connections: 1 })
  const version = readVersion()
  const byToken = new Map(connections.map((one) => [one.token, one.entry]))
  const app = await buildServer({
    config,
    log,
    metrics: createMetrics(),
    identity: createIdentity({
      sql: db,
      clock: systemClock,
      random: systemRandom,
      policy: {
        idleHours: config.sessionHours,
        maxDays: config.sessionMaxDays,
        cookie: config.sessionCookie,
      },
    }),
    shopOfOrder: async () => null,
    hub: () => ({ version, zone: config.hubZone, simulated: false }),
    system: {
      readiness: async () => readinessOf(spool, reason),
      status: async () => {
        throw new Outage('database.unreachable', reason)
      },
    },
    consoleDir: null,
    routes: (http) => {
      const received = { intake: intakeOf(spool, connections), clock: systemClock }
      callbackRoutes(http, { ...received, findByToken: (token) => byToken.get(token) ?? null })
      const byId = new Map<string, CopiedConnection['entry']>(
        connections.map(({ entry }) => [entry.id, entry]),
      )
      trackRoutes(http, { ...received, findById: (id) => byId.get(id) ?? null })
    },
  })
  const bound = await listen(app, config)
  if (!bound.ok) {
    await db.end()
    throw new Outage(bound.refusal.code, bound.refusal.detail, { retryable: false })
  }
  return {
    url: bound.value.url,
    close: async () => {
      await app.close()
      await db.end()
    },
  }
}

const NOT_KEPT = messageId('not-kept')

/** Refused messages are promised to nobody, and whoever sends them could fill the disk: they are answered and not kept. */
function intakeOf(spool: Spool, connections: readonly CopiedConnection[]): Intake {
  const lanes = new Map<string, string>(connections.map((one) => [one.entry.id, one.lane]))
  return {
    keep: async (arrival) =>
      arrival.verdict === 'rejected' ? { id: NOT_KEPT, verdict: 'rejected' } : await spool.keep(arrival),
    laneOf: (connection) => lanes.get(connection) ?? connection,
    depth: spool.depth,
    drained: spool.drained,
  }
}

function readinessOf(spool: Spool, reason: string): Readiness {
  const { usable, records, bytes, oldestAt } = spool.status()
  const oldestSeconds =
    oldestAt === null ? 0 : Math.max(0, systemClock.now().since(oldestAt).total('seconds'))
  return {
    ready: usable,
    database: false,
    migrations: false,
    lagSeconds: null,
    draining: false,
    level: 1,
    reason,
    spool: { usable, records, bytes, oldestSeconds },
  }
}

/**
 * Keeps taking callbacks until the database answers; false when `signal` came first, or when there is nothing to take them with
 * (null `boat`). The full hub is started by the caller and merges what was kept.
 */
export async function surviveStart(
  config: Config,
  log: Log,
  { reason, signal, out }: { reason: string; signal: AbortSignal; out: (line: string) => void },
): Promise<'answers' | 'stopped' | 'helpless'> {
  const boat = await openLifeboat(config, log, reason)
  if (boat === null) return 'helpless'
  out(`Holdfast takes callbacks at ${boat.url} without its database (level 1): ${reason}`)
  out(
    `Messages of ${boat.connections} connections are kept on the local disk and merged when the database is back.`,
  )
  if (!isLoopbackHost(config.host)) out(`Reachable from other machines (HOST=${config.host})`)
  try {
    while (!signal.aborted) {
      await sleep(config.spoolRetrySeconds * 1_000, undefined, { signal }).catch(() => undefined)
      if (!signal.aborted && (await databaseAnswers(config))) return 'answers'
    }
    return 'stopped'
  } finally {
    await boat.close()
  }
}

async function databaseAnswers(config: Config): Promise<boolean> {
  const db = openDatabase({ url: config.databaseUrl ?? '', connections: 1, queryTimeoutMs: 5_000 })
  try {
    await serverVersion(db)
    return true
  } catch (error) {
    if (!(error instanceof Outage)) throw error
    return false
  } finally {
    await db.end()
  }
}
