import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import type { Calls, Connector } from '#domain/connector.ts'
import { manualClock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, refuse } from '#kernel/result.ts'
import { openAlarms } from '#platform/alarms/alarms.ts'
import { ensurePartitions } from '#platform/partitions/store.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { readWorkers, startScaling } from './scale-workers.ts'
import { COUNTED_MOST, countLanes, readHistory, saveSamples } from './store.ts'
import { readQueueStates, type WatchDeps, watchBacklog, watchQueues } from './watch.ts'

let db: FreshDatabase
const START = Temporal.Instant.from('2026-11-11T08:00:30Z')
const clock = manualClock(START)
let queueDepth: NonNullable<Calls['queueDepth']>
let told: string[] = []

before(async () => {
  db = await freshDatabase()
  await ensurePartitions(db.sql, START.toZonedDateTimeISO('UTC').toPlainDate())
})
beforeEach(async () => {
  for (const table of ['inbox_task', 'lane_minute', 'backlog_sample', 'alarm cascade'])
    await db.sql.raw(`truncate ${table}`)
  clock.set(START)
  told = []
  queueDepth = async () => ok({ ready: 3, deadLetters: 1 })
})
after(() => db.close())

const connector = {
  kind: 'rabbitmq',
  stream: async () => undefined,
  calls: () => ({ test: async () => ok({ words: '' }), queueDepth: () => queueDepth() }),
} as unknown as Connector

const deps = (): WatchDeps => ({
  db: db.sql,
  clock,
  alarms: openAlarms({ db: db.sql, clock, onUnstored: () => assert.fail('the database is there') }),
  limits: { oldSeconds: 120, deadLetters: 50, queueDepth: 500 },
  alarmDepthOf: (lane) => (lane === 'small' ? 10 : 500),
  titleOf: (lane) => lane,
  connections: () => [
    { id: 'mq', name: 'ERP', paused: false, connector, settings: { queue: 'orders' } },
    { id: 'off', name: 'paused', paused: true, connector, settings: {} },
  ],
  callsFor: () => ({}) as never,
  onError: (error) => void told.push(String((error as Error).message)),
})

let number = 0
/** `count` tasks of a lane, received `ago` seconds before now. */
async function tasks(
  lane: string,
  count: number,
  more: { ago?: number; parked?: string; replay?: boolean } = {},
): Promise<void> {
  const first = number + 1
  number += count
  const at = clock.now().subtract({ seconds: more.ago ?? 1 })
  await db.sql`
    insert into inbox_task (message_id, received_at, lane, replay, state, park_code, parked_at)
    select n, ${at}, ${lane}, ${more.replay ?? false}, ${more.parked === undefined ? 'pending' : 'parked'}, ${more.parked ?? null},
      ${more.parked === undefined ? null : at}
    from generate_series(${first}::bigint, ${number}::bigint) as n`
}
const traffic = async (lane: string, ago: number, arrived: number, interpreted: number): Promise<void> => {
  const ms = clock.now().epochMilliseconds - ago * 60_000
  const minute = Temporal.Instant.fromEpochMilliseconds(ms - (ms % 60_000))
  await db.sql`insert into lane_minute (lane, minute, arrived, interpreted) values (${lane}, ${minute}, ${arrived}, ${interpreted})`
}
const openAlarmsNow = async (): Promise<string[]> =>
  (
    await db.sql<{ rule: string; subject: string }>`
      select rule, subject from alarm where state <> 'resolved' order by rule, subject`
  ).map(({ rule, subject }) => `${rule} ${subject}`)

