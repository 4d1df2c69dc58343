import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Outage } from '#kernel/outage.ts'
import { int8Array } from '#platform/postgres/arrays.ts'
import { openDatabase, type Sql } from '#platform/postgres/database.ts'
import { until } from '#test-support/hub.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import type { AlarmSignal } from '../alarms/store.ts'
import { ensurePartitions } from '../partitions/store.ts'
import { type FollowDeps, type Follower, followJournal } from './follow.ts'
import { type JournalRow, writeJournal } from './store.ts'
import { watchReaders } from './watch-readers.ts'

let database: FreshDatabase
let followers: Follower[] = []
let errors: unknown[] = []

before(async () => {
  database = await freshDatabase({ connections: 14 })
  await ensurePartitions(database.sql, Temporal.Now.plainDateISO('UTC'))
  // What a handler does, in its own transaction: a second time for one row would fail by the key.
  await database.sql.raw('create table handled (name text, id bigint, at bigserial, primary key (name, id))')
})
beforeEach(async () => {
  errors = []
  await database.sql.raw('truncate journal, journal_reader, journal_skipped, handled, alarm cascade')
})
afterEach(async () => {
  await Promise.all(followers.map((one) => one.stop()))
  followers = []
})
after(async () => await database.close())

const noted =
  (name: string): FollowDeps['handler'] =>
  async (tx, rows) => {
    await tx`insert into handled (name, id) select ${name}, id from unnest(${int8Array(rows.map((row) => row.id))}::bigint[]) as id`
  }

async function follow(more: Partial<FollowDeps> = {}): Promise<Follower> {
  const follower = await followJournal({
    db: database.sql,
    name: 'a',
    batch: 50,
    handler: noted('a'),
    onError: (error) => errors.push(error),
    ...more,
  })
  followers.push(follower)
  return follower
}

const write = (sql: Sql, count = 1, kind = 'order'): Promise<void> =>
  writeJournal(
    sql,
    Array.from({ length: count }, (_, i) => ({ kind, orderId: BigInt(i), data: { i } })),
    Temporal.Now.instant(),
  )

async function missing(name = 'a'): Promise<number> {
  const [row] = await database.sql<{ count: bigint }>`
    select count(*) as count from journal where id not in (select id from handled where name = ${name})`
  return Number(row?.count ?? -1n)
}

test('what committed late with a smaller id is read all the same, and only once', async () => {
  const follower = await follow()
  let release = (): void => undefined
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const slow = database.sql.begin(async (tx) => {
    await write(tx)
    await held
  })
  await until(
    async () =>
      (
        await database.sql`select 1 from pg_stat_activity where state = 'idle in transaction' and backend_xid is not null`
      ).length > 0,
    () => 'the slow writer has not begun',
    2,
  )
  await write(database.sql, 3)
  await sleep(60)
  release()
  await slow
  await follower.caughtUp()
  assert.equal(await missing(), 0)
  const order = await database.sql<{ id: bigint }>`select id from handled order by at`
  assert.deepEqual(
    order.map((row) => row.id),
    order.map((row) => row.id).toSorted((a, b) => Number(a - b)),
    'nothing was read past the open transaction',
  )
  assert.deepEqual(errors, [])
})

test('forty writers with transactions of all lengths, two processes following: nothing is lost or doubled', async () => {
  const first = await follow({ batch: 7 })
  await follow({ batch: 7 })
  await Promise.all(
    Array.from({ length: 40 }, (_, i) =>
      sleep((i * 7) % 50).then(() =>
        database.sql
          .begin(async (tx) => {
            if (i % 3 === 0) await write(tx, 2)
            await sleep((i * 13) % 90)
            await write(tx, 1 + (i % 5))
            if (i % 8 === 7) throw new Outage('test.rolled_back', 'this writer gives up')
          })
          .catch((error: unknown) => assert.ok(error instanceof Outage)),
      ),
    ),
  )
  await first.caughtUp()
  assert.equal(await missing(), 0)
  const [count] = await database.sql<{ count: bigint }>`select count(*) as count from journal`
  assert.ok((count?.count ?? 0n) > 100n)
  assert.deepEqual(errors, [])
})

