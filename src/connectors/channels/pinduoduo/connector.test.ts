import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CallDeps, HttpCall, ShipmentReport, StoredMessage, UpdatedPage } from '#domain/connector.ts'
import { manualClock } from '#kernel/clock.ts'
import { connectionId, orderNo, trackingNo } from '#kernel/id.ts'
import { Outage } from '#kernel/outage.ts'
import { seededRandom } from '#kernel/random.ts'
import type { Result } from '#kernel/result.ts'
import { noTcp } from '#test-support/no-tcp.ts'
import { contractFixtures, frame, order, WAITING } from './fixtures/index.ts'
import { computeVector, pinduoduo } from './index.ts'
import { parseFrame } from './schema.ts'
import { connectPath, signParams } from './sign.ts'
import { pauseMs, toMessage } from './stream.ts'

const { settings, now } = contractFixtures
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const answer = (value: unknown) => ({ status: 200, headers: {}, body: bytes(JSON.stringify(value)) })
const failure = (code: number, words = 'no') =>
  answer({ error_response: { error_code: code, error_msg: words } })
const deps = (http: HttpCall): CallDeps => ({
  http,
  clock: manualClock(now),
  random: seededRandom(1),
  openTcp: noTcp,
})
const formOf = (body: unknown): URLSearchParams => new URLSearchParams(String(body))
const message = (body: string): StoredMessage => ({
  connection: connectionId('c'),
  topic: 'x',
  headers: {},
  body: bytes(body),
  receivedAt: now,
})
const REPORT: ShipmentReport = {
  orderNo: orderNo(WAITING.order_sn),
  trackingNo: trackingNo('SF1234567890'),
  carrier: 'SF',
  lines: [],
  requestId: 'r-1',
}

/** Answers by API name and remembers the forms that came. */
function platform(answers: Readonly<Record<string, (form: URLSearchParams) => ReturnType<typeof answer>>>) {
  const seen: URLSearchParams[] = []
  const http: HttpCall = async ({ body }) => {
    const form = formOf(body)
    seen.push(form)
    return answers[form.get('type') ?? '']?.(form) ?? failure(10001)
  }
  return { http, seen, names: () => seen.map((form) => form.get('type')) }
}
const COMPANIES = {
  'pdd.logistics.companies.get': () =>
    answer({
      logistics_companies_get_response: {
        logistics_companies: [
          { id: 44, logistics_company: '顺丰快递', available: 1 },
          { id: 121, logistics_company: '韵达快递', available: 0 },
          { id: 500, logistics_company: '韵达速递', available: 1 },
        ],
      },
    }),
}
const orderAnswer = (changes: Readonly<Record<string, unknown>>) => ({
  status: 200,
  headers: {},
  body: bytes(order(changes)),
})

// Expected values are those of the platform's document and of two public SDKs, never our own.
test('signs the published vectors', () => {
  const official = {
    access_token: 'asd78172s8ds9a921j9qqwda12312w1w21211',
    client_id: '1',
    data_type: 'XML',
    order_status: '1',
    page: '1',
    page_size: '10',
    timestamp: '1480411125',
    type: 'pdd.order.number.list.get',
  }
  assert.equal(signParams({ ...official, sign: 'ignored' }, 'testSecret'), 'E4DE3ED21002510DED352819E7AE6775')
  const nested = {
    client_id: 'app',
    data_type: 'JSON',
    goods_list: [{ sku: 'A', num: 2 }],
    is_sync: true,
    timestamp: '1720000000',
    type: 'pdd.demo',
  }
  const inputs = { client_secret: 'secret', params: nested }
  assert.equal(computeVector({ kind: 'request', inputs }), '4569C1C28B9305E401EA93681E164EB6')
  assert.equal(
    connectPath('app', 'secret', '1700000000000'),
    '/message/app/1700000000000/OTgxODMwNDI2NWZiN2NiNzA2NzIxOTI0ZjJlMDMxMjE%3D',
  )
  assert.equal(computeVector({ kind: 'request', inputs: { app_key: 'x' } }), null)
})

// Base string sa{"id":9007199254740993,"f":false}b9007199254740993n5ttrues, hashed with coreutils md5sum.
test('nested values, booleans and 64-bit numbers are signed digit by digit, empty values not at all', () => {
  const big = 9007199254740993n
  const params = { t: true, a: { id: big, f: false }, b: big, n: 5, empty: '', none: null }
  assert.equal(signParams(params, 's'), 'CE4E959CF859FD98E0EDBC76063F0A62')
})

test('an order pasted without its envelope reads the same', () => {
  const bare = pinduoduo.read(message(JSON.stringify(WAITING)), settings)
  assert.deepEqual(bare, pinduoduo.read(message(order({})), settings))
})

