import { spawnSync } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createIdentity, makeKey, SYSTEM } from '#features/identity/index.ts'
import { assert } from '#kernel/assert.ts'
import { systemClock } from '#kernel/clock.ts'
import { systemRandom } from '#kernel/random.ts'
import { freePorts } from '#test-support/free-port.ts'
import { NO_FAULTS } from '../platform.ts'
import { type ChaosDatabase, openChaosDatabase } from './database.ts'
import { type DatabaseLine, openDatabaseLine } from './database-line.ts'
import { SENT_BY_HUB, setUpGoods } from './goods.ts'
import { NOTICE_SECRET } from './notices.ts'
import { connectParts, type Outfit, openOutfit } from './outfit.ts'
import type { Parts } from './parts.ts'
import { type Diary, type Environment, type Started, startHub, startWorld, type World } from './processes.ts'
import { openTlsFront, type TlsFront } from './tls-front.ts'
import { KINDS, NOTICES } from './world-process.ts'
import { setUpAccounts, YARD } from './yard.ts'

/** The small disk on which the hub's spool lies, where one could be made. */
export type SmallDisk = {
  readonly path: string
  readonly freeBytes: () => number
  readonly unmount: () => void
}

export const HUBS = ['hub', 'worker'] as const
export type HubName = (typeof HUBS)[number]
export type Stage = {
  readonly dir: string
  readonly diary: Diary
  readonly bookPath: string
  /** Messages and calls of the carriers that number the hub's parcels. */
  readonly yardBookPath: string
  readonly database: ChaosDatabase
  /** Between each hub process and the database. */
  readonly lines: Readonly<Record<HubName, DatabaseLine>>
  readonly outfit: Outfit
  readonly world: World
  readonly front: TlsFront
  readonly smallDisk: SmallDisk | null
  readonly hubUrl: string
  /** The hub's connection of each platform. */
  readonly connections: Readonly<Record<string, string>>
  readonly hub: (name: HubName) => Started
  readonly environmentOf: (name: HubName) => Environment
  readonly dataDirOf: (name: HubName) => string
  /** Starts it anew, its clock wrong by so much; whatever ran before is over. */
  readonly startAgain: (name: HubName, clockShiftMs?: number) => Promise<void>
  /** A call to the hub's API as an administrator. Throws where nobody answers. */
  readonly call: (method: string, path: string, body?: unknown) => Promise<{ status: number; body: unknown }>
  /** The same with another key, as a program of somebody else. */
  readonly callAs: (
    key: string,
    method: string,
    path: string,
    body?: unknown,
  ) => Promise<{ status: number; body: unknown }>
  readonly close: () => Promise<void>
}

export type StageOptions = {
  readonly seed: number
  /** Orders per minute. */
  readonly rate: number
  readonly with?: Parts
  readonly keep: boolean
  readonly diary: Omit<Diary, 'onStart'>
  readonly log: (line: string) => void
  /** The database of the run; the embedded one unless given. */
  readonly openDatabase?: typeof openChaosDatabase
  /** What the second process does; it only works unless given. */
  readonly workerRoles?: string
}

const KEY = '5c'.repeat(32)
const SMALL_DISK_MB = 8
const YARD_BOOK = 'yard.jsonl'
/** Before the first order. */
const QUIET = { callbacks: {}, trading: false, faults: NO_FAULTS, mischief: false, api: {} }

/** Sets everything up: database, two hub processes, a TLS front, the world, a connection for each of its platforms. */
export async function openStage(options: StageOptions): Promise<Stage> {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-chaos-'))
  const running: Started[] = []
  const run = { isOver: false }
  const diary: Diary = {
    ...options.diary,
    onStart: (started) => void running.push(started),
    onLine: (name, line) => {
      appendFileSync(join(dir, `${name}.log`), `${line}\n`)
      options.diary.onLine(name, line)
    },
  }
  const closers: (() => Promise<void> | void)[] = [
    () => {
      if (!options.keep) rmSync(dir, { recursive: true, force: true })
    },
  ]
  const close = async (): Promise<void> => {
    run.isOver = true
    await Promise.all(running.map((one) => one.kill()))
    for (const one of closers.splice(0).reverse())
      await Promise.resolve(one()).catch((error: unknown) => options.log(`cleaning up: ${String(error)}`))
  }
  try {
    return await build(dir, { ...options, diary }, { closers, close, run })
  } catch (error) {
    await close()
    throw error
  }
}

