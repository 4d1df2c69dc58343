import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { manualClock } from '#kernel/clock.ts'
import { openAlarms } from '#platform/alarms/alarms.ts'
import { claimJob } from '#platform/jobs/store.ts'
import { type Follower, followJournal } from '#platform/journal/follow.ts'
import { ensurePartitions } from '#platform/partitions/store.ts'
import { testConnector, testHub } from '#test-support/pipeline.ts'
import { seedConnection, seedOrder } from '#test-support/seed-orders.ts'
import { openTestServer, type TestServer } from '#test-support/server.ts'
import {
  followOrders,
  openPromiseDirectory,
  type PromiseDirectory,
  promiseRoutes,
  recomputeJob,
  watchPromises,
} from './index.ts'

let server: TestServer
let directory: PromiseDirectory
const clock = manualClock(Temporal.Instant.from('2026-11-11T01:00:00Z'))
const audited: string[] = []
const unexpected = (what: unknown): void => assert.fail(String(what))

before(async () => {
  server = await openTestServer(async (app, { sql }) => {
    directory = await openPromiseDirectory(sql, unexpected)
    promiseRoutes(app, {
      db: sql,
      clock,
      directory,
      kinds: ['pinduoduo', 'douyin'],
      zone: () => 'Asia/Shanghai',
      audit: async (_tx, event) => void audited.push(event.action),
      nameOf: (id) => id,
      onJobQueued: () => undefined,
    })
  })
  await ensurePartitions(server.sql, Temporal.Now.plainDateISO('UTC'))
  await seedConnection(server.sql, 'shop', '旗舰店')
  await seedConnection(server.sql, 'tok', '抖店', 'douyin')
  // Orders that are put straight into the list have no key of their own; those of the pipeline must not get their ids.
  await server.sql`select setval(pg_get_serial_sequence('order_key', 'id'), 1000)`
})
after(async () => {
  await directory.stop()
  await server.close()
})

type Item = {
  orderNo: string
  state: string
  secondsLeft: number
  penalty: { amount: string } | null
  source: string
}
async function queue(query = ''): Promise<Item[]> {
  const { status, body } = await server.call('GET', `/api/promises?${query}`)
  assert.equal(status, 200, JSON.stringify(body))
  return (body as { items: Item[] }).items
}

const RULE = {
  name: '48 小时发货',
  kind: 'pinduoduo',
  connectionId: null,
  starts: 'paid',
  keeps: 'dispatched',
  minutes: 2_880,
  calendarId: null,
  cutoff: null,
  platformFirst: true,
  warnMinutes: 240,
  penaltyCurrency: 'CNY',
  penaltyFixed: '5.00',
  penaltyBps: 300,
  penaltyCap: null,
  active: true,
}

async function recompute(): Promise<void> {
  const claim = { silentSince: clock.now().subtract({ minutes: 1 }), maxAttempts: 5 }
  const job = await claimJob(server.sql, ['promises.recompute'], clock.now().add({ seconds: 1 }), claim)
  assert.ok(job !== null, 'a change of rules queues the setting anew')
  const done = await recomputeJob({ db: server.sql, clock, directory })(job, async () => undefined)
  assert.equal(done.ok, true)
}

