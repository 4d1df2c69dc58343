import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FeedBatch, FeedMapping } from '#domain/stock-feed.ts'
import { Outage } from '#kernel/outage.ts'
import {
  begun,
  closeAll,
  feedOf,
  hears,
  lines,
  MAPPING,
  start,
  toldAs,
  until,
  warehouse,
} from '#test-support/binlog-feed.ts'
import type { MariadbServer } from '#test-support/mariadb.ts'

after(closeAll)
let db: MariadbServer
before(async () => {
  db = await warehouse()
})

test('inserts, changes, deletions and a changed article come in order with versions, references and a place', async () => {
  const following = start(feedOf(db), null)
  await begun(following)
  await db.sql(
    `insert into wms.stock (id, wh, sku, qty, ver, doc) values (1, 'SH', 'A', 10, 1, 'PO-1'), (2, 'SH', '茶🍵', 5.000, 18, null)`,
  )
  await db.sql(`update wms.stock set qty = qty - 3, ver = 2, doc = 'SO-9' where id = 1`)
  await db.sql(`update wms.stock set note = 'nothing that is mapped' where id = 1`)
  await db.sql(`update wms.stock set sku = 'B', ver = 3 where id = 1`)
  await db.sql(`delete from wms.stock where id = 2`)
  await hears(following, 6)
  assert.equal((await following.stop()).reason, 'stopped')
  assert.deepEqual(following.told(), [
    'SH/A=10@1',
    'SH/茶🍵=5@18',
    'SH/A=7@2',
    'SH/A=gone@2',
    'SH/B=7@3',
    'SH/茶🍵=gone@18',
  ])
  assert.deepEqual(
    following.changes().map(({ reference }) => reference),
    ['PO-1', null, 'SO-9', 'SO-9', 'SO-9', null],
  )
  const last = following.batches.findLast(({ changes }) => changes.length > 0)
  assert.match(last?.evidence ?? '', /^mysql-bin\.\d{6}:\d+$/)
  const age = Temporal.Now.instant()
    .since(last?.committedAt ?? Temporal.Instant.fromEpochMilliseconds(0))
    .total('seconds')
  assert.ok(age >= 0 && age < 5, `the log's own second: ${age} s ago`)
})

test('what cannot be read is a fault and stops nothing: a fraction, no article, a negative figure', async () => {
  const following = start(feedOf(db), null)
  await begun(following)
  await db.sql(
    `insert into wms.stock (wh, sku, qty) values ('SH', 'F', 12.5), ('SH', null, 3), ('SH', 'N', -2), ('SH', 'OK', 12)`,
  )
  await hears(following, 1)
  await following.stop()
  assert.deepEqual(following.told(), ['SH/OK=12@1'])
  const faults = following.batches.flatMap((batch) => batch.faults)
  assert.deepEqual(
    faults.map(({ code }) => code),
    ['feed.bad_quantity', 'feed.no_sku', 'feed.negative'],
  )
  assert.equal(faults[0]?.row.qty, '12.500')
})

test('a transaction that is rolled back says nothing, and one of another table only moves the position', async () => {
  await db.sql('create table if not exists wms.other (id int primary key auto_increment, t varchar(2000))')
  const following = start(feedOf(db), null)
  await begun(following)
  const client = await db.client('wms')
  await client.query('start transaction')
  await client.query(`insert into stock (wh, sku, qty) values ('SH', 'never', 1)`)
  await client.query('rollback')
  for (let i = 0; i < 50; i += 1) await client.query(`insert into other (t) values (repeat('x', 1500))`)
  await client.query(`insert into stock (wh, sku, qty) values ('SH', 'after', 1)`)
  await client.end()
  await hears(following, 1)
  await following.stop()
  assert.deepEqual(following.told(), ['SH/after=1@1'])
})

