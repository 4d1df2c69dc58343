import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Calls } from '#domain/connector.ts'
import { manualClock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import { seededRandom } from '#kernel/random.ts'
import type { Result } from '#kernel/result.ts'
import { type CarrierBook, carrierBook } from '#sim/carriers/book.ts'
import { NO_FAULTS } from '#sim/platform.ts'
import { type KdniaoOptions, simKdniao } from '#sim/platforms/kdniao.ts'
import { fetchCall } from '#test-support/http-call.ts'
import { noTcp } from '#test-support/no-tcp.ts'
import { receivingEnd } from '#test-support/receiving-end.ts'
import { nameOf, subscriptionTo, waybillAsk } from '#test-support/waybill-asks.ts'
import { kdniao } from './index.ts'

type World = {
  book: CarrierBook
  calls: Required<Calls>
  clock: ReturnType<typeof manualClock>
  sim: Awaited<ReturnType<typeof simKdniao>>
}

async function inWorld(options: KdniaoOptions, work: (world: World) => Promise<void>): Promise<void> {
  const clock = manualClock(Temporal.Instant.from('2026-11-11T02:00:00Z'))
  const random = seededRandom(5)
  const book = carrierBook({ clock, random })
  const sim = await simKdniao({ clock, random, faults: NO_FAULTS }, { ...options, book })
  book.desk('kdniao')?.setShares({})
  const calls = kdniao.calls?.(sim.settings, { http: fetchCall, clock, random, openTcp: noTcp })
  try {
    await work({ book, clock, sim, calls: calls as Required<Calls> })
  } finally {
    await sim.close()
  }
}

const codeOf = (answer: Result<unknown>): string => (answer.ok ? 'ok' : answer.refusal.code)
const ask = (world: World, given = {}) => waybillAsk({ carrier: 'YTO', account: world.sim.account, ...given })

test('a number with its children and routing; the second call gets 106 with the order, and that is the waybill', async () => {
  await inWorld({}, async (world) => {
    const made = await world.calls.createWaybill(ask(world, { pieces: 3 }))
    assert.ok(made.ok, codeOf(made))
    assert.match(made.value.trackingNo, /^YT2\d{12}$/)
    assert.equal(made.value.childNos.length, 2)
    assert.equal(made.value.waybillId, `KDN${made.value.trackingNo}`)
    assert.match(made.value.routing.sortCode, /-571-02$/)
    assert.deepEqual(await world.calls.createWaybill(ask(world, { pieces: 3 })), made)
    assert.deepEqual(await world.calls.waybillBalance(world.sim.account, 'YTO'), {
      ok: true,
      value: [{ account: 'SIMNIAO', carrier: 'YTO', left: 4_997 }],
    })
  })
})

test('106 without the order is a reference that is taken', async () => {
  const body = JSON.stringify({ Success: false, ResultCode: '106', Reason: '该订单号已下单' })
  const http = async () => ({ status: 200, headers: {}, body: new TextEncoder().encode(body) })
  await inWorld({}, async (world) => {
    const deps = { http, clock: world.clock, random: seededRandom(1), openTcp: noTcp }
    const calls = kdniao.calls?.(world.sim.settings, deps) as Required<Calls>
    assert.equal(codeOf(await calls.createWaybill(ask(world))), 'carrier.reference_taken')
  })
})

test('each documented code has a word of ours; 105 keeps the carrier’s words', async () => {
  await inWorld({}, async (world) => {
    const desk = world.book.desk('kdniao')
    for (const [trouble, code] of [
      ['signature_refused', 'carrier.signature_refused'],
      ['credential_refused', 'carrier.credential_refused'],
      ['pool_empty', 'carrier.pool_empty'],
      ['bad_request', 'carrier.bad_request'],
      ['goods_refused', 'carrier.refused'],
    ] as const) {
      desk?.setTrouble(trouble)
      assert.equal(codeOf(await world.calls.createWaybill(ask(world))), code)
    }
    desk?.setTrouble(null)
    const wrong = await world.calls.createWaybill(ask(world, { account: { customer_name: 'SIMNIAO' } }))
    assert.ok(
      !wrong.ok && wrong.refusal.code === 'carrier.refused' && wrong.refusal.detail.startsWith('105 '),
    )
    assert.equal(
      codeOf(await world.calls.createWaybill(ask(world, { carrier: 'NOBODY' }))),
      'carrier.not_supported',
    )
    assert.equal(world.book.parcels().length, 0)
  })
})

test('cancelled once and twice; after the pick-up the refusal has the platform’s words', async () => {
  await inWorld({}, async (world) => {
    const made = await world.calls.createWaybill(ask(world))
    assert.ok(made.ok)
    const name = nameOf(ask(world), made.value.trackingNo)
    assert.equal((await world.calls.cancelWaybill(name, '')).outcome, 'accepted')
    assert.equal((await world.calls.cancelWaybill(name, '')).outcome, 'accepted')
    const next = ask(world, { reference: 'P2' })
    const second = await world.calls.createWaybill(next)
    assert.ok(second.ok)
    world.clock.advance({ hours: 12 })
    const late = await world.calls.cancelWaybill(nameOf(next, second.value.trackingNo), '')
    assert.ok(late.outcome === 'refused' && late.refusal.detail.includes('已揽收'))
    const nameless = await world.calls.cancelWaybill(nameOf(next), '')
    assert.equal(nameless.outcome === 'refused' && nameless.refusal.code, 'carrier.unknown_reference')
  })
})

for (const plan of ['paid', 'plain'] as const)
  test(`a subscribed number is pushed with a right DataSign (${plan} plan), and the query shows the same`, async () => {
    await inWorld({ plan }, async (world) => {
      const hub = await receivingEnd(kdniao, world.sim.settings)
      try {
        world.sim.pushTo(hub.url)
        const made = await world.calls.createWaybill(ask(world))
        assert.ok(made.ok)
        const number = made.value.trackingNo
        world.clock.advance({ hours: 72 })
        world.book.pump()
        await world.sim.settled()
        assert.equal(hub.claims().length, 0, 'nothing is pushed that nobody subscribed')
        assert.equal((await world.calls.subscribeTracking(subscriptionTo(number, 'YTO'))).outcome, 'accepted')
        assert.equal((await world.calls.subscribeTracking(subscriptionTo(number, 'YTO'))).outcome, 'accepted')
        world.clock.advance({ hours: 1 })
        world.book.pump()
        await world.sim.settled()
        const codes = new Set(hub.claims().map(({ code }) => code))
        const wanted =
          plan === 'paid' ? ['1', '2', '201', '202', '301'].map((code) => `Action:${code}`) : ['State:3']
        for (const code of wanted) assert.ok(codes.has(code), `${code} of ${[...codes]}`)
        const asked = { trackingNo: number, carrier: 'YTO', phoneTail: null }
        assert.ok((await world.calls.fetchTracking(asked)).ok)
      } finally {
        await hub.close()
      }
    })
  })

test('an answer that says nothing after sending is of unknown effect', async () => {
  await inWorld({}, async (world) => {
    const http = async () => ({ status: 200, headers: {}, body: new TextEncoder().encode('<html>') })
    const deps = { http, clock: world.clock, random: seededRandom(1), openTcp: noTcp }
    const calls = kdniao.calls?.(world.sim.settings, deps) as Required<Calls>
    await assert.rejects(calls.createWaybill(ask(world)), (error) => error instanceof Outage && error.unknown)
  })
})
