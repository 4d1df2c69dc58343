import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Connector, ReportAnswer } from '#domain/connector.ts'
import type { FactKind } from '#domain/fact.ts'
import type { TrackingSubscription } from '#domain/waybill.ts'
import { recordAudit } from '#features/identity/index.ts'
import type { Connected } from '#features/intake/index.ts'
import { reviewSweep } from '#features/review/index.ts'
import { manualClock } from '#kernel/clock.ts'
import { seededRandom } from '#kernel/random.ts'
import { ok } from '#kernel/result.ts'
import { openAlarms } from '#platform/alarms/alarms.ts'
import { startDispatcher } from '#platform/outbox/dispatcher.ts'
import { ensurePartitions } from '#platform/partitions/store.ts'
import { addFactsFor, noCalls, testCarrier } from '#test-support/parcels.ts'
import { openTestServer, type TestServer } from '#test-support/server.ts'
import { parcelRoutes, type StandingDeps } from './index.ts'
import { refreshStandings } from './standing/refresh-standings.ts'
import { renewSubscriptions } from './subscriptions/renew-subscriptions.ts'
import { subscribeHandler } from './subscriptions/subscribe.ts'
import { parcelReviewRules } from './watch/review-rules.ts'
import { type WatchDeps, watchCompleteness, watchParcels } from './watch/watch-parcels.ts'

const START = Temporal.Instant.from('2026-11-11T00:00:00Z')
const clock = manualClock(START)
let server: TestServer
let asked: (TrackingSubscription & { via: string })[] = []
let answer: (via: string) => ReportAnswer = () => ({ outcome: 'accepted', words: 'ok' })

const carrier = (id: string, kind: string, more: Partial<Connector> = {}): Connected =>
  testCarrier(id, kind, more, async (subscription) => {
    asked.push({ ...subscription, via: id })
    return answer(id)
  })
const CONNECTIONS = [
  carrier('zto', 'zto', { carriers: ['ZTO'] }),
  carrier('kd100', 'kuaidi100', { subscriptionDays: 30 }),
  carrier('kdn', 'kdniao', { subscriptionDays: 30 }),
  carrier('sf', 'sf', { carriers: ['SF'], calls: () => ({ test: async () => ok({ words: '' }) }) }),
]

const deps: StandingDeps = {
  clock,
  connections: () => CONNECTIONS,
  callsFor: () => noCalls(clock),
  provinceOf: (place) => (place.startsWith('浙江') ? '浙江' : place.startsWith('广东') ? '广东' : null),
}
const hours = { firstScanHours: 4, stalledHours: 72, customsHours: 48 }
let watch: WatchDeps

before(async () => {
  server = await openTestServer(
    (app, { sql }) =>
      parcelRoutes(app, {
        ...deps,
        db: sql,
        zone: () => 'Asia/Shanghai',
        warehouseNames: () => new Map([['HZ', '杭州仓']]),
        hours,
        incompletePermille: 3,
        audit: (tx, event) => recordAudit({ sql: tx, clock }, event),
        askOrder: async (_, id) => ok({ asked: [`order:${id}`] }),
      }),
    { clock },
  )
  // What a standing journals goes by the tests' own clock.
  await ensurePartitions(server.sql, Temporal.PlainDate.from('2026-12-14'), 34)
  watch = {
    db: server.sql,
    clock,
    alarms: openAlarms({ db: server.sql, clock, onUnstored: () => assert.fail('stored') }),
    zone: () => 'Asia/Shanghai',
    warehouseName: (code) => code,
    hours,
    incomplete: { permille: 3, least: 2 },
  }
})
after(async () => await server.close())

let serial = 0
/** Facts of one parcel as a carrier's push proves them, heard when they happened; then its standing. */
async function scan(
  number: string,
  events: readonly (readonly [FactKind, hours: number | null, words?: string, place?: string])[],
  more: { carrier?: string; source?: string; message?: string } = {},
): Promise<void> {
  serial += 1
  await addFactsFor(server.sql, START, number, events, {
    carrier: 'ZTO',
    source: 'zto',
    message: `20261111-${serial}`,
    ...more,
  })
  await server.sql.begin(async (tx) => void (await refreshStandings(tx, deps, [number])))
}

