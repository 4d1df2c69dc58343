import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Claim } from '#domain/claim.ts'
import type { InboundRequest } from '#domain/connector.ts'
import { systemClock } from '#kernel/clock.ts'
import { seededRandom, systemRandom } from '#kernel/random.ts'
import { NO_FAULTS } from '#sim/platform.ts'
import { simKuaidi100 } from '#sim/platforms/kuaidi100.ts'
import { fetchCall } from '#test-support/http-call.ts'
import { noTcp } from '#test-support/no-tcp.ts'
import { receivingEnd } from '#test-support/receiving-end.ts'
import { DHL, FIRST, formOf, PLAIN, push, SALT, SECOND } from './fixtures/messages.ts'
import { kuaidi100 } from './index.ts'
import { readTrace } from './read.ts'
import { receivePush } from './receive.ts'
import { computeVector, querySign } from './sign.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const request = (body: string): InboundRequest => ({
  method: 'POST',
  path: '/callback/token',
  query: '',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: bytes(body),
})
const claimsOf = (param: string): readonly Claim[] => {
  const reading = readTrace({ body: bytes(formOf(param)) })
  assert.ok(reading.ok, reading.ok ? '' : reading.refusal.detail)
  return reading.value.claims
}
const codesOf = (param: string): readonly string[] => claimsOf(param).map(({ code }) => code)
const refusalOf = (body: string, settings: Record<string, string>): string => {
  const receipt = receivePush(request(body), settings)
  return receipt.verdict === 'rejected' ? receipt.refusal.code : receipt.verdict
}

test('a node of a later push is the very claim it was in the first one', () => {
  const [pickedUp] = claimsOf(FIRST)
  assert.equal(pickedUp?.code, 'statusCode:103')
  assert.equal(pickedUp?.at.instant?.toString(), '2018-04-29T08:31:48Z')
  assert.deepEqual(pickedUp?.subject, { by: 'parcel', trackingNo: 'YT0000000000001' })
  assert.deepEqual(pickedUp?.detail, {
    trackingNo: 'YT0000000000001',
    carrier: 'YTO',
    place: '深圳市',
    words: '【深圳市】快件已被揽收',
  })
  assert.deepEqual(codesOf(SECOND), ['statusCode:1002', 'statusCode:103'])
  assert.deepEqual(claimsOf(SECOND)[1], pickedUp)
})

test('without codes the newest node alone carries the state, with resultv2=1 each its name', () => {
  assert.deepEqual(codesOf(PLAIN), ['state:0'])
  assert.equal(claimsOf(PLAIN)[0]?.at.raw, '2018-04-29 21:05:10')
  const oldestFirst = push({
    state: '3',
    data: [
      { time: '2018-04-29 16:31:48', context: 'a' },
      { time: '2018-04-30 10:00:00', context: 'b' },
    ],
  })
  assert.deepEqual(
    claimsOf(oldestFirst).map(({ code, detail }) => [code, detail.words]),
    [['state:3', 'b']],
  )
  assert.deepEqual(codesOf(push({ data: [{ time: '2018-04-29 16:31:48', context: 'a', status: '派件' }] })), [
    'status:派件',
  ])
})

test('an international company’s local time stays ambiguous, an offset in its own text is honoured', () => {
  const [dhl] = claimsOf(DHL)
  assert.equal(dhl?.at.instant, null)
  assert.equal(dhl?.at.provenance, 'ambiguous')
  assert.equal(dhl?.at.raw, '2026-02-11 18:44:22')
  const node = {
    time: '2026-02-11T18:44:22+01:00',
    ftime: '2026-02-11 18:44:22',
    context: 'x',
    statusCode: '0',
  }
  const [offset] = claimsOf(push({ com: 'dhl', data: [node] }))
  assert.equal(offset?.at.instant?.toString(), '2026-02-11T17:44:22Z')
})

