import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import type { Calls, HttpCall } from '#domain/connector.ts'
import { manualClock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import { seededRandom } from '#kernel/random.ts'
import type { Result } from '#kernel/result.ts'
import { type CarrierBook, carrierBook } from '#sim/carriers/book.ts'
import { NO_FAULTS } from '#sim/platform.ts'
import { simDouyinWaybill } from '#sim/platforms/douyin-waybill.ts'
import { fetchCall } from '#test-support/http-call.ts'
import { noTcp } from '#test-support/no-tcp.ts'
import { nameOf, waybillAsk } from '#test-support/waybill-asks.ts'
import { douyinWaybill } from './index.ts'
import { canonicalParams, signCall } from './sign.ts'
import { packId } from './waybill.ts'

type World = {
  book: CarrierBook
  calls: Required<Calls>
  clock: ReturnType<typeof manualClock>
  sim: Awaited<ReturnType<typeof simDouyinWaybill>>
  callsWith: (settings: Record<string, string>, http?: HttpCall) => Required<Calls>
}

async function inWorld(work: (world: World) => Promise<void>): Promise<void> {
  const clock = manualClock(Temporal.Instant.from('2026-11-11T02:00:00Z'))
  const random = seededRandom(5)
  const book = carrierBook({ clock, random })
  const sim = await simDouyinWaybill({ clock, random, faults: NO_FAULTS }, book)
  const callsWith: World['callsWith'] = (settings, http = fetchCall) =>
    douyinWaybill.calls?.(
      { ...sim.settings, ...settings },
      { http, clock, random, openTcp: noTcp },
    ) as Required<Calls>
  try {
    await work({ book, clock, sim, callsWith, calls: callsWith({}) })
  } finally {
    await sim.close()
  }
}

const SEALED = { channel: 'douyin', data: { name: '#n#1#', phone: '$t$1$', address: '#d#1#' } }
const codeOf = (answer: Result<unknown>): string => (answer.ok ? 'ok' : answer.refusal.code)
const ask = (world: World, given = {}) =>
  waybillAsk({ carrier: 'ZTO', channel: 'douyin', account: world.sim.account, sealedTo: SEALED, ...given })

test('parameters are signed as canonical JSON, the access token is no part of it', () => {
  assert.equal(canonicalParams({ b: [{ d: 1, c: 'é&<' }], a: undefined }), '{"b":[{"c":"é&<","d":1}]}')
  const call = { appKey: 'k', appSecret: 's', method: 'm.n', paramJson: '{}', timestamp: '1' }
  const expected = createHmac('sha256', 's')
    .update('sapp_keykmethodm.nparam_json{}timestamp1v2s')
    .digest('hex')
  assert.equal(signCall(call), expected)
})

test('a package id is the reference where that fits, and stays the same', () => {
  assert.equal(packId('P1001-1-1'), 'P1001_1_1')
  const long = packId('P1234567890123-12-1')
  assert.match(long, /^[0-9a-f]{15}$/)
  assert.equal(packId('P1234567890123-12-1'), long)
  assert.notEqual(packId('P1234567890123-12-2'), long)
})

test('the sealed recipient goes back as it came; number, children and sealed print data come out', async () => {
  await inWorld(async (world) => {
    const bodies: string[] = []
    const calls = world.callsWith({}, async (request) => {
      bodies.push(String(request.body))
      return await fetchCall(request)
    })
    const made = await calls.createWaybill(ask(world, { pieces: 2 }))
    assert.ok(made.ok, codeOf(made))
    assert.match(made.value.trackingNo, /^787\d{11}$/)
    assert.equal(made.value.childNos.length, 1)
    assert.match(made.value.routing.sortCode, /-571-03$/)
    assert.equal(made.value.sealed?.component, 'douyin')
    assert.match(JSON.stringify(made.value.sealed), /"print_data":.*"sign":.*"templateURL":/)
    const receiver = JSON.parse(bodies[0] ?? '').order_infos[0].receiver_info
    assert.deepEqual(receiver.contact, { mobile: '$t$1$', name: '#n#1#' })
    assert.equal(receiver.address.detail_address, '#d#1#')
    assert.equal(receiver.address.city_name, '杭州市')
    assert.deepEqual(await world.calls.createWaybill(ask(world, { pieces: 2 })), made)
    assert.deepEqual(await world.calls.waybillBalance(world.sim.account, 'ZTO'), {
      ok: true,
      value: [{ account: 'DYZTO01', carrier: 'ZTO', left: 4_998 }],
    })
  })
})

test('print data that cannot be had is an outage after which the number may be there: asked again, the same one comes with it', async () => {
  await inWorld(async (world) => {
    world.sim.failPrintData(1)
    await assert.rejects(
      world.calls.createWaybill(ask(world)),
      // Found by `npm run sim -- --seed 7 --steps 16`: as an attempt that came to nothing, its number was forgotten when the order was cancelled.
      (error) => error instanceof Outage && error.code === 'douyin_waybill.unavailable' && error.unknown,
    )
    const made = await world.calls.createWaybill(ask(world))
    assert.ok(made.ok)
    assert.equal(world.book.parcels().length, 1)
  })
})

test('each sub code has a word of ours; what stands in no table keeps its own', async () => {
  await inWorld(async (world) => {
    const desk = world.book.desk('douyin-waybill')
    for (const [trouble, code] of [
      ['credential_expired', 'carrier.credential_expired'],
      ['signature_refused', 'carrier.signature_refused'],
      ['no_permission', 'carrier.no_permission'],
      ['pool_empty', 'carrier.refused'],
    ] as const) {
      desk?.setTrouble(trouble)
      assert.equal(codeOf(await world.calls.createWaybill(ask(world))), code)
    }
    desk?.setTrouble(null)
    assert.equal(codeOf(await world.callsWith({ app_secret: 'x' }).test()), 'carrier.signature_refused')
    assert.equal(codeOf(await world.callsWith({ access_token: 'x' }).test()), 'carrier.credential_expired')
    for (const [given, code] of [
      [{ sealedTo: { ...SEALED, channel: 'pinduoduo' } }, 'carrier.not_supported'],
      [{ channel: 'youzan', sealedTo: null }, 'carrier.not_supported'],
      [{ carrier: 'DHL' }, 'carrier.not_supported'],
    ] as const)
      assert.equal(codeOf(await world.calls.createWaybill(ask(world, given))), code)
    assert.equal(world.book.parcels().length, 0)
    for (const account of desk?.accounts() ?? []) account.left = 0
    const empty = await world.calls.createWaybill(ask(world))
    assert.ok(!empty.ok && empty.refusal.detail === '10703 电子面单余额不足')
  })
})

test('cancelled by number, twice as well (1102); after the pick-up (1105) it is too late', async () => {
  await inWorld(async (world) => {
    world.book.desk('douyin-waybill')?.setShares({})
    const made = await world.calls.createWaybill(ask(world))
    assert.ok(made.ok)
    const name = nameOf(ask(world), made.value.trackingNo)
    assert.equal((await world.calls.cancelWaybill(name, '')).outcome, 'accepted')
    assert.equal((await world.calls.cancelWaybill(name, '')).outcome, 'accepted')
    const next = await world.calls.createWaybill(ask(world, { reference: 'P2' }))
    assert.ok(next.ok)
    world.clock.advance({ hours: 12 })
    const late = await world.calls.cancelWaybill(nameOf(ask(world), next.value.trackingNo), '')
    assert.equal(late.outcome === 'refused' && late.refusal.code, 'carrier.too_late')
    const never = await world.calls.cancelWaybill(nameOf(ask(world), '780000000000000'), '')
    assert.equal(never.outcome === 'refused' && never.refusal.code, 'carrier.unknown_number')
  })
})

test('an outage says nothing of the access token that stands in the address', async () => {
  await inWorld(async (world) => {
    const token = String(world.sim.settings.access_token)
    const http: HttpCall = async ({ url }) => {
      throw new Outage('http.timeout', `no answer from ${url}`, { unknown: true })
    }
    await assert.rejects(
      world.callsWith({}, http).createWaybill(ask(world)),
      (error) => error instanceof Outage && error.unknown && !error.message.includes(token),
    )
  })
})

test('a call that our own clock spoiled is made again once the clock is right: its parcel was not refused', async () => {
  await inWorld(async ({ sim }) => {
    const ahead = manualClock(Temporal.Instant.from('2026-11-11T07:00:00Z'))
    const deps = { http: fetchCall, clock: ahead, random: seededRandom(5), openTcp: noTcp }
    const calls = douyinWaybill.calls?.(sim.settings, deps)
    await assert.rejects(async () => await calls?.test(), {
      code: 'douyin_waybill.clock_wrong',
      retryable: true,
      unknown: false,
    })
  })
})
