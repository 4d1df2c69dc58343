import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { type Account, runAs } from '#platform/embedded-postgres/account.ts'
import { familyOf } from '../chaos-stock/freeze.ts'

// One PostgreSQL server of the system's own packages, on loopback, with a password, in a folder of the run.

export const USER = 'holdfast'

export type Ground = {
  /** `pg_basebackup`, `postgres` and their kin. */
  readonly bin: string
  readonly version: string
  /** Whom the servers run as; null: ourselves. */
  readonly account: Account
  readonly password: string
  readonly dir: string
}

export type Server = {
  readonly name: string
  readonly port: number
  readonly folder: string
  readonly url: (database: string) => string
  readonly isRunning: () => boolean
  /** Resolves once it answers, for reading or for writing. */
  readonly start: () => Promise<void>
  /** As a machine that loses its power: the server and every process of it at once. */
  readonly kill: () => Promise<void>
  /** `fast`: clients are cut, nothing is lost, the standbys have everything. */
  readonly stop: () => Promise<void>
  readonly freeze: () => void
  readonly thaw: () => void
  readonly said: () => string
}

/** Where Debian, and the PostgreSQL project's own packages, put the programs of each release. */
const FOLDERS = ['/usr/lib/postgresql', '/usr/pgsql']
const LEAST_MAJOR = 15

/** The newest release on this machine; null where there is none. */
export function findPrograms(): { readonly bin: string; readonly version: string } | null {
  const found = FOLDERS.filter((folder) => existsSync(folder)).flatMap((folder) =>
    readdirSync(folder)
      .map((name) => ({ major: Number(name), bin: join(folder, name, 'bin') }))
      .filter(({ major, bin }) => major >= LEAST_MAJOR && existsSync(join(bin, 'pg_basebackup'))),
  )
  const [newest] = found.sort((a, b) => b.major - a.major)
  if (newest === undefined) return null
  const said = spawnSync(join(newest.bin, 'postgres'), ['--version'], { encoding: 'utf8' }).stdout
  return { bin: newest.bin, version: /\d+(\.\d+)?/.exec(said)?.[0] ?? String(newest.major) }
}

/** A folder that the servers' account may write and others may not read. */
export function makeFolder(ground: Ground, path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  if (ground.account !== null) chownSync(path, ground.account.uid, ground.account.gid)
  return path
}

/** Runs one of PostgreSQL's own programs to its end; throws with its words where it fails. */
export async function runProgram(ground: Ground, program: string, args: readonly string[]): Promise<string> {
  const child = spawn(join(ground.bin, program), [...args], {
    cwd: '/',
    env: {
      PATH: '/usr/bin:/bin',
      LC_ALL: 'C',
      TZ: 'UTC',
      PGPASSWORD: ground.password,
      PGCONNECT_TIMEOUT: '10',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...runAs(ground.account),
  })
  let words = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      words += chunk.toString('utf8')
    })
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${words.trim().slice(-1_500)}`)
  return words
}

/** A new, empty cluster. */
export async function initServer(ground: Ground, folder: string): Promise<void> {
  makeFolder(ground, folder)
  const passwordFile = join(ground.dir, 'password')
  writeFileSync(passwordFile, ground.password, { mode: 0o600 })
  if (ground.account !== null) chownSync(passwordFile, ground.account.uid, ground.account.gid)
  const how = ['-A', 'scram-sha-256', `--pwfile=${passwordFile}`, '-E', 'UTF8', '--locale=C.UTF-8']
  await runProgram(ground, 'initdb', ['-D', folder, '-U', USER, '--no-sync', ...how])
  // initdb lets in whom it knows from this machine, for replication too; nobody comes from elsewhere.
  chmodSync(folder, 0o700)
}

/** Writes lines behind what the folder's own settings file says; the last word counts. */
export function addSettings(folder: string, settings: Readonly<Record<string, string>>): void {
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`)
  appendFileSync(join(folder, 'postgresql.auto.conf'), `${lines.join('\n')}\n`)
}

