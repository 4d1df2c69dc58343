import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Claim } from '#domain/claim.ts'
import type { InboundRequest } from '#domain/connector.ts'
import { manualClock, systemClock } from '#kernel/clock.ts'
import { seededRandom, systemRandom } from '#kernel/random.ts'
import { NO_FAULTS } from '#sim/platform.ts'
import { simSf } from '#sim/platforms/sf.ts'
import { fetchCall } from '#test-support/http-call.ts'
import { noTcp } from '#test-support/no-tcp.ts'
import { receivingEnd } from '#test-support/receiving-end.ts'
import { ORDER_STATE_JSON, ROUTE_JSON, ROUTE_XML, routeNode } from './fixtures/messages.ts'
import { sf } from './index.ts'
import { readPush } from './read.ts'
import { receivePush } from './receive.ts'
import { computeVector, javaUrlEncode, msgDigest } from './sign.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const form = (xml: string): string => `content=${encodeURIComponent(xml)}`
const request = (body: string, headers: Record<string, string> = {}): InboundRequest => ({
  method: 'POST',
  path: '/callback/token',
  query: '',
  headers,
  body: bytes(body),
})
const claimsOf = (body: string): readonly Claim[] => {
  const reading = readPush({ body: bytes(body) })
  assert.ok(reading.ok, reading.ok ? '' : reading.refusal.detail)
  return reading.value.claims
}
const accepted = (body: string) => {
  const receipt = receivePush(request(body), {})
  assert.equal(receipt.verdict, 'accepted')
  assert.ok(receipt.verdict === 'accepted')
  return receipt
}

test('a route push is one claim per node, about the parcel and about the order it names', () => {
  const claims = claimsOf(ROUTE_JSON)
  assert.equal(claims.length, 4)
  const [parcel, order] = claims
  assert.deepEqual(parcel?.subject, { by: 'parcel', trackingNo: 'SF7444400031887' })
  assert.deepEqual(order?.subject, { by: 'reference', orderNo: 'QIAO-20250526-001' })
  for (const claim of [parcel, order]) {
    assert.equal(claim?.code, 'opCode:50')
    assert.equal(claim?.at.instant?.toString(), '2025-05-26T01:55:52Z')
    assert.equal(claim?.at.raw, '2025-05-26 09:55:52')
    assert.deepEqual(claim?.detail, {
      trackingNo: 'SF7444400031887',
      carrier: 'SF',
      place: '深圳市',
      words: '顺丰速运 已收取快件',
    })
  }
  assert.equal(claims[2]?.code, 'opCode:30')
})

test('JSON, XML and XML in a form say the same and count as the same message', () => {
  assert.deepEqual(claimsOf(ROUTE_XML), claimsOf(ROUTE_JSON))
  assert.deepEqual(claimsOf(form(ROUTE_XML)), claimsOf(ROUTE_JSON))
  assert.equal(accepted(form(ROUTE_XML)).dedupKey, accepted(ROUTE_JSON).dedupKey)
})

test('each form gets its own acknowledgement', () => {
  assert.equal(accepted(ROUTE_JSON).reply.body, '{"return_code":"0000","return_msg":"成功"}')
  const ack = '<Response service="RoutePushService"><Head>OK</Head></Response>'
  assert.equal(accepted(ROUTE_XML).reply.body, ack)
  assert.equal(accepted(form(ROUTE_XML)).reply.body, ack)
  assert.equal(accepted(ORDER_STATE_JSON).reply.body, '{"return_code":"0000","return_msg":"成功"}')
  const own = receivePush(request(ORDER_STATE_JSON), { order_state_reply: '{"success":"true"}' })
  assert.equal(own.reply.body, '{"success":"true"}')
})

test('a broken push is refused in its own form, so that SF sends the batch again', () => {
  const cut = receivePush(request(ROUTE_JSON.slice(0, 200)), {})
  assert.equal(cut.verdict, 'rejected')
  assert.deepEqual(JSON.parse(cut.reply.body), { return_code: '1000', return_msg: '报文解析错误' })
  const xml = receivePush(request(form(ROUTE_XML.slice(0, 300))), {})
  assert.match(xml.reply.body, /<Head>ERR<\/Head><ERROR code="4002">报文解析错误<\/ERROR>/)
  const doctype = `<!DOCTYPE a [<!ENTITY b "c">]>${ROUTE_XML.slice(ROUTE_XML.indexOf('<Request'))}`
  assert.equal(receivePush(request(doctype), {}).verdict, 'rejected')
})

