import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { applyStock } from '#features/stock/index.ts'
import { assert } from '#kernel/assert.ts'
import { systemClock } from '#kernel/clock.ts'
import { type Random, seededRandom } from '#kernel/random.ts'
import { freePorts } from '#test-support/free-port.ts'
import { type RedisCluster, type RedisServer, redisCluster, redisServer } from '#test-support/redis.ts'
import { type ChaosDatabase, openChaosDatabase } from '../chaos/database.ts'
import { type Diary, type Environment, type Started, startHub } from '../chaos/processes.ts'
import { administratorKey } from '../chaos/stage.ts'
import { type Caller, openCaller } from './caller.ts'
import { wakeFamily } from './freeze.ts'
import { BUNDLE, SKUS, startOf, WAREHOUSES } from './goods.ts'
import type { RedisKind } from './plan.ts'
import { openWire, type Wire } from './wire.ts'

export const HUBS = ['a', 'b'] as const
export type HubName = (typeof HUBS)[number]
export type Death = { readonly hub: string; readonly at: number }

export type RedisSide =
  | { readonly kind: 'none' }
  | { readonly kind: 'single'; readonly server: RedisServer }
  | { readonly kind: 'cluster'; readonly cluster: RedisCluster }

export type StockStage = {
  readonly dir: string
  readonly database: ChaosDatabase
  readonly redis: RedisSide
  /** Buyers' lines to each hub. */
  readonly fronts: Readonly<Record<HubName, Wire>>
  /** The hubs' line to their database. */
  readonly databaseLine: Wire
  readonly callers: readonly Caller[]
  readonly hub: (name: HubName) => Started
  readonly deaths: Death[]
  /** Ended by SIGKILL, or asked to end and made to after a while; then started anew with a clock that is wrong by so much. */
  readonly startAgain: (
    name: HubName,
    how?: { readonly clockShiftMs?: number; readonly gently?: boolean },
  ) => Promise<void>
  readonly close: () => Promise<void>
}

export type StockStageOptions = {
  readonly seed: number
  readonly redis: RedisKind
  readonly keep: boolean
  readonly diary: Omit<Diary, 'onStart'>
  readonly log: (line: string) => void
}

const KEY = '5c'.repeat(32)
const STOPS_WITHIN_MS = 20_000

/** Two hub processes over one PostgreSQL and one Redis, every line between them one that can be cut. */
export async function openStockStage(options: StockStageOptions): Promise<StockStage> {
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
  readonly run: { readonly isOver: boolean }
}

async function build(
  dir: string,
  { seed, redis: kind, diary, log }: Omit<StockStageOptions, 'diary'> & { readonly diary: Diary },
  { closers, close, run }: Ending,
): Promise<StockStage> {
  const random = seededRandom(seed ^ 0x5711)
  const redis = await openRedisSide(kind, closers)
  const database = await openChaosDatabase(join(dir, 'database'), log)
  closers.push(database.close, () => wakeFamily(database.postmaster()))
  const { line, url } = await openDatabaseLine(dir, database.url, random)
  closers.push(line.close)
  const ports = await freePorts(HUBS.length * 2)
  const portOf = (name: HubName): number => ports[HUBS.indexOf(name)] ?? 0
  const frontOf = (name: HubName): number => ports[HUBS.length + HUBS.indexOf(name)] ?? 0
  const fronts = {} as Record<HubName, Wire>
  for (const name of HUBS) {
    fronts[name] = await openWire({
      listen: { port: frontOf(name) },
      target: { port: portOf(name) },
      random,
    })
    closers.push(fronts[name].close)
  }
  const environmentOf = (name: HubName): Environment => ({
    ...common(url),
    ...(redis.kind === 'none'
      ? {}
      : { REDIS_URL: redis.kind === 'single' ? redis.server.url : redis.cluster.url }),
    DATA_DIR: join(dir, name),
    PORT: String(portOf(name)),
    PUBLIC_URL: `http://127.0.0.1:${frontOf(name)}`,
    ROLES: 'api,worker',
  })
  const hubs = new Map<HubName, Started>()
  const deaths: Death[] = []
  const startAgain: StockStage['startAgain'] = async (name, { clockShiftMs = 0, gently = false } = {}) => {
    const before = hubs.get(name)
    if (before !== undefined) {
      if (gently) await before.stop(STOPS_WITHIN_MS)
      else await before.kill()
      deaths.push({ hub: name, at: performance.now() })
    }
    if (run.isOver) throw new Error('the run is over')
    hubs.set(name, await startHub({ name, env: environmentOf(name), clockShiftMs }, diary, () => run.isOver))
  }
  for (const name of HUBS) await startAgain(name)
  const key = await administratorKey(database)
  const callers = HUBS.map((name) => openCaller(name, `http://127.0.0.1:${frontOf(name)}`, key))
  await fillShelves(database, callers[0] as Caller)
  return {
    dir,
    database,
    redis,
    fronts,
    databaseLine: line,
    callers,
    hub: (name) => {
      const one = hubs.get(name)
      assert(one !== undefined, 'CH1', name)
      return one
    },
    deaths,
    startAgain,
    close,
  }
}