test('a rule sets the clocks of open orders, and the queue sorts by time left and by penalty', async () => {
  await seedOrder(server.sql, { orderNo: 'late', placedAt: '2026-11-09T00:00:00Z' })
  await seedOrder(server.sql, { orderNo: 'soon', placedAt: '2026-11-09T03:00:00Z' })
  await seedOrder(server.sql, {
    orderNo: 'given',
    placedAt: '2026-11-10T00:00:00Z',
    shipBy: '2026-11-11T05:00:00Z',
  })
  await seedOrder(server.sql, { orderNo: 'other', connection: 'tok', placedAt: '2026-11-09T00:00:00Z' })
  await seedOrder(server.sql, { orderNo: 'done', status: 'cancelled', placedAt: '2026-11-09T00:00:00Z' })
  const preview = await server.call('POST', '/api/promises/rules/preview', { id: null, rule: RULE })
  assert.deepEqual(preview.body, {
    orders: 4,
    capped: false,
    changed: 3,
    breachedNow: 1,
    sample: (preview.body as { sample: unknown[] }).sample,
  })
  assert.deepEqual(await queue(), [], 'a preview changes nothing')
  const saved = await server.call('POST', '/api/promises/rules', RULE)
  assert.equal(saved.status, 200, JSON.stringify(saved.body))
  await recompute()
  const rows = await queue()
  assert.deepEqual(
    rows.map((row) => [row.orderNo, row.state, row.secondsLeft, row.penalty?.amount]),
    [
      ['late', 'breached', -3_600, '6.55'],
      ['soon', 'running', 7_200, '6.55'],
      ['given', 'running', 14_400, '6.55'],
    ],
    "5.00 and 3% of 51.80; the platform's own deadline goes first",
  )
  assert.deepEqual(
    (await queue('within=150')).map((row) => row.orderNo),
    ['late', 'soon'],
  )
  const first = await server.call('GET', '/api/promises?sort=penalty&limit=1')
  const { items, next } = first.body as { items: Item[]; next: string }
  const second = await server.call('GET', `/api/promises?sort=penalty&limit=5&cursor=${next}`)
  assert.deepEqual(
    [...items, ...(second.body as { items: Item[] }).items].map((row) => row.orderNo),
    ['late', 'soon', 'given'],
  )
  const summary = (await server.call('GET', '/api/promises/summary')).body as {
    buckets: { bucket: string; count: number; penalties: { amount: string }[] }[]
    connections: unknown[]
  }
  assert.deepEqual(
    summary.buckets.map((one) => [one.bucket, one.count]),
    [
      ['breached', 1],
      ['hour', 0],
      ['four_hours', 2],
      ['day', 0],
      ['later', 0],
    ],
  )
  assert.deepEqual(summary.connections, [
    { id: 'shop', name: '旗舰店', breached: 1, hour: 0, four_hours: 2, day: 0, later: 0 },
  ])
})

test('time alone breaks a promise, and people are told ahead of it', async () => {
  const alarms = openAlarms({ db: server.sql, clock, onUnstored: unexpected })
  const open = async (): Promise<unknown[]> =>
    (
      await server.sql<{ rule: string; subject: string; evidence: { orders: number; sample: string } }>`
        select rule, subject, evidence from alarm where state = 'open' order by rule`
    ).map((row) => [row.rule, row.subject, row.evidence.orders, row.evidence.sample])
  const watch = () => watchPromises({ db: server.sql, clock, zone: () => 'Asia/Shanghai', alarms })
  await watch()
  assert.deepEqual(await open(), [
    ['promise.at_risk', 'shop', 2, 'late'],
    ['promise.breached', 'shop', 1, 'late'],
  ])
  clock.set(Temporal.Instant.from('2026-11-11T03:00:00Z'))
  await watch()
  assert.equal((await queue('state=breached')).length, 2)
  await server.sql`update sales_order set status = 'cancelled' where order_no in ('late', 'soon', 'given')`
  await server.call('PUT', `/api/promises/rules/${await ruleId()}`, { ...RULE, minutes: 2_881 })
  await recompute()
  await watch()
  assert.deepEqual(await open(), [], 'nothing is owed any more')
  assert.deepEqual(await queue(), [])
})

async function ruleId(): Promise<string> {
  const { body } = await server.call('GET', '/api/promises/rules')
  return (body as { items: { id: string }[] }).items[0]?.id ?? ''
}