test('times, unsigned 64-bit versions and TIMESTAMP columns read alike in snapshot, sample and log', async () => {
  await db.sql(
    `create table wms.timed (sku varchar(20) primary key, qty int unsigned, at timestamp(6) not null default current_timestamp(6), local datetime(3), big bigint unsigned)`,
  )
  await db.sql(`grant select on wms.timed to reader`)
  const feed = feedOf(db)
  const byStamp = { ...MAPPING, table: 'wms.timed', warehouse: null, reference: null, version: 'at' }
  const byLocal = { ...byStamp, version: 'local' }
  const byBig = { ...byStamp, version: 'big' }
  const followed = [byStamp, byLocal, byBig].map((mapping) => start(feedOf(db), null, undefined, mapping))
  for (const one of followed) await begun(one)
  const client = await db.client('wms')
  await client.query(`set time_zone = '+05:00'`)
  await client.query(
    `insert into timed values ('T', 4294967295 % 1000, '2026-02-11 06:30:12.123456', '2026-02-11 09:30:12.123', 999999999999999999)`,
  )
  await client.end()
  for (const one of followed) await hears(one, 1)
  for (const one of followed) await one.stop()
  const read: string[] = []
  for (const mapping of [byStamp, byLocal, byBig])
    await feed.snapshot?.(
      mapping,
      async (batch) => void read.push(...batch.changes.map(toldAs)),
      AbortSignal.timeout(5_000),
    )
  // 06:30:12.123456 at +05:00 and 09:30:12.123 in Shanghai are 01:30:12 in UTC.
  const micros = Temporal.Instant.from('2026-02-11T01:30:12.123456Z').epochNanoseconds / 1_000n
  const expected = [`/T=295@${micros}`, `/T=295@${(micros / 1_000n) * 1_000n}`, '/T=295@999999999999999999']
  assert.deepEqual(read, expected)
  assert.deepEqual(
    followed.flatMap((one) => one.told()),
    expected,
  )
  const rows = await feed.sample('wms.timed', 10)
  assert.ok(rows.ok)
  assert.equal(rows.value[0]?.at, '2026-02-11 01:30:12.123456Z')
  assert.equal(rows.value[0]?.big, '999999999999999999')
})

test('a zero date is a fault of its row, since nothing tells how new the row is', async () => {
  await db.sql(`create table wms.zero (sku varchar(20) primary key, qty int, at datetime not null)`)
  await db.sql(`grant select on wms.zero to reader`)
  const mapping = { ...MAPPING, table: 'wms.zero', warehouse: null, reference: null, version: 'at' }
  const following = start(feedOf(db), null, undefined, mapping)
  await begun(following)
  const client = await db.client('wms')
  await client.query(`set sql_mode = ''`)
  await client.query(`insert into zero values ('Z', 1, '0000-00-00 00:00:00')`)
  await client.end()
  await until(
    () => following.batches.some(({ faults }) => faults.length > 0),
    () => 'no fault',
  )
  await following.stop()
  assert.deepEqual(
    following.batches.flatMap(({ faults }) => faults.map(({ code, row }) => `${code} ${row.at}`)),
    ['feed.bad_version 0000-00-00 00:00:00'],
  )
})

test('movements: a written one counts once, a changed or deleted one is a fault', async () => {
  await db.sql(
    `create table wms.movement (id bigint primary key auto_increment, sku varchar(20), delta int, doc varchar(20))`,
  )
  await db.sql(`grant select on wms.movement to reader`)
  const mapping: FeedMapping = {
    ...MAPPING,
    mode: 'movements',
    table: 'wms.movement',
    quantity: 'delta',
    warehouse: null,
    version: null,
    id: 'id',
  }
  const following = start(feedOf(db), null, undefined, mapping)
  await begun(following)
  await db.sql(`insert into wms.movement (sku, delta, doc) values ('A', 5, 'PO'), ('A', -2, 'SO')`)
  await db.sql(`update wms.movement set delta = -3 where id = 2`)
  await db.sql(`delete from wms.movement where id = 1`)
  await until(
    () => following.batches.flatMap(({ faults }) => faults).length === 2,
    () => following.told().join(),
  )
  await following.stop()
  assert.deepEqual(following.told(), ['1:A+5', '2:A-2'])
  assert.deepEqual(
    following.batches.flatMap(({ faults }) => faults.map(({ code }) => code)),
    ['mysql_binlog.movement_changed', 'mysql_binlog.movement_deleted'],
  )
})

