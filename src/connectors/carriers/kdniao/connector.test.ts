import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Claim } from '#domain/claim.ts'
import type { InboundRequest, Settings } from '#domain/connector.ts'
import { systemClock } from '#kernel/clock.ts'
import { seededRandom, systemRandom } from '#kernel/random.ts'
import { NO_FAULTS } from '#sim/platform.ts'
import { simKdniao } from '#sim/platforms/kdniao.ts'
import { fetchCall } from '#test-support/http-call.ts'
import { noTcp } from '#test-support/no-tcp.ts'
import { receivingEnd } from '#test-support/receiving-end.ts'
import { FIRST, formOf, PLAIN, push, SECOND, SETTINGS } from './fixtures/messages.ts'
import { kdniao } from './index.ts'
import { readTraces } from './read.ts'
import { receivePush } from './receive.ts'
import { computeVector } from './sign.ts'

const NOW = Temporal.Instant.from('2021-01-02T00:31:05.987Z')
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const request = (body: string): InboundRequest => ({
  method: 'POST',
  path: '/callback/token',
  query: '',
  headers: {},
  body: bytes(body),
})
const claimsOf = (data: string): readonly Claim[] => {
  const reading = readTraces({ body: bytes(formOf(data)) })
  assert.ok(reading.ok, reading.ok ? '' : reading.refusal.detail)
  return reading.value.claims
}
const parcelCodes = (data: string): readonly string[] =>
  claimsOf(data)
    .filter(({ subject }) => subject.by === 'parcel')
    .map(({ code }) => code)
const receive = (body: string, settings: Settings = SETTINGS) => receivePush(request(body), settings, NOW)
const refusalOf = (body: string, settings: Settings = SETTINGS): string => {
  const receipt = receive(body, settings)
  return receipt.verdict === 'rejected' ? receipt.refusal.code : receipt.verdict
}

test('a node of a later push is the very claim it was in the first one', () => {
  const [parcel, order] = claimsOf(FIRST)
  assert.deepEqual(parcel?.subject, { by: 'parcel', trackingNo: '3100707578976' })
  assert.deepEqual(order?.subject, { by: 'reference', orderNo: 'HF-20210101-1' })
  assert.equal(parcel?.code, 'Action:1')
  assert.equal(parcel?.at.instant?.toString(), '2021-01-01T01:00:00Z')
  assert.deepEqual(parcel?.detail, {
    trackingNo: '3100707578976',
    carrier: 'STO',
    place: '上海市',
    words: '【上海市】已揽收',
  })
  assert.deepEqual(parcelCodes(SECOND), ['Action:1', 'Action:202'])
  assert.deepEqual(claimsOf(SECOND).slice(0, 2), [parcel, order])
})

test('without actions the newest node alone carries the state; without an order code no order is named', () => {
  assert.deepEqual(parcelCodes(PLAIN), ['State:2'])
  assert.equal(claimsOf(PLAIN)[0]?.at.raw, '2021-01-02 08:30:00')
  const detailed = push({
    OrderCode: '',
    State: '2',
    StateEx: '211',
    Traces: [{ AcceptTime: '2021-01-02 08:30:00' }],
  })
  assert.deepEqual(
    claimsOf(detailed).map(({ code, subject }) => [code, subject.by]),
    [['StateEx:211', 'parcel']],
  )
  assert.deepEqual(claimsOf(push({ Success: false, Reason: '暂无轨迹信息', State: '0' })), [])
})

test('codes mean what 快递鸟 means, not what 快递100 means', () => {
  const factOf = (code: string) => kdniao.codes.find((entry) => entry.code === code)?.fact
  assert.equal(factOf('State:2'), 'in_transit')
  assert.equal(factOf('State:4'), 'exception')
  assert.equal(factOf('StateEx:202'), 'out_for_delivery')
  assert.equal(factOf('Action:404'), 'returning')
  assert.equal(factOf('Action:406'), 'signed_back')
  assert.equal(factOf('Action:10'), 'none')
  assert.equal(factOf('state:2'), undefined)
})

test('a rightly signed push is acknowledged in exactly the four fields, in Beijing time', () => {
  for (const twice of [false, true]) {
    const receipt = receive(formOf(FIRST, { twice }))
    assert.equal(receipt.verdict, 'accepted')
    assert.equal(
      receipt.reply.body,
      '{"EBusinessID":"1237100","UpdateTime":"2021-01-02 08:31:05","Success":true,"Reason":""}',
    )
  }
  assert.equal(refusalOf(formOf(FIRST, { key: 'guess' })), 'kdniao.signature')
  assert.equal(refusalOf(new URLSearchParams({ RequestData: FIRST }).toString()), 'kdniao.signature_missing')
  assert.equal(refusalOf(FIRST), 'kdniao.signature_missing')
  assert.equal(
    refusalOf(formOf(FIRST, { key: '' }), { ebusiness_id: '1237100', app_key: '' }),
    'kdniao.settings',
  )
  assert.equal(refusalOf('a=b'), 'kdniao.unreadable')
  assert.ok(!JSON.stringify(receive(formOf(FIRST, { key: 'guess' }))).includes(SETTINGS.app_key))
})

