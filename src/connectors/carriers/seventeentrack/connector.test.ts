import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '#kernel/clock.ts'
import { trackingNo } from '#kernel/id.ts'
import { seededRandom } from '#kernel/random.ts'
import { carrierBook } from '#sim/carriers/book.ts'
import { NO_FAULTS } from '#sim/platform.ts'
import { simFedex } from '#sim/platforms/fedex.ts'
import { simSeventeentrack } from '#sim/platforms/seventeentrack.ts'
import { fetchCall } from '#test-support/http-call.ts'
import { noTcp } from '#test-support/no-tcp.ts'
import { subscriptionTo } from '#test-support/waybill-asks.ts'
import { codeOfStatus } from './codes.ts'
import { seventeentrack } from './index.ts'
import { computeVector } from './sign.ts'

test('sign is a plain hash of body, slash and key', () => {
  const inputs = {
    rawBody: '{"event":"TRACKING_UPDATED","data":{"number":"RR000000000CN","carrier":3011}}',
    apiKey: '17-test-key',
  }
  assert.equal(
    computeVector({ kind: 'webhook.sign', inputs }),
    'f03446dba74c273a51d487726b92e50275d52bf2f53a1c863c3a4929ba765334',
  )
})

test('a sub-state means its state unless the table knows better; one that nobody knows stays itself', () => {
  assert.equal(codeOfStatus('InTransit_Departure'), 'status:InTransit')
  assert.equal(codeOfStatus('InTransit_PickedUp'), 'sub:InTransit_PickedUp')
  assert.equal(codeOfStatus('Exception_Returned'), 'sub:Exception_Returned')
  assert.equal(codeOfStatus('Delivered'), 'status:Delivered')
  assert.equal(codeOfStatus('Levitating_Other'), 'sub:Levitating_Other')
})

test('a number is registered once; registered again it is accepted; of an unknown one there is nothing to tell', async () => {
  const sim = { clock: systemClock, random: seededRandom(1), faults: NO_FAULTS }
  const book = carrierBook(sim)
  const carrier = await simFedex(sim, { book })
  const world = await simSeventeentrack(sim, { book })
  try {
    const deps = { http: fetchCall, openTcp: noTcp, clock: systemClock, random: seededRandom(2) }
    const calls = seventeentrack.calls?.(world.settings, deps)
    const issued = carrier.desk.issue({ reference: 'R1', carrier: 'FEDEX', account: 'FEDEX-SIM' })
    assert.ok(issued.ok)
    const subscription = subscriptionTo(issued.parcel.trackingNo, 'FEDEX')
    const words = async () => {
      const answer = await calls?.subscribeTracking?.(subscription)
      return answer?.outcome === 'accepted' ? answer.words : answer?.refusal.code
    }
    assert.equal(await words(), '17TRACK 已注册')
    assert.equal(await words(), '17TRACK 此前已注册')
    // 17TRACK watches whatever it is given; it only has nothing to tell of it.
    assert.equal((await calls?.subscribeTracking?.(subscriptionTo('NOBODY', 'FEDEX')))?.outcome, 'accepted')
    const query = { trackingNo: trackingNo('NOBODY'), carrier: 'FEDEX', phoneTail: null }
    const asked = await calls?.fetchTracking?.(query)
    assert.ok(asked?.ok === false && asked.refusal.code === 'carrier.unknown_number')
    const bad = await seventeentrack.calls?.({ ...world.settings, key: 'wrong' }, deps).test()
    assert.ok(bad?.ok === false && bad.refusal.code === 'carrier.credential_refused')
  } finally {
    await world.close()
    await carrier.close()
  }
})
