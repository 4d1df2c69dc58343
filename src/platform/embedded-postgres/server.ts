import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chownSync,
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs'
import { totalmem } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Outage } from '#kernel/outage.ts'
import { type Account, runAs } from './account.ts'
import type { Binaries } from './binaries.ts'
import { diskFull } from './home.ts'

export type ServerPlan = {
  readonly binaries: Binaries
  readonly home: string
  readonly cluster: string
  readonly account: Account
  readonly durable: boolean
}

export type Server = { readonly pid: number; readonly socketDir: string; alive(): boolean }

/** Recovery after a crash replays at most `max_wal_size`; ten minutes are far beyond it. */
const READY_WITHIN_MS = 600_000
const STOP_WITHIN_MS = 60_000
const POLL_MS = 20
/** Backends of a killed postmaster need a moment to notice; until then the new one refuses the shared memory. */
const LAUNCH_TRIES = 20
const LAUNCH_PAUSE_MS = 250

/**
 * The server that already runs on this cluster, if any. A hub that was killed leaves one behind; it is adopted when it
 * answers and runs as this release would run it.
 */
export async function findRunning(plan: ServerPlan): Promise<Server | null> {
  const found = readPidFile(plan.cluster)
  if (found === null) return null
  if (!isPostgres(found.pid)) {
    // The machine went down and the number may now belong to another program. The new postmaster would take a program
    // of the same account for a running server and refuse.
    rmSync(join(plan.cluster, 'postmaster.pid'), { force: true })
    return null
  }
  const server: Server = { pid: found.pid, socketDir: found.socketDir, alive: () => isPostgres(found.pid) }
  await becomeReady(plan, server.pid, server.alive)
  return server.alive() ? server : null
}

/** Whether it was started from the same binaries with the same settings. PostgreSQL notes its command line itself. */
export function runsAsPlanned(plan: ServerPlan, server: Server): boolean {
  const words = [programOf(plan), ...postgresArguments(plan, server.socketDir)]
  const noted = readFileSync(join(plan.cluster, 'postmaster.opts'), 'utf8').trim()
  return noted === [words[0], ...words.slice(1).map((word) => `"${word}"`)].join(' ')
}

/** Starts the postmaster in its own session, so that Ctrl-C reaches the hub first and the hub shuts it down in order. */
export async function launch(plan: ServerPlan): Promise<Server> {
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await launchOnce(plan)
    if (typeof outcome !== 'string') return outcome
    if (/No space left on device|Disk quota exceeded/.test(outcome)) throw diskFull(plan.home)
    const passing = /shared memory block|lock file ".*" already exists/.test(outcome)
    if (!passing || attempt >= LAUNCH_TRIES) throw startFailed(plan, outcome)
    await sleep(LAUNCH_PAUSE_MS)
  }
}

async function launchOnce(plan: ServerPlan): Promise<Server | string> {
  const socketDir = makeSocketDir(plan.home, plan.account)
  const logFile = join(plan.home, 'start.log')
  const output = openSync(logFile, 'w', 0o600)
  const child = spawn(programOf(plan), postgresArguments(plan, socketDir), {
    cwd: '/',
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['ignore', output, output],
    detached: true,
    ...runAs(plan.account),
  })
  closeSync(output)
  let ended = false
  let failure = ''
  child.on('exit', () => {
    ended = true
  })
  child.on('error', (error) => {
    ended = true
    failure = error.message
  })
  child.unref()
  const pid = child.pid ?? -1
  await becomeReady(plan, pid, () => !ended)
  if (!ended) return { pid, socketDir, alive: () => !ended }
  return failure || `${readFileSync(logFile, 'utf8')}\n${lastServerLog(plan.cluster)}`
}

function programOf(plan: ServerPlan): string {
  return join(plan.binaries.root, 'bin/postgres')
}

async function becomeReady(plan: ServerPlan, pid: number, alive: () => boolean): Promise<void> {
  for (let waited = 0; waited < READY_WITHIN_MS && alive(); waited += POLL_MS) {
    const file = readPidFile(plan.cluster)
    if (file !== null && file.pid === pid && file.status === 'ready') return
    await sleep(POLL_MS)
  }
  if (alive()) throw startFailed(plan, `not ready after ${READY_WITHIN_MS / 60_000} minutes`)
}