test('the same traces pushed at another time are one message, a longer trace is another', () => {
  const key = (body: string): string => {
    const receipt = receive(body)
    return receipt.verdict === 'accepted' ? receipt.dedupKey : ''
  }
  const later = push(
    { StateEx: '1', State: '1', Traces: [JSON.parse(FIRST).Data[0].Traces[0]] },
    '2021-01-02 09:00:00',
  )
  assert.equal(key(formOf(FIRST)), key(formOf(later)))
  assert.notEqual(key(formOf(FIRST)), key(formOf(SECOND)))
})

test('another kind of push and an entry without number are refused by the reader with a reason', () => {
  const codeOf = (body: string): string => {
    const reading = readTraces({ body: bytes(body) })
    return reading.ok ? 'ok' : reading.refusal.code
  }
  assert.equal(codeOf(formOf(FIRST, { type: '107' })), 'kdniao.unknown_push')
  assert.equal(codeOf(formOf(push({ LogisticCode: ' ' }))), 'kdniao.incomplete')
  assert.equal(codeOf(formOf('{"Data":[]}')), 'kdniao.incomplete')
})

test('DataSign is Base64 of the hex text', () => {
  const inputs = {
    RequestData: '{"OrderCode":"","ShipperCode":"YTO","LogisticCode":"YT0000000000001"}',
    AppKey: 'test-appkey',
  }
  assert.deepEqual(computeVector({ kind: 'DataSign', inputs }), {
    dataSign_base64: 'NjYzMWQ4NDlmY2I5NWExMmRkOGZjNTRhNDFmZTI0YzI=',
    dataSign_urlencoded: 'NjYzMWQ4NDlmY2I5NWExMmRkOGZjNTRhNDFmZTI0YzI%3D',
  })
})

for (const plan of ['paid', 'plain'] as const)
  test(`against the simulated 快递鸟 over sockets (${plan} plan)`, async () => {
    const faults = {
      ...NO_FAULTS,
      duplicate: 0.3,
      reorder: 0.3,
      delay: 0.2,
      delayMs: 20,
      drop: 0.2,
      forge: 0.3,
    }
    const world = await simKdniao(
      { clock: systemClock, random: seededRandom(5), faults },
      { plan, retryMs: Array.from({ length: 12 }, () => 10) },
    )
    const hub = await receivingEnd(kdniao, world.settings)
    try {
      hub.failNext(1)
      world.pushTo(hub.url)
      for (let i = 0; i < 8; i += 1) {
        const { trackingNo } = await world.issue(`ORDER-${i}`)
        for (const scan of ['picked_up', 'in_transit', 'out_for_delivery', 'delivered'] as const)
          await world.scan(trackingNo, scan)
      }
      await world.settled()
      const claims = hub.claims().filter(({ subject }) => subject.by === 'reference')
      const delivered = plan === 'paid' ? 'Action:301' : 'State:3'
      assert.equal(claims.filter(({ code }) => code === delivered).length, 8)
      assert.ok(hub.refusals.length > 0 && hub.refusals.every((code) => code === 'kdniao.signature'))
    } finally {
      await world.close()
      await hub.close()
    }
  })

test('the connection test makes a real call and names what is wrong', async () => {
  const world = await simKdniao({ clock: systemClock, random: seededRandom(1), faults: NO_FAULTS })
  try {
    const deps = { http: fetchCall, clock: systemClock, random: systemRandom, openTcp: noTcp }
    assert.equal((await kdniao.calls?.(world.settings, deps).test())?.ok, true)
    const bad = await kdniao.calls?.({ ...world.settings, app_key: 'wrong' }, deps).test()
    assert.ok(bad?.ok === false && bad.refusal.code === 'kdniao.signature_refused')
  } finally {
    await world.close()
  }
})

test('no input makes the connector throw', () => {
  const mutated = fc
    .tuple(fc.constantFrom(FIRST, SECOND, PLAIN), fc.nat(), fc.nat(40), fc.string({ unit: 'binary' }))
    .map(([text, at, cut, insert]) => {
      const start = at % text.length
      return bytes(formOf(text.slice(0, start) + insert + text.slice(start + cut)))
    })
  fc.assert(
    fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 2000 })), (body) => {
      readTraces({ body })
      receivePush({ ...request(''), body }, SETTINGS, NOW)
    }),
    { numRuns: 300 },
  )
})
