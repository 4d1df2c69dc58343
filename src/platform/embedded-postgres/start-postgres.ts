import { join, resolve } from 'node:path'
import { openDatabase } from '#platform/postgres/database.ts'
import { chooseAccount } from './account.ts'
import { findBinaries, makeUsable } from './binaries.ts'
import { ensureCluster } from './cluster.ts'
import { makeHome } from './home.ts'
import { type Held, holdExclusive, holdShared, tryExclusive } from './lock.ts'
import { findRunning, launch, runsAsPlanned, type Server, type ServerPlan, stopServer } from './server.ts'

export type EmbeddedPostgresOptions = {
  /** The hub's data folder; made when missing. The cluster lives in `postgres/` inside it. */
  readonly dataDir: string
  /** Told in one line what takes time or is unusual. */
  readonly log?: (line: string) => void
  /** `false` gives up durability for speed; for tests only. Default true. */
  readonly durable?: boolean
}

export type EmbeddedPostgres = {
  readonly url: string
  readonly version: string
  /** Leaves the server; the last one to leave shuts it down (connections are cut, nothing committed is lost). */
  stop(): Promise<void>
}

/**
 * Starts the PostgreSQL that came with npm, or joins the one that already runs on this folder (another hub process, or an
 * orphan after kill -9). Restarts it when it dies. Throws an `Outage` with a `database.*` code of `docs/errors.md`.
 */
export async function startPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const log = options.log ?? (() => undefined)
  const dataDir = resolve(options.dataDir)
  const account = chooseAccount(dataDir)
  const home = makeHome(dataDir, account, log)
  const starting = await holdExclusive(join(dataDir, 'postgres.start.lock'))
  try {
    const binaries = makeUsable(findBinaries(), home, account)
    const cluster = ensureCluster(binaries, home, account, log)
    const plan: ServerPlan = { binaries, home, cluster, account, durable: options.durable ?? true }
    const server = await joinOrLaunch(plan, dataDir, log)
    const using = holdShared(join(dataDir, 'postgres.use.lock'))
    const url = urlOf(server, 'holdfast')
    await ensureDatabase(server)
    const guard = keepAlive(plan, dataDir, server, log)
    return { url, version: binaries.version, stop: () => leave(dataDir, guard, using) }
  } finally {
    starting.release()
  }
}

async function joinOrLaunch(plan: ServerPlan, dataDir: string, log: (line: string) => void): Promise<Server> {
  const running = await findRunning(plan)
  if (running === null) return await launch(plan)
  if (!othersUse(dataDir) && !runsAsPlanned(plan, running)) {
    log(`a PostgreSQL of another release still runs here (pid ${running.pid}); replacing it`)
    await stopServer(running)
    return await launch(plan)
  }
  log(`joined the PostgreSQL that already runs here (pid ${running.pid})`)
  return running
}

function urlOf(server: Server, database: string): string {
  return `postgres://holdfast@/${database}?host=${encodeURIComponent(server.socketDir)}`
}

async function ensureDatabase(server: Server): Promise<void> {
  const sql = openDatabase({
    url: urlOf(server, 'postgres'),
    connections: 1,
    applicationName: 'holdfast start',
  })
  try {
    const found = await sql`select 1 from pg_database where datname = 'holdfast'`
    if (found.length === 0) await sql.raw('create database holdfast')
  } finally {
    await sql.end()
  }
}

type Guard = { readonly current: () => Server; readonly end: () => Promise<void> }

const WATCH_EVERY_MS = 500
const RESTARTS_AT_MOST = 20

/** A server that was killed comes back by itself; one that keeps dying is left alone, and the hub reports the outage. */
function keepAlive(plan: ServerPlan, dataDir: string, first: Server, log: (line: string) => void): Guard {
  let server = first
  let restarts = 0
  let restarting: Promise<void> | null = null
  const restart = async (): Promise<void> => {
    restarts += 1
    log(`PostgreSQL stopped by itself; starting it again (${restarts} of ${RESTARTS_AT_MOST})`)
    // Every hub process on this folder notices at the same time; one restarts it, the others find it running.
    const starting = await holdExclusive(join(dataDir, 'postgres.start.lock'))
    try {
      server = (await findRunning(plan)) ?? (await launch(plan))
    } finally {
      starting.release()
    }
  }
  const timer = setInterval(() => {
    if (restarting !== null || server.alive() || restarts >= RESTARTS_AT_MOST) return
    restarting = restart()
      .catch((error: unknown) => log(`PostgreSQL did not start again: ${String(error)}`))
      .finally(() => {
        restarting = null
      })
  }, WATCH_EVERY_MS)
  timer.unref()
  const end = async (): Promise<void> => {
    clearInterval(timer)
    await restarting
  }
  return { current: () => server, end }
}

async function leave(dataDir: string, guard: Guard, using: Held): Promise<void> {
  await guard.end()
  const stopping = await holdExclusive(join(dataDir, 'postgres.start.lock')).catch(() => null)
  try {
    using.release()
    if (othersUse(dataDir)) return
    await stopServer(guard.current())
  } finally {
    stopping?.release()
  }
}

/** A full disk or a deleted data folder may refuse the lock; the server must not stay behind for that. */
function othersUse(dataDir: string): boolean {
  try {
    const alone = tryExclusive(join(dataDir, 'postgres.use.lock'))
    alone?.release()
    return alone === null
  } catch {
    return false
  }
}