test('giving up and a corrected company are told, quiet states are not', () => {
  const abort = push({ com: 'yuantong', state: '0' }, { status: 'abort', message: '3天查询无记录' })
  assert.deepEqual(codesOf(abort), ['push:abort'])
  assert.equal(claimsOf(abort)[0]?.detail.words, '3天查询无记录')
  assert.equal(claimsOf(abort)[0]?.at.instant, null)
  for (const status of ['polling', 'shutdown', 'updateall'])
    assert.deepEqual(codesOf(push({}, { status })), [])
  assert.deepEqual(codesOf(push({}, { status: 'sleeping' })), ['push:sleeping'])
  assert.ok(!kuaidi100.codes.some(({ code }) => code === 'push:sleeping'))
  const corrected = push({ com: 'zhongtong' }, { autoCheck: '1', comOld: 'yuantong', comNew: 'zhongtong' })
  assert.equal(claimsOf(corrected)[0]?.detail.reason, '快递公司编码 yuantong → zhongtong')
})

test('the trace abroad belongs to the same parcel and names its other number', () => {
  const destResult = {
    com: 'usps',
    nu: 'LX123456789US',
    state: '3',
    data: [{ time: '2026-02-11 18:44:22', context: 'Delivered', statusCode: '301' }],
  }
  const [claim] = claimsOf(push({ com: 'ems', nu: 'LX123456789CN' }, { destResult }))
  assert.deepEqual(claim?.subject, { by: 'parcel', trackingNo: 'LX123456789CN' })
  assert.equal(claim?.detail.carrier, 'USPS')
  assert.equal(claim?.detail.reason, '新单号 LX123456789US')
})

test('codes mean what 快递100 means, not what 快递鸟 means', () => {
  const factOf = (code: string) => kuaidi100.codes.find((entry) => entry.code === code)?.fact
  assert.equal(factOf('state:2'), 'exception')
  assert.equal(factOf('state:4'), 'signed_back')
  assert.equal(factOf('statusCode:501'), 'ready_for_pickup')
  assert.equal(factOf('statusCode:204'), 'delivery_failed')
  assert.equal(factOf('statusCode:102'), 'none')
  assert.equal(factOf('status:派件'), 'out_for_delivery')
  const unlisted = claimsOf(
    push({ com: 'xinfeng', data: [{ time: '2018-04-29 16:31:48', statusCode: '1' }] }),
  )
  assert.equal(unlisted[0]?.detail.carrier, 'other:xinfeng')
})

test('with a salt only a rightly signed push is taken, and answered exactly', () => {
  const receipt = receivePush(request(formOf(FIRST)), { salt: SALT })
  assert.equal(receipt.verdict, 'accepted')
  assert.equal(receipt.reply.status, 200)
  assert.equal(receipt.reply.body, '{"result":true,"returnCode":"200","message":"成功"}')
  assert.equal(refusalOf(formOf(FIRST, 'other'), { salt: SALT }), 'kuaidi100.signature')
  assert.equal(refusalOf(formOf(FIRST, null), { salt: SALT }), 'kuaidi100.signature_missing')
  assert.equal(refusalOf(FIRST, { salt: SALT }), 'kuaidi100.signature_missing')
  assert.equal(
    refusalOf(`${formOf(FIRST)}&param=%7B%7D`, { salt: SALT }),
    'accepted',
    'the signed param wins',
  )
  assert.equal(refusalOf(formOf(FIRST, null), {}), 'accepted')
  assert.equal(refusalOf('param=%7B', {}), 'kuaidi100.unreadable')
  assert.equal(refusalOf('a=b', { salt: SALT }), 'kuaidi100.unreadable')
  const forged = JSON.stringify(receivePush(request(formOf(FIRST, 'other')), { salt: SALT }))
  assert.ok(!forged.includes(SALT))
})

test('a push sent again is the same message, a longer trace is another', () => {
  const key = (param: string): string => {
    const receipt = receivePush(request(formOf(param)), { salt: SALT })
    return receipt.verdict === 'accepted' ? receipt.dedupKey : ''
  }
  assert.equal(key(FIRST), key(FIRST))
  assert.notEqual(key(FIRST), key(SECOND))
})

