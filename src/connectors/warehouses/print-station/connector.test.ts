import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { promisify } from 'node:util'
import fc from 'fast-check'
import type { InboundRequest, Settings } from '#domain/connector.ts'
import { systemClock } from '#kernel/clock.ts'
import { seededRandom } from '#kernel/random.ts'
import { NO_FAULTS } from '#sim/platform.ts'
import { simPrintStation } from '#sim/platforms/print-station.ts'
import { receivingEnd } from '#test-support/receiving-end.ts'
import { PRINTED, SECRET, signed } from './fixtures/messages.ts'
import { printStation } from './index.ts'
import { readEvents } from './read.ts'
import { receiveEvents } from './receive.ts'
import { signature } from './sign.ts'

const NOW = Temporal.Instant.from('2026-01-25T01:07:40Z')
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const request = (body: string, headers: Record<string, string>): InboundRequest => ({
  method: 'POST',
  path: '/callback/token',
  query: '',
  headers,
  body: bytes(body),
})
const receive = (body: string, headers: Record<string, string>, settings: Settings = { secret: SECRET }) =>
  receiveEvents(request(body, headers), settings, NOW)
const refusalOf = (...args: Parameters<typeof receive>): string => {
  const receipt = receive(...args)
  return receipt.verdict === 'rejected' ? receipt.refusal.code : receipt.verdict
}
const claimsOf = (event: unknown, settings: Settings = {}) => {
  const reading = readEvents({ body: bytes(JSON.stringify(event)) }, settings)
  assert.ok(reading.ok, reading.ok ? '' : reading.refusal.detail)
  return reading.value.claims
}

test('a printed waybill is claimed of the parcel and of the order, with all its evidence', () => {
  const [parcel, order, ...rest] = claimsOf(PRINTED)
  assert.equal(rest.length, 0)
  assert.deepEqual(parcel?.subject, { by: 'parcel', trackingNo: 'YT0000000000001' })
  assert.deepEqual(order?.subject, { by: 'reference', orderNo: '240101-123456789012345678' })
  assert.equal(order?.code, 'event:waybill.printed')
  assert.equal(order?.at.instant?.toString(), '2026-01-25T01:07:33.821Z')
  assert.deepEqual(order?.detail, {
    trackingNo: 'YT0000000000001',
    carrier: 'YTO',
    waybillId: 'WB-1',
    batchNo: 'B20260125-01',
    deviceId: 'PRN-3',
    words: '店铺 旗舰店',
    lines: [
      { lineId: 'L1', quantity: 2 },
      { lineId: 'sku:SKU-9', quantity: 1 },
    ],
  })
})

test('a time without offset is resolved by the connection’s zone or flagged', () => {
  const local = { ...PRINTED, generated_at: '2026-01-25T09:07:33' }
  assert.equal(claimsOf(local)[0]?.at.provenance, 'ambiguous')
  assert.equal(claimsOf(local)[0]?.at.instant, null)
  const resolved = claimsOf(local, { zone: 'Asia/Tokyo' })[0]
  assert.equal(resolved?.at.instant?.toString(), '2026-01-25T00:07:33Z')
  assert.equal(
    claimsOf(PRINTED, { zone: 'Asia/Tokyo' })[0]?.at.instant?.toString(),
    '2026-01-25T01:07:33.821Z',
  )
})

test('carriers are known by code or Chinese name, others keep their own word', () => {
  const carrierOf = (carrier: string) => claimsOf({ ...PRINTED, carrier })[0]?.detail.carrier
  assert.equal(carrierOf('zto'), 'ZTO')
  assert.equal(carrierOf('中通快递'), 'ZTO')
  assert.equal(carrierOf('圆通'), 'YTO')
  assert.equal(carrierOf('小飞象'), 'other:小飞象')
})

test('a signed event or list is acknowledged', () => {
  const one = JSON.stringify(PRINTED)
  const receipt = receive(one, signed(one, NOW))
  assert.ok(receipt.verdict === 'accepted')
  assert.equal(receipt.topic, 'waybill.printed')
  assert.equal(receipt.orderNo, '240101-123456789012345678')
  assert.equal(receipt.reply.body, '{"accepted":1}')
  const two = JSON.stringify([PRINTED, { ...PRINTED, id: 'evt-2', event: 'parcel.handed_over' }])
  const both = receive(two, signed(two, NOW))
  assert.ok(both.verdict === 'accepted' && both.topic === 'mixed')
  assert.equal(both.reply.body, '{"accepted":2}')
})

test('forged, stale and unsigned events are refused, and no secret shows', () => {
  const body = JSON.stringify(PRINTED)
  const seconds = (s: number): Temporal.Instant => NOW.add({ seconds: s })
  assert.equal(refusalOf(body, signed(body, NOW, 'guess')), 'print_station.signature')
  assert.equal(refusalOf(`${body} `, signed(body, NOW)), 'print_station.signature')
  assert.equal(refusalOf(body, signed(body, seconds(-299))), 'accepted')
  assert.equal(refusalOf(body, signed(body, seconds(-301))), 'print_station.stale')
  assert.equal(refusalOf(body, signed(body, seconds(302))), 'print_station.stale')
  assert.equal(refusalOf(body, {}), 'print_station.signature_missing')
  assert.equal(refusalOf(body, signed(body, NOW), { secret: '' }), 'print_station.settings')
  assert.equal(refusalOf(body, signed(body, NOW, ''), { secret: 'whsec_' }), 'print_station.signature')
  assert.ok(!JSON.stringify(receive(body, signed(body, NOW, 'guess'))).includes(SECRET.slice(6)))
})

