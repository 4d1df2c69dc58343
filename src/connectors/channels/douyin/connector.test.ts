import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import type { CallDeps, HttpCall, ShipmentReport, UpdatedPage } from '#domain/connector.ts'
import { manualClock } from '#kernel/clock.ts'
import { connectionId, orderNo, trackingNo } from '#kernel/id.ts'
import { Outage } from '#kernel/outage.ts'
import { seededRandom } from '#kernel/random.ts'
import type { Result } from '#kernel/result.ts'
import { noTcp } from '#test-support/no-tcp.ts'
import { APP_KEY, APP_SECRET, contractFixtures, order, push, signedPush } from './fixtures/index.ts'
import { computeVector, douyin } from './index.ts'

const { settings, now } = contractFixtures
const NUMBER = '6931234567890123456'
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const reply = (text: string) => ({ status: 200, headers: {}, body: bytes(text) })
const data = (value: unknown) => reply(JSON.stringify({ code: 10000, msg: 'success', data: value }))
const failure = (code: number, sub: string, words = 'no') =>
  reply(JSON.stringify({ code, msg: words, sub_code: sub, sub_msg: words, data: null }))
const deps = (http: HttpCall): CallDeps => ({
  http,
  clock: manualClock(now),
  random: seededRandom(1),
  openTcp: noTcp,
})
const stored = (body: string, topic = 'x') => ({
  connection: connectionId('c'),
  topic,
  headers: {},
  body: bytes(body),
  receivedAt: now,
})
const REPORT: ShipmentReport = {
  orderNo: orderNo(NUMBER),
  trackingNo: trackingNo('ZT100200'),
  carrier: 'ZTO',
  lines: [],
  requestId: 'request-1',
}
const SHIPPED = order(
  3,
  ',"logistics_info":[{"tracking_no":"zt100200","company":"zhongtong","ship_time":1770801000}]',
)

/** Answers by method and remembers the calls that came. */
function platform(
  answers: Readonly<Record<string, (params: Record<string, unknown>) => ReturnType<typeof reply>>>,
) {
  const seen: { readonly url: URL; readonly params: Record<string, unknown> }[] = []
  const http: HttpCall = async ({ url, body }) => {
    const call = { url: new URL(url), params: JSON.parse(String(body)) as Record<string, unknown> }
    seen.push(call)
    return answers[call.url.pathname]?.(call.params) ?? failure(70000, 'isp.api-service-off')
  }
  return { http, seen }
}
const COMPANIES = {
  '/order/logisticsCompanyList': () =>
    data([
      { id: 15, name: '中通快递', code: 'zhongtong' },
      { id: 9, name: '韵达快递', code: 'yunda' },
    ]),
}

// Expected values are those of the published vectors, never our own.
test('signs the published vectors', () => {
  const request = {
    app_key: APP_KEY,
    app_secret: '2ad2355c-01d0-11f8-91dc-05a8cd1054b1',
    method: 'order.searchList',
    param_json: '{"page":0,"size":10}',
    timestamp: '1700000000',
    v: '2',
    sign_method: 'hmac-sha256',
  }
  assert.equal(
    computeVector({ kind: 'request', inputs: request }),
    'd381d9b7083499e81831d92229e88c0fadebe00840df203c58e57334b2c17575',
  )
  const object = { b: 1, a: { d: 'x&y<z>', c: [{ z: 1, y: '中文' }] }, n: null }
  assert.equal(
    computeVector({ kind: 'request', inputs: { object } }),
    '{"a":{"c":[{"y":"中文","z":1}],"d":"x&y<z>"},"b":1,"n":null}',
  )
  const raw_body =
    '[{"tag":"100","msg_id":"6838195934872600000:100:1766000000:1234567","data":{"p_id":4781934872600000123,"s_ids":[4781934872600000123],"shop_id":111111,"order_status":1,"order_type":0,"create_time":1766000000,"biz":2}}]'
  assert.equal(
    computeVector({ kind: 'webhook', inputs: { app_key: 'app', app_secret: 'secret', raw_body } }),
    '6e69965d809d0eb98085017b09d04891',
  )
  assert.equal(computeVector({ kind: 'request', inputs: { client_id: 'x' } }), null)
})

