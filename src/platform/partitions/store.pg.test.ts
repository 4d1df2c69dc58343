import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Database, openDatabase } from '#platform/postgres/database.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { type Arrival, claimTasks, keepArrivals } from '../inbox/store.ts'
import { writeJournal } from '../journal/store.ts'
import { ensurePartitions, prunePartitions } from './store.ts'

let database: FreshDatabase
let sql: Database
const TODAY = Temporal.PlainDate.from('2026-11-11')

before(async () => {
  database = await freshDatabase()
  // The server's zone must not matter: a hub's own has none, somebody else's may be anywhere.
  const [row] = await database.sql<{ name: string }>`select current_database() as name`
  await database.sql.raw(`alter database ${row?.name} set timezone to 'Pacific/Honolulu'`)
  sql = openDatabase({ url: database.url })
  await ensurePartitions(sql, TODAY, 5)
})
after(async () => {
  await sql.end()
  await database.close()
})

function arrival(at: string): Arrival {
  return {
    connection: 'shop',
    lane: 'shop',
    transport: 'http',
    topic: 'orders/create',
    dedupKey: at,
    orderNo: null,
    headers: '{}',
    body: Buffer.from('{}'),
    verdict: 'accepted',
    refusalCode: null,
    refusalDetail: null,
    responseStatus: 200,
    responseBody: '',
    receivedAt: Temporal.Instant.from(at),
    latencyUs: 1,
  }
}

test('several processes may make the same partitions at once', async () => {
  const day = TODAY.add({ days: 1 })
  await Promise.all([1, 2, 3].map(() => ensurePartitions(sql, day)))
  const [row] = await sql<{ count: bigint }>`
    select count(*) as count from pg_inherits where inhparent = 'inbox_message'::regclass`
  // Five days back, today, three ahead, and one more day ahead of tomorrow; the template has those of its own making.
  assert.ok(Number(row?.count) >= 10)
})

test('pruning drops whole days before the line, with their keys and tasks, and keeps the line itself', async () => {
  const old = ['2026-11-07T00:00:00Z', '2026-11-08T23:59:59.999Z']
  const kept = ['2026-11-09T00:00:00Z', '2026-11-09T09:59:00Z', '2026-11-11T08:00:00Z']
  await keepArrivals(sql, [...old, ...kept].map(arrival))
  await writeJournal(
    sql,
    [{ kind: 'x', orderId: 1n, data: {} }],
    Temporal.Instant.from('2026-11-08T12:00:00Z'),
  )
  await writeJournal(
    sql,
    [{ kind: 'y', orderId: 1n, data: {} }],
    Temporal.Instant.from('2026-11-09T12:00:00Z'),
  )

  const dropped = await prunePartitions(sql, TODAY.subtract({ days: 2 }))
  assert.ok(dropped.includes('inbox_message_20261108'))
  assert.ok(dropped.includes('journal_20261108'))
  assert.ok(
    dropped.every((name) => name.slice(-8) < '20261109'),
    dropped.join(),
  )

  const messages = await sql<{ dedup_key: string }>`select dedup_key from inbox_message order by received_at`
  assert.deepEqual(
    messages.map((row) => row.dedup_key),
    kept,
  )
  const [keys] = await sql<{ count: bigint }>`select count(*) as count from inbox_key`
  assert.equal(keys?.count, 3n)
  const tasks = await sql.begin((tx) => claimTasks(tx, { lane: 'shop', limit: 100, concurrency: 1 }))
  assert.deepEqual(
    tasks.map((task) => task.dedupKey),
    kept,
    'what is kept is still to be read',
  )
  const [left] = await sql<{ count: bigint }>`select count(*) as count from inbox_task`
  assert.equal(left?.count, 3n)
  const journal = await sql<{ kind: string }>`select kind from journal`
  assert.deepEqual(
    journal.map((row) => row.kind),
    ['y'],
  )
})

test('a message of a pruned day that comes again is new; one of a kept day is a duplicate', async () => {
  const verdicts = await keepArrivals(sql, [
    { ...arrival('2026-11-11T09:00:00Z'), dedupKey: '2026-11-07T00:00:00Z' },
    { ...arrival('2026-11-11T09:00:00Z'), dedupKey: '2026-11-09T00:00:00Z' },
  ])
  assert.deepEqual(
    verdicts.map((kept) => kept.verdict),
    ['accepted', 'duplicate'],
  )
})
