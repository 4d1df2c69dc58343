import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Redis } from 'ioredis'
import { mysqlBinlog } from '#connectors/warehouses/mysql-binlog/index.ts'
import { redisStream } from '#connectors/warehouses/redis-stream/index.ts'
import type { CallDeps, Connector, Settings } from '#domain/connector.ts'
import type { Connected } from '#features/intake/index.ts'
import { systemClock } from '#kernel/clock.ts'
import type { ConnectionId } from '#kernel/id.ts'
import { systemRandom } from '#kernel/random.ts'
import { openTcpTo } from '#platform/http-client/open-tcp.ts'
import { openLocks } from '#platform/postgres/locks.ts'
import { addFeed, findingsOf, freshLedger, ledgerOf, reservedOf } from '#test-support/captured.ts'
import { until } from '#test-support/hub.ts'
import { type MariadbServer, mariadbServer } from '#test-support/mariadb.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { type RedisServer, redisServer } from '#test-support/redis.ts'
import { type Feeds, startFeeds } from './run-feeds.ts'

let database: FreshDatabase
let maria: MariadbServer
let redis: RedisServer
let client: Redis
let feeds: Feeds | null = null
const deps: CallDeps = {
  http: () => assert.fail('no HTTP here'),
  openTcp: openTcpTo({ allowLoopback: true, allowPrivate: false }),
  clock: systemClock,
  random: systemRandom,
}

before(async () => {
  database = await freshDatabase({ connections: 10 })
  await freshLedger(database.sql)
  maria = await mariadbServer()
  await maria.sql('create database wms')
  await maria.sql(
    'create table wms.stock (id int primary key auto_increment, wh varchar(10), sku varchar(40), qty int, v bigint, unique key (wh, sku))',
  )
  await maria.sql(
    "insert into wms.stock (wh, sku, qty, v) values ('w', 'A', 10, 1), ('w', 'B', 5, 1), ('v', 'A', 3, 1)",
  )
  await maria.account('reader', { select: ['wms.stock'], slave: true, client: true })
  redis = await redisServer()
  client = new Redis({ port: redis.port })
  await tell('A', 10, 1)
})
after(async () => {
  await feeds?.stop()
  client.disconnect()
  await redis.close()
  await maria.close()
  await database.close()
})

async function tell(sku: string, qty: number, v: number): Promise<void> {
  await client.xadd('wms:stock', '*', 'wh', 'w', 'sku', sku, 'qty', String(qty), 'v', String(v))
}
async function change(sku: string, qty: number, v: number): Promise<void> {
  await maria.sql('update wms.stock set qty = ?, v = ? where sku = ? and wh = ?', [qty, v, sku, 'w'])
}
function start(): Feeds {
  const sources: Readonly<Record<string, readonly [Connector, Settings]>> = {
    binlog: [
      mysqlBinlog,
      {
        host: '127.0.0.1',
        port: String(maria.port),
        database: 'wms',
        user: 'reader',
        password: 'reader-password',
      },
    ],
    stream: [redisStream, { nodes: `127.0.0.1:${redis.port}` }],
  }
  const locks = openLocks(database.url)
  const own = startFeeds({
    db: database.sql,
    locks,
    clock: systemClock,
    random: systemRandom,
    callsFor: () => deps,
    find: (id): Connected | null => {
      const source = sources[id]
      if (source === undefined) return null
      const [connector, settings] = source
      return { id: id as ConnectionId, kind: connector.kind, name: id, paused: false, settings, connector }
    },
    onError: () => undefined,
    lookEveryMs: 100,
  })
  return {
    look: own.look,
    stop: async () => {
      await own.stop()
      await locks.end()
    },
  }
}
async function holds(wanted: Record<string, number>, seconds = 20): Promise<void> {
  const now = async () => JSON.stringify(await ledgerOf(database.sql))
  await until(
    async () => (await now()) === JSON.stringify(wanted),
    async () => `the ledger has ${await now()}`,
    seconds,
  )
}

test('a real binlog and a real stream that report the same changes end in one ledger, over kills of both', async () => {
  const { sql } = database
  await addFeed(sql, 'binlog')
  await addFeed(sql, 'stream', { mapping: { table: 'wms:stock' } })
  feeds = start()
  await until(
    async () =>
      (await sql`select 1 from stock_feed where status = 'following' and seen_at is not null`).length === 2,
    async () => JSON.stringify(await sql`select name, status, words_en from stock_feed`),
  )
  await holds({ 'A@V': 3, 'A@W': 10, 'B@W': 5 })
  for (const [qty, v] of [
    [9, 2],
    [7, 3],
  ] as const) {
    await change('A', qty, v)
    await tell('A', qty, v)
  }
  await holds({ 'A@V': 3, 'A@W': 7, 'B@W': 5 })
  // The database is killed: the stream goes on telling, and the binlog is caught up afterwards.
  await maria.stop('SIGKILL')
  await tell('B', 4, 2)
  await holds({ 'A@V': 3, 'A@W': 7, 'B@W': 4 })
  await maria.start()
  await change('B', 4, 2)
  await change('A', 6, 4)
  await holds({ 'A@V': 3, 'A@W': 6, 'B@W': 4 }, 40)
  // The hub is gone meanwhile.
  await feeds.stop()
  await change('A', 2, 5)
  feeds = start()
  await holds({ 'A@V': 3, 'A@W': 2, 'B@W': 4 })
  const moved = await sql<{ n: number }>`
    select count(*)::int as n from stock_movement where sku = 'A' and warehouse = 'W' and physical <> 0`
  assert.equal(moved[0]?.n, 5, 'opening, 9, 7, 6, 2: each once')
  assert.deepEqual(await findingsOf(sql), [])
})

test('what was written past the binlog is found by reading the table anew, and purged logs lead to that by themselves', async () => {
  const { sql } = database
  const connection = await maria.client('wms')
  await connection.query('set sql_log_bin = 0')
  await connection.query("update stock set qty = 1 where sku = 'B'")
  await connection.end()
  await sql`update stock_feed set wants_snapshot = true where name = 'binlog'`
  await until(
    async () => (await findingsOf(sql)).length > 0,
    () => 'no finding',
  )
  assert.deepEqual([await findingsOf(sql), await reservedOf(sql)], [['drift B open 4/1'], { B: 3 }])
  await feeds?.stop()
  await change('A', 8, 6)
  for (const _log of [1, 2]) await maria.sql('flush binary logs')
  const [last] = (await maria.sql('show master status')) as { File: string }[]
  await maria.sql(`purge binary logs to '${last?.File}'`)
  feeds = start()
  await until(
    async () => (await ledgerOf(sql))['A@W'] === 8,
    async () => JSON.stringify(await sql`select name, status, words_en, gap_words_en from stock_feed`),
  )
  await until(
    async () =>
      (await sql`select 1 from stock_feed where name = 'binlog' and status = 'following' and gap_at is null`)
        .length === 1,
    () => 'the gap is not made up for',
  )
})
