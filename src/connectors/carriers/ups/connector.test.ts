import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '#kernel/clock.ts'
import { trackingNo } from '#kernel/id.ts'
import { Outage } from '#kernel/outage.ts'
import { seededRandom } from '#kernel/random.ts'
import { NO_FAULTS } from '#sim/platform.ts'
import { simUps } from '#sim/platforms/ups.ts'
import { fetchCall } from '#test-support/http-call.ts'
import { noTcp } from '#test-support/no-tcp.ts'
import { subscriptionTo } from '#test-support/waybill-asks.ts'
import { codeOf } from './codes.ts'
import { alert, DELIVERED } from './fixtures/messages.ts'
import { ups } from './index.ts'
import { readActivity } from './read.ts'

test('code goes before description, description before type; type D alone is never read', () => {
  const of = (type: string | null, code: string | null, descriptionCode: string | null) =>
    codeOf({ type, code, descriptionCode })
  assert.equal(of('D', 'OT', '11'), 'code:OT')
  assert.equal(of('X', '48', '022'), 'description:22')
  assert.equal(of('X', '7Z', null), 'type:X')
  assert.equal(of('D', 'ZZ', null), 'code:ZZ')
  assert.equal(of('D', null, null), 'type:D')
  assert.equal(of(null, null, null), null)
  const known = new Set(ups.codes.map(({ code }) => code))
  assert.ok(!known.has('type:D') && !known.has('code:ZZ'))
})

test('the clock in Greenwich is not moved a second time, and a wrong local clock does not move it', () => {
  const instant = (rest: object): string | undefined => {
    const body = new TextEncoder().encode(JSON.stringify(alert('1Z1', DELIVERED, rest)))
    const reading = readActivity({ body }, {})
    assert.ok(reading.ok)
    return reading.value.claims[0]?.at.instant?.toString()
  }
  assert.equal(instant({}), '2024-04-23T13:15:19Z')
  assert.equal(instant({ localActivityTime: '094519' }), '2024-04-23T13:15:19Z')
  assert.equal(instant({ gmtActivityTime: '519' }), '2024-04-23T00:05:19Z')
})

test('a subscription registers address and credential; UPS’s own codes say what is wrong', async () => {
  const world = await simUps({ clock: systemClock, random: seededRandom(1), faults: NO_FAULTS })
  try {
    const deps = { http: fetchCall, openTcp: noTcp, clock: systemClock, random: seededRandom(2) }
    const calls = ups.calls?.(world.settings, deps)
    const unknown = await calls?.subscribeTracking?.(
      subscriptionTo('1ZNOBODY', 'UPS', 'http://127.0.0.1:1/cb'),
    )
    assert.ok(unknown?.outcome === 'refused' && unknown.refusal.code === 'carrier.unknown_number')
    const issued = world.desk.issue({ reference: 'R1', carrier: 'UPS', account: 'UPS-SIM' })
    assert.ok(issued.ok)
    const { trackingNo: number } = issued.parcel
    const subscription = subscriptionTo(number, 'UPS', 'http://127.0.0.1:1/cb')
    assert.equal((await calls?.subscribeTracking?.(subscription))?.outcome, 'accepted')
    assert.equal((await calls?.subscribeTracking?.(subscription))?.outcome, 'accepted', 'asked again')
    assert.equal(world.desk.isSubscribed(number), true)
    world.desk.setTrouble('credential_expired')
    const query = { trackingNo: trackingNo(number), carrier: 'UPS', phoneTail: null }
    const expired = await calls?.fetchTracking?.(query)
    assert.ok(expired?.ok === false && expired.refusal.code === 'carrier.credential_expired')
    assert.match(expired.refusal.detail, /251004/)
    const bad = await ups.calls?.({ ...world.settings, client_secret: 'wrong' }, deps).test()
    assert.ok(bad?.ok === false && bad.refusal.code === 'carrier.credential_refused')
  } finally {
    await world.close()
  }
})

test('"try again" is an outage, whatever its status', async () => {
  const json = JSON.stringify({ response: { errors: [{ code: '10004', message: 'busy' }] } })
  const body = new TextEncoder().encode(json)
  const deps = {
    http: async () => ({ status: 400, headers: {}, body }),
    openTcp: noTcp,
    clock: systemClock,
    random: seededRandom(2),
  }
  const settings = {
    api_url: 'https://ups.test',
    access_token: 't',
    access_token_expires_at: '2099-01-01T00:00:00Z',
  }
  const query = { trackingNo: trackingNo('1Z1'), carrier: 'UPS', phoneTail: null }
  await assert.rejects(
    async () => await ups.calls?.(settings, deps).fetchTracking?.(query),
    (error) => error instanceof Outage && error.code === 'carrier.unavailable',
  )
})
