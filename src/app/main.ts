import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createIdentity, firstSignInLink } from '#features/identity/index.ts'
import { watchOrders } from '#features/orders/http.ts'
import { readShopOf } from '#features/orders/index.ts'
import { Outage } from '#kernel/outage.ts'
import type { HttpApp } from '#platform/http/scopes.ts'
import { createLog, type Log } from '#platform/log.ts'
import { type Config, isLoopbackHost, refusalLines } from './config.ts'
import { type Core, startCore } from './hub.ts'
import { jobHandlers } from './jobs.ts'
import { surviveStart } from './lifeboat.ts'
import { processesOf } from './presence.ts'
import { registerRoutes } from './routes.ts'
import { buildServer, listen, probePort } from './server.ts'
import { stockEngineStatus } from './stock-gate.ts'
import { systemSource } from './system.ts'
import { readVersion } from './version.ts'

export type HubOptions = {
  readonly config: Config
  readonly log: Log
  /** Everything shown is made up, and the console says so. */
  readonly simulated: boolean
}
export type Hub = { readonly core: Core; readonly url: string; readonly stop: () => Promise<void> }

/**
 * Starts a whole hub: database, engine, HTTP. Throws `Outage` with a coded line for what stands in the way (port taken,
 * no database, disk full); stops cleanly by `stop`.
 */
export async function startHub({ config, log, simulated }: HubOptions): Promise<Hub> {
  const free = await probePort(config)
  if (!free.ok) throw new Outage(free.refusal.code, free.refusal.detail, { retryable: false })
  const core = await startCore(config, log, jobHandlers)
  try {
    return await openToTheWorld(core, simulated)
  } catch (error) {
    await core.stop()
    throw error
  }
}

/** The HTTP surface of a core. It listens nowhere yet: requests may be injected into it. */
export type Face = {
  readonly app: HttpApp
  /** From now on links and callbacks name this address. */
  readonly setUrl: (url: string) => void
  readonly stop: () => Promise<void>
}

async function openToTheWorld(core: Core, simulated: boolean): Promise<Hub> {
  const face = await buildFace(core, simulated)
  try {
    const bound = await listen(face.app, core.config)
    if (!bound.ok) throw new Outage(bound.refusal.code, bound.refusal.detail, { retryable: false })
    const { url } = bound.value
    face.setUrl(url)
    return {
      core,
      url,
      stop: async () => {
        await drain(core)
        await closeServer(face.app)
        await face.stop()
        await core.stop()
      },
    }
  } catch (error) {
    await face.stop()
    throw error
  }
}

export async function buildFace(core: Core, simulated: boolean): Promise<Face> {
  const { config, log, clock, random, metrics, settings } = core
  const { db } = core.database
  const version = readVersion()
  const watch = await watchOrders(db)
  const system = systemSource({
    database: core.database,
    metrics,
    clock,
    version,
    emergency: core.emergency,
    stock: () => stockEngineStatus(core.stockParts.gate),
    takesRequests: config.roles.includes('api'),
    processes: () => processesOf(core),
    isDraining: core.presence.isDraining,
  })
  const identity = createIdentity({
    sql: db,
    clock,
    random,
    policy: { idleHours: config.sessionHours, maxDays: config.sessionMaxDays, cookie: config.sessionCookie },
  })
  const stopShowing = async (): Promise<void> => {
    system.stop()
    await watch.stop()
  }
  let url = config.publicUrl ?? ''
  try {
    const app = await buildServer({
      config,
      log,
      metrics,
      identity,
      shopOfOrder: (id) => readShopOf(core.database.db, id),
      hub: () => ({ version, zone: settings.current().zone, simulated }),
      system,
      consoleDir: config.roles.includes('console') ? consoleDir() : null,
      isDraining: core.presence.isDraining,
      routes: (http) => {
        // A worker alone answers health and metrics; callbacks and the API belong to the processes that took that role.
        if (config.roles.every((role) => role === 'worker')) return
        registerRoutes(http, { core, subscribe: watch.subscribe, publicUrl: () => config.publicUrl ?? url })
      },
    })
    return {
      app,
      setUrl: (to) => {
        url = to
        core.publicFace.local.url = to
        core.presence.setUrl(to)
      },
      stop: stopShowing,
    }
  } catch (error) {
    await stopShowing()
    throw error
  }
}