test('lanes are counted with their parked messages, and a replay’s old receipt is no delay', async () => {
  await tasks('a', 3, { ago: 40 })
  await tasks('a', 2, { ago: 86_400, replay: true })
  await tasks('a', 4, { parked: 'x.y' })
  await tasks('b', 5, { ago: 9_000, replay: true })
  await tasks('c', 1, { parked: 'x.y' })
  const counts = (await countLanes(db.sql)).map(({ lane, pending, dead, oldest }) => [
    lane,
    pending,
    dead,
    oldest === null ? null : clock.now().since(oldest).total('seconds'),
  ])
  assert.deepEqual(counts, [
    ['a', 5, 4, 40],
    ['b', 5, 0, null],
    ['c', 0, 1, null],
  ])
})

test('a flood costs no more than the count’s limit: answered from the index, no whole read of the tasks', async () => {
  // One connection, so that the figures of what was read are its own.
  const own = await freshDatabase({ connections: 1 })
  try {
    await own.sql.raw(`insert into inbox_task (message_id, received_at, lane)
      select n, now(), case when n > 250000 then 'quiet' else 'flood' end from generate_series(1, 250003) as n`)
    await own.sql.raw('vacuum analyze inbox_task')
    const readWhole = async (): Promise<bigint> => {
      await own.sql`select pg_stat_force_next_flush()`
      const [row] = await own.sql<{ reads: bigint }>`
        select seq_tup_read as reads from pg_stat_user_tables where relname = 'inbox_task'`
      return row?.reads ?? 0n
    }
    const before = await readWhole()
    const counts = await countLanes(own.sql)
    assert.deepEqual(
      counts.map(({ lane, pending }) => [lane, pending]),
      [
        ['flood', COUNTED_MOST],
        ['quiet', 3],
      ],
    )
    assert.equal(await readWhole(), before, 'the tasks were read whole')
  } finally {
    await own.close()
  }
})

test('depth, age and dead letters open alarms that resolve by themselves, with room between', async () => {
  await tasks('taobao', 501, { ago: 121 })
  await tasks('small', 11)
  await tasks('taobao', 51, { parked: 'mapping.unknown_code' })
  await traffic('taobao', 0, 300, 30)
  // Groups name their newest message, which these tasks have none of.
  await db.sql.raw(`insert into inbox_message (id, received_at, connection_id, transport, topic, dedup_key, headers, body, verdict,
    response_status, response_body, latency_us) overriding system value
    select message_id, received_at, lane, 'http', 't', message_id::text, '{}', '', 'accepted', 200, '', 1 from inbox_task where state = 'parked'`)
  await watchBacklog(deps())
  assert.deepEqual(await openAlarmsNow(), [
    'backlog.dead_letters mapping.unknown_code',
    'backlog.deep small',
    'backlog.deep taobao',
    'backlog.old taobao',
  ])
  const [{ words, evidence } = { words: '', evidence: {} }] = await db.sql<{
    words: string
    evidence: Record<string, unknown>
  }>`select zh as words, evidence from alarm where rule = 'backlog.deep' and subject = 'taobao'`
  assert.match(words, /积压 501 条（上限 500）/)
  // 300 came and 30 went in the 150 s since 07:58:00.
  assert.deepEqual([evidence.arrival, evidence.drain, evidence.secondsToEmpty], [2, 0.2, null])
  await db.sql.raw(
    `delete from inbox_task where lane = 'small' or (lane = 'taobao' and state = 'pending' and message_id % 3 = 0)`,
  )
  await db.sql.raw(`delete from inbox_task where state = 'parked'`)
  await watchBacklog(deps())
  assert.deepEqual(
    await openAlarmsNow(),
    ['backlog.deep taobao', 'backlog.old taobao'],
    '334 is not well below 500',
  )
  await db.sql.raw(`delete from inbox_task where message_id % 3 = 1`)
  await db.sql`update inbox_task set received_at = ${clock.now()}`
  await watchBacklog(deps())
  assert.deepEqual(await openAlarmsNow(), [])
})