test('while a secret is rotated either one is taken, among several signatures', () => {
  const body = JSON.stringify(PRINTED)
  const headers = signed(body, NOW)
  const both = { secret: 'whsec_bmV3LXNlY3JldA==', previous_secret: SECRET }
  assert.equal(refusalOf(body, headers, both), 'accepted')
  const several = { ...headers, 'webhook-signature': `v1,AAAA v1a,xyz ${headers['webhook-signature']}` }
  assert.equal(refusalOf(body, several), 'accepted')
})

test('the signature agrees with the worked example of the Standard Webhooks libraries', () => {
  const given = signature(
    'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    'msg_p5jXN8AQM9LWM0D4loKWxJek',
    '1614265330',
    bytes('{"test": 2432232314}'),
  )
  assert.equal(given, 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
})

test('an event that lacks a field is refused at once, with its place', () => {
  const codeOf = (event: unknown): string => {
    const body = JSON.stringify(event)
    const receipt = receive(body, signed(body, NOW))
    return receipt.verdict === 'rejected' ? receipt.refusal.detail : receipt.verdict
  }
  assert.equal(codeOf([PRINTED, { ...PRINTED, order_no: ' ', carrier: 1.5 }]), 'event 1: order_no missing')
  assert.match(codeOf({ ...PRINTED, lines: [{ line_id: 'L', quantity: 0 }] }), /quantity of 1 or more/)
  assert.match(codeOf({ ...PRINTED, lines: 'all' }), /not a list/)
  assert.match(codeOf([]), /neither an event nor a list/)
  assert.equal(codeOf({ ...PRINTED, event: 'waybill.reprinted' }), 'accepted')
  assert.deepEqual(claimsOf({ ...PRINTED, event: 'waybill.reprinted' })[0]?.code, 'event:waybill.reprinted')
})

test('the same message sent again has the same key, also with a new timestamp', () => {
  const body = JSON.stringify(PRINTED)
  const first = receive(body, signed(body, NOW))
  const again = receive(body, signed(body, NOW.subtract({ seconds: 60 })))
  assert.ok(first.verdict === 'accepted' && again.verdict === 'accepted')
  assert.equal(again.dedupKey, first.dedupKey)
  assert.deepEqual(again.reply, first.reply)
})

test('against the simulated print station over sockets', async () => {
  const faults = {
    ...NO_FAULTS,
    duplicate: 0.3,
    reorder: 0.3,
    delay: 0.2,
    delayMs: 20,
    drop: 0.2,
    forge: 0.3,
  }
  const retryMs = Array.from({ length: 12 }, () => 10)
  const world = await simPrintStation({ clock: systemClock, random: seededRandom(3), faults }, { retryMs })
  const hub = await receivingEnd(printStation, world.settings)
  try {
    hub.failNext(2)
    world.pushTo(hub.url)
    for (let i = 0; i < 20; i += 1) {
      const { trackingNo } = await world.issue(`ORDER-${i}`)
      await world.scan(trackingNo, 'picked_up')
    }
    await world.settled()
    const orders = hub.claims().filter(({ subject }) => subject.by === 'reference')
    const count = (code: string): number => orders.filter((claim) => claim.code === code).length
    assert.equal(count('event:waybill.printed'), 20)
    assert.equal(count('event:parcel.handed_over'), 20)
    assert.ok(orders.every(({ detail }) => detail.batchNo !== undefined && detail.deviceId !== undefined))
    assert.ok(hub.refusals.length > 0 && hub.refusals.every((code) => code === 'print_station.signature'))
  } finally {
    await world.close()
    await hub.close()
  }
})

test('the README’s example works as it stands', async () => {
  const readme = await readFile(new URL('./README.md', import.meta.url), 'utf8')
  const script = /```sh\n([\s\S]*?)```/.exec(readme)?.[1] ?? ''
  const secret = /SECRET='([^']+)'/.exec(script)?.[1] ?? ''
  const hub = await receivingEnd(printStation, { secret })
  try {
    const local = script.replace(/^URL=.*$/m, `URL='${hub.url}'`)
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', local])
    assert.equal(stdout, '{"accepted":1}')
    assert.equal(hub.claims()[0]?.detail.trackingNo, 'YT0000000000001')
  } finally {
    await hub.close()
  }
})

test('no input makes the connector throw', () => {
  const text = JSON.stringify([PRINTED, PRINTED])
  const mutated = fc.tuple(fc.nat(), fc.nat(40), fc.string({ unit: 'binary' })).map(([at, cut, insert]) => {
    const start = at % text.length
    return text.slice(0, start) + insert + text.slice(start + cut)
  })
  fc.assert(
    fc.property(mutated, (body) => {
      receive(body, signed(body, NOW))
      readEvents({ body: bytes(body) }, {})
    }),
    { numRuns: 300 },
  )
})