/** Says "not ready" and answers on, as long as a load balancer needs to see it. Without the setting there is none. */
async function drain({ config, presence, log }: Core): Promise<void> {
  presence.drain()
  if (config.drainSeconds === 0) return
  log.info(
    { seconds: config.drainSeconds },
    'draining: not ready for new requests, answering those that come',
  )
  await sleep(config.drainSeconds * 1_000)
}

/** Requests under way are answered; who has not sent all of his by then gets no acknowledgement and sends it again. */
const CLOSE_WITHIN_MS = 3_000

async function closeServer(app: HttpApp): Promise<void> {
  const timer = setTimeout(() => app.server.closeAllConnections(), CLOSE_WITHIN_MS)
  await app.close()
  clearTimeout(timer)
}

/** Lets a world of its own live beside the hub (the demo's, which src does not know). */
export type StartWorld = (
  hub: Hub,
  options: { readonly rate: number },
  out: (line: string) => void,
) => Promise<{ readonly stop: () => Promise<void> }>

export type RunOptions = {
  readonly config: Config
  readonly demo: { readonly rate: number; readonly startWorld: StartWorld } | null
  readonly out: (line: string) => void
  readonly err: (line: string) => void
}

/** Runs a hub until the process is told to stop; answers the exit code. */
export async function runHub({ config, demo, out, err }: RunOptions): Promise<number> {
  const log = createLog({
    level: config.logLevel,
    pretty: config.logFormat === 'pretty' || (config.logFormat === 'auto' && process.stdout.isTTY === true),
  })
  const stopped = untilToldToStop()
  const stopping = new AbortController()
  void stopped.then(() => stopping.abort())
  try {
    const hub = await startInAnyCase({ config, log, simulated: demo !== null }, stopping.signal, out)
    if (hub === null) return 0
    try {
      await announce(hub, config, out)
      const world = await demo?.startWorld(hub, demo, out)
      const signal = await stopped
      out(`holdfast: ${signal}, finishing what is at hand`)
      await world?.stop()
    } finally {
      await hub.stop()
    }
    return 0
  } catch (error) {
    if (!(error instanceof Outage)) throw error
    for (const line of refusalLines({ code: error.code, detail: error.message })) err(`holdfast: ${line}`)
    return error.code.startsWith('database.') ? 3 : 1
  }
}

/**
 * Starts the hub; where its outside database is away, callbacks are taken by what the last run left until it answers. Null when
 * the process was told to stop meanwhile. Throws as `startHub`.
 */
async function startInAnyCase(
  options: HubOptions,
  signal: AbortSignal,
  out: (line: string) => void,
): Promise<Hub | null> {
  for (;;) {
    try {
      return await startHub(options)
    } catch (error) {
      const { config, log, simulated } = options
      const isAway = error instanceof Outage && error.code === 'database.unreachable' && error.retryable
      if (!isAway || config.databaseUrl === null || simulated) throw error
      const end = await surviveStart(config, log, { reason: error.message, signal, out })
      if (end === 'stopped') return null
      if (end === 'helpless') throw error
      log.warn('the database answers; the hub starts and merges what was kept')
    }
  }
}

async function announce({ core, url }: Hub, config: Config, out: (line: string) => void): Promise<void> {
  const { clock, random } = core
  const link = config.roles.includes('console')
    ? await firstSignInLink({ sql: core.database.db, clock, random })
    : null
  out(`Holdfast is ready at ${url}`)
  if (link !== null) out(`Sign in as ${link.name} with this one-time link: ${url}${link.path}`)
  else if (config.roles.includes('console'))
    out('Sign in with your name and password; lost it? holdfast user link <name>')
  if (!isLoopbackHost(config.host))
    out(`Reachable from other machines (HOST=${config.host}); put it behind TLS`)
}

function consoleDir(): string | null {
  const dir = fileURLToPath(new URL('../../console/dist', import.meta.url))
  return existsSync(dir) ? dir : null
}

/** The first signal counts. npm hands on the one that its whole group got too, and a second one must not kill a clean stop. */
function untilToldToStop(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve(signal))
  })
}