async function at(hoursLater: number): Promise<void> {
  clock.set(START.add({ minutes: Math.round(hoursLater * 60) }))
  await watchParcels(watch)
}

type Parcel = {
  trackingNo: string
  state: string
  open: boolean
  finding: { kind: string; why: string; answered: boolean; since: string } | null
  movedTo: string | null
  movedFrom: string | null
}
const parcel = async (number: string) =>
  (await server.call('GET', `/api/parcels/${number}`)).body as {
    parcel: Parcel
    events: { kind: string; at: { raw: string; provenance: string; zone: string | null } }[]
    subscription: {
      state: string
      connection: { id: string } | null
      times: number
      because: string
      tried: string[]
      expiresAt: string | null
      code: string | null
    } | null
  }
const findingOf = async (number: string) => (await parcel(number)).parcel.finding?.kind ?? null
const alarms = async (rule: string) =>
  await server.sql<{ subject: string; zh: string; evidence: { parcels?: number } }>`
    select subject, zh, evidence from alarm where rule = ${rule} and state <> 'resolved' order by subject`

async function dispatch(): Promise<void> {
  const dispatcher = startDispatcher(
    {
      db: server.sql,
      clock,
      random: seededRandom(2),
      concurrency: 4,
      paused: () => [],
      handlers: {
        subscribe_tracking: subscribeHandler({
          ...deps,
          db: server.sql,
          find: (id) => CONNECTIONS.find((one) => one.id === id) ?? null,
          callbackUrlOf: (id) => `https://hub.example.com/callback/${id}`,
          unseal: (sealed) => sealed,
        }),
      },
      onError: (error) => assert.fail(String(error)),
    },
    600_000,
  )
  for (let i = 0; i < 6; i += 1) await dispatcher.runOnce()
  await dispatcher.stop()
}

test('a timeline keeps the four things of every time, oldest first', async () => {
  clock.set(START)
  await scan('ZT1', [
    ['in_transit', 2, '到达', '浙江杭州'],
    ['picked_up', 1],
    ['in_transit', null, '时间不明'],
  ])
  const { parcel: one, events } = await parcel('zt1')
  assert.deepEqual([one.state, one.open], ['in_transit', true])
  assert.deepEqual(
    events.map((event) => [event.kind, event.at.provenance]),
    [
      ['picked_up', 'explicit_offset'],
      ['in_transit', 'explicit_offset'],
      ['in_transit', 'ambiguous'],
    ],
  )
  const missing = await server.call('GET', '/api/parcels/NOBODY')
  assert.deepEqual([missing.status, (missing.body as { code: string }).code], [404, 'tracking.not_found'])
})

test('WB6: four hours without a first scan, told once a carrier, over with the first scan', async () => {
  clock.set(START)
  await scan('ZT20', [['waybill_issued', 0]])
  await scan('ZT21', [['waybill_issued', 1]])
  await at(3.9)
  assert.equal(await findingOf('ZT20'), null)
  await at(4)
  assert.equal(await findingOf('ZT20'), 'no_first_scan')
  await at(5)
  const [alarm, ...others] = await alarms('parcel.no_first_scan')
  assert.deepEqual([alarm?.subject, alarm?.evidence.parcels, others.length], ['ZTO|', 2, 0])
  const sweep = reviewSweep({
    db: server.sql,
    clock,
    rules: parcelReviewRules,
    alarms: watch.alarms,
    thresholds: { overdue: 1_000, flood: 1_000 },
    onError: (error) => assert.fail(String(error)),
  })
  await sweep()
  const cases = await server.sql<{
    rule: string
    zh: string
  }>`select rule, zh from review_case where state = 'open' order by zh`
  assert.deepEqual(
    cases.map((one) => [one.rule, one.zh.slice(0, 9)]),
    [
      ['parcel_no_first_scan', '中通快递 ZT20'],
      ['parcel_no_first_scan', '中通快递 ZT21'],
    ],
  )
  const answered = await server.call('POST', '/api/parcels/ZT21/resolve', { words: '仓库说明天交接' })
  assert.equal(answered.status, 200)
  await scan('ZT20', [['picked_up', 4.5]])
  await at(5.1)
  assert.equal(await findingOf('ZT20'), null)
  assert.deepEqual(await alarms('parcel.no_first_scan'), [], 'one was scanned, the other answered')
  await sweep()
  assert.equal((await server.sql`select 1 from review_case where state = 'open'`).length, 0)
  const again = await server.call('POST', '/api/parcels/ZT20/resolve', { words: 'x' })
  assert.equal((again.body as { code: string }).code, 'tracking.nothing_wrong')
})