type Ending = {
  readonly closers: (() => Promise<void> | void)[]
  readonly close: () => Promise<void>
  /** Over: nothing may be started any more. */
  readonly run: { readonly isOver: boolean }
}

async function build(
  dir: string,
  {
    seed,
    with: parts = new Set(),
    rate,
    diary,
    log,
    openDatabase,
    workerRoles,
  }: Omit<StageOptions, 'diary'> & { readonly diary: Diary },
  { closers, close, run }: Ending,
): Promise<Stage> {
  const ports = await freePorts(KINDS.length + 4 + YARD.length)
  const [hubPort = 0, frontPort = 0, workerPort = 0, ...others] = ports
  const hubUrl = `http://127.0.0.1:${hubPort}`
  const database = await (openDatabase ?? openChaosDatabase)(join(dir, 'database'), log)
  closers.push(database.close)
  const lines = await openLines(database.url)
  closers.push(async () => void (await Promise.all(HUBS.map((name) => lines[name].close()))))
  const yardPorts = portsOf(YARD, others.slice(KINDS.length + 1))
  const outfit = await openOutfit(parts, { yardBook: join(dir, YARD_BOOK), seed, yardPorts, closers })
  const front = await openTlsFront(frontPort, hubUrl)
  closers.push(front.close)
  const rootFile = join(dir, 'root.pem')
  writeFileSync(rootFile, front.root)
  const dataDirOf = (name: HubName): string => join(dir, name)
  const smallDisk = mountSmallDisk(join(dataDirOf('hub'), 'spool'))
  if (smallDisk !== null) closers.push(smallDisk.unmount)
  const environmentOf = (name: HubName): Environment => ({
    ...common(throughLine(database.url, lines[name]), rootFile, front.origin),
    ...(outfit.redis === null ? {} : { REDIS_URL: outfit.redis.url, REDIS_ALARM_SECONDS: '2' }),
    DATA_DIR: dataDirOf(name),
    PORT: String(name === 'hub' ? hubPort : workerPort),
    ROLES: name === 'hub' ? 'api,worker,console' : (workerRoles ?? 'worker'),
  })
  const hubs = new Map<HubName, Started>()
  const startAgain = async (name: HubName, clockShiftMs = 0): Promise<void> => {
    await hubs.get(name)?.kill()
    if (run.isOver) throw new Error('the run is over')
    hubs.set(name, await startHub({ name, env: environmentOf(name), clockShiftMs }, diary, () => run.isOver))
  }
  await startAgain('hub')
  const portOf = portsOf([...KINDS, NOTICES], others)
  const bookPath = join(dir, 'world.jsonl')
  const sentByHub = parts.has('parcels') ? SENT_BY_HUB : []
  const world = await startWorld({ book: bookPath, seed, rate, ports: portOf, sentByHub }, QUIET, diary)
  const key = await administratorKey(database)
  const call: Stage['call'] = (method, path, body) => callApi(hubUrl, key, method, path, body)
  const connections = await setUp({ call, world, outfit, hubUrl })
  await startAgain('worker')
  const hub = (name: HubName): Started => {
    const one = hubs.get(name)
    assert(one !== undefined, 'CH1', name)
    return one
  }
  return {
    dir,
    diary,
    bookPath,
    yardBookPath: join(dir, YARD_BOOK),
    database,
    lines,
    outfit,
    world,
    front,
    smallDisk,
    hubUrl,
    connections,
    hub,
    environmentOf,
    dataDirOf,
    startAgain,
    call,
    callAs: (other, method, path, body) => callApi(hubUrl, other, method, path, body),
    close,
  }
}

function portsOf<Name extends string>(
  names: readonly Name[],
  ports: readonly number[],
): Record<Name, number> {
  return Object.fromEntries(names.map((name, i) => [name, ports[i] ?? 0])) as Record<Name, number>
}

/** What a person would do before the first order comes; answers the ids of all connections by name. */
async function setUp({
  call,
  world,
  outfit,
  hubUrl,
}: Pick<Stage, 'call' | 'world' | 'outfit' | 'hubUrl'>): Promise<Record<string, string>> {
  const connections = {
    ...(await connectAll(call, world, hubUrl)),
    ...(await connectParts(outfit, (kind, settings, name) => connect(call, kind, settings, name), hubUrl)),
  }
  if (outfit.parts.has('stock')) await setUpGoods({ call, connections })
  if (outfit.parts.has('parcels')) await setUpAccounts({ call, connections })
  return connections
}

