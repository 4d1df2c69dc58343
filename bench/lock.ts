import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { openStockEngine, type StockEngine } from '#features/stock/index.ts'
import { systemClock } from '#kernel/clock.ts'
import { startPostgres } from '#platform/embedded-postgres/index.ts'
import { migrate } from '#platform/migrate.ts'
import { createMovementPartitions } from '#platform/partitions/store.ts'
import { type Database, openDatabase } from '#platform/postgres/database.ts'
import { redisServer } from '#test-support/redis.ts'
import { bareLockRate } from './lib/bare-locks.ts'
import { startChild, withFolder } from './lib/child.ts'
import { type LockShape, linesOf, lockCommand, skusOf, WAREHOUSE } from './lib/lock-load.ts'
import { closedLoop, openLoop, round, summary } from './lib/raw-client.ts'
import type { BenchReport } from './lib/report.ts'

const CALLERS = [1, 16, 64, 256]
const PLENTY = 100_000_000
const RUN_MS = 3_000
const WARM_MS = 700
const OPEN_PER_SECOND = 1_000
const OPEN_SECONDS = 8

type Say = (line: string) => void
type Figures = { readonly rate: number; readonly p50: number; readonly p99: number }

/**
 * Locks of one shape: in process at the engine's own door, and through HTTP with a key, JSON and validation, by 1, 16, 64 and 256
 * callers in a closed loop, and at a steady 1,000/s in an open one. PostgreSQL's engine, and where a redis-server is installed the one
 * with Redis in front. Limits of the same run: a bare gathered transaction without checks or movements, and bare node:http with the
 * same JSON.
 */
export function lockBench(shape: LockShape): (say: Say) => Promise<BenchReport> {
  return async (say) =>
    await withFolder(async (dir) => {
      const startedAt = performance.now()
      const inProcess = await atTheDoor(join(dir, 'door'), shape, say)
      const bareHttp = await bareHttpRate(shape)
      say(`bare node:http with the same JSON: ${Math.round(bareHttp)}/s`)
      const postgres = await throughHttp(join(dir, 'hub'), shape, {}, 'PostgreSQL', say)
      const redis = await withRedis((url) =>
        throughHttp(join(dir, 'redis'), shape, { REDIS_URL: url }, 'Redis', say),
      )
      const main = postgres.callers['64']
      const limit = Math.min(bareHttp, inProcess.bare)
      return {
        name: `lock-${shape}`,
        rate: main?.rate ?? 0,
        p50: main?.p50 ?? 0,
        p99: main?.p99 ?? 0,
        limit: Math.round(limit),
        ratio: round((main?.rate ?? 0) / limit),
        seconds: round((performance.now() - startedAt) / 1_000),
        inProcess: inProcess.callers,
        bareLocks: Math.round(inProcess.bare),
        bareHttp: Math.round(bareHttp),
        http: postgres.callers,
        open: postgres.open,
        redis,
      }
    })
}

async function atTheDoor(dataDir: string, shape: LockShape, say: Say) {
  const server = await startPostgres({ dataDir })
  const db = openDatabase({ url: server.url, connections: 3, plans: 'by_key', keepOpen: true })
  try {
    await migrate(db)
    await createMovementPartitions(db)
    const bare = await bareLockRate(db, shape, 64)
    say(`bare gathered transactions of 64: ${Math.round(bare)}/s`)
    const engine = await filledEngine(db, shape)
    const callers: Record<string, Figures> = {}
    for (const count of CALLERS) {
      const figures = await closedLoopInProcess(engine, shape, count)
      callers[String(count)] = figures
      say(`in process, ${count} callers: ${figures.rate}/s, p99 ${figures.p99} ms`)
    }
    await engine.stop()
    return { bare, callers }
  } finally {
    await db.end()
    await server.stop()
  }
}

async function filledEngine(db: Database, shape: LockShape): Promise<StockEngine> {
  await db`insert into warehouse (code, name, updated_by) values (${WAREHOUSE}, 'bench', 'bench')`
  const engine = openStockEngine({ db, clock: systemClock })
  await engine.ask(
    {
      do: 'adjust',
      key: null,
      changes: skusOf(shape).map((sku) => ({ sku, warehouse: WAREHOUSE, setPhysical: PLENTY })),
      cause: 'count',
      actor: 'bench',
      evidence: null,
    },
    { deadlineMs: 30_000 },
  )
  return engine
}