test('samples keep the deepest of each quarter of a minute, are told by steps, and go after a day', async () => {
  const sample = (depth: number) =>
    saveSamples(db.sql, [{ subject: 'lane:a', depth, dead: 0, oldestSeconds: 1 }], clock.now())
  await sample(5)
  clock.advance({ seconds: 5 })
  await sample(9)
  clock.advance({ seconds: 5 })
  await sample(2)
  clock.advance({ seconds: 10 })
  await sample(1)
  const depths = async (step: number) =>
    (await readHistory(db.sql, 'lane:a', START.subtract({ hours: 1 }), step)).map((row) => row.depth)
  assert.deepEqual(await depths(15), [9, 1])
  assert.deepEqual(await depths(60), [9])
  clock.advance({ hours: 25 })
  await watchBacklog(deps())
  assert.deepEqual(await depths(15), [])
})

test('an outside queue is watched: depth, dead letters and trend, and its silence is an alarm of its own', async () => {
  await watchQueues(deps())
  await watchBacklog(deps())
  assert.deepEqual(await openAlarmsNow(), [])
  queueDepth = async () => ok({ ready: 600, deadLetters: 60 })
  clock.advance({ seconds: 15 })
  await watchQueues(deps())
  await watchBacklog(deps())
  assert.deepEqual(await openAlarmsNow(), ['backlog.dead_letters queue:mq', 'backlog.queue_deep mq'])
  const [state] = await readQueueStates(deps(), clock.now())
  // From 3 to 600 within 15 s.
  assert.ok(Math.abs((state?.growth ?? 0) - 597 / 15) < 1e-9)
  queueDepth = async () => {
    throw new Outage('http.unreachable', 'gone')
  }
  for (let i = 0; i < 12; i += 1) {
    clock.advance({ seconds: 15 })
    await watchQueues(deps())
  }
  await watchBacklog(deps())
  assert.ok(!(await openAlarmsNow()).includes('backlog.queue_unseen mq'), 'not before three minutes')
  queueDepth = async () => refuse('rabbitmq.queue_missing', 'there is no queue of this name')
  clock.advance({ seconds: 16 })
  await watchQueues(deps())
  await watchBacklog(deps())
  assert.ok((await openAlarmsNow()).includes('backlog.queue_unseen mq'))
  assert.ok(told.includes('rabbitmq.queue_missing: there is no queue of this name'))
  queueDepth = async () => ok({ ready: 0, deadLetters: 0 })
  clock.advance({ seconds: 15 })
  await watchQueues(deps())
  await watchBacklog(deps())
  assert.deepEqual(await openAlarmsNow(), [])
})

test('SY9: above the limit every process goes to its cap, and back down once it is drained', async () => {
  const sizes = new Map([
    ['one', 2],
    ['two', 1],
  ])
  let now = 0
  const begin = (process: string, floor: number, cap: number) =>
    startScaling({
      db: db.sql,
      clock,
      process,
      bounds: { floor, cap },
      alarmDepthOf: () => 500,
      workers: { setTarget: (count) => void sizes.set(process, count), size: () => sizes.get(process) ?? 0 },
      onChange: (from, to) => void told.push(`${process} ${from}>${to}`),
      onError: (error) => assert.fail(String(error)),
      nowMs: () => now,
    })
  const both = [begin('one', 2, 4), begin('two', 1, 3)]
  const look = async (ms: number): Promise<void> => {
    now += ms
    for (const one of both) await one.look()
  }
  try {
    await tasks('taobao', 500)
    await look(2_000)
    assert.deepEqual(told, [])
    await tasks('taobao', 1)
    await look(2_000)
    assert.deepEqual(await readWorkers(db.sql, clock.now()), [
      { process: 'one', size: 4 },
      { process: 'two', size: 3 },
    ])
    await db.sql.raw('truncate inbox_task')
    for (let i = 0; i < 4; i += 1) await look(20_000)
    assert.deepEqual(told, ['one 2>4', 'two 1>3', 'one 4>3', 'two 3>2', 'one 3>2', 'two 2>1'])
  } finally {
    for (const one of both) await one.stop()
  }
})