test('signatures agree with the published vectors', () => {
  const query = {
    param: '{"com":"yuantong","num":"YT0000000000001"}',
    key: 'testkey',
    customer: 'TESTCUSTOMER',
  }
  assert.equal(computeVector({ kind: 'query.sign.md5', inputs: query }), '1699A5AF72FC965CD15BB84BD4B1239C')
  const print = { param: '{"orderId":"O1"}', t: '1770831862000', key: 'testkey', secret: 'testsecret' }
  assert.equal(computeVector({ kind: 'print.sign', inputs: print }), 'FCF37A1674FF55BA9A48618CD1408B8C')
  assert.equal(querySign({ ...query, param: '', key: 'ab', customer: 'c' }, 'SM3'), SM3_OF_ABC)
  assert.equal(computeVector({ kind: 'push.sign', inputs: { param: 'ab', salt: 'c' } }), MD5_OF_ABC)
  assert.equal(computeVector({ kind: 'cloud.sign', inputs: { key: 'a', secret: 'bc' } }), MD5_OF_ABC)
})
// The digests of "abc" in GB/T 32905 (SM3) and RFC 1321 (MD5).
const SM3_OF_ABC = '66C7F0F462EEEDD9D1F2D46BDC10E4E24167C4875CF2F7A2297DA02B8F4BA8E0'
const MD5_OF_ABC = '900150983CD24FB0D6963F7D28E17F72'

for (const resultv2 of ['4', '1', ''] as const)
  test(`against the simulated 快递100 over sockets (resultv2 "${resultv2}")`, async () => {
    const faults = {
      ...NO_FAULTS,
      duplicate: 0.3,
      reorder: 0.3,
      delay: 0.2,
      delayMs: 20,
      drop: 0.2,
      forge: 0.3,
    }
    const world = await simKuaidi100(
      { clock: systemClock, random: seededRandom(11), faults },
      { resultv2, retryMs: Array.from({ length: 12 }, () => 10) },
    )
    const hub = await receivingEnd(kuaidi100, world.settings)
    try {
      hub.failNext(1)
      world.pushTo(hub.url)
      for (let i = 0; i < 8; i += 1) {
        const { trackingNo } = await world.issue(`ORDER-${i}`)
        for (const scan of ['picked_up', 'in_transit', 'out_for_delivery', 'delivered'] as const)
          await world.scan(trackingNo, scan)
      }
      await world.settled()
      const codes = hub.claims().map(({ code }) => code)
      const delivered = { '4': 'statusCode:301', '1': 'status:签收', '': 'state:3' }[resultv2]
      assert.equal(codes.filter((code) => code === delivered).length, 8)
      assert.equal(codes.length, 32, 'full traces repeat their nodes, and no node counts twice')
      assert.ok(hub.refusals.length > 0 && hub.refusals.every((code) => code === 'kuaidi100.signature'))
    } finally {
      await world.close()
      await hub.close()
    }
  })

test('the connection test makes a real call and names what is wrong', async () => {
  const world = await simKuaidi100({ clock: systemClock, random: seededRandom(1), faults: NO_FAULTS })
  try {
    const deps = { http: fetchCall, clock: systemClock, random: systemRandom, openTcp: noTcp }
    assert.equal((await kuaidi100.calls?.(world.settings, deps).test())?.ok, true)
    const bad = await kuaidi100.calls?.({ ...world.settings, key: 'wrong' }, deps).test()
    assert.ok(bad?.ok === false && bad.refusal.code === 'kuaidi100.signature_refused')
  } finally {
    await world.close()
  }
})

test('no input makes the connector throw', () => {
  const mutated = fc
    .tuple(fc.constantFrom(FIRST, SECOND, PLAIN, DHL), fc.nat(), fc.nat(40), fc.string({ unit: 'binary' }))
    .map(([text, at, cut, insert]) => {
      const start = at % text.length
      return bytes(formOf(text.slice(0, start) + insert + text.slice(start + cut)))
    })
  fc.assert(
    fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 2000 })), (body) => {
      readTrace({ body })
      receivePush({ ...request(''), body }, {})
      receivePush({ ...request(''), body }, { salt: SALT })
    }),
    { numRuns: 300 },
  )
})