async function closedLoopInProcess(engine: StockEngine, shape: LockShape, callers: number): Promise<Figures> {
  const begin = performance.now()
  const latencies: number[] = []
  let n = 0
  const run = async (): Promise<void> => {
    for (;;) {
      const askedAt = performance.now()
      if (askedAt - begin > RUN_MS + WARM_MS) return
      n += 1
      const answer = await engine.ask(lockCommand(shape, `${callers}-${n}`, n))
      if (!answer.ok) throw new Error(answer.refusal.detail)
      if (askedAt - begin > WARM_MS) latencies.push(performance.now() - askedAt)
    }
  }
  await Promise.all(Array.from({ length: callers }, run))
  const { p50, p99 } = summary(Float64Array.from(latencies))
  return { rate: Math.round(latencies.length / (RUN_MS / 1_000)), p50, p99 }
}

async function bareHttpRate(shape: LockShape): Promise<number> {
  const bare = await startChild<{ port: number }>('./bare-json.ts', {})
  const requests = requestsOf(shape, 'none', 'bare', 22_000)
  const { rate } = await closedLoop({ port: bare.ready.port, callers: 64, requests, warmup: 2_000 })
  await bare.stop()
  return rate
}

async function throughHttp(
  dataDir: string,
  shape: LockShape,
  env: Record<string, string>,
  name: string,
  say: Say,
): Promise<{ readonly callers: Record<string, Figures>; readonly open: Figures }> {
  const stock = Object.fromEntries(skusOf(shape).map((sku) => [sku, PLENTY]))
  const hub = await startChild<{ port: number; key: string }>('./lock-hub.ts', {
    env: { DATA_DIR: dataDir, ROLES: 'api', ...env },
    stock,
  })
  try {
    const { port, key } = hub.ready
    const callers: Record<string, Figures> = {}
    for (const count of CALLERS) {
      const many = count === 1 ? 1_500 : 15_000
      const warmup = Math.round(many / 10)
      const requests = requestsOf(shape, key, `${name}-${count}`, many + warmup)
      const { rate, p50, p99, ok } = await closedLoop({ port, callers: count, requests, warmup })
      if (ok !== many) throw new Error(`${ok} of ${many} locks were answered with 200`)
      callers[String(count)] = { rate: Math.round(rate), p50, p99 }
      say(`${name} through HTTP, ${count} callers: ${Math.round(rate)}/s, p99 ${p99} ms`)
    }
    const steady = requestsOf(shape, key, `${name}-open`, OPEN_PER_SECOND * OPEN_SECONDS)
    const { rate, p50, p99 } = await openLoop({
      port,
      callers: 256,
      requests: steady,
      perSecond: OPEN_PER_SECOND,
    })
    say(`${name} open loop at ${Math.round(rate)}/s: p50 ${p50} ms, p99 ${p99} ms`)
    return { callers, open: { rate: Math.round(rate), p50, p99 } }
  } finally {
    await hub.stop()
  }
}

function requestsOf(shape: LockShape, apiKey: string, series: string, count: number): Buffer[] {
  return Array.from({ length: count }, (_, n) => lockRequest(apiKey, `${series}-${n}`, linesOf(shape, n)))
}

export function lockRequest(apiKey: string, key: string, lines: readonly unknown[]): Buffer {
  const body = JSON.stringify({ orders: [{ key, lines }] })
  const head = [
    'POST /stock/lock/batch HTTP/1.1',
    'host: 127.0.0.1',
    `authorization: Bearer ${apiKey}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
  ]
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`)
}

/** Null where no redis-server is installed. */
export async function withRedis<T>(work: (url: string) => Promise<T>): Promise<T | null> {
  if (spawnSync('redis-server', ['--version']).status !== 0) return null
  const redis = await redisServer()
  try {
    return await work(redis.url)
  } finally {
    await redis.close()
  }
}