/** An empty file of the servers' account. */
export function touch(ground: Ground, path: string): void {
  writeFileSync(path, '')
  if (ground.account !== null) chownSync(path, ground.account.uid, ground.account.gid)
}

const READY_WITHIN_MS = 60_000
const KEPT_CHARS = 40_000

export function openServer(ground: Ground, name: string, port: number, folder: string): Server {
  let child: ChildProcess | null = null
  let over: Promise<void> = Promise.resolve()
  let text = ''
  const url = (database: string): string =>
    `postgres://${USER}:${ground.password}@127.0.0.1:${port}/${database}`
  const isRunning = (): boolean => child !== null
  const start = async (): Promise<void> => {
    if (child !== null) return
    rmSync(join(folder, 'postmaster.pid'), { force: true })
    const one = spawn(join(ground.bin, 'postgres'), ['-D', folder, '-p', String(port)], {
      cwd: '/',
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...runAs(ground.account),
    })
    child = one
    for (const stream of [one.stdout, one.stderr])
      stream.on('data', (chunk: Buffer) => {
        text = (text + chunk.toString('utf8')).slice(-KEPT_CHARS)
        appendFileSync(join(ground.dir, `postgres-${name}.log`), chunk)
      })
    over = new Promise((resolve) => {
      one.once('close', () => {
        if (child === one) child = null
        resolve()
      })
    })
    const until = performance.now() + READY_WITHIN_MS
    while (!(await answers(url('postgres')))) {
      if (child === null || performance.now() > until)
        throw new Error(`PostgreSQL ${name} did not start: ${text.slice(-1_500)}`)
      await sleep(50)
    }
  }
  const pids = (): number[] => (child?.pid === undefined ? [] : familyOf(child.pid))
  const signalAll = (signal: NodeJS.Signals): void => {
    for (const pid of pids())
      try {
        process.kill(pid, signal)
      } catch {
        // It ended meanwhile.
      }
  }
  const kill = async (): Promise<void> => {
    signalAll('SIGKILL')
    await over
  }
  return {
    name,
    port,
    folder,
    url,
    isRunning,
    start,
    kill,
    stop: async () => {
      signalAll('SIGCONT')
      child?.kill('SIGINT')
      const late = setTimeout(() => signalAll('SIGKILL'), 20_000)
      await over
      clearTimeout(late)
    },
    freeze: () => signalAll('SIGSTOP'),
    thaw: () => signalAll('SIGCONT'),
    said: () => text,
  }
}

async function answers(url: string): Promise<boolean> {
  return (await ask(url, 'select 1', 2_000).catch(() => null)) !== null
}

/** One statement over a connection of its own; throws where no answer comes in time. */
export async function ask(
  url: string,
  text: string,
  withinMs: number,
): Promise<Readonly<Record<string, unknown>>[]> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'keeper',
    connectionTimeoutMillis: withinMs,
    query_timeout: withinMs,
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return (await client.query(text)).rows as Record<string, unknown>[]
  } finally {
    // A server that stands still never answers the farewell either.
    await Promise.race([client.end().catch(() => undefined), sleep(500, undefined, { ref: false })])
  }
}

/** `0/3000148` as a number of bytes. */
export function lsnOf(text: string): bigint {
  const [high = '0', low = '0'] = text.split('/')
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`)
}

/** Where the server's present timeline left the one before; null where it never did. */
export function readSwitch(folder: string): { readonly timeline: number; readonly at: bigint } | null {
  const files = readdirSync(join(folder, 'pg_wal')).filter((name) => name.endsWith('.history'))
  const [newest] = files.sort().reverse()
  if (newest === undefined) return null
  const lines = readFileSync(join(folder, 'pg_wal', newest), 'utf8').split('\n')
  const last = lines.filter((line) => /^\d+\t/.test(line)).at(-1)
  if (last === undefined) return null
  return { timeline: Number.parseInt(newest, 16), at: lsnOf(last.split('\t')[1] ?? '0/0') }
}