function common(databaseUrl: string): Environment {
  return {
    DATABASE_URL: databaseUrl,
    HOLDFAST_KEY: KEY,
    ALLOW_LOOPBACK_TARGETS: 'true',
    LOG_FORMAT: 'json',
    LOG_LEVEL: 'warn',
    SPOOL_ALLOW_TMPFS: 'true',
    SPOOL_RESERVE_MB: '0',
    DATABASE_ALARM_SECONDS: '2',
    REDIS_ALARM_SECONDS: '2',
  }
}

async function openRedisSide(kind: RedisKind, closers: (() => Promise<void> | void)[]): Promise<RedisSide> {
  if (kind === 'none') return { kind }
  if (kind === 'single') {
    const server = await redisServer()
    closers.push(server.close)
    return { kind, server }
  }
  const cluster = await redisCluster()
  closers.push(cluster.close)
  return { kind, cluster }
}

/** PostgreSQL listens on a Unix socket; the hubs get another one that leads there. */
async function openDatabaseLine(
  dir: string,
  url: string,
  random: Random,
): Promise<{ readonly line: Wire; readonly url: string }> {
  const target = new URL(url.replace('@/', '@localhost/')).searchParams.get('host') ?? ''
  const folder = join(dir, 'line')
  mkdirSync(folder, { mode: 0o700 })
  const socket = '.s.PGSQL.5432'
  const line = await openWire({
    listen: { path: join(folder, socket) },
    target: { path: join(target, socket) },
    random,
  })
  return { line, url: `postgres://holdfast@/holdfast?host=${encodeURIComponent(folder)}` }
}

/** Warehouses and a bundle as a person would make them; what lies on the shelves at the start in one count. */
export async function fillShelves({ sql }: Pick<ChaosDatabase, 'sql'>, caller: Caller): Promise<void> {
  const made = [
    ...WAREHOUSES.map((one) => ['POST', '/api/warehouses', one] as const),
    [
      'PUT',
      '/api/sellable/bundles',
      { sku: BUNDLE.sku, parts: BUNDLE.parts.map(([sku, quantity]) => ({ sku, quantity })) },
    ] as const,
  ]
  for (const [method, path, body] of made) {
    const heard = await caller.call(method, path, body, 30_000)
    assert(heard.kind === 'body' && heard.status < 300, 'CH5', JSON.stringify(heard))
  }
  const changes = SKUS.flatMap((sku) =>
    WAREHOUSES.map(({ code }) => ({ sku, warehouse: code, setPhysical: startOf(sku) })),
  )
  const [answer] = await sql.begin((tx) =>
    applyStock(
      tx,
      [{ do: 'adjust', key: null, changes, cause: 'count', actor: 'chaos', evidence: { reason: 'start' } }],
      systemClock.now(),
    ),
  )
  assert(answer?.ok === true, 'CH6', JSON.stringify(answer))
}