/** PostgreSQL listens on a Unix socket, or on a port; each hub process gets a port of its own that leads there. */
async function openLines(url: string): Promise<Record<HubName, DatabaseLine>> {
  const { searchParams, port } = new URL(url.replace('@/', '@localhost/'))
  const folder = searchParams.get('host')
  const target = folder === null ? Number(port) : join(folder, '.s.PGSQL.5432')
  const [hub, worker] = await Promise.all([openDatabaseLine(target), openDatabaseLine(target)])
  return { hub, worker }
}

/** The same account and password by another door. */
function throughLine(url: string, { port }: DatabaseLine): string {
  const { username, password } = new URL(url.replace('@/', '@localhost/'))
  const account = password === '' ? username : `${username}:${password}`
  return `postgres://${account}@127.0.0.1:${port}/holdfast`
}

function common(databaseUrl: string, rootFile: string, publicUrl: string): Environment {
  return {
    DATABASE_URL: databaseUrl,
    HOLDFAST_KEY: KEY,
    ALLOW_LOOPBACK_TARGETS: 'true',
    LOG_FORMAT: 'json',
    LOG_LEVEL: 'warn',
    PUBLIC_URL: publicUrl,
    TRUST_PROXY: 'loopback',
    TLS_CA_FILE: rootFile,
    SPOOL_ALLOW_TMPFS: 'true',
    SPOOL_RESERVE_MB: '0',
    SPOOL_RETRY_SECONDS: '1',
    SPOOL_COMMIT_DEADLINE_MS: '1500',
    DATABASE_ALARM_SECONDS: '2',
    CALLS_PER_SECOND: '100',
    CALLS_BURST: '200',
  }
}

/** Root makes a disk of a few megabytes in memory; for others there is none, and the fault is left out. */
function mountSmallDisk(path: string): SmallDisk | null {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  const options = `size=${SMALL_DISK_MB}m,mode=0700`
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path], { stdio: 'ignore' })
  if (mounted.status !== 0) return null
  return {
    path,
    freeBytes: () => {
      const { bavail, bsize } = statfsSync(path)
      return bavail * bsize
    },
    unmount: () => {
      const gone = spawnSync('umount', [path], { stdio: 'ignore' })
      if (gone.status !== 0) spawnSync('umount', ['-l', path], { stdio: 'ignore' })
    },
  }
}

export async function administratorKey({ sql }: ChaosDatabase): Promise<string> {
  const policy = { idleHours: 12, maxDays: 7 }
  const identity = createIdentity({ sql, clock: systemClock, random: systemRandom, policy })
  const made = await makeKey(identity, SYSTEM, { name: 'chaos', scopes: ['admin'], expiresAt: null })
  assert(made.ok, 'CH2')
  return made.value.text
}

async function callApi(
  url: string,
  key: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  })
  const text = await answer.text()
  // A label or a list to download is no JSON.
  const isJson = /json/.test(answer.headers.get('content-type') ?? '')
  return { status: answer.status, body: text === '' || !isJson ? null : JSON.parse(text) }
}

/** As an operator would: a connection for each platform, and a route that tells the receiver of every alarm. */
async function connectAll(
  call: Stage['call'],
  world: World,
  hubUrl: string,
): Promise<Record<string, string>> {
  const callbacks: Record<string, string> = {}
  const ids: Record<string, string> = {}
  const { settings } = world.state()
  for (const kind of KINDS) {
    const { id, callbackUrl } = await connect(call, kind, settings[kind] ?? {})
    ids[kind] = id
    callbacks[kind] = `${hubUrl}${new URL(callbackUrl ?? '').pathname}`
  }
  const address = `http://127.0.0.1:${world.port(NOTICES)}/hooks/alarms`
  const { id } = await connect(call, NOTICES, { url: address, ...NOTICE_SECRET })
  const made = await call('POST', '/api/alarm-routes', {
    name: 'chaos',
    leastSeverity: 'info',
    targets: [id],
    groupSeconds: 0,
  })
  assert(made.status < 300, 'CH3', JSON.stringify(made.body))
  await world.tell({ callbacks })
  return { ...ids, [NOTICES]: id }
}

async function connect(
  call: Stage['call'],
  kind: string,
  settings: Readonly<Record<string, string>>,
  name = kind,
): Promise<{ id: string; callbackUrl: string | null }> {
  const made = await call('POST', '/api/connections', { kind, name, settings })
  assert(made.status < 300, 'CH4', `${kind}: ${JSON.stringify(made.body)}`)
  return made.body as { id: string; callbackUrl: string | null }
}
