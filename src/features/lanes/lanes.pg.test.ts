import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { SYSTEM } from '#features/identity/index.ts'
import { manualClock, systemClock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import { openIntake } from '#platform/inbox/intake.ts'
import { requeueRecorded } from '#platform/inbox/recorded.ts'
import { type Arrival, keepArrivals } from '#platform/inbox/store.ts'
import { ensurePartitions } from '#platform/partitions/store.ts'
import { openDatabase, type Sql } from '#platform/postgres/database.ts'
import { until } from '#test-support/hub.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { changeLane, laneDirectory, openDepthWatch, openMinuteCounter } from './index.ts'
import { lanesSweep } from './prune-minutes.ts'
import { readMinutes } from './store.ts'

let database: FreshDatabase
before(async () => {
  database = await freshDatabase()
  await ensurePartitions(database.sql, Temporal.Now.plainDateISO('UTC'))
})
after(async () => await database.close())

const arrival = (lane: string, key: string): Arrival => ({
  connection: 'shop',
  lane,
  transport: 'http',
  topic: 't',
  dedupKey: key,
  orderNo: null,
  headers: '{}',
  body: Buffer.from('{}'),
  verdict: 'accepted',
  refusalCode: null,
  refusalDetail: null,
  responseStatus: 200,
  responseBody: '',
  receivedAt: systemClock.now(),
  latencyUs: 1,
})
const codeOf = async (work: Promise<unknown>): Promise<string> =>
  await work.then(
    () => 'ok',
    (error: unknown) => (error instanceof Outage ? error.code : String(error)),
  )

test('a change reaches the other processes within a second', async () => {
  const other = openDatabase({ url: database.url, connections: 2 })
  const connections = () => [{ id: 'shop', kind: 'pinduoduo', name: 'shop' }]
  const here = laneDirectory({ db: database.sql, connections })
  const there = laneDirectory({ db: other, connections })
  await Promise.all([here.start(), there.start()])
  try {
    const deps = { db: database.sql, clock: systemClock, lanes: here, audit: async () => undefined }
    assert.equal(there.configOf('shop').weight, 10)
    const changed = await changeLane(deps, SYSTEM, 'shop', { weight: 99 })
    assert.ok(changed.ok)
    assert.equal(here.configOf('shop').weight, 99)
    await until(
      async () => there.configOf('shop').weight === 99,
      () => 'the other process still has 10',
      1,
    )
  } finally {
    await Promise.all([here.stop(), there.stop()])
    await other.end()
  }
})

test('a lane above its depth takes no more until it drained; the others do not notice', async () => {
  const configOf = (lane: string) => ({
    class: 'low_latency' as const,
    weight: 10,
    concurrency: 8,
    depthLimit: lane === 'deep' ? 5 : 1_000,
    alarmDepth: 1,
  })
  const depths = openDepthWatch({ db: database.sql, configOf })
  const lanes = { laneOf: (id: string) => id, configOf, isFull: depths.isFull }
  const intake = openIntake({ db: database.sql, maxBatch: 100, maxQueue: 1_000, lanes })
  try {
    await keepArrivals(
      database.sql,
      Array.from({ length: 6 }, (_, i) => arrival('deep', `d${i}`)),
    )
    await depths.look()
    assert.equal(await codeOf(intake.keep(arrival('deep', 'd7'))), 'lane.full')
    assert.equal(await codeOf(intake.keep(arrival('other', 'o1'))), 'ok')
    const forged = { ...arrival('deep', ''), verdict: 'rejected' as const }
    assert.equal(await codeOf(intake.keep(forged)), 'ok', 'a refusal is still put on record')
    await database.sql`delete from inbox_task where lane = 'deep' and message_id in (select message_id from inbox_task where lane = 'deep' limit 1)`
    await depths.look()
    assert.equal(await codeOf(intake.keep(arrival('deep', 'd7'))), 'ok')
  } finally {
    await depths.stop()
  }
})

test('one lane holds at most as much of the queue as is left for the others', async () => {
  const never = (() => new Promise(() => undefined)) as unknown as Sql
  const intake = openIntake({ db: never, maxBatch: 1, maxQueue: 100 })
  const keep = async (lane: string, count: number): Promise<string[]> => {
    const refused: string[] = []
    for (let i = 0; i < count; i += 1)
      void codeOf(intake.keep(arrival(lane, `${lane}${i}`))).then((code) => refused.push(code))
    await new Promise((resolve) => setImmediate(resolve))
    return refused
  }
  const flood = await keep('flood', 500)
  assert.equal(flood.length, 450, 'half of the hundred places')
  assert.ok(flood.every((code) => code === 'lane.full'))
  // One message of the flood is being written by now and waits no more: 51 places are free.
  const second = await keep('second', 500)
  assert.equal(500 - second.length, 26)
  assert.deepEqual(await keep('quiet', 5), [], 'there is still room')
})

test('a commit of a flood does not hold up a lane of low latency', async () => {
  const writes: string[][] = []
  const db = (async (_: TemplateStringsArray, connections: unknown) => {
    void connections
    writes.push(['batch'])
    return await new Promise(() => undefined)
  }) as unknown as Sql
  const configOf = (lane: string) => ({
    class: lane === 'flood' ? ('high_throughput' as const) : ('low_latency' as const),
    weight: 10,
    concurrency: 8,
    depthLimit: 100,
    alarmDepth: 1,
  })
  const lanes = { laneOf: (id: string) => id, configOf, isFull: () => false }
  const intake = openIntake({ db, maxBatch: 100, maxQueue: 1_000, lanes })
  const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
  for (let i = 0; i < 10; i += 1) void intake.keep(arrival('flood', `f${i}`))
  await turn()
  for (let i = 10; i < 20; i += 1) void intake.keep(arrival('flood', `f${i}`))
  await turn()
  assert.equal(writes.length, 1, 'the flood’s next batch gathers while its first is written')
  void intake.keep(arrival('quiet', 'q'))
  await turn()
  assert.equal(writes.length, 2)
  assert.equal(intake.depth(), 10)
})

test('traffic is added up over processes, survives an outage in memory and is pruned by days', async () => {
  const clock = manualClock(Temporal.Instant.from('2026-11-11T08:00:10Z'))
  let away = false
  const flaky = (async (text: TemplateStringsArray, ...values: never[]) => {
    if (away) throw new Outage('database.unreachable', 'gone')
    return await database.sql(text, ...values)
  }) as Sql
  const problems: unknown[] = []
  const one = openMinuteCounter({ db: flaky, clock, onProblem: (error) => void problems.push(error) })
  const two = openMinuteCounter({ db: database.sql, clock })
  one.add('a', { arrived: 3 })
  one.add('a', { interpreted: 2, parked: 1 })
  two.add('a', { arrived: 4, refused: 5 })
  await two.flush()
  away = true
  await assert.rejects(one.flush(), Outage)
  clock.advance({ seconds: 60 })
  one.add('a', { arrived: 1 })
  away = false
  await one.stop()
  await two.stop()
  const since = Temporal.Instant.from('2026-11-11T00:00:00Z')
  assert.deepEqual(
    (await readMinutes(database.sql, since)).map(({ minute, ...rest }) => ({
      ...rest,
      minute: minute.toString(),
    })),
    [
      { lane: 'a', minute: '2026-11-11T08:00:00Z', arrived: 7, interpreted: 2, parked: 1, refused: 5 },
      { lane: 'a', minute: '2026-11-11T08:01:00Z', arrived: 1, interpreted: 0, parked: 0, refused: 0 },
    ],
  )
  clock.advance({ seconds: 8 * 86_400 - 30 })
  await lanesSweep({ db: database.sql, clock }).run()
  assert.equal((await readMinutes(database.sql, since)).length, 1, 'the older of the two minutes is gone')
})

test('what is read again waits in its connection’s lane of today, what is parked stays where it is', async () => {
  const { sql } = database
  await sql`delete from inbox_task`
  await sql`insert into connection (id, kind, name, secrets, callback_token) values ('shop', 'file', 'shop', '\\x00', 't')`
  await sql`insert into lane_of_connection (connection_id, lane) values ('shop', 'express')`
  await keepArrivals(sql, [arrival('shop', 'read'), arrival('shop', 'parked')])
  await sql`delete from inbox_task t using inbox_message m where m.id = t.message_id and m.dedup_key = 'read'`
  await sql`update inbox_task set state = 'parked', park_code = 'x'`
  await requeueRecorded(sql, { connections: ['shop'] })
  const tasks = await sql`
    select m.dedup_key, t.lane, t.state from inbox_task t join inbox_message m on m.id = t.message_id
    where m.dedup_key in ('read', 'parked') order by 1`
  assert.deepEqual(tasks, [
    { dedup_key: 'parked', lane: 'shop', state: 'pending' },
    { dedup_key: 'read', lane: 'express', state: 'pending' },
  ])
})