// The base strings were written out by hand and hashed with coreutils md5sum and openssl dgst -hmac.
test('the MD5 variant, calls that the platform makes to us, HMAC pushes and 64-bit numbers', () => {
  const keys = { app_key: 'k', app_secret: 's', timestamp: '1' }
  const request = { ...keys, method: 'order.orderDetail', param_json: '{}', v: '2', sign_method: 'md5' }
  assert.equal(computeVector({ kind: 'request', inputs: request }), 'b32ec9675151f6280bafdae236f003c5')
  const spi = { ...keys, param_json: '{"b":1,"a":2}', sign_method: 'hmac-sha256' }
  assert.equal(
    computeVector({ kind: 'spi', inputs: spi }),
    'b9db32191a667f9af784f516564bf81ab8f879f437aab641dd6963ddae1fbde3',
  )
  const pushed = { app_key: 'app', app_secret: 'secret', raw_body: '[]', sign_method: 'hmac-sha256' }
  assert.equal(
    computeVector({ kind: 'webhook', inputs: pushed }),
    'f90fa179ea47b0df5ff06abc153d7365d74160332d0aa072a62a162fbe53e250',
  )
  const object = { b: 4781934872600000123n, a: 1.0 }
  assert.equal(computeVector({ kind: 'request', inputs: { object } }), '{"a":1,"b":4781934872600000123}')
})

test('the ack and the failure are the bytes that the platform demands', () => {
  const good = douyin.receive?.(signedPush(push('100', ',"create_time":1770772323')), settings, now)
  assert.deepEqual(good?.reply, {
    status: 200,
    contentType: 'application/json',
    body: '{"code":0,"msg":"success"}',
  })
  const forged = douyin.receive?.(signedPush(push('100', ''), 'other'), settings, now)
  assert.deepEqual([forged?.reply.status, forged?.reply.body], [401, '{"code":1,"msg":"fail"}'])
})

test('an app that signs with HMAC-SHA256 is verified by header, by setting, or by trying both', () => {
  const body = push('100', ',"create_time":1770772323')
  const sign = createHmac('sha256', APP_SECRET)
    .update(APP_KEY + body + APP_SECRET)
    .digest('hex')
  const verdict = (headers: Record<string, string>, pushSign: string) =>
    douyin.receive?.(
      signedPush(body, APP_SECRET, { 'event-sign': sign, ...headers }),
      { ...settings, pushSign },
      now,
    ).verdict
  assert.equal(verdict({ 'sign-method': 'hmac-sha256' }, 'auto'), 'accepted')
  assert.equal(verdict({}, 'auto'), 'accepted')
  assert.equal(verdict({}, 'hmac-sha256'), 'accepted')
  assert.equal(verdict({}, 'md5'), 'rejected')
  assert.equal(verdict({ 'sign-method': 'md5' }, 'auto'), 'rejected')
})

test('without keys nothing is accepted', () => {
  const receipt = douyin.receive?.(signedPush('[{"tag":"100"}]', ''), { appKey: APP_KEY, appSecret: '' }, now)
  assert.equal(receipt?.verdict, 'rejected')
})

test('the key: the same array again is a duplicate, one that shares messages is not, nor is a changed one', () => {
  const keyOf = (body: string): string => {
    const receipt = douyin.receive?.(signedPush(body), settings, now)
    return receipt?.verdict === 'accepted' ? receipt.dedupKey : assert.fail('not accepted')
  }
  const [a] = JSON.parse(push('100', ',"create_time":1770772323', '1')) as unknown[]
  const [b] = JSON.parse(push('101', ',"pay_time":1770772341', '2')) as unknown[]
  assert.equal(keyOf(JSON.stringify([a, b])), keyOf(JSON.stringify([b, a], null, 1)))
  assert.notEqual(keyOf(JSON.stringify([a])), keyOf(JSON.stringify([a, b])))
  assert.notEqual(keyOf(push('113', ',"update_time":1', '3')), keyOf(push('113', ',"update_time":2', '3')))
})

test('a signed body that cannot be read is kept, acknowledged and parked', () => {
  const receipt = douyin.receive?.(signedPush('{"tag":"100"}'), settings, now)
  assert.equal(receipt?.verdict, 'accepted')
  const reading = douyin.read(stored('{"tag":"100"}'), settings)
  assert.equal(reading.ok ? '' : reading.refusal.code, 'douyin.not_an_answer')
})

