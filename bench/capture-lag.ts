import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { mysqlBinlog } from '#connectors/warehouses/mysql-binlog/index.ts'
import { redisStream } from '#connectors/warehouses/redis-stream/index.ts'
import type { CallDeps, Connector, Settings } from '#domain/connector.ts'
import type { FeedBatch, FeedMapping, FeedSink, StockFeed } from '#domain/stock-feed.ts'
import { startFeeds } from '#features/capture/index.ts'
import type { Connected } from '#features/intake/index.ts'
import { assert } from '#kernel/assert.ts'
import { systemClock } from '#kernel/clock.ts'
import type { ConnectionId } from '#kernel/id.ts'
import { systemRandom } from '#kernel/random.ts'
import { startPostgres } from '#platform/embedded-postgres/index.ts'
import { openTcpTo } from '#platform/http-client/open-tcp.ts'
import { migrate } from '#platform/migrate.ts'
import { ensurePartitions } from '#platform/partitions/store.ts'
import { type Database, json, openDatabase } from '#platform/postgres/database.ts'
import { openLocks } from '#platform/postgres/locks.ts'
import { hasMariadb, type MariadbServer, mariadbServer } from '#test-support/mariadb.ts'
import { redisServer } from '#test-support/redis.ts'
import { withFolder } from './lib/child.ts'
import type { BenchReport } from './lib/report.ts'

const SKUS = 2_000
const PER_SECOND = 2_000
/** Rows that one transaction of the warehouse changes: a pick list. */
const PER_COMMIT = 10
const SECONDS = 8
const KEY = 'wms:stock'
const deps: CallDeps = {
  http: () => Promise.reject(new Error('no HTTP here')),
  openTcp: openTcpTo({ allowLoopback: true, allowPrivate: false }),
  clock: systemClock,
  random: systemRandom,
}
const MAPPING: FeedMapping = {
  mode: 'levels',
  table: 'wms.stock',
  sku: 'sku',
  quantity: 'qty',
  warehouse: null,
  version: 'ver',
  id: null,
  reference: null,
  zone: 'UTC',
}

/** When each version was sent to the source, and how much later it was in the ledger: the source's own commit included. Milliseconds. */
type Book = { readonly committed: Map<string, number>; readonly lags: number[]; version: number }
type Write = (
  rows: readonly { readonly sku: string; readonly qty: number; readonly ver: number }[],
) => Promise<void>

/**
 * 2,000 changes a second, written by a real MariaDB and a real Redis: from the source's commit to the ledger's, beside the same binlog read
 * into nothing. Writer, sources and hub share the machine.
 */
export async function captureLag(say: (line: string) => void): Promise<BenchReport> {
  assert(hasMariadb(), 'B1', 'this bench needs mariadb-server')
  const startedAt = performance.now()
  return await withFolder(async (dir) => {
    const maria = await openMaria()
    const redis = await redisServer()
    const client = new Redis({ port: redis.port })
    const binlog = {
      host: '127.0.0.1',
      port: String(maria.server.port),
      database: 'wms',
      user: 'reader',
      password: 'reader-password',
    }
    const stream = { nodes: `127.0.0.1:${redis.port}` }
    try {
      const bare = await bareBinlog(binlog, maria.write)
      say(`binlog into nothing: p50 ${bare.p50} ms, p99 ${bare.p99} ms at ${bare.rate}/s`)
      const one = await toLedger(join(dir, 'one'), { binlog: [mysqlBinlog, binlog] }, maria.write)
      say(`binlog to ledger: p50 ${one.p50} ms, p99 ${one.p99} ms at ${one.rate}/s`)
      const xadd = streamWriter(client)
      // There is no stream before its first entry.
      await xadd([{ sku: 'S0', qty: 1, ver: 1 }])
      const two = await toLedger(join(dir, 'two'), { stream: [redisStream, stream] }, xadd)
      say(`stream to ledger: p50 ${two.p50} ms, p99 ${two.p99} ms at ${two.rate}/s`)
      return {
        name: 'capture-lag',
        ...one,
        limit: bare.p99,
        ratio: Math.round((one.p99 / Math.max(1, bare.p99)) * 100) / 100,
        seconds: Math.round((performance.now() - startedAt) / 100) / 10,
        perSecond: PER_SECOND,
        bare,
        stream: two,
      }
    } finally {
      client.disconnect()
      await redis.close()
      await maria.server.close()
    }
  })
}

async function openMaria(): Promise<{ server: MariadbServer; write: Write }> {
  const server = await mariadbServer()
  await server.sql('create database wms')
  await server.sql(
    'create table wms.stock (sku varchar(40) primary key, qty int not null, ver bigint not null, note varchar(200))',
  )
  await server.account('reader', { select: ['wms.stock'], slave: true, client: true })
  for (let at = 0; at < SKUS; at += 500)
    await server.sql(
      `insert into wms.stock (sku, qty, ver) values ${Array.from({ length: 500 }, (_, i) => `('S${at + i}', 100, 1)`).join(',')}`,
    )
  const clients = await Promise.all(Array.from({ length: 4 }, () => server.client('wms')))
  let turn = 0
  const write: Write = async (rows) => {
    turn += 1
    const values = rows.map(({ sku, qty, ver }) => `('${sku}', ${qty}, ${ver})`).join(',')
    await clients[turn % clients.length]?.query(
      `insert into stock (sku, qty, ver) values ${values} on duplicate key update qty = values(qty), ver = values(ver)`,
    )
  }
  const close = async (): Promise<void> => {
    for (const one of clients) await one.end().catch(() => undefined)
    await server.close()
  }
  return { server: { ...server, close }, write }
}