test('a snapshot under writes, followed from its position, ends in exactly what the table holds', async () => {
  await db.sql('delete from wms.stock')
  const client = await db.client('wms')
  await client.query(`insert into stock (wh, sku, qty) select 'SH', concat('S', seq), 100 from seq_1_to_5000`)
  let writing = true
  const writer = (async () => {
    for (let i = 0; writing; i += 1) {
      await client.query(
        `update stock set qty = qty - 1, ver = ver + 1 where sku = 'S${1 + ((i * 7) % 5000)}'`,
      )
      if (i % 50 === 0) await client.query(`delete from stock where sku = 'S${5000 - i / 50}'`)
    }
  })()
  const figures = new Map<string, number>()
  const versions = new Map<string, bigint>()
  const apply = async (batch: FeedBatch): Promise<void> => {
    assert.ok(batch.changes.length <= 1_000)
    for (const change of batch.changes) {
      assert.ok(change.kind === 'level' && change.version !== null)
      if (change.version < (versions.get(change.sku) ?? 0n)) continue
      versions.set(change.sku, change.version)
      if (change.removed) figures.delete(change.sku)
      else figures.set(change.sku, change.quantity)
    }
  }
  await sleep(50)
  const feed = feedOf(db)
  const read = await feed.snapshot?.(MAPPING, apply, AbortSignal.timeout(20_000))
  assert.ok(read?.ok)
  assert.ok(figures.size > 4_900)
  const following = start(feed, read.value.position, apply)
  await sleep(300)
  writing = false
  await writer
  const truth = await db.sql('select sku, qty from wms.stock')
  const expected = new Map(truth.map((row) => [String(row.sku), Number(row.qty)]))
  await until(
    () =>
      figures.size === expected.size &&
      [...expected].every(([sku, quantity]) => figures.get(sku) === quantity),
    () => `${[...expected].filter(([sku, quantity]) => figures.get(sku) !== quantity).length} differ`,
  )
  await following.stop()
  await client.end()
})

test('the reader is killed at every place, the server too: from the last durable position no change is missing', async () => {
  await db.sql('delete from wms.stock')
  const before = feedOf(db)
  const first = start(before, null)
  await begun(first)
  let position = first.position()
  await first.stop()
  const client = { current: await db.client('wms') }
  const figures = new Map<string, bigint>()
  const durable = async (batch: FeedBatch): Promise<void> => {
    for (const change of batch.changes)
      if (change.kind === 'level' && change.version !== null) {
        const known = figures.get(change.sku) ?? 0n
        assert.ok(
          change.version <= known + 1n,
          `${change.sku}: ${known} then ${change.version}: one is missing`,
        )
        if (change.version > known) figures.set(change.sku, change.version)
      }
    position = batch.position
  }
  for (let i = 0; i < 40; i += 1)
    await client.current.query(`insert into stock (wh, sku, qty, ver) values ('SH', 'K${i}', 1, 1)`)
  for (let round = 0; round < 8; round += 1) {
    let left = round + 1
    const following = start(feedOf(db), position, async (batch) => {
      // The process dies before, or (every other round) after the batch became durable.
      if (batch.changes.length > 0) left -= 1
      if (round % 2 === 0) await durable(batch)
      if (left === 0) throw new Error('killed')
      if (round % 2 === 1) await durable(batch)
    })
    for (let i = 0; i < 40; i += 1) {
      await client.current.query(`update stock set ver = ver + 1, qty = qty + 1 where sku = 'K${i}'`)
      if (i % 8 === 0) await sleep(10)
    }
    if (round === 3) lines.at(-1)?.destroy()
    if (round === 5) {
      await db.stop('SIGKILL')
      await db.start()
      client.current = await db.client('wms')
    }
    await Promise.race([following.ended.catch(() => undefined), sleep(400)])
    await following.stop().catch(() => undefined)
  }
  const last = start(feedOf(db), position, durable)
  await until(
    () => figures.size === 40 && [...figures.values()].every((version) => version === 9n),
    () => [...figures].map(([sku, version]) => `${sku}@${version}`).join(' '),
  )
  await last.stop()
  await client.current.end()
})

