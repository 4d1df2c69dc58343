import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { redisStream } from '#connectors/warehouses/redis-stream/index.ts'
import type { CallDeps, Settings } from '#domain/connector.ts'
import type { FeedBatch, FeedChange, FeedEnd, FeedMapping, StockFeed } from '#domain/stock-feed.ts'
import { systemClock } from '#kernel/clock.ts'
import { seededRandom } from '#kernel/random.ts'
import { openTcpTo } from '#platform/http-client/open-tcp.ts'
import type { RedisServer } from './redis.ts'

// What the tests of the Redis stream follow and write with.

export const deps: CallDeps = {
  http: async () => assert.fail('no HTTP here'),
  openTcp: openTcpTo({ allowLoopback: true, allowPrivate: false }),
  clock: systemClock,
  random: seededRandom(1),
}
export const KEY = 'wms:stock'
export const MAPPING: FeedMapping = {
  mode: 'levels',
  table: KEY,
  sku: 'sku',
  quantity: 'qty',
  warehouse: null,
  version: 'ver',
  id: null,
  reference: null,
  zone: 'UTC',
}

export function connected(to: RedisServer): Redis {
  const one = new Redis({ port: to.port, retryStrategy: () => 50, maxRetriesPerRequest: null })
  one.on('error', () => undefined)
  return one
}
export function feedAt(server: RedisServer, more: Settings = {}): StockFeed {
  const feed = redisStream.stockFeed?.({ nodes: `127.0.0.1:${server.port}`, ...more }, deps)
  assert.ok(feed)
  return feed
}
/** Adds one figure to a stream; answers the entry's id. */
export async function addTo(
  client: Redis,
  key: string,
  sku: string,
  qty: number,
  ver: number,
): Promise<string> {
  return String(await client.xadd(key, '*', 'sku', sku, 'qty', String(qty), 'ver', String(ver)))
}

export type Following = {
  readonly batches: FeedBatch[]
  readonly changes: () => FeedChange[]
  readonly told: () => string[]
  readonly position: () => string
  readonly ended: Promise<FeedEnd>
  readonly stop: () => Promise<FeedEnd>
}

export function start(
  feed: StockFeed,
  from: string | null,
  mapping: FeedMapping = MAPPING,
  sink: (batch: FeedBatch) => Promise<void> = async () => undefined,
): Following {
  const abort = new AbortController()
  const batches: FeedBatch[] = []
  const ended = feed.follow(
    mapping,
    from,
    async (batch) => {
      await sink(batch)
      batches.push(batch)
    },
    abort.signal,
  )
  ended.catch(() => undefined)
  const changes = (): FeedChange[] => batches.flatMap((batch) => batch.changes)
  return {
    batches,
    changes,
    told: () =>
      changes().map((one) =>
        one.kind === 'level' ? `${one.sku}=${one.quantity}@${one.version}` : `${one.id}:${one.delta}`,
      ),
    position: () => batches.at(-1)?.position ?? '',
    ended,
    stop: async () => {
      abort.abort()
      return await ended
    },
  }
}

export async function until(
  holds: () => boolean | Promise<boolean>,
  words: () => string,
  ms = 10_000,
): Promise<void> {
  for (let waited = 0; !(await holds()); waited += 10) {
    assert.ok(waited < ms, words())
    await sleep(10)
  }
}
export const begun = (one: Following): Promise<void> =>
  until(
    () => one.batches.length > 0,
    () => 'no first batch',
  )
export const hears = (one: Following, count: number): Promise<void> =>
  until(
    () => one.changes().length >= count,
    () => `heard ${one.told().join(' ')}`,
  )
