import assert from 'node:assert/strict'
import { test } from 'node:test'
import { postRequest } from '#connectors/contract.ts'
import { systemClock } from '#kernel/clock.ts'
import { trackingNo } from '#kernel/id.ts'
import { seededRandom } from '#kernel/random.ts'
import { NO_FAULTS } from '#sim/platform.ts'
import { simDhl } from '#sim/platforms/dhl.ts'
import { fetchCall } from '#test-support/http-call.ts'
import { noTcp } from '#test-support/no-tcp.ts'
import { subscriptionTo } from '#test-support/waybill-asks.ts'
import { MIXED } from './fixtures/messages.ts'
import { dhl } from './index.ts'
import { readShipments } from './read.ts'

const claimsOf = (message: object, settings: Readonly<Record<string, string>> = {}) => {
  const reading = readShipments({ body: new TextEncoder().encode(JSON.stringify(message)) }, settings)
  assert.ok(reading.ok)
  return reading.value.claims
}

test('the seed: 18:44:22+01:00 is 17:44:22Z, neither an hour late nor seven hours early', () => {
  const [delivered] = claimsOf(MIXED)
  assert.deepEqual(delivered?.at, {
    raw: '2026-02-11T18:44:22+01:00',
    instant: Temporal.Instant.from('2026-02-11T17:44:22Z'),
    zone: '+01:00',
    provenance: 'explicit_offset',
  })
  assert.equal(
    delivered?.at.instant?.toZonedDateTimeISO('Asia/Shanghai').toPlainDateTime().toString(),
    '2026-02-12T01:44:22',
  )
})

test('a zone that a person gave decides only where nothing else does', () => {
  const claims = claimsOf(MIXED, { zone: 'America/Chicago' })
  assert.deepEqual(
    claims.map(({ at }) => [at.instant?.toString(), at.provenance]),
    [
      ['2026-02-11T17:44:22Z', 'explicit_offset'],
      ['2026-02-11T07:01:00Z', 'place_zone'],
      ['2026-02-10T07:53:47Z', 'explicit_offset'],
      ['2026-02-09T13:53:47Z', 'carrier_zone'],
      ['2026-02-08T10:00:00Z', 'explicit_offset'],
    ],
  )
})

test('a status that no event says is told, one that an event says is not told twice', () => {
  const [shipment] = MIXED.shipments
  assert.equal(claimsOf(MIXED).length, 5)
  const events = shipment?.events.slice(1) ?? []
  assert.equal(claimsOf({ shipments: [{ ...shipment, events }] }).length, 5)
})

test('an event without a code waits for a person, and the others of its message are read', () => {
  const [shipment] = MIXED.shipments
  const events = [...(shipment?.events ?? []), { timestamp: '2026-02-12T08:00:00Z', status: 'IN CUSTODY' }]
  const claims = claimsOf({ shipments: [{ ...shipment, events }] })
  assert.equal(claims.length, 6)
  const [left] = claims.filter(({ code }) => !dhl.codes.some((entry) => entry.code === code))
  assert.deepEqual([left?.code, left?.detail.words], ['statusCode:missing', 'IN CUSTODY'])
})

test('shipments beside the activation secret are a push, never only a challenge', () => {
  const settings = { push_header: ' X-Push-Token ', push_token: 'token-of-pushes' }
  const verdict = (message: object, headers: Readonly<Record<string, string>>) =>
    dhl.receive?.(
      postRequest(JSON.stringify(message), { 'dhl-api-hook-secret': 'activation', ...headers }),
      settings,
      Temporal.Instant.from('2026-02-11T12:00:00Z'),
    ).verdict
  assert.equal(verdict({}, {}), 'challenge')
  assert.equal(verdict(MIXED, { 'x-push-token': 'token-of-pushes' }), 'accepted')
  assert.equal(verdict(MIXED, {}), 'rejected')
})

test('subscribing registers header and token, and activates where the secret is known', async () => {
  const world = await simDhl({ clock: systemClock, random: seededRandom(1), faults: NO_FAULTS })
  try {
    const deps = { http: fetchCall, openTcp: noTcp, clock: systemClock, random: seededRandom(2) }
    const of = (settings: Readonly<Record<string, string>>) =>
      dhl.calls?.({ ...world.settings, ...settings }, deps)
    const issued = world.desk.issue({ reference: 'R1', carrier: 'DHL', account: 'DHL-SIM' })
    assert.ok(issued.ok)
    const { trackingNo: number } = issued.parcel
    const subscription = subscriptionTo(number, 'DHL', 'http://127.0.0.1:1/cb')
    const pending = await of({ hook_secret: '' })?.subscribeTracking?.(subscription)
    assert.ok(pending?.outcome === 'accepted' && pending.words.includes('待激活'))
    assert.equal(world.desk.isSubscribed(number), false)
    const active = await of({})?.subscribeTracking?.(subscription)
    assert.ok(active?.outcome === 'accepted' && active.words.includes('已激活'))
    assert.equal(world.desk.isSubscribed(number), true)
    const wrong = await of({ hook_secret: 'wrong-secret' })?.subscribeTracking?.(subscription)
    assert.ok(wrong?.outcome === 'refused' && wrong.refusal.code === 'carrier.no_permission')
    const nothing = await of({})?.fetchTracking?.({
      trackingNo: trackingNo('1'),
      carrier: 'DHL',
      phoneTail: null,
    })
    assert.ok(nothing?.ok === false && nothing.refusal.code === 'carrier.unknown_number')
    const stranger = await of({})?.fetchTracking?.({
      trackingNo: trackingNo('1'),
      carrier: 'SF',
      phoneTail: null,
    })
    assert.ok(stranger?.ok === false && stranger.refusal.code === 'carrier.not_supported')
    assert.equal((await of({})?.test())?.ok, true)
    const bad = await of({ api_key: 'wrong' })?.test()
    assert.ok(bad?.ok === false && bad.refusal.code === 'carrier.credential_refused')
  } finally {
    await world.close()
  }
})