test('a process killed in the middle of a batch has done nothing; the next one does it', async () => {
  const own = openDatabase({ url: database.url, connections: 3, applicationName: 'follower to kill' })
  let inside = 0
  const killed = await follow({
    db: own,
    handler: async (tx, rows) => {
      inside += rows.length
      await noted('a')(tx, rows)
      await tx`select pg_sleep(30)`
    },
  })
  await write(database.sql, 5)
  await until(
    async () => inside === 5,
    () => `inside ${inside}`,
    5,
  )
  await sleep(30)
  await database.sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'follower to kill'`
  await killed.stop()
  await own.end()
  followers = []
  assert.equal(await missing(), 5, 'its half-done batch is gone with it')
  const next = await follow()
  await next.caughtUp()
  assert.equal(await missing(), 0)
})

test('one row that always fails is found by halving, told, kept and left behind; all others are handled', async () => {
  await write(database.sql, 20)
  const [bad] = await database.sql<{ id: bigint }>`select id from journal order by id offset 11 limit 1`
  const handler: FollowDeps['handler'] = async (tx, rows: readonly JournalRow[]) => {
    if (rows.some((row) => row.id === bad?.id)) throw new Error('cannot be done')
    await noted('a')(tx, rows)
  }
  const follower = await follow({ from: 'beginning', handler, attempts: 2 })
  await follower.caughtUp()
  assert.equal(await missing(), 1)
  const skipped = await database.sql<{
    journal_id: bigint
    words: string
  }>`select journal_id, words from journal_skipped`
  assert.deepEqual(skipped, [{ journal_id: bad?.id, words: 'cannot be done' }])
  const [alarm] = await database.sql<{
    rule: string
    subject: string
    zh: string
  }>`select rule, subject, zh from alarm`
  assert.equal(alarm?.rule, 'journal.reader_stuck')
  assert.equal(alarm?.subject, 'a')
  assert.match(alarm?.zh ?? '', /连续失败 2 次/)
  await write(database.sql, 3)
  await follower.caughtUp()
  assert.equal(await missing(), 1)
})

test('a new reader starts at the end or at the beginning, and goes on where it was', async () => {
  await write(database.sql, 4)
  // A transaction of another test's database that is still open holds back where the end is.
  await until(
    async () =>
      (await database.sql`select 1 from journal where xact >= pg_snapshot_xmin(pg_current_snapshot())`)
        .length === 0,
    () => 'nothing older is open',
  )
  const late = await follow({ name: 'late', handler: noted('late') })
  const early = await follow({ name: 'early', handler: noted('early'), from: 'beginning' })
  await write(database.sql, 2)
  await Promise.all([late.caughtUp(), early.caughtUp()])
  assert.equal(await missing('late'), 4)
  assert.equal(await missing('early'), 0)
  await early.stop()
  await write(database.sql, 2)
  const again = await follow({ name: 'early', handler: noted('early'), from: 'end' })
  await again.caughtUp()
  assert.equal(await missing('early'), 0)
})

test('a database restored from a dump counts transactions anew: no unread row is missed', async () => {
  await write(database.sql, 6)
  await database.sql.raw(`update journal set xact = (5000000000 + id)::text::xid8`)
  const rows = await database.sql<{ id: bigint }>`select id from journal order by id`
  const read = rows.slice(0, 4).map((row) => row.id)
  await database.sql`insert into handled (name, id) select 'a', id from unnest(${int8Array(read)}::bigint[]) as id`
  await database.sql`insert into journal_reader (name, last_xact, last_id)
    select 'a', xact, id from journal where id = ${read.at(-1) ?? 0n}`
  const follower = await follow()
  await write(database.sql, 2)
  await follower.caughtUp()
  assert.equal(await missing(), 0)
  assert.equal(errors.length, 1, 'it says that the database was restored')
})

test('stopping does not wait for a pass that hangs', async () => {
  const hanging = openDatabase({ url: database.url, connections: 2, applicationName: 'follower that hangs' })
  let inside = false
  let letGo = (): void => undefined
  const held = new Promise<void>((resolve) => {
    letGo = resolve
  })
  const follower = await follow({
    db: hanging,
    name: 'hangs',
    stopWithinMs: 50,
    handler: async () => {
      inside = true
      await held
    },
  })
  followers = []
  await write(database.sql)
  await until(
    async () => inside,
    () => 'the pass has not begun',
    5,
  )
  const outcome = await Promise.race([follower.stop().then(() => 'stopped'), sleep(3_000, 'waits')])
  letGo()
  assert.equal(outcome, 'stopped')
  assert.match(String(errors[0]), /hung and was left/)
  await sleep(50)
  await hanging.end()
})

test('a reader that lags is told once its oldest unread row is a minute old, and no other one', async () => {
  const told: { subject: string; oldest: unknown }[] = []
  const alarms = {
    settle: async (_rule: string, signals: readonly AlarmSignal[]): Promise<void> => {
      told.splice(0)
      told.push(...signals.map((one) => ({ subject: one.subject, oldest: one.evidence.oldestSeconds })))
    },
  }
  const quick = await follow({ name: 'quick', handler: noted('quick') })
  const slow = await follow({ name: 'slow', handler: noted('slow') })
  await slow.stop()
  await write(database.sql, 2)
  await quick.caughtUp()
  await watchReaders(database.sql, alarms, ['quick', 'slow'])
  assert.equal(told.length, 0, 'a few moments are no lag')
  await database.sql.raw(`update journal set at = at - interval '61 seconds'`)
  await watchReaders(database.sql, alarms, ['quick', 'slow'])
  assert.deepEqual(
    told.map(({ subject }) => subject),
    ['slow'],
  )
  assert.ok(Number(told[0]?.oldest) >= 61 && Number(told[0]?.oldest) < 180, JSON.stringify(told))
  await watchReaders(database.sql, alarms, ['quick'])
  assert.deepEqual(told, [], 'nobody runs it any more')
  const again = await follow({ name: 'slow', handler: noted('slow') })
  await again.caughtUp()
  await watchReaders(database.sql, alarms, ['quick', 'slow'])
  assert.deepEqual(told, [])
})

test('a reader that takes a few kinds is given only those, and passes over the others for good', async () => {
  const given: { kind: string; data: unknown }[] = []
  const follower = await follow({
    kinds: ['order.', 'plan.changed'],
    handler: async (_tx, rows) => void given.push(...rows.map(({ kind, data }) => ({ kind, data }))),
  })
  for (const kind of ['parcels.touched', 'order.changed', 'order_stock.changed', 'plan.changed', 'orders'])
    await write(database.sql, 1, kind)
  await follower.caughtUp()
  assert.deepEqual(given, [
    { kind: 'order.changed', data: { i: 0 } },
    { kind: 'plan.changed', data: { i: 0 } },
  ])
  await follower.stop()
  let again = 0
  const all = await follow({
    handler: async (_tx, rows) => {
      again += rows.length
    },
  })
  await all.caughtUp()
  assert.equal(again, 0, 'its place is behind what it does not take')
})