test('content registers: yuan to fen, bearers, ciphertext, notes, promise, version', () => {
  const reading = pinduoduo.read(message(order({})), settings)
  assert.ok(reading.ok)
  const [content] = reading.value.content
  assert.equal(content?.version, 1770772481n * 1_000_000_000n)
  const { totals, recipient, notes, promise, lines } = content?.parts ?? {}
  assert.deepEqual(
    totals?.discounts.map(({ bearer, amount }) => [bearer, amount.minor]),
    [
      ['platform', 500n],
      ['merchant', 300n],
    ],
  )
  assert.deepEqual([totals?.goods.minor, totals?.discount.minor, totals?.payable.minor], [5980n, 800n, 5180n])
  assert.equal(recipient?.ciphertext, true)
  assert.equal(recipient?.name, '~AgAAAAK0name~')
  assert.deepEqual(notes, { buyer: '请尽快发', seller: '加一张贺卡', flag: 'yellow' })
  assert.equal(promise?.shipBy?.instant?.toString(), '2026-02-13T01:14:40Z')
  assert.deepEqual(lines?.[0]?.unitPrice, { currency: 'CNY', minor: 2990n })
})

test('an emptied address after shipment is no claim about the address', () => {
  const gone = { receiver_name: '', receiver_phone: '', receiver_address: '' }
  const reading = pinduoduo.read(message(order(gone)), settings)
  assert.ok(reading.ok)
  assert.equal(reading.value.content[0]?.parts.recipient, undefined)
})

test('an amount with more decimals than fen parks the message', () => {
  const reading = pinduoduo.read(message(order({ pay_amount: 51.805 })), settings)
  assert.equal(reading.ok ? '' : reading.refusal.code, 'money.too_many_decimals')
})

test('an error envelope in the inbox is parked with the platform words', () => {
  const body = JSON.stringify({ error_response: { error_code: 50001, error_msg: '订单不存在' } })
  const reading = pinduoduo.read(message(body), settings)
  assert.equal(reading.ok ? '' : reading.refusal.code, 'pinduoduo.error_answer')
})

test('the push key ignores the frame id and holds version and content', () => {
  const keyOf = (text: string): string | undefined => {
    const parsed = parseFrame(text)
    return parsed.ok ? toMessage(parsed.value, bytes(text))?.dedupKey : undefined
  }
  const content = '{"tid":"260211-1","refund_id":7,"modified":1770775200123}'
  const first = keyOf(frame('pdd_refund_RefundClosed', content, '6912345678901234567'))
  assert.equal(first, keyOf(frame('pdd_refund_RefundClosed', content, '6912345678901234568')))
  assert.notEqual(first, keyOf(frame('pdd_refund_RefundClosed', content.replace('123}', '124}'))))
  assert.notEqual(first, keyOf(frame('pdd_refund_RefundCreated', content)))
})

test('reconnecting waits longer and longer, at most a minute, never in step', () => {
  const timing = { heartbeat: 1, silence: 1, firstPause: 1_000, longestPause: 60_000 }
  const least = { ...seededRandom(1), next: () => 0 }
  const most = { ...seededRandom(1), next: () => 0.999 }
  assert.deepEqual(
    [0, 1, 2, 6, 40].map((failures) => pauseMs(failures, timing, least)),
    [500, 1000, 2000, 30_000, 30_000],
  )
  assert.ok(pauseMs(40, timing, most) < 60_000)
})

test('the increment poll reads the last page first and carries the page in the cursor', async () => {
  const page = (form: URLSearchParams) =>
    answer({
      order_sn_increment_get_response: {
        total_count: 120,
        order_sn_list: [{ order_sn: `page-${form.get('page')}` }],
      },
    })
  const shop = platform({
    'pdd.order.number.list.increment.get': page,
    'pdd.order.information.get': (form) => orderAnswer({ order_sn: form.get('order_sn') }),
  })
  const calls = pinduoduo.calls?.(settings, deps(shop.http))
  const window = { from: now.subtract({ minutes: 33 }), to: now.subtract({ minutes: 3 }) }
  const read: string[] = []
  let cursor: string | null = null
  do {
    const result: Result<UpdatedPage> | undefined = await calls?.listUpdated?.({ ...window, cursor })
    assert.ok(result?.ok)
    read.push(...result.value.messages.map((one) => one.orderNo ?? ''))
    cursor = result.value.next
  } while (cursor !== null)
  assert.deepEqual(read, ['page-3', 'page-2', 'page-1'])
  const asked = shop.seen.find((form) => form.get('type')?.includes('increment'))
  assert.equal(
    asked?.get('end_updated_at'),
    String(Temporal.Instant.from('2026-02-11T01:57:00Z').epochMilliseconds / 1000),
  )
  assert.equal(asked?.get('order_status'), '5')
})

test('a window over 30 minutes, or too close to now, is refused before it is asked for', async () => {
  const shop = platform({})
  const calls = pinduoduo.calls?.(settings, deps(shop.http))
  const codeOf = async (fromMinutes: number, toMinutes: number): Promise<string> => {
    const window = { from: now.subtract({ minutes: fromMinutes }), to: now.subtract({ minutes: toMinutes }) }
    const result = await calls?.listUpdated?.({ ...window, cursor: null })
    return result?.ok === false ? result.refusal.code : 'ok'
  }
  assert.equal(await codeOf(60, 10), 'pinduoduo.window_too_long')
  assert.equal(await codeOf(10, 2), 'pinduoduo.window_too_fresh')
  assert.equal(shop.seen.length, 0)
})

