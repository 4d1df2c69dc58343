import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Calls, HttpCall } from '#domain/connector.ts'
import { manualClock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import { seededRandom } from '#kernel/random.ts'
import type { Result } from '#kernel/result.ts'
import { type CarrierBook, carrierBook } from '#sim/carriers/book.ts'
import { NO_FAULTS } from '#sim/platform.ts'
import { simPddWaybill } from '#sim/platforms/pdd-waybill.ts'
import { fetchCall } from '#test-support/http-call.ts'
import { noTcp } from '#test-support/no-tcp.ts'
import { nameOf, waybillAsk } from '#test-support/waybill-asks.ts'
import { pddWaybill } from './index.ts'
import { signParams } from './sign.ts'

type World = {
  book: CarrierBook
  calls: Required<Calls>
  clock: ReturnType<typeof manualClock>
  sim: Awaited<ReturnType<typeof simPddWaybill>>
  callsWith: (settings: Record<string, string>, http?: HttpCall) => Required<Calls>
}

async function inWorld(work: (world: World) => Promise<void>): Promise<void> {
  const clock = manualClock(Temporal.Instant.from('2026-11-11T02:00:00Z'))
  const random = seededRandom(5)
  const book = carrierBook({ clock, random })
  const sim = await simPddWaybill({ clock, random, faults: NO_FAULTS }, book)
  const callsWith: World['callsWith'] = (settings, http = fetchCall) =>
    pddWaybill.calls?.(
      { ...sim.settings, ...settings },
      { http, clock, random, openTcp: noTcp },
    ) as Required<Calls>
  try {
    await work({ book, clock, sim, callsWith, calls: callsWith({}) })
  } finally {
    await sim.close()
  }
}

const SEALED = {
  channel: 'pinduoduo',
  data: { name: '~Ag-name~', phone: '$Ag-phone$', address: '~Ag-address~' },
}
const codeOf = (answer: Result<unknown>): string => (answer.ok ? 'ok' : answer.refusal.code)
const ask = (world: World, given = {}) =>
  waybillAsk({ carrier: 'ZTO', channel: 'pinduoduo', account: world.sim.account, sealedTo: SEALED, ...given })

test('the signature is the platform’s own: keys in order, the secret at both ends, capitals', () => {
  // MD5('sa1b2s'), by hand: keys a and b, secret s.
  assert.equal(signParams({ b: '2', a: '1', sign: 'x' }, 's'), '5EE29085AF57D942F21F1C5BA3C2A90A')
})

test('the sealed recipient goes back as it came, the sealed print data comes out as it is', async () => {
  await inWorld(async (world) => {
    const bodies: string[] = []
    const calls = world.callsWith({}, async (request) => {
      bodies.push(String(request.body))
      return await fetchCall(request)
    })
    const made = await calls.createWaybill(ask(world))
    assert.ok(made.ok, codeOf(made))
    assert.match(made.value.trackingNo, /^768\d{11}$/)
    assert.equal(made.value.sealed?.component, 'pinduoduo')
    assert.match(JSON.stringify(made.value.sealed), /encryptedData/)
    const sent = new URLSearchParams(bodies[0]).get('param_waybill_cloud_print_apply_new_request') ?? ''
    const { recipient, order_info } = JSON.parse(sent).trade_order_info_dtos[0]
    assert.deepEqual(recipient, {
      name: '~Ag-name~',
      mobile: '$Ag-phone$',
      address: { province: '浙江省', city: '杭州市', district: '西湖区', detail: '~Ag-address~' },
    })
    assert.deepEqual(order_info, { order_channels_type: 'PDD', trade_order_list: ['ORDER-1'] })
    assert.deepEqual(await world.calls.createWaybill(ask(world)), made, 'asked again, the same number')
    assert.deepEqual(await world.calls.waybillBalance(world.sim.account, 'ZTO'), {
      ok: true,
      value: [{ account: 'PDDZTO01', carrier: 'ZTO', left: 4_999 }],
    })
  })
})

test('each code of the gateway has a word of ours; a business failure keeps its own words', async () => {
  await inWorld(async (world) => {
    const desk = world.book.desk('pdd-waybill')
    for (const [trouble, code] of [
      ['credential_expired', 'carrier.credential_expired'],
      ['credential_refused', 'carrier.credential_refused'],
      ['signature_refused', 'carrier.signature_refused'],
      ['ip_refused', 'carrier.ip_refused'],
      ['no_permission', 'carrier.no_permission'],
      ['pool_empty', 'carrier.refused'],
    ] as const) {
      desk?.setTrouble(trouble)
      const answer = await world.calls.createWaybill(ask(world))
      assert.equal(codeOf(answer), code)
    }
    desk?.setTrouble(null)
    assert.equal(codeOf(await world.callsWith({ client_secret: 'x' }).test()), 'carrier.signature_refused')
    for (const [given, code] of [
      [{ sealedTo: { ...SEALED, channel: 'douyin' } }, 'carrier.not_supported'],
      [{ carrier: 'DHL' }, 'carrier.not_supported'],
      [{ pieces: 2 }, 'carrier.not_supported'],
      [{ account: {} }, 'carrier.bad_request'],
    ] as const)
      assert.equal(codeOf(await world.calls.createWaybill(ask(world, given))), code)
    assert.equal(world.book.parcels().length, 0)
    const answer = await world.calls.test()
    assert.ok(answer.ok && answer.value.words.includes('4 个网点'))
  })
})

test('cancelled by number, twice as well; after the pick-up the platform’s words say why not', async () => {
  await inWorld(async (world) => {
    world.book.desk('pdd-waybill')?.setShares({})
    const made = await world.calls.createWaybill(ask(world))
    assert.ok(made.ok)
    const name = nameOf(ask(world), made.value.trackingNo)
    assert.equal((await world.calls.cancelWaybill(name, '')).outcome, 'accepted')
    assert.equal((await world.calls.cancelWaybill(name, '')).outcome, 'accepted')
    const next = await world.calls.createWaybill(ask(world, { reference: 'P2' }))
    assert.ok(next.ok)
    world.clock.advance({ hours: 12 })
    const late = await world.calls.cancelWaybill(nameOf(ask(world), next.value.trackingNo), '')
    assert.ok(late.outcome === 'refused' && late.refusal.detail.includes('已揽收'))
  })
})

test('throttling waits, what says nothing after sending is of unknown effect, and no secret shows', async () => {
  await inWorld(async (world) => {
    const { client_secret: secret } = world.sim.settings
    const answering = (body: object | string): HttpCall => {
      const text = typeof body === 'string' ? body : JSON.stringify(body)
      return async () => ({ status: 200, headers: {}, body: new TextEncoder().encode(text) })
    }
    const error = (error_code: number, error_msg: string) =>
      answering({ error_response: { error_code, error_msg } })
    await assert.rejects(
      world.callsWith({}, error(70031, '调用过于频繁')).createWaybill(ask(world)),
      (thrown) => thrown instanceof Outage && thrown.retryAfterMs === 10_000 && !thrown.unknown,
    )
    await assert.rejects(
      world.callsWith({}, answering('<html>')).createWaybill(ask(world)),
      (thrown) => thrown instanceof Outage && thrown.unknown,
    )
    const told = await world.callsWith({}, error(20004, `sign of ${secret}`)).createWaybill(ask(world))
    assert.ok(!told.ok && !told.refusal.detail.includes(String(secret)))
  })
})