test('a server that goes away is an outage, retryable, and following goes on from the position once it is back', async () => {
  const following = start(feedOf(db), null)
  await begun(following)
  const position = following.position()
  await db.stop()
  const error = await following.ended.then(
    () => null,
    (given: unknown) => given,
  )
  assert.ok(error instanceof Outage && error.retryable, String(error))
  await assert.rejects(
    async () => await start(feedOf(db), position).ended,
    (one) => one instanceof Outage && one.code === 'http.unreachable',
  )
  await db.start()
  await db.sql(`insert into wms.stock (wh, sku, qty) values ('SH', 'back', 4)`)
  const again = start(feedOf(db), position)
  await hears(again, 1)
  await again.stop()
  assert.deepEqual(again.told(), ['SH/back=4@1'])
})

test('a slow sink holds the line back; nothing is lost and no batch is larger than 1,000', async () => {
  const one = start(feedOf(db), null, async ({ changes }) => {
    if (changes.length > 0) await sleep(20)
  })
  await begun(one)
  await db.sql(
    `insert into wms.stock (wh, sku, qty) select 'BJ', concat('Q', seq), seq from wms.seq_1_to_20000`,
  )
  await until(
    () => one.changes().length === 20_000,
    () => `${one.changes().length}`,
  )
  await one.stop()
  const sizes = one.batches.map(({ changes }) => changes.length)
  assert.ok(Math.max(...sizes) <= 1_000, `${Math.max(...sizes)}`)
  assert.equal(new Set(one.told()).size, 20_000)
})

test('2,000 changes a second for five seconds: every one arrives, with the lag from commit to sink', async () => {
  // A warehouse whose disk is faster than this machine's: the server's own speed is not what is tried.
  const fast = await warehouse({ more: ['sync_binlog=0', 'innodb_flush_log_at_trx_commit=2'] })
  await fast.sql(
    `insert into wms.stock (wh, sku, qty, ver) select 'SH', concat('L', seq), 0, 0 from wms.seq_1_to_200`,
  )
  // The version is the writer's clock, so that the sink can say how old a change is.
  const lags: number[] = []
  const one = start(feedOf(fast), null, async ({ changes }) => {
    const now = Temporal.Now.instant().epochNanoseconds / 1_000n
    for (const change of changes)
      if (change.kind === 'level' && change.version !== null) lags.push(Number(now - change.version) / 1_000)
    // What a hub's transaction takes.
    if (changes.length > 0) await sleep(5)
  })
  await begun(one)
  const writers = await Promise.all([1, 2, 3, 4].map(() => fast.client('wms')))
  const from = performance.now()
  let written = 0
  const RATE = 2_000
  const TOTAL = 10_000
  await Promise.all(
    writers.map(async (client) => {
      while (written < TOTAL) {
        if (written > ((performance.now() - from) / 1_000) * RATE) {
          await sleep(1)
          continue
        }
        const i = written
        written += 1
        const at = Temporal.Now.instant().epochNanoseconds / 1_000n
        await client.query(`update stock set qty = qty + 1, ver = ${at} where sku = 'L${1 + (i % 200)}'`)
      }
    }),
  )
  const seconds = (performance.now() - from) / 1_000
  await until(
    () => lags.length >= TOTAL,
    () => `${lags.length} of ${TOTAL}`,
  )
  for (const client of writers) await client.end()
  await one.stop()
  lags.sort((a, b) => a - b)
  const at = (share: number): string => `${(lags[Math.floor(lags.length * share)] ?? 0).toFixed(1)} ms`
  process.stdout.write(
    `capture: ${(TOTAL / seconds).toFixed(0)} changes/s; statement to sink p50 ${at(0.5)}, p99 ${at(0.99)}, most ${at(0.9999)}\n`,
  )
  assert.ok((lags[Math.floor(lags.length * 0.99)] ?? 0) < 1_000)
})