test('another of SF’s pushes is kept and parked, not refused', () => {
  const fee = '{"waybillNo":"SF1","fee":"12.0"}'
  assert.equal(accepted(fee).topic, 'other')
  const reading = readPush({ body: bytes(fee) })
  assert.equal(reading.ok ? '' : reading.refusal.code, 'sf.unknown_push')
})

test('the shared header is demanded where the connection has one', () => {
  const settings = { push_header: 'X-Shared', push_header_value: 'secret-value' }
  const wrong = receivePush(request(ROUTE_JSON, { 'x-shared': 'guess' }), settings)
  assert.ok(wrong.verdict === 'rejected' && wrong.refusal.code === 'sf.header_refused')
  assert.ok(!JSON.stringify(wrong).includes('secret-value'))
  assert.equal(receivePush(request(ROUTE_JSON), settings).verdict, 'rejected')
  assert.equal(receivePush(request(ROUTE_JSON, { 'x-shared': 'secret-value' }), settings).verdict, 'accepted')
  const empty = receivePush(request(ROUTE_JSON, { 'x-shared': '' }), { push_header: 'x-shared' })
  assert.equal(empty.verdict, 'rejected', 'a header without a value would let everybody in')
})

test('the same batch in another order is one message, an overlapping batch is another', () => {
  const [head, first, second] = ROUTE_JSON.split('\n')
  const swapped = `${head}${second?.replace(']}}', '')},${first?.replace(/,$/, '')}]}}`
  assert.equal(accepted(swapped).dedupKey, accepted(ROUTE_JSON).dedupKey)
  const overlap = `${head}${first?.replace(/,$/, '')}]}}`
  assert.notEqual(accepted(overlap).dedupKey, accepted(ROUTE_JSON).dedupKey)
})

test('an order-state push binds the waybill number to the order', () => {
  const [parcel, order, ...rest] = claimsOf(ORDER_STATE_JSON)
  assert.equal(rest.length, 0)
  assert.equal(parcel?.code, 'orderStateCode:04-40001')
  assert.equal(parcel?.detail.trackingNo, 'SF7444400031900')
  assert.deepEqual(order?.subject, { by: 'reference', orderNo: 'QIAO-20250523-007' })
  assert.equal(order?.at.instant?.toString(), '2025-05-23T07:12:33Z')
  assert.equal(accepted(ORDER_STATE_JSON).orderNo, 'QIAO-20250523-007')
  const unbound = claimsOf(ORDER_STATE_JSON.replace('SF7444400031900', ''))
  assert.deepEqual(
    unbound.map((claim) => claim.code),
    ['orderStateCode:04-40001:unbound'],
  )
})

test('a new number is kept in the reason, an unlisted operation keeps its own code', () => {
  const [moved] = claimsOf(routeNode({ opCode: '648', remark: '快件已退回/转寄,新单号为:SF7444400099999' }))
  assert.equal(moved?.code, 'opCode:648')
  assert.equal(moved?.detail.reason, '新单号 SF7444400099999')
  const [failed] = claimsOf(routeNode({ opCode: '70', reasonCode: '12', reasonName: '收方客户拒收' }))
  assert.equal(failed?.detail.reason, '收方客户拒收')
  const [unknown] = claimsOf(routeNode({ opCode: '10' }))
  assert.equal(unknown?.code, 'opCode:10')
  assert.ok(!sf.codes.some(({ code }) => code === 'opCode:10'), 'the wrong table in circulation is not ours')
})

test('a time abroad is not read as Beijing time', () => {
  const [abroad] = claimsOf(routeNode({ acceptTime: '2026-02-11 18:44:22', trackCountry: 'JP' }))
  assert.notEqual(abroad?.at.instant?.toString(), '2026-02-11T10:44:22Z')
})

test('a character reference is read, and one that no database can hold becomes U+FFFD', () => {
  const [claim] = claimsOf(ROUTE_XML.replace('顺丰速运 已收取快件', 'a&#0;b&amp;&#x4E2D;'))
  assert.ok(!claim?.detail.words?.includes('\u0000'))
  assert.match(claim?.detail.words ?? '', /^a.*b&中$/u)
})

test('a node without number is refused with its reason', () => {
  const reading = readPush({ body: bytes(routeNode({ mailno: ' ' })) })
  assert.equal(reading.ok ? '' : reading.refusal.code, 'sf.incomplete_node')
})

