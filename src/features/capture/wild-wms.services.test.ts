import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { mysqlBinlog } from '#connectors/warehouses/mysql-binlog/index.ts'
import type { CallDeps } from '#domain/connector.ts'
import { systemClock } from '#kernel/clock.ts'
import type { ConnectionId } from '#kernel/id.ts'
import { seededRandom, systemRandom } from '#kernel/random.ts'
import { openTcpTo } from '#platform/http-client/open-tcp.ts'
import { openLocks } from '#platform/postgres/locks.ts'
import { addFeed, findingsOf, freshLedger, ledgerOf } from '#test-support/captured.ts'
import { until } from '#test-support/hub.ts'
import { type MariadbServer, mariadbServer } from '#test-support/mariadb.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { decideFindings } from './findings/decide-findings.ts'
import { type Feeds, startFeeds } from './run-feeds.ts'

// A warehouse's database as they are: the version is `updated_at` in whole seconds, and everybody writes as he likes.

let database: FreshDatabase
let maria: MariadbServer
let feeds: Feeds | null = null
const errors: unknown[] = []
const deps: CallDeps = {
  http: () => assert.fail('no HTTP here'),
  openTcp: openTcpTo({ allowLoopback: true, allowPrivate: false }),
  clock: systemClock,
  random: systemRandom,
}
const MAPPING = {
  table: 'wms.stock',
  sku: 'sku',
  quantity: 'qty',
  warehouse: 'wh',
  version: 'updated_at',
  zone: 'Asia/Shanghai',
}

before(async () => {
  database = await freshDatabase({ connections: 10 })
  await freshLedger(database.sql)
  maria = await mariadbServer()
  await maria.sql('create database wms')
  await maria.sql(
    `create table wms.stock (id bigint unsigned primary key auto_increment, wh varchar(10) not null, sku varchar(40) character set gbk not null,
      qty decimal(10,2) not null, updated_at datetime not null default current_timestamp on update current_timestamp,
      unique key (wh, sku)) charset latin1`,
  )
  await maria.sql('create table wms.task (id int primary key auto_increment, sku varchar(40), n int)')
  await maria.sql('create table wms.log (n int)')
  await maria.sql(
    `create trigger wms.picked after insert on wms.task for each row
      update wms.stock set qty = greatest(0, qty - new.n) where sku = new.sku and wh = 'w'`,
  )
  await maria.account('reader', { select: ['wms.stock'], slave: true, client: true })
})
after(async () => {
  await feeds?.stop()
  await maria.close()
  await database.close()
})

