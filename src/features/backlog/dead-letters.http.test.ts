import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { recordAudit } from '#features/identity/index.ts'
import { previewReplay, replay } from '#features/intake/index.ts'
import { manualClock, systemClock } from '#kernel/clock.ts'
import { idOfMessage } from '#platform/inbox/store.ts'
import { claimJob } from '#platform/jobs/store.ts'
import { ensurePartitions } from '#platform/partitions/store.ts'
import { type TestHub, testConnector, testHub } from '#test-support/pipeline.ts'
import { seedConnection } from '#test-support/seed-orders.ts'
import { openTestServer, type TestServer } from '#test-support/server.ts'
import { type BacklogRoutesDeps, backlogRoutes } from './http.ts'
import { DEAD_REPLAY_JOB, deadReplayJobs } from './replay-dead.ts'

let server: TestServer
let hub: TestHub
let mended = false
let jobsQueued = 0

before(async () => {
  server = await openTestServer((app, { sql }) => {
    backlogRoutes(app, routeDeps(sql))
  })
  await ensurePartitions(server.sql, Temporal.Now.plainDateISO('UTC'))
  await seedConnection(server.sql, 'station', '打印站', 'station')
})
beforeEach(async () => {
  mended = false
  jobsQueued = 0
  for (const table of [
    'fact',
    'order_key',
    'sales_order',
    'order_subject',
    'order_register',
    'order_line',
    'drift',
    'outbox_intent',
    'inbox_key',
    'inbox_task',
    'inbox_message',
    'inbox_subject',
    'journal',
    'job',
    'lane_minute',
    'backlog_sample',
  ])
    await server.sql.raw(`truncate ${table} cascade`)
  const station = testConnector('station', 'warehouse', { printed: 'waybill_issued' })
  // The reader is mended in the middle of a test, as a new version would.
  hub = testHub(server.sql, {
    shop: testConnector('shop', 'channel', { paid: 'paid' }, true),
    station: {
      ...station,
      read: (message, settings) =>
        mended || !Buffer.from(message.body).toString().includes('"odd"')
          ? station.read(message, settings)
          : { ok: false, refusal: { code: 'station.odd', detail: 'a shape nobody knew' } },
    },
  })
})
after(async () => await server.close())

function routeDeps(sql: TestServer['sql']): BacklogRoutesDeps {
  return {
    db: sql,
    clock: systemClock,
    messageId: idOfMessage,
    replay: (ids) => replay(hub.deps(), { ids }),
    audit: (tx, entry) => recordAudit({ sql: tx, clock: systemClock }, entry),
    onJobQueued: () => {
      jobsQueued += 1
    },
    alarmDepthOf: () => 500,
    titleOf: (lane) => lane,
    connections: () => [],
    callsFor: () => ({}) as never,
    limits: { oldSeconds: 120, deadLetters: 50, queueDepth: 500 },
    workers: { floor: 2, cap: 4 },
    laneOf: (connection) => connection,
    preview: (ids) => previewReplay(hub.deps(), { ids }),
    zone: () => 'Asia/Shanghai',
  }
}

async function sendOdd(no: string): Promise<void> {
  await hub.send('shop', { key: no, claims: [{ by: 'order', no, code: 'paid', minute: 1 }] })
  const printed = { by: 'reference', no, code: 'printed', minute: 5, parcel: `T-${no}` }
  await hub.send('station', { odd: true, key: `w-${no}`, claims: [printed] })
}
const parkedCount = async (): Promise<number> =>
  (await server.sql`select 1 from inbox_task where state = 'parked'`).length

type Groups = {
  items: { code: string; lane: string; count: number; sample: string; connection: { name: string } }[]
}

test('parked messages are grouped by lane and reason, each with its newest one', async () => {
  for (const no of ['A1', 'A2', 'A3']) await sendOdd(no)
  await hub.send('station', { key: 'b', broken: true })
  await hub.drain()
  const { status, body } = await server.call('GET', '/api/backlog/dead-letters')
  assert.equal(status, 200)
  const { items } = body as Groups
  assert.deepEqual(
    items.map(({ code, lane, count, connection }) => [code, lane, count, connection.name]),
    [
      ['station.odd', 'station', 3, '打印站'],
      ['test.broken', 'station', 1, '打印站'],
    ],
  )
  const [newest] = await server.sql<{ id: bigint; received_at: Temporal.Instant }>`
    select message_id as id, received_at from inbox_task where park_code = 'station.odd' order by message_id desc limit 1`
  assert.equal(items[0]?.sample, idOfMessage(newest?.id ?? 0n, newest?.received_at ?? systemClock.now()))
})

