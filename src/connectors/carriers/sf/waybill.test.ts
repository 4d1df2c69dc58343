import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Calls } from '#domain/connector.ts'
import { manualClock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import { seededRandom } from '#kernel/random.ts'
import type { Result } from '#kernel/result.ts'
import { type CarrierBook, carrierBook } from '#sim/carriers/book.ts'
import { NO_FAULTS } from '#sim/platform.ts'
import { type SfOptions, type SfPlatform, simSf } from '#sim/platforms/sf.ts'
import { fetchCall } from '#test-support/http-call.ts'
import { noTcp } from '#test-support/no-tcp.ts'
import { interceptionOf, nameOf, subscriptionTo, waybillAsk } from '#test-support/waybill-asks.ts'
import { sf } from './index.ts'

const START = Temporal.Instant.from('2026-11-11T02:00:00Z')

type World = {
  sim: SfPlatform
  book: CarrierBook
  calls: Required<Calls>
  clock: ReturnType<typeof manualClock>
}

async function inWorld(options: SfOptions, work: (world: World) => Promise<void>): Promise<void> {
  const clock = manualClock(START)
  const random = seededRandom(3)
  const book = carrierBook({ clock, random })
  const sim = await simSf({ clock, random, faults: NO_FAULTS }, { ...options, book })
  const calls = sf.calls?.(sim.settings, { http: fetchCall, clock, random, openTcp: noTcp })
  try {
    await work({ sim, book, clock, calls: calls as Required<Calls> })
  } finally {
    await sim.close()
  }
}

function codeOf(answer: Result<unknown>): string {
  return answer.ok ? 'ok' : answer.refusal.code
}

test('a waybill is made once: number, children and label data; asked twice, SF says 8016 and the query has it', async () => {
  await inWorld({}, async ({ sim, calls }) => {
    const ask = waybillAsk({ account: sim.account, pieces: 3 })
    const found = await calls.findWaybill(nameOf(ask))
    assert.deepEqual(found, { ok: true, value: null })
    const made = await calls.createWaybill(ask)
    assert.ok(made.ok, codeOf(made))
    assert.match(made.value.trackingNo, /^SF\d{13}$/)
    assert.equal(made.value.childNos.length, 2)
    assert.match(made.value.routing.sortCode, /-021W-A7$/)
    assert.equal(made.value.routing.product, '顺丰特快')
    assert.match(made.value.routing.qr, /^MMM=/)
    const again = await calls.createWaybill(ask)
    assert.equal(codeOf(again), 'carrier.reference_taken')
    assert.ok(!again.ok && again.refusal.detail.startsWith('8016'))
    assert.deepEqual(await calls.findWaybill(nameOf(ask)), made)
  })
})

test('what SF screens out is unserved, and each of its codes has a word of ours', async () => {
  await inWorld({}, async ({ sim, book, calls }) => {
    const to = { ...waybillAsk().to, address: '超区岛 1 号' }
    const far = await calls.createWaybill(waybillAsk({ account: sim.account, to }))
    assert.equal(codeOf(far), 'carrier.address_unserved')
    assert.ok(!far.ok && far.refusal.detail.includes('收方超范围'))
    const stranger = await calls.createWaybill(waybillAsk({ account: { monthly_card: '1' } }))
    assert.equal(codeOf(stranger), 'carrier.account_blocked')
    const troubles = [
      ['ip_refused', 'carrier.ip_refused', 'A1003'],
      ['signature_refused', 'carrier.signature_refused', 'A1006'],
      ['no_permission', 'carrier.no_permission', 'A1004'],
      ['goods_refused', 'carrier.goods_refused', '20035'],
      ['phone_invalid', 'carrier.phone_invalid', '8196'],
    ] as const
    for (const [trouble, code, own] of troubles) {
      book.desk('sf')?.setTrouble(trouble)
      const answer = await calls.createWaybill(waybillAsk({ account: sim.account }))
      assert.equal(codeOf(answer), code)
      assert.ok(!answer.ok && answer.refusal.detail.startsWith(own), 'the carrier’s own code comes first')
    }
    book.desk('sf')?.setTrouble('refused')
    assert.equal(codeOf(await calls.createWaybill(waybillAsk({ account: sim.account }))), 'carrier.refused')
    book.desk('sf')?.setTrouble(null)
    const sealed = { channel: 'pinduoduo', data: { name: '~x~' } }
    const unopened = await calls.createWaybill(waybillAsk({ account: sim.account, sealedTo: sealed }))
    assert.equal(codeOf(unopened), 'carrier.not_supported')
    assert.equal(book.parcels().length, 0, 'nothing was issued by any of it')
  })
})

test('cancelled once and twice is accepted, after the pick-up it is too late, an unknown reference is named', async () => {
  await inWorld({}, async ({ sim, book, clock, calls }) => {
    const ask = waybillAsk({ account: sim.account })
    const made = await calls.createWaybill(ask)
    assert.ok(made.ok)
    for (const _ of [1, 2]) {
      const answer = await calls.cancelWaybill(nameOf(ask, made.value.trackingNo), '改发')
      assert.equal(answer.outcome, 'accepted')
    }
    const second = waybillAsk({ account: sim.account, reference: 'P1001-1-2' })
    book.desk('sf')?.setShares({})
    assert.ok((await calls.createWaybill(second)).ok)
    clock.advance({ hours: 8 })
    const late = await calls.cancelWaybill(nameOf(second), '改发')
    assert.equal(late.outcome === 'refused' && late.refusal.code, 'carrier.too_late')
    const never = await calls.cancelWaybill(nameOf(waybillAsk({ reference: 'P-NONE' })), '改发')
    assert.equal(never.outcome === 'refused' && never.refusal.code, 'carrier.unknown_reference')
  })
})

test('routes are registered, and a parcel is stopped on its way but not at the door', async () => {
  await inWorld({}, async ({ sim, book, clock, calls }) => {
    book.desk('sf')?.setShares({})
    const ask = waybillAsk({ account: sim.account })
    const made = await calls.createWaybill(ask)
    assert.ok(made.ok)
    const number = made.value.trackingNo
    assert.equal((await calls.subscribeTracking(subscriptionTo(number, 'SF'))).outcome, 'accepted')
    assert.equal((await calls.subscribeTracking(subscriptionTo('YT1', 'YTO'))).outcome, 'refused')
    const stranger = await calls.interceptParcel(interceptionOf(ask, 'SF0000000000000'))
    assert.equal(stranger.outcome === 'refused' && stranger.refusal.code, 'carrier.unknown_number')
    assert.equal((await calls.interceptParcel(interceptionOf(ask, number))).outcome, 'accepted')
    const left = waybillAsk({ account: sim.account, reference: 'left-alone' })
    const other = await calls.createWaybill(left)
    assert.ok(other.ok)
    clock.advance({ hours: 24 })
    assert.equal(book.standings().get(number), 'signed_back')
    const tooLate = await calls.interceptParcel(interceptionOf(left, other.value.trackingNo))
    assert.equal(tooLate.outcome === 'refused' && tooLate.refusal.code, 'carrier.too_late')
    const nowhere = { ...interceptionOf(ask, number), what: 'redirect', to: null } as const
    const refused = await calls.interceptParcel(nowhere)
    assert.equal(refused.outcome === 'refused' && refused.refusal.code, 'carrier.bad_request')
  })
})

test('with access tokens: fetched when none is there, and once more when SF calls it expired', async () => {
  await inWorld({ auth: 'oauth' }, async ({ sim, calls, clock }) => {
    const ask = waybillAsk({ account: sim.account })
    assert.ok((await calls.createWaybill(ask)).ok)
    const fresh = await calls.refreshCredentials()
    assert.ok(fresh.ok)
    assert.equal(fresh.value.expiresAt?.toString(), START.add({ seconds: 7_199 }).toString())
    const settings = { ...sim.settings, ...fresh.value.settings }
    assert.deepEqual(sf.credentialTerms?.(settings), [
      {
        field: 'access_token',
        what: { zh: '顺丰访问令牌', en: 'SF access token' },
        expiresAt: fresh.value.expiresAt,
        renewable: true,
      },
    ])
    // The hub believes in its token, SF does not.
    const deps = { http: fetchCall, clock, random: seededRandom(1), openTcp: noTcp }
    const stale = sf.calls?.({ ...settings, access_token: 'STALE' }, deps) as Required<Calls>
    assert.ok((await stale.findWaybill(nameOf(ask))).ok, 'A1002 is answered with a new token')
    const wrong = sf.calls?.({ ...settings, access_token: '', check_word: 'wrong' }, deps) as Required<Calls>
    assert.equal(codeOf(await wrong.findWaybill(nameOf(ask))), 'carrier.bad_request')
  })
})

test('an answer that says nothing after sending is of unknown effect, never a refusal', async () => {
  await inWorld({}, async ({ sim, clock }) => {
    const body = new TextEncoder().encode('<html>')
    const http = async () => ({ status: 200, headers: {}, body })
    const calls = sf.calls?.(sim.settings, { http, clock, random: seededRandom(1), openTcp: noTcp })
    await assert.rejects(
      async () => await calls?.createWaybill?.(waybillAsk({ account: sim.account })),
      (error) => error instanceof Outage && error.unknown,
    )
  })
})