test('a first shipment goes by online.send with redelivery_type 1 and the id of the live list', async () => {
  const shop = platform({
    ...COMPANIES,
    'pdd.order.information.get': () => orderAnswer({}),
    'pdd.logistics.online.send': () => answer({ logistics_online_send_response: { is_success: true } }),
  })
  const calls = pinduoduo.calls?.(settings, deps(shop.http))
  const result = await calls?.reportShipment?.({ ...REPORT, carrier: 'YUNDA' })
  assert.equal(result?.outcome, 'accepted')
  const sent = shop.seen.at(-1)
  assert.deepEqual(
    ['type', 'order_sn', 'logistics_id', 'tracking_number', 'redelivery_type'].map((name) => sent?.get(name)),
    ['pdd.logistics.online.send', WAITING.order_sn, '500', 'SF1234567890', '1'],
  )
})

test('the same number already there is accepted without shipping again', async () => {
  const shop = platform({
    ...COMPANIES,
    'pdd.order.information.get': () => orderAnswer({ order_status: 2, tracking_number: ' sf1234567890 ' }),
  })
  const result = await pinduoduo.calls?.(settings, deps(shop.http)).reportShipment?.(REPORT)
  assert.equal(result?.outcome, 'accepted')
  assert.ok(!shop.names().includes('pdd.logistics.online.send'))
})

test('an order whose money went back is told of no parcel, whenever that is seen', async () => {
  for (const isSeenLate of [false, true]) {
    let asked = 0
    const shop = platform({
      ...COMPANIES,
      'pdd.order.information.get': () => {
        asked += 1
        return orderAnswer(isSeenLate && asked === 1 ? {} : { refund_status: 4 })
      },
      'pdd.logistics.online.send': () => answer({ logistics_online_send_response: { is_success: false } }),
    })
    const told = await pinduoduo.calls?.(settings, deps(shop.http)).reportShipment?.(REPORT)
    assert.equal(told?.outcome === 'refused' ? told.refusal.code : '', 'pinduoduo.order_cancelled')
    assert.equal(shop.names().includes('pdd.logistics.online.send'), isSeenLate)
  }
})

test('another number: a further parcel by default, or as the setting says', async () => {
  const shop = platform({
    ...COMPANIES,
    'pdd.order.information.get': () => orderAnswer({ order_status: 2, tracking_number: 'SF0' }),
    'pdd.order.upload.extra.logistics': () =>
      answer({ order_upload_extra_logistics_response: { is_success: true } }),
    'pdd.logistics.online.send': () => answer({ logistics_online_send_response: { is_success: true } }),
  })
  const report = async (secondParcel: string) =>
    pinduoduo.calls?.({ ...settings, secondParcel }, deps(shop.http)).reportShipment?.(REPORT)
  assert.equal((await report(''))?.outcome, 'accepted')
  assert.equal(
    shop.seen.at(-1)?.get('extra_track_list'),
    '[{"shipping_id":"44","tracking_number":"SF1234567890"}]',
  )
  assert.equal((await report('replace'))?.outcome, 'accepted')
  assert.equal(shop.seen.at(-1)?.get('redelivery_type'), '2')
  const refused = await report('refuse')
  assert.equal(refused?.outcome === 'refused' ? refused.refusal.code : '', 'pinduoduo.other_number')
})

test('error numbers: what a person must do is refused, throttling and silence are outages', async () => {
  const ask = async (code: number) =>
    pinduoduo
      .calls?.(
        settings,
        deps(async () => failure(code, 'words pdd-access-token-0001')),
      )
      .test()
  const expired = await ask(10019)
  assert.equal(expired?.ok === false ? expired.refusal.code : '', 'pinduoduo.token_expired')
  assert.ok(!JSON.stringify(expired).includes('pdd-access-token-0001'))
  const other = await ask(20004)
  assert.equal(other?.ok === false ? other.refusal.code : '', 'pinduoduo.refused')
  for (const code of [52101, 70031])
    await assert.rejects(
      () => ask(code),
      (error: unknown) =>
        error instanceof Outage && error.code === 'pinduoduo.rate_limited' && error.retryAfterMs !== null,
    )
  await assert.rejects(
    () => ask(52102),
    (error: unknown) => error instanceof Outage && !error.unknown,
  )
})

test('a shipment without an answer is unknown, an unreachable gateway is not', async () => {
  const sendFails =
    (code: string): HttpCall =>
    async (request) => {
      const type = formOf(request.body).get('type')
      if (type === 'pdd.logistics.online.send') throw new Outage(code, 'no answer')
      return type === 'pdd.order.information.get'
        ? orderAnswer({})
        : COMPANIES['pdd.logistics.companies.get']()
    }
  const report = (code: string) => pinduoduo.calls?.(settings, deps(sendFails(code))).reportShipment?.(REPORT)
  await assert.rejects(
    async () => report('http.timeout'),
    (error: unknown) => error instanceof Outage && error.unknown,
  )
  await assert.rejects(
    async () => report('http.unreachable'),
    (error: unknown) => error instanceof Outage && !error.unknown,
  )
})