test('a group is previewed, then replayed; nothing is done to the outside twice', async () => {
  for (const no of ['A1', 'A2']) await sendOdd(no)
  await hub.drain()
  const groups = { groups: [{ code: 'station.odd', lane: 'station' }, { code: 'station.odd' }] }
  const before = await server.call('POST', '/api/backlog/dead-letters/preview', groups)
  const still = before.body as { selected: number; stillParked: number; factsAdded: number }
  assert.deepEqual(
    [still.selected, still.stillParked, still.factsAdded],
    [2, 2, 0],
    'named twice, taken once',
  )
  mended = true
  const after = (await server.call('POST', '/api/backlog/dead-letters/preview', groups)).body as {
    stillParked: number
    ordersChanged: { orderNo: string }[]
  }
  assert.deepEqual([after.stillParked, after.ordersChanged.length], [0, 2])
  assert.equal(await parkedCount(), 2, 'a preview changes nothing')
  const started = await server.call('POST', '/api/backlog/dead-letters/replay', groups)
  assert.deepEqual(started.body, { queued: 2, jobId: null })
  await hub.drain()
  assert.equal(await parkedCount(), 0)
  const intents = () => server.sql<{ key: string }>`select key from outbox_intent order by key`
  assert.deepEqual(
    (await intents()).map(({ key }) => key),
    ['report_shipment:shop:A1:T-A1', 'report_shipment:shop:A2:T-A2'],
  )
  const again = await server.call('POST', '/api/backlog/dead-letters/replay', groups)
  assert.deepEqual([again.status, (again.body as { code: string }).code], [422, 'backlog.nothing_parked'])
  // Even where the same messages are read a second time, the intents are those there are.
  const ids = await server.sql<{
    id: bigint
    received_at: Temporal.Instant
  }>`select id, received_at from inbox_message`
  await replay(hub.deps(), { ids: ids.map((one) => idOfMessage(one.id, one.received_at)) })
  await hub.drain()
  assert.equal((await intents()).length, 2)
  const audits = await server.sql<{ action: string }>`
    select action from audit_entry where action = 'messages.dead_letters_replayed'`
  assert.equal(audits.length, 1)
})

test('a large group is a job that can be broken off and does not take twice what is parked anew', async () => {
  await server.sql`insert into inbox_message (id, received_at, connection_id, transport, topic, dedup_key, headers, body, verdict,
      response_status, response_body, latency_us) overriding system value
    select n, now(), 'station', 'http', 't', n::text, '{}', ${Buffer.from('{"broken":true}')}::bytea, 'accepted', 200, '', 1
    from generate_series(1000001, 1002500) as n`
  await server.sql`insert into inbox_task (message_id, received_at, lane, state, park_code, parked_at)
    select id, received_at, 'station', 'parked', 'test.broken', now() from inbox_message`
  const started = await server.call('POST', '/api/backlog/dead-letters/replay', {
    groups: [{ code: 'test.broken' }],
  })
  const { queued, jobId } = started.body as { queued: number; jobId: string | null }
  assert.deepEqual([queued, jobId === null, jobsQueued], [2_500, false, 1])
  const clock = manualClock(systemClock.now().add({ seconds: 1 }))
  const claim = { silentSince: clock.now().subtract({ minutes: 1 }), maxAttempts: 5 }
  const job = await claimJob(server.sql, [DEAD_REPLAY_JOB], clock.now(), claim)
  assert.ok(job !== null)
  const handler = deadReplayJobs(routeDeps(server.sql))[DEAD_REPLAY_JOB]
  let rounds = 0
  await assert.rejects(async () => {
    await handler?.(job, async () => {
      rounds += 1
      throw new Error('the process ended')
    })
  })
  assert.deepEqual([rounds, await parkedCount()], [1, 1_500])
  // The reader still refuses: the thousand are parked anew while the job goes on.
  await hub.drain(500)
  assert.equal(await parkedCount(), 2_500)
  const seen: number[] = []
  const end = await handler?.({ ...job, progress: 1_000n }, async (done) => void seen.push(done))
  assert.deepEqual([end, seen], [{ ok: true, value: { queued: 2_500 } }, [2_000, 2_500]])
})

test('what waits is told with its rates, and bad questions have their codes', async () => {
  await hub.send('shop', { key: '1', claims: [] })
  const { status, body } = await server.call('GET', '/api/backlog')
  assert.equal(status, 200)
  const told = body as {
    lanes: { lane: string; depth: number; recent: number[] }[]
    workers: object
    queues: unknown[]
  }
  assert.deepEqual(
    told.lanes.map(({ lane, depth, recent }) => [lane, depth, recent.length]),
    [['shop', 1, 60]],
  )
  assert.deepEqual([told.workers, told.queues], [{ floor: 2, cap: 4, processes: [] }, []])
  const codeOf = async (url: string) => ((await server.call('GET', url)).body as { code: string }).code
  assert.equal(await codeOf('/api/backlog/history?subject=nonsense'), 'backlog.bad_subject')
  assert.equal(await codeOf('/api/backlog/history?subject=lane:a&hours=99'), 'http.invalid')
  const empty = await server.call('POST', '/api/backlog/dead-letters/replay', { groups: [] })
  assert.equal(empty.status, 400)
  const reader = await server.asKey('messages:read')
  const refused = await server.app.inject({
    method: 'POST',
    url: '/api/backlog/dead-letters/replay',
    headers: reader,
    payload: { groups: [{ code: 'x.y' }] },
  })
  assert.equal(refused.statusCode, 403)
})