test('WB6: three days without movement; a scan that is told again is no movement; hours of a carrier and warehouse', async () => {
  clock.set(START)
  await scan('ZT30', [['picked_up', 1]])
  await scan('SF30', [['picked_up', 1]], { carrier: 'SF', source: 'sf' })
  const set = await server.call('PUT', '/api/parcels/settings', {
    thresholds: [
      { carrier: 'SF', warehouse: '*', firstScanHours: null, stalledHours: 24, customsHours: null },
    ],
  })
  assert.equal(set.status, 200)
  await at(26)
  assert.deepEqual([await findingOf('SF30'), await findingOf('ZT30')], ['stalled', null])
  await scan('ZT30', [['picked_up', 1]], { message: '20261111-9999' })
  await at(74)
  assert.equal(await findingOf('ZT30'), 'stalled')
  await scan('ZT30', [['in_transit', 73.9]])
  assert.equal(await findingOf('ZT30'), null)
  for (const [bad, code] of [
    [
      { carrier: 'SF', warehouse: '*', firstScanHours: 0, stalledHours: null, customsHours: null },
      'tracking.bad_threshold',
    ],
    [
      { carrier: '顺丰', warehouse: '*', firstScanHours: 1, stalledHours: null, customsHours: null },
      'tracking.unknown_carrier',
    ],
    [
      { carrier: '*', warehouse: 'NO', firstScanHours: 1, stalledHours: null, customsHours: null },
      'tracking.unknown_warehouse',
    ],
  ] as const) {
    const refused = await server.call('PUT', '/api/parcels/settings', { thresholds: [bad] })
    assert.deepEqual([refused.status, (refused.body as { code: string }).code], [422, code])
  }
})

test('stuck at customs: at once where it says held, after two days where nobody says anything', async () => {
  clock.set(START)
  await scan(
    'DH1',
    [
      ['picked_up', 0],
      ['in_transit', 1, 'Clearance processing'],
    ],
    { carrier: 'DHL' },
  )
  await scan(
    'DH2',
    [
      ['picked_up', 0],
      ['exception', 1, 'Held by customs, documents required'],
    ],
    { carrier: 'DHL' },
  )
  await at(2)
  assert.deepEqual([await findingOf('DH1'), await findingOf('DH2')], [null, 'customs'])
  await at(49)
  assert.equal(await findingOf('DH1'), 'customs')
  assert.equal((await alarms('parcel.customs'))[0]?.evidence.parcels, 2)
  await scan('DH2', [['in_transit', 48, 'Clearance completed, released by customs']], { carrier: 'DHL' })
  assert.equal(await findingOf('DH2'), null)
})

test('delivered and disputed, by a person and by a revocation', async () => {
  clock.set(START.add({ hours: 10 }))
  await scan('ZT40', [
    ['picked_up', 1],
    ['delivered', 9],
  ])
  const early = await server.call('POST', '/api/parcels/ZT30/dispute', { disputed: true, words: '没收到' })
  assert.equal((early.body as { code: string }).code, 'tracking.not_delivered')
  const done = await server.call('POST', '/api/parcels/ZT40/dispute', {
    disputed: true,
    words: '买家说没收到',
  })
  assert.equal((done.body as Parcel).finding?.kind, 'disputed')
  await scan('ZT40', [['delivered', 9]], { message: '20261111-8888' })
  assert.equal(await findingOf('ZT40'), 'disputed', 'the carrier saying it again changes nothing')
  const back = await server.call('POST', '/api/parcels/ZT40/dispute', { disputed: false, words: '找到了' })
  assert.equal((back.body as Parcel).finding, null)
  await scan('ZT40', [['delivery_revoked', 11, '妥投撤销']])
  const { parcel: one } = await parcel('ZT40')
  assert.deepEqual(
    [one.state, one.open, one.finding?.kind, one.finding?.why],
    ['picked_up', true, 'disputed', 'revoked'],
  )
})

