import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Calls } from '#domain/connector.ts'
import { manualClock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import { seededRandom } from '#kernel/random.ts'
import type { Result } from '#kernel/result.ts'
import { type CarrierBook, carrierBook } from '#sim/carriers/book.ts'
import { NO_FAULTS } from '#sim/platform.ts'
import { simKuaidi100 } from '#sim/platforms/kuaidi100.ts'
import { fetchCall } from '#test-support/http-call.ts'
import { noTcp } from '#test-support/no-tcp.ts'
import { receivingEnd } from '#test-support/receiving-end.ts'
import { interceptionOf, nameOf, subscriptionTo, waybillAsk } from '#test-support/waybill-asks.ts'
import { kuaidi100 } from './index.ts'

type World = {
  book: CarrierBook
  calls: Required<Calls>
  clock: ReturnType<typeof manualClock>
  sim: Awaited<ReturnType<typeof simKuaidi100>>
}

async function inWorld(work: (world: World) => Promise<void>): Promise<void> {
  const clock = manualClock(Temporal.Instant.from('2026-11-11T02:00:00Z'))
  const random = seededRandom(5)
  const book = carrierBook({ clock, random })
  const sim = await simKuaidi100({ clock, random, faults: NO_FAULTS }, { book })
  book.desk('kuaidi100')?.setShares({})
  const calls = kuaidi100.calls?.(sim.settings, { http: fetchCall, clock, random, openTcp: noTcp })
  try {
    await work({ book, clock, sim, calls: calls as Required<Calls> })
  } finally {
    await sim.close()
  }
}

const codeOf = (answer: Result<unknown>): string => (answer.ok ? 'ok' : answer.refusal.code)
const ask = (world: World, given = {}) => waybillAsk({ carrier: 'YTO', account: world.sim.account, ...given })

test('a number with its children and routing; asked again it is the first one, and the stock tells', async () => {
  await inWorld(async (world) => {
    const made = await world.calls.createWaybill(ask(world, { pieces: 2 }))
    assert.ok(made.ok, codeOf(made))
    assert.match(made.value.trackingNo, /^YT1\d{12}$/)
    assert.equal(made.value.childNos.length, 1)
    assert.equal(made.value.waybillId, `T${made.value.trackingNo}`)
    assert.match(made.value.routing.sortCode, / 571-01$/)
    assert.equal(made.value.routing.packageCode, '571001')
    assert.deepEqual(await world.calls.createWaybill(ask(world, { pieces: 2 })), made)
    assert.deepEqual(await world.calls.waybillBalance(world.sim.account, 'YTO'), {
      ok: true,
      value: [{ account: 'SIM100', carrier: 'YTO', left: 4_998 }],
    })
  })
})

test('each documented code has a word of ours; one that is in no table keeps its own', async () => {
  await inWorld(async (world) => {
    const desk = world.book.desk('kuaidi100')
    for (const [trouble, code] of [
      ['credential_expired', 'carrier.credential_expired'],
      ['signature_refused', 'carrier.signature_refused'],
      ['no_permission', 'carrier.no_permission'],
      ['goods_refused', 'carrier.refused'],
    ] as const) {
      desk?.setTrouble(trouble)
      assert.equal(codeOf(await world.calls.createWaybill(ask(world))), code)
    }
    desk?.setTrouble(null)
    for (const [given, code] of [
      [{ carrier: 'NOBODY' }, 'carrier.not_supported'],
      [{ sealedTo: { channel: 'douyin', data: {} } }, 'carrier.not_supported'],
      [{ account: { partner_id: 'SIM100', partner_key: 'wrong' } }, 'carrier.bad_request'],
    ] as const)
      assert.equal(codeOf(await world.calls.createWaybill(ask(world, given))), code)
    const deps = { http: fetchCall, clock: world.clock, random: seededRandom(1), openTcp: noTcp }
    const without = kuaidi100.calls?.({ ...world.sim.settings, secret: '' }, deps) as Required<Calls>
    assert.equal(codeOf(await without.createWaybill(ask(world))), 'kuaidi100.settings')
    assert.equal(world.book.parcels().length, 0)
  })
})

test('cancelled once and twice; after the pick-up the refusal has the platform’s words', async () => {
  await inWorld(async (world) => {
    const made = await world.calls.createWaybill(ask(world))
    assert.ok(made.ok)
    const name = nameOf(ask(world), made.value.trackingNo)
    assert.equal((await world.calls.cancelWaybill(name, '改发')).outcome, 'accepted')
    assert.equal((await world.calls.cancelWaybill(name, '改发')).outcome, 'accepted')
    const next = ask(world, { reference: 'P2' })
    const second = await world.calls.createWaybill(next)
    assert.ok(second.ok)
    const stopped = interceptionOf(next, second.value.trackingNo)
    assert.equal((await world.calls.interceptParcel(stopped)).outcome, 'accepted')
    const nowhere = await world.calls.interceptParcel({ ...stopped, to: null })
    assert.equal(nowhere.outcome === 'refused' && nowhere.refusal.code, 'carrier.not_supported')
    world.clock.advance({ hours: 12 })
    const late = await world.calls.cancelWaybill(nameOf(next, second.value.trackingNo), '改发')
    assert.ok(late.outcome === 'refused' && late.refusal.detail.includes('已揽收'))
  })
})

test('a subscribed number is pushed to the callback with the salt’s signature, subscribing twice is a yes', async () => {
  await inWorld(async (world) => {
    const hub = await receivingEnd(kuaidi100, world.sim.settings)
    try {
      const made = await world.calls.createWaybill(ask(world))
      assert.ok(made.ok)
      const subscription = subscriptionTo(made.value.trackingNo, 'YTO', hub.url)
      assert.equal((await world.calls.subscribeTracking(subscription)).outcome, 'accepted')
      assert.equal((await world.calls.subscribeTracking(subscription)).outcome, 'accepted')
      const nobody = await world.calls.subscribeTracking({ ...subscription, carrier: 'NOBODY' })
      assert.equal(nobody.outcome === 'refused' && nobody.refusal.code, 'carrier.not_supported')
      world.clock.advance({ hours: 72 })
      world.book.pump()
      await world.sim.settled()
      const codes = new Set(hub.claims().map(({ code }) => code))
      for (const code of ['103', '1002', '1001', '5', '301']) assert.ok(codes.has(`statusCode:${code}`), code)
      const asked = { trackingNo: made.value.trackingNo, carrier: 'YTO', phoneTail: null }
      assert.ok((await world.calls.fetchTracking(asked)).ok, 'the query shows it as well')
    } finally {
      await hub.close()
    }
  })
})

test('an answer that says nothing after sending is of unknown effect; a key’s end is told from the settings', async () => {
  await inWorld(async (world) => {
    const http = async () => ({ status: 200, headers: {}, body: new TextEncoder().encode('<html>') })
    const deps = { http, clock: world.clock, random: seededRandom(1), openTcp: noTcp }
    const calls = kuaidi100.calls?.(world.sim.settings, deps) as Required<Calls>
    await assert.rejects(calls.createWaybill(ask(world)), (error) => error instanceof Outage && error.unknown)
    const terms = kuaidi100.credentialTerms?.({ key_expires: '2027-01-31T00:00:00+08:00' })
    assert.equal(terms?.[0]?.expiresAt.toString(), '2027-01-30T16:00:00Z')
    assert.deepEqual(kuaidi100.credentialTerms?.({ key_expires: 'soon' }), [])
  })
})