/** Fast shutdown: open transactions are rolled back, everything committed is on disk. */
export async function stopServer(server: Server): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    if (!server.alive()) return
    process.kill(server.pid, signal)
    for (let waited = 0; waited < STOP_WITHIN_MS && server.alive(); waited += POLL_MS) await sleep(POLL_MS)
  }
}

/** PostgreSQL documents the lines: pid, data folder, start time, port, socket folder, listen address, shared memory, status. */
function readPidFile(cluster: string): { pid: number; socketDir: string; status: string } | null {
  let text: string
  try {
    text = readFileSync(join(cluster, 'postmaster.pid'), 'utf8')
  } catch {
    return null
  }
  const lines = text.split('\n')
  const pid = Number(lines[0])
  if (!Number.isInteger(pid) || pid <= 0) return null
  return { pid, socketDir: lines[4] ?? '', status: (lines[7] ?? '').trim() }
}

function isPostgres(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  // `<pid> (<name>) <state> ...`; a zombie has ended and waits for its parent to notice.
  if (!existsSync('/proc/self/stat')) return true
  try {
    return /\(postgres\) [^ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** Linux keeps the path of a unix socket in 108 bytes, the last of them zero. */
const SOCKET_PATH_BYTES = 107
const SOCKET_NAME = '/.s.PGSQL.5432'

export function socketDirFor(home: string, uid: number): string {
  const near = join(home, 'run')
  if (Buffer.byteLength(near + SOCKET_NAME) <= SOCKET_PATH_BYTES) return near
  return `/tmp/holdfast-${uid}-${createHash('sha256').update(home).digest('hex').slice(0, 12)}`
}

function makeSocketDir(home: string, account: Account): string {
  const uid = account?.uid ?? process.getuid?.() ?? 0
  const folder = socketDirFor(home, uid)
  if (!existsSync(folder)) {
    mkdirSync(folder, { mode: 0o700 })
    if (account !== null) chownSync(folder, account.uid, account.gid)
  }
  const found = lstatSync(folder)
  // Under /tmp anyone may have put something there first; only a folder of ours, closed to others, will do.
  if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o077) !== 0)
    throw new Outage('database.folder_not_writable', `${folder} is not a private folder of ours; remove it`, {
      retryable: false,
    })
  return folder
}

const MB = 1024 * 1024

/** For tests, whose cluster may lie in memory: nothing is waited for, and little of the log is kept. */
const IN_MEMORY: Readonly<Record<string, string>> = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_wal_size: '256MB',
  // Several test processes, each with whole hubs.
  max_connections: '600',
}

function postgresArguments(plan: ServerPlan, socketDir: string): string[] {
  const memory = Math.min(process.constrainedMemory() || Number.POSITIVE_INFINITY, totalmem())
  const share = (part: number, least: number, most: number): string =>
    `${Math.round(Math.min(most, Math.max(least, memory / MB / part)))}MB`
  const settings: Record<string, string> = {
    listen_addresses: '',
    port: '5432',
    unix_socket_directories: socketDir,
    unix_socket_permissions: '0700',
    max_connections: '200',
    shared_buffers: share(8, 32, plan.durable ? 2048 : 256),
    effective_cache_size: share(2, 128, 65_536),
    work_mem: share(1024, 4, 32),
    maintenance_work_mem: share(64, 16, 512),
    max_wal_size: '2GB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    jit: 'off',
    logging_collector: 'on',
    log_filename: 'postgres-%a.log',
    log_truncate_on_rotation: 'on',
    log_rotation_age: '1d',
    log_rotation_size: '0',
    // Names and addresses of buyers stand in rows and statements; the log is not the place for them.
    log_error_verbosity: 'terse',
    log_min_error_statement: 'panic',
    ...(plan.durable ? {} : IN_MEMORY),
  }
  return [
    '-D',
    plan.cluster,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]
}

function lastServerLog(cluster: string): string {
  const folder = join(cluster, 'log')
  if (!existsSync(folder)) return ''
  return readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'utf8').slice(-2_000))
    .join('\n')
}

function startFailed(plan: ServerPlan, output: string): Outage {
  const said = output
    .split('\n')
    .filter((line) => /FATAL|PANIC|error|not ready/i.test(line))
    .slice(-2)
    .join(' ')
  return new Outage(
    'database.start_failed',
    `PostgreSQL did not start: ${said || 'no reason given'} (${plan.home}/start.log)`,
    {
      retryable: false,
    },
  )
}