test('WB5: subscribed at the carrier, refused ones go on to the next, silent ones are asked anew within bounds', async () => {
  clock.set(START)
  await server.sql.raw('truncate tracking_subscription, outbox_intent')
  asked = []
  answer = (via) =>
    via === 'zto'
      ? { outcome: 'refused', refusal: { code: 'carrier.unknown_number', detail: 'S404 单号不存在' } }
      : { outcome: 'accepted', words: 'ok' }
  await server.call('PUT', '/api/parcels/settings', { aggregators: ['kd100', 'kdn'], thresholds: [] })
  await scan('ZT50', [['waybill_issued', 0]])
  await scan('ZT50', [['waybill_issued', 0]], { message: '20261111-7777' })
  await dispatch()
  assert.deepEqual(
    asked.map((one) => [one.via, one.trackingNo, one.carrier, one.callbackUrl]),
    [
      ['zto', 'ZT50', 'ZTO', 'https://hub.example.com/callback/zto'],
      ['kd100', 'ZT50', 'ZTO', 'https://hub.example.com/callback/kd100'],
    ],
  )
  const { subscription } = await parcel('ZT50')
  assert.deepEqual(
    [subscription?.state, subscription?.connection?.id, subscription?.tried, subscription?.expiresAt],
    ['subscribed', 'kd100', ['zto'], '2026-12-11T08:00:00.000+08:00'],
  )
  const renew = () =>
    renewSubscriptions({ ...deps, db: server.sql, bounds: { renewedMost: 2, everyHours: 12 } })
  for (const hour of [5, 13, 14, 26, 40, 60]) {
    await at(hour)
    await renew()
    await dispatch()
  }
  assert.equal(asked.length, 4, 'silent: asked anew after 12 h, at most twice')
  clock.set(START.add({ hours: 24 * 32 }))
  await renew()
  await dispatch()
  assert.equal(asked.length, 5, 'a subscription that ends by itself is renewed')
  await scan('ZT50', [['delivered', 24 * 32]])
  await renew()
  assert.equal((await parcel('ZT50')).subscription?.state, 'ended')
  const left = await server.call('POST', '/api/parcels/subscribe', { numbers: ['ZT50', 'UNKNOWN'] })
  assert.deepEqual(left.body, { asked: [], left: ['ZT50', 'UNKNOWN'] })
})

test('WB5: a route by the look of the number says who is asked, and of which carrier it is', async () => {
  clock.set(START)
  asked = []
  answer = () => ({ outcome: 'accepted', words: 'ok' })
  const put = await server.call('PUT', '/api/parcels/settings', {
    routes: [{ pattern: 'yt####*', carrier: 'YTO', connection: 'kdn', note: '圆通' }],
  })
  assert.equal(put.status, 200)
  await scan('YT1234567', [['dispatched', 0]], { carrier: '', source: 'shop' })
  await dispatch()
  assert.deepEqual(
    asked.map((one) => [one.via, one.carrier]),
    [['kdn', 'YTO']],
  )
  const tried = await server.call('POST', '/api/parcels/settings/try', { number: 'YT1234567' })
  assert.deepEqual(tried.body, { position: 1, carrier: 'YTO', connection: 'kdn' })
  for (const [route, code] of [
    [{ pattern: '*', carrier: 'YTO', connection: null }, 'tracking.bad_pattern'],
    [{ pattern: 'A*', carrier: null, connection: null }, 'tracking.empty_route'],
    [{ pattern: 'A*', carrier: null, connection: 'nobody' }, 'tracking.unknown_connection'],
    [{ pattern: 'A*', carrier: null, connection: 'sf' }, 'tracking.not_a_pusher'],
  ] as const) {
    const refused = await server.call('PUT', '/api/parcels/settings', { routes: [route] })
    assert.equal((refused.body as { code: string }).code, code)
  }
})