test('digests agree with the guide’s worked example in all three modes', () => {
  const parts = {
    msgData: '{"language":"zh-CN","orderId":"QIAO-20200618-004"}',
    timestamp: '12312334453453',
    checkWord: 'fjcg5PGKaNpPSHFAZ4QsCOkV71R3zVci',
  }
  assert.equal(msgDigest('standard_md5', parts), 'IIKJtuLVzoFTu4kHI8M8vA==')
  assert.equal(msgDigest('simple_md5', parts), 'OwYXm3XG9fjHK7A+/t7Ckw==')
  assert.equal(msgDigest('sm3', parts), 'b05d21124eb6aedb3c6c99b1a37f9fc9a23a9898cb6a4b5df00d4402bda9081f')
  assert.equal(javaUrlEncode("中 *~+!'()-._"), '%E4%B8%AD+*%7E%2B%21%27%28%29-._')
  // A blank, a star and a tilde are where encodeURIComponent alone gives another digest.
  const odd = { msgData: '中 *~+', timestamp: '1', checkWord: 'test' }
  assert.equal(msgDigest('standard_md5', odd), 'enEGxDrktGqdJiLR3VtTkA==')
  const legacy = {
    xml: '<Request service="RouteService" lang="zh-CN"><Head>CLIENT</Head><Body/></Request>',
    checkword: 'TESTCHECKWORD0000',
  }
  assert.equal(
    computeVector({ kind: 'legacy_bsp_xml.verifyCode', inputs: legacy }),
    'GN4GvA+2lZIN7dExYfme0A==',
  )
})

for (const shape of ['json', 'xml'] as const)
  test(`against the simulated SF over sockets (${shape}): all arrives once, re-pushed after a failure`, async () => {
    const faults = { ...NO_FAULTS, duplicate: 0.3, delay: 0.3, delayMs: 30, drop: 0.2, forge: 0.3 }
    const world = await simSf(
      { clock: systemClock, random: seededRandom(7), faults },
      { form: shape, batchMs: 2, retryMs: Array.from({ length: 12 }, () => 10) },
    )
    const hub = await receivingEnd(sf, world.settings)
    try {
      hub.failNext(2)
      world.pushTo(hub.url)
      for (let i = 0; i < 12; i += 1) {
        const { trackingNo } = await world.issue(`ORDER-${i}`)
        for (const scan of ['picked_up', 'in_transit', 'out_for_delivery', 'delivered'] as const)
          await world.scan(trackingNo, scan)
      }
      await world.settled()
      const claims = hub.claims()
      const count = (code: string): number =>
        claims.filter((claim) => claim.code === code && claim.subject.by === 'reference').length
      assert.equal(count('orderStateCode:04-40001'), 12)
      for (const code of ['50', '30', '31', '44', '80', '8000']) assert.equal(count(`opCode:${code}`), 12)
      assert.ok(hub.refusals.length > 0 && hub.refusals.every((code) => code === 'sf.header_refused'))
      assert.ok(hub.duplicates() > 0)
    } finally {
      await world.close()
      await hub.close()
    }
  })

test('the connection test makes a real call and names what is wrong', async () => {
  const world = await simSf({ clock: systemClock, random: seededRandom(1), faults: NO_FAULTS })
  try {
    const deps = {
      http: fetchCall,
      clock: manualClock(Temporal.Now.instant()),
      random: systemRandom,
      openTcp: noTcp,
    }
    const good = await sf.calls?.(world.settings, deps).test()
    assert.equal(good?.ok, true)
    const bad = await sf.calls?.({ ...world.settings, check_word: 'wrong' }, deps).test()
    assert.ok(bad?.ok === false && bad.refusal.code === 'sf.signature_refused')
  } finally {
    await world.close()
  }
})

test('no input makes the connector throw or take long', () => {
  const pieces = [ROUTE_JSON, ROUTE_XML, form(ROUTE_XML), ORDER_STATE_JSON]
  const mutated = fc
    .tuple(fc.constantFrom(...pieces), fc.nat(), fc.nat(40), fc.string({ unit: 'binary', maxLength: 20 }))
    .map(([text, at, cut, insert]) => {
      const start = at % text.length
      return bytes(text.slice(0, start) + insert + text.slice(start + cut))
    })
  fc.assert(
    fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 2000 })), (body) => {
      const receipt = receivePush({ ...request(''), body }, {})
      readPush({ body })
      return typeof receipt.reply.body === 'string'
    }),
    { numRuns: 200 },
  )
})