test("another shop's messages are not read as ours", () => {
  const theirs = douyin.read(stored(push('100', ',"create_time":1770772323')), { ...settings, shopId: '1' })
  assert.equal(theirs.ok ? '' : theirs.refusal.code, 'douyin.other_shop')
  assert.ok(
    douyin.read(stored(push('100', ',"create_time":1770772323')), { ...settings, shopId: '4463790' }).ok,
  )
})

test('content registers: fen, exact shares by bearer, ciphertext, promise, version', () => {
  const reading = douyin.read(stored(order(2, ',"pay_time":1770772341')), settings)
  assert.ok(reading.ok)
  const [content] = reading.value.content
  assert.equal(content?.version, 1770772400n * 1_000_000_000n)
  const { totals, recipient, notes, promise, buyer } = content?.parts ?? {}
  assert.deepEqual([totals?.goods.minor, totals?.discount.minor, totals?.payable.minor], [5980n, 800n, 5180n])
  assert.deepEqual(
    totals?.discounts.map(({ bearer, amount, lineId }) => [bearer, amount.minor, lineId]),
    [
      ['merchant', 300n, NUMBER],
      ['platform', 500n, NUMBER],
      ['payment', 100n, null],
    ],
  )
  assert.deepEqual(
    [recipient?.ciphertext, recipient?.province, recipient?.district],
    [true, '浙江省', '余杭区'],
  )
  assert.deepEqual(notes, { buyer: '快点', seller: '', flag: '3' })
  assert.equal(promise?.shipBy?.instant?.toString(), '2026-02-13T01:12:21Z')
  assert.equal(buyer?.id, '1@#open')
})

test('a whole order ships by logisticsAdd, a part by single pack with our request id', async () => {
  const shop = platform({
    ...COMPANIES,
    '/order/logisticsAdd': () => data({}),
    '/order/logisticsAddSinglePack': () => data({ pack_id: 'p' }),
  })
  const calls = douyin.calls?.(settings, deps(shop.http))
  assert.equal((await calls?.reportShipment?.(REPORT))?.outcome, 'accepted')
  assert.deepEqual(shop.seen.at(-1)?.params, {
    company_code: 'zhongtong',
    logistics_code: 'ZT100200',
    order_id: NUMBER,
  })
  const lines = [{ lineId: NUMBER, quantity: 1 }]
  assert.equal((await calls?.reportShipment?.({ ...REPORT, carrier: 'YUNDA', lines }))?.outcome, 'accepted')
  const { url, params } = shop.seen.at(-1) ?? {}
  assert.deepEqual(params, {
    company_code: 'yunda',
    logistics_code: 'ZT100200',
    order_id_list: [NUMBER],
    request_id: 'request-1',
    shipped_order_info: [{ shipped_num: 1, shipped_order_id: NUMBER }],
  })
  assert.equal(url?.searchParams.get('method'), 'order.logisticsAddSinglePack')
  assert.equal(shop.seen.filter((call) => call.url.pathname.endsWith('CompanyList')).length, 1)
})

test('refused although the number is there: accepted; with another number: refused with the platform words', async () => {
  const report = (body: string) => {
    const shop = platform({
      ...COMPANIES,
      '/order/logisticsAdd': () => failure(50002, 'isv.business-failed:1', '订单已发货'),
      '/order/orderDetail': () => reply(body),
    })
    return douyin.calls?.(settings, deps(shop.http)).reportShipment?.(REPORT)
  }
  assert.equal((await report(SHIPPED))?.outcome, 'accepted')
  const refused = await report(SHIPPED.replace('zt100200', 'zt999'))
  assert.ok(refused?.outcome === 'refused' && refused.refusal.code === 'douyin.refused')
  assert.match(refused.refusal.detail, /订单已发货/)
  for (const ended of [order(4), order(2, ',"main_status":21')]) {
    const late = await report(ended)
    assert.equal(late?.outcome === 'refused' && late.refusal.code, 'douyin.order_cancelled')
  }
})

test('a carrier without a code is refused before anything is sent', async () => {
  const shop = platform(COMPANIES)
  const answer = await douyin
    .calls?.(settings, deps(shop.http))
    .reportShipment?.({ ...REPORT, carrier: 'DHL' })
  assert.equal(answer?.outcome === 'refused' ? answer.refusal.code : '', 'douyin.unknown_carrier')
  assert.equal(shop.seen.length, 1)
})