function start(): Feeds {
  const locks = openLocks(database.url)
  const settings = {
    host: '127.0.0.1',
    port: String(maria.port),
    database: 'wms',
    user: 'reader',
    password: 'reader-password',
  }
  const own = startFeeds({
    db: database.sql,
    locks,
    clock: systemClock,
    random: systemRandom,
    callsFor: () => deps,
    find: (id) => ({
      id: id as ConnectionId,
      kind: mysqlBinlog.kind,
      name: id,
      paused: false,
      settings,
      connector: mysqlBinlog,
    }),
    onError: (error) => errors.push(error),
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

async function tableOf(): Promise<Record<string, number>> {
  const rows = await maria.sql('select wh, sku, qty from wms.stock')
  return Object.fromEntries(
    rows.map((row) => [`${row.sku}@${String(row.wh).toUpperCase()}`, Number(row.qty)] as const),
  )
}
/** What the ledger and the table say differently; places that are gone are none. */
async function differences(): Promise<string[]> {
  const [ledger, table] = [await ledgerOf(database.sql), await tableOf()]
  return [...new Set([...Object.keys(ledger), ...Object.keys(table)])]
    .filter((key) => (ledger[key] ?? 0) !== (table[key] ?? 0))
    .map((key) => `${key}: ${ledger[key]} is ${table[key]}`)
}
async function agrees(seconds = 30): Promise<void> {
  await until(
    async () => (await differences()).length === 0,
    async () =>
      `${JSON.stringify((await differences()).slice(0, 8))} ${JSON.stringify(
        await database.sql`select status, words_en, position from stock_feed`,
      )} ${JSON.stringify((await findingsOf(database.sql)).slice(0, 5))} ${errors.slice(-2).map(String)}`,
    seconds,
  )
}

async function acceptAll(): Promise<void> {
  const open = await database.sql<{ id: bigint }>`select id from stock_finding where state = 'open'`
  await decideFindings(
    { db: database.sql, clock: systemClock, audit: async () => undefined },
    { name: 'p' } as never,
    open.map((one) => one.id),
    { to: 'accept', words: '' },
  )
}
/** The feed has read all that was written until now. */
async function isThrough(): Promise<void> {
  await maria.sql(
    `insert into wms.stock (wh, sku, qty) values ('w', 'MARK', 0) on duplicate key update qty = qty + 1`,
  )
  const [row] = await maria.sql(`select qty from wms.stock where sku = 'MARK'`)
  await until(
    async () => (await ledgerOf(database.sql))['MARK@W'] === Number(row?.qty),
    async () => JSON.stringify(await database.sql`select status, words_en, position from stock_feed`),
    30,
  )
}

const SKUS = ['A', 'B', 'c-1', '茶叶', 'D 4', 'E', 'F', 'G']

test('any kind of statement, within the same second, under kills of both sides, ends with the ledger as the table', async () => {
  await addFeed(database.sql, 'binlog', { mapping: MAPPING })
  feeds = start()
  const random = seededRandom(Number(process.env.HOLDFAST_SEED ?? 7))
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random.next() * list.length)] as T
  const n = (most: number): number => Math.floor(random.next() * most)
  const client = await maria.client('wms')
  await client.query(`set time_zone = '+08:00'`)
  const file = `${process.env.TMPDIR ?? '/tmp'}/holdfast-load-${process.pid}.csv`
  const statement = async (): Promise<void> => {
    const [sku, wh] = [pick(SKUS), pick(['w', 'v'])]
    switch (n(13)) {
      case 0:
        await client.query('replace into stock (wh, sku, qty) values (?, ?, ?)', [wh, sku, n(100)])
        return
      case 1:
        await client.query(
          'insert into stock (wh, sku, qty) values (?, ?, ?) on duplicate key update qty = qty + 1',
          [wh, sku, n(100)],
        )
        return
      case 2:
        await client.query('delete from stock where wh = ? and sku = ?', [wh, sku])
        return
      case 3:
        await client.query('update ignore stock set sku = ? where wh = ? and sku = ?', [pick(SKUS), wh, sku])
        return
      case 4:
        await client.query('update ignore stock set wh = ? where sku = ?', [wh, sku])
        return
      case 5:
        await client.query('insert into task (sku, n) values (?, ?)', [sku, n(5)])
        return
      case 6:
        await client.query(
          'update stock s join task t on t.sku = s.sku set s.qty = s.qty + 1, t.n = 0 where s.wh = ?',
          [wh],
        )
        return
      case 7:
        await client.query('start transaction')
        await client.query('update stock set qty = qty + 1000')
        await client.query('savepoint s')
        await client.query('delete from stock')
        if (n(2) === 0) await client.query('rollback')
        else {
          await client.query('rollback to s')
          await client.query('update stock set qty = qty - 1000 where qty >= 1000')
          await client.query('commit')
        }
        return
      case 8:
        await client.query('update ignore stock set id = id + 100000 where wh = ? and sku = ?', [wh, sku])
        return
      case 9:
        writeFileSync(file, `${wh}\t${sku}\t${n(50)}\n`)
        await client.query(
          `load data infile '${file}' replace into table stock character set utf8mb4 (wh, sku, qty)`,
        )
        return
      case 10:
        // The warehouse's clock jumps back.
        await client.query(`set timestamp = unix_timestamp() - ${n(5_000)}`)
        await client.query('update stock set qty = qty + 2 where sku = ?', [sku])
        await client.query('set timestamp = default')
        return
      case 11:
        await client.query('update stock set qty = ? where sku = ? and wh = ?', [n(100), sku, wh])
        await client.query('update stock set qty = ? where sku = ? and wh = ?', [n(100), sku, wh])
        return
      default:
        await client.query('insert into log values (1)')
    }
  }
  for (let i = 0; i < 600; i += 1) {
    await statement()
    if (i === 150) await client.query('alter table stock add column shelf varchar(10) first')
    if (i === 250) await client.query('flush binary logs')
    if (i === 350) {
      await feeds.stop()
      feeds = start()
    }
    if (i === 450) await client.query('alter table stock modify qty int not null')
  }
  await client.end()
  // Only where a clock went back while the table was read anew does the ledger ask; a person accepts, and all is one again.
  await isThrough()
  await acceptAll()
  await agrees()
  assert.deepEqual(await findingsOf(database.sql), [])
})

test('a transaction of thousands of rows that ends in a kill of the server is in the ledger once, or not at all', async () => {
  const client = await maria.client('wms')
  await client.query(
    `insert into stock (shelf, wh, sku, qty) select null, 'w', concat('BIG-', seq), seq from seq_1_to_6000`,
  )
  await client.query('update stock set qty = qty + 1')
  await client.query('start transaction')
  await client.query(`delete from stock where sku like 'BIG%'`)
  await maria.stop('SIGKILL')
  await maria.start()
  await agrees(60)
  await maria.sql(`update wms.stock set qty = qty + 1 where sku = 'BIG-6000'`)
  await agrees(60)
})