test('a new number closes the old one, knows it, and is told to the hub once', async () => {
  clock.set(START.add({ hours: 6 }))
  await scan(
    'SF60',
    [
      ['in_transit', 1],
      ['returning', 5, '新单号为 SF61000001'],
    ],
    { carrier: 'SF', source: 'sf' },
  )
  await server.sql`update fact set detail = detail || '{"reason":"新单号 SF61000001"}' where subject = 'parcel:SF60' and kind = 'returning'`
  for (let i = 0; i < 2; i += 1)
    await scan('SF60', [['in_transit', 1 + i / 10]], { carrier: 'SF', source: 'sf' })
  const told = await server.sql<{
    payload: { body: string }
  }>`select payload from outbox_intent where effect = 'tell_hub'`
  assert.equal(told.length, 1)
  const event = JSON.parse(told[0]?.payload.body ?? '{}') as { event: string; trackingNo: string }
  assert.deepEqual([event.event, event.trackingNo], ['number_changed', 'SF61000001'])
  await scan('SF61000001', [['in_transit', 6]], { carrier: 'SF', source: 'sf' })
  assert.equal((await parcel('SF61000001')).parcel.movedFrom, 'SF60')
  assert.deepEqual(
    [(await parcel('SF60')).parcel.movedTo, (await parcel('SF60')).parcel.open],
    ['SF61000001', false],
  )
})

test('LG1: completeness is what pushes told of all; what another source pushed was not missed', async () => {
  await server.sql.raw('truncate tracking_hour, fallback_log')
  clock.set(START.add({ hours: 100 }))
  for (let i = 0; i < 10; i += 1)
    await scan(`ZC${i}`, [
      ['picked_up', 99],
      ['in_transit', 99.5],
    ])
  for (const i of [0, 1, 2]) {
    await scan(`ZC${i}`, [['delivered', 100 + i]], { source: 'kd100', message: `20261115-${i}` })
    await server.sql`insert into fallback_log (at, connection_id, rule, subject, outcome, words, message_id, facts)
      values (${clock.now()}, 'kd100', 'silent', ${`parcel:ZC${i}`}, 'found', '', ${`20261115-${i}`}, 1)`
  }
  // Its own push told of one of the three, a minute apart.
  await scan('ZC2', [['delivered', 102 + 1 / 60]])
  const figures = (await server.call('GET', '/api/parcels/figures')).body as {
    items: { carrier: string; parcels: number; firstScanHours: number | null }[]
    completeness: { carrier: string; heard: number; missed: number; percent: number }[]
  }
  assert.deepEqual(figures.completeness, [{ carrier: 'ZTO', heard: 24, missed: 2, percent: 91.666 }])
  assert.ok(figures.items.some((row) => row.carrier === 'ZTO' && row.parcels >= 10))
  await watchCompleteness(watch)
  const [alarm] = await alarms('tracking.push_incomplete')
  assert.match(alarm?.zh ?? '', /中通快递 最近 24 小时有 2 条.*8\.33%/)
})

test('lists: filters, pages, and who may', async () => {
  const page = (await server.call('GET', '/api/parcels?limit=2&carrier=ZTO')).body as {
    items: Parcel[]
    next: string
  }
  assert.equal(page.items.length, 2)
  const next = (await server.call('GET', `/api/parcels?limit=2&carrier=ZTO&cursor=${page.next}`)).body as {
    items: Parcel[]
  }
  assert.ok(next.items.every((row) => !page.items.some((first) => first.trackingNo === row.trackingNo)))
  const found = (await server.call('GET', '/api/parcels?find=disputed')).body as { items: Parcel[] }
  assert.deepEqual(
    found.items.map((row) => row.trackingNo),
    ['ZT40'],
  )
  const summary = (await server.call('GET', '/api/parcels/summary')).body as {
    findings: Record<string, number>
  }
  assert.equal(summary.findings.disputed, 1)
  const denied = await server.app.inject({ url: '/api/parcels', headers: await server.asKey('orders:read') })
  assert.equal(denied.statusCode, 403)
})