test('after an unknown outcome the order is asked for the number', async () => {
  const found = (body: string) =>
    douyin
      .calls?.(
        settings,
        deps(async () => reply(body)),
      )
      .findShipment?.(REPORT)
  assert.equal(await found(SHIPPED), 'found')
  assert.equal(await found(order(2)), 'absent')
})

test('pages: a look at page 0 for the total, then from the last page down to 0', async () => {
  const shop = platform({
    '/order/searchList': ({ page }) =>
      data({ page, size: 100, total: 250, shop_order_list: [{ order_id: `page-${page}`, update_time: 1 }] }),
  })
  const calls = douyin.calls?.(settings, deps(shop.http))
  const read: string[] = []
  let cursor: string | null = null
  do {
    const result: Result<UpdatedPage> | undefined = await calls?.listUpdated?.({
      from: now.subtract({ hours: 1 }),
      to: now,
      cursor,
    })
    assert.ok(result?.ok)
    read.push(...result.value.messages.map((one) => one.orderNo ?? ''))
    cursor = result.value.next
  } while (cursor !== null)
  assert.deepEqual(read, ['page-2', 'page-1', 'page-0'])
  assert.equal(shop.seen[0]?.params.page, 0)
  assert.equal(shop.seen[0]?.params.update_time_end, now.epochMilliseconds / 1000)
})

test('an order out of a list reads like an order asked for', async () => {
  const single = JSON.parse(order(2, ',"pay_time":1770772341').replace('1790001112223334445', '179')) as {
    data: { shop_order_detail: unknown }
  }
  const shop = platform({
    '/order/searchList': () => data({ page: 0, total: 1, shop_order_list: [single.data.shop_order_detail] }),
  })
  const page = await douyin
    .calls?.(settings, deps(shop.http))
    .listUpdated?.({ from: now.subtract({ hours: 1 }), to: now, cursor: null })
  assert.ok(page?.ok)
  const [message] = page.value.messages
  const fromList = douyin.read({ ...stored(''), body: message?.body ?? bytes('') }, settings)
  assert.deepEqual(fromList, douyin.read(stored(JSON.stringify(single)), settings))
})

test('error codes: what a person must do is refused by its own code, throttling and a service down are outages', async () => {
  const ask = (code: number, sub: string) =>
    douyin
      .calls?.(
        settings,
        deps(async () => failure(code, sub, 'words douyin-access-token-0001')),
      )
      .test()
  const codeOf = async (code: number, sub: string) => {
    const result = await ask(code, sub)
    assert.ok(!JSON.stringify(result).includes('douyin-access-token-0001'))
    return result?.ok === false ? result.refusal.code : ''
  }
  assert.equal(await codeOf(40003, 'isv.access-token-expired'), 'douyin.token_expired')
  assert.equal(await codeOf(40003, 'isv.signature-invalid'), 'douyin.wrong_keys')
  assert.equal(await codeOf(30001, 'dop.authorization-closed'), 'douyin.not_permitted')
  assert.equal(await codeOf(90000, 'isv.env-suspected'), 'douyin.refused')
  await assert.rejects(
    async () => ask(60000, 'isv.traffic-limited'),
    (error: unknown) => error instanceof Outage && error.retryAfterMs !== null,
  )
  await assert.rejects(
    async () => ask(20000, 'dop.service-error'),
    (error: unknown) => error instanceof Outage && !error.unknown,
  )
})

test('a shipment without an answer is unknown, an unreachable gateway is not, and no token shows', async () => {
  const report = (code: string) => {
    const http: HttpCall = async ({ url }) => {
      if (url.includes('CompanyList')) return COMPANIES['/order/logisticsCompanyList']()
      throw new Outage(code, `no answer from ${url}`)
    }
    return douyin.calls?.(settings, deps(http)).reportShipment?.(REPORT)
  }
  const isOutage = (unknown: boolean) => (error: unknown) =>
    error instanceof Outage &&
    error.unknown === unknown &&
    !error.message.includes('douyin-access-token-0001')
  await assert.rejects(async () => report('http.timeout'), isOutage(true))
  await assert.rejects(async () => report('http.unreachable'), isOutage(false))
})