test('an order that comes through the pipeline has its clock within a moment, and a waybill ends it', async () => {
  const shop = testConnector('pinduoduo', 'channel', {
    paid: 'paid',
    placed: 'placed',
    shipped: 'dispatched',
  })
  const hub = testHub(server.sql, { shop })
  let follower: Follower | null = null
  try {
    follower = await followJournal({
      db: server.sql,
      clock,
      name: 'promises-test',
      batch: 100,
      handler: followOrders({ db: server.sql, clock, directory }),
      onError: unexpected,
      from: 'end',
    })
    const claim = (code: string, minute: number, parcel?: string) => ({
      by: 'order' as const,
      no: 'piped',
      code,
      minute,
      ...(parcel === undefined ? {} : { parcel }),
    })
    await hub.send('shop', { key: '1', claims: [claim('placed', 0), claim('paid', 60)] })
    await hub.drain()
    await follower.caughtUp()
    assert.deepEqual(
      (await queue()).map((row) => [row.orderNo, row.state]),
      [['piped', 'running']],
    )
    await hub.send('shop', { key: '2', claims: [claim('shipped', 120, 'SF1234567890123')] })
    await hub.drain()
    await follower.caughtUp()
    assert.deepEqual(await queue(), [])
    assert.deepEqual(
      (await queue('state=kept')).map((row) => row.orderNo),
      ['piped'],
    )
  } finally {
    await follower?.stop()
  }
})

test('a calendar counts opening hours, and cannot go while a rule counts by it', async () => {
  const hours = { from: '09:00', to: '18:00' }
  const calendar = {
    name: '仓库',
    zone: 'Asia/Shanghai',
    week: [hours, hours, hours, hours, hours, null, null],
    exceptions: [{ date: '2026-11-12', open: false, hours: null, name: '盘点' }],
  }
  const tried = await server.call('POST', '/api/promises/calendars/try', {
    calendar,
    start: '2026-11-11T17:00:00+08:00',
    minutes: 120,
    cutoff: null,
  })
  assert.deepEqual(tried.body, { dueAt: '2026-11-13T10:00:00.000+08:00' })
  const { body } = await server.call('POST', '/api/promises/calendars', calendar)
  const { id } = body as { id: string }
  const rule = {
    ...RULE,
    name: '工作时间 8 小时',
    keeps: 'waybill_issued',
    minutes: 480,
    calendarId: id,
    cutoff: '16:00',
  }
  assert.equal((await server.call('POST', '/api/promises/rules', rule)).status, 200)
  const refused = await server.call('DELETE', `/api/promises/calendars/${id}`)
  assert.equal((refused.body as { code: string }).code, 'promises.calendar_used')
})

test('a rule that contradicts itself is refused with what is wrong', async () => {
  const detail = async (part: object): Promise<string> => {
    const { body } = await server.call('POST', '/api/promises/rules', { ...RULE, name: 'x', ...part })
    return `${(body as { code: string }).code} ${(body as { detail: string }).detail}`
  }
  assert.match(await detail({ starts: 'dispatched', keeps: 'waybill_issued' }), /rule_invalid .*after/)
  assert.match(await detail({ cutoff: '16:00' }), /rule_invalid .*calendar/)
  assert.match(await detail({ warnMinutes: 2_880 }), /rule_invalid .*warning/)
  assert.match(await detail({ kind: 'ebay' }), /rule_invalid .*ebay/)
  assert.match(await detail({ connectionId: 'tok' }), /rule_invalid .*douyin/)
  assert.match(await detail({ connectionId: 'gone' }), /no connection/)
  assert.match(await detail({ calendarId: '999' }), /calendar_not_found/)
  assert.match(await detail({ name: RULE.name }), /name_taken/)
  assert.match(await detail({ penaltyFixed: '5.005' }), /money/)
  assert.match(await detail({ penaltyFixed: '-5.00' }), /negative/)
  assert.match(await detail({ minutes: 0 }), /http.invalid/)
  const gone = await server.call('PUT', '/api/promises/rules/9999', { ...RULE, name: 'gone' })
  assert.equal((gone.body as { code: string }).code, 'promises.rule_not_found')
  const { body } = await server.call('GET', '/api/promises/calendars')
  const [office] = (body as { items: { id: string }[] }).items
  assert.match(await detail({ calendarId: office?.id, minutes: 400_000 }), /rule_invalid .*weeks/)
  assert.ok(audited.includes('promises.rule_added'))
})