function streamWriter(client: Redis): Write {
  return async (rows) => {
    const pipeline = client.pipeline()
    for (const { sku, qty, ver } of rows)
      pipeline.xadd(KEY, '*', 'sku', sku, 'qty', String(qty), 'ver', String(ver))
    await pipeline.exec()
  }
}

type Figures = { readonly rate: number; readonly p50: number; readonly p99: number; readonly most: number }

/** Open loop: what is late does not slow the next one down. */
async function load(book: Book, write: Write): Promise<number> {
  const begun = performance.now()
  const pending = new Set<Promise<void>>()
  for (let n = 0; n < (PER_SECOND * SECONDS) / PER_COMMIT; n += 1) {
    const due = begun + (n * PER_COMMIT * 1_000) / PER_SECOND
    if (due > performance.now()) await sleep(due - performance.now())
    book.version += 1
    const rows = Array.from({ length: PER_COMMIT }, (_, i) => ({
      sku: `S${(n * PER_COMMIT + i) % SKUS}`,
      qty: (book.version % 50) + i,
      ver: book.version,
    }))
    const ver = book.version
    // From before the commit: a reader may have the change before its writer hears of it.
    for (const row of rows) book.committed.set(`${row.sku} ${ver}`, performance.now())
    const one = write(rows)
    pending.add(one)
    void one.finally(() => pending.delete(one))
  }
  await Promise.all(pending)
  return performance.now() - begun
}

function noted(book: Book, batch: FeedBatch): void {
  const now = performance.now()
  for (const change of batch.changes) {
    if (change.kind !== 'level' || change.version === null) continue
    const at = book.committed.get(`${change.sku} ${change.version}`)
    if (at !== undefined) book.lags.push(now - at)
  }
}

async function settled(book: Book, took: number): Promise<Figures> {
  const wanted = PER_SECOND * SECONDS
  for (let waited = 0; book.lags.length < wanted && waited < 20_000; waited += 20) await sleep(20)
  assert(book.lags.length >= wanted, 'B2', `${book.lags.length} of ${wanted} changes came`)
  const sorted = book.lags.toSorted((a, b) => a - b)
  const at = (share: number): number => Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0)
  return { rate: Math.round((wanted / took) * 1_000), p50: at(0.5), p99: at(0.99), most: at(1) }
}

let versions = 1_000
function newBook(): Book {
  versions += 100_000
  return { committed: new Map(), lags: [], version: versions }
}

async function bareBinlog(settings: Settings, write: Write): Promise<Figures> {
  const book = newBook()
  const feed = mysqlBinlog.stockFeed?.(settings, deps)
  assert(feed !== undefined, 'B3', 'the connector has no feed')
  const abort = new AbortController()
  const open = Promise.withResolvers<void>()
  const sink: FeedSink = (batch) => {
    open.resolve()
    noted(book, batch)
    return Promise.resolve()
  }
  const following = feed.follow(MAPPING, null, sink, abort.signal)
  await open.promise
  const figures = await settled(book, await load(book, write))
  abort.abort()
  await following
  await feed.close()
  return figures
}

async function toLedger(
  dataDir: string,
  sources: Readonly<Record<string, readonly [Connector, Settings]>>,
  write: Write,
): Promise<Figures> {
  const server = await startPostgres({ dataDir })
  const db = openDatabase({ url: server.url })
  const locks = openLocks(server.url)
  const book = newBook()
  try {
    await migrate(db)
    await ensurePartitions(db, systemClock.now().toZonedDateTimeISO('UTC').toPlainDate())
    await db`insert into warehouse (code, name, figures, updated_by) values ('W', 'W', 'captured', 'bench')`
    for (const name of Object.keys(sources)) await addFeed(db, name)
    const feeds = startFeeds({
      db,
      locks,
      clock: systemClock,
      random: systemRandom,
      callsFor: () => deps,
      find: (id) => measured(id, sources[id], book),
      onError: (error) => process.stderr.write(`${String(error)}\n`),
    })
    await untilFollowing(db)
    const figures = await settled(book, await load(book, write))
    await feeds.stop()
    return figures
  } finally {
    await locks.end()
    await db.end()
    await server.stop()
  }
}

async function addFeed(db: Database, name: string): Promise<void> {
  const mapping = { ...MAPPING, table: name === 'stream' ? KEY : MAPPING.table }
  const [row] = await db<{ id: bigint }>`
    insert into stock_feed (connection_id, name, state, mapping, mapping_hash, updated_by)
    values (${name}, ${name}, 'live', ${json(mapping)}, 'bench', 'bench') returning id`
  await db`insert into stock_feed_warehouse (feed_id, source_code, warehouse) values (${row?.id ?? 0n}, '', 'W')`
}

async function untilFollowing(db: Database): Promise<void> {
  for (let looks = 0; looks < 600; looks += 1) {
    const [row] = await db<{ n: bigint }>`
      select count(*) as n from stock_feed where status <> 'following' or seen_at is null`
    if (row?.n === 0n) return
    await sleep(50)
  }
  throw new Error('no feed follows')
}

/** The connector with a look at every batch after it is in the ledger. */
function measured(
  id: string,
  source: readonly [Connector, Settings] | undefined,
  book: Book,
): Connected | null {
  if (source === undefined) return null
  const [own, settings] = source
  const stockFeed = (given: Settings, calls: CallDeps): StockFeed => {
    const feed = own.stockFeed?.(given, calls)
    assert(feed !== undefined, 'B3', 'the connector has no feed')
    return {
      ...feed,
      follow: (mapping, from, sink, signal) =>
        feed.follow(
          mapping,
          from,
          async (batch) => {
            await sink(batch)
            noted(book, batch)
          },
          signal,
        ),
    }
  }
  return {
    id: id as ConnectionId,
    kind: own.kind,
    name: id,
    paused: false,
    settings,
    connector: { ...own, stockFeed },
  }
}
