import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Calls } from '#domain/connector.ts'
import { manualClock } from '#kernel/clock.ts'
import { seededRandom } from '#kernel/random.ts'
import type { Result } from '#kernel/result.ts'
import { type CarrierBook, carrierBook } from '#sim/carriers/book.ts'
import { NO_FAULTS } from '#sim/platform.ts'
import { type CainiaoOptions, simCainiao } from '#sim/platforms/cainiao.ts'
import { fetchCall } from '#test-support/http-call.ts'
import { noTcp } from '#test-support/no-tcp.ts'
import { receivingEnd } from '#test-support/receiving-end.ts'
import { nameOf, waybillAsk } from '#test-support/waybill-asks.ts'
import { linkPush, OPERATIONS, OPERATIONS_XML, overseas } from './fixtures/messages.ts'
import { cainiao } from './index.ts'
import { readPush } from './read.ts'
import { receivePush } from './receive.ts'
import { dataDigest } from './sign.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

type World = {
  book: CarrierBook
  calls: Required<Calls>
  clock: ReturnType<typeof manualClock>
  sim: Awaited<ReturnType<typeof simCainiao>>
}

async function inWorld(options: CainiaoOptions, work: (world: World) => Promise<void>): Promise<void> {
  const clock = manualClock(Temporal.Instant.from('2026-11-11T02:00:00Z'))
  const random = seededRandom(5)
  const book = carrierBook({ clock, random })
  const sim = await simCainiao({ clock, random, faults: NO_FAULTS }, book, options)
  const calls = cainiao.calls?.(sim.settings, { http: fetchCall, clock, random, openTcp: noTcp })
  try {
    await work({ book, clock, sim, calls: calls as Required<Calls> })
  } finally {
    await sim.close()
  }
}

const codeOf = (answer: Result<unknown>): string => (answer.ok ? 'ok' : answer.refusal.code)
const ask = (account: World['sim']['account'], given = {}) =>
  waybillAsk({ carrier: 'ZTO', account, channel: 'pinduoduo', ...given })

test('the digest agrees with the published vector: raw MD5, not its hex text', () => {
  const content = '{"cpCode":"ZTO","waybillCode":"75000000000001"}'
  assert.equal(dataDigest(content, 'cn-test-secret'), '2A2OAUFtytYT/6cPmfApPQ==')
})

test('an overseas time is local to the zone beside it', () => {
  const reading = readPush({ body: bytes(linkPush(overseas('Europe/Moscow'), 'X')) }, {})
  assert.ok(reading.ok)
  const [claim] = reading.value.claims
  assert.equal(claim?.at.instant?.toString(), '2020-08-01T09:30:45Z')
  assert.match(claim?.at.raw ?? '', /12-30-45.*Europe\/Moscow/)
  assert.equal(claim?.detail.place, 'Moscow')
})

test('each form of push gets its own acknowledgement, and a push of another kind is kept and parked', () => {
  const receive = (body: string) =>
    receivePush({ method: 'POST', path: '/', query: '', headers: {}, body: bytes(body) }, { app_secret: 's' })
  const json = receive(linkPush(OPERATIONS, 'TMS_PRACTICE_TRACE_INFO', 's'))
  assert.equal(json.reply.body, '{"success":true}')
  const xml = receive(linkPush(OPERATIONS_XML, 'TMS_PRACTICE_TRACE_INFO', 's'))
  assert.equal(xml.reply.body, '<response><success>true</success></response>')
  const other = linkPush('{"orderStatus":"SIGN"}', 'GUOGUO_ORDER', 's')
  assert.equal(receive(other).verdict, 'accepted')
  assert.equal(codeOf(readPush({ body: bytes(other) }, {})), 'cainiao.unknown_push')
  const nameless = linkPush('{"operationDetails":[{"status":"00"}]}', 'X', 's')
  assert.equal(codeOf(readPush({ body: bytes(nameless) }, {})), 'cainiao.incomplete')
  const own = linkPush('{"lp":"LP1","operationDetails":[{"status":"00"}]}', 'X', 's')
  assert.equal(codeOf(readPush({ body: bytes(own) }, { number_fields: 'lp' })), 'ok')
})

test('a number comes with sealed print data, asked again it is the same one, and it leaves the branch’s stock', async () => {
  await inWorld({ numbersLeft: 10 }, async ({ sim, calls }) => {
    const made = await calls.createWaybill(ask(sim.account))
    assert.ok(made.ok, codeOf(made))
    assert.match(made.value.trackingNo, /^759\d{11}$/)
    assert.equal(made.value.sealed?.component, 'cainiao')
    const document = made.value.sealed?.document as Record<string, string>
    assert.deepEqual(Object.keys(document), ['encryptedData', 'signature', 'templateURL', 'ver'])
    assert.deepEqual(await calls.createWaybill(ask(sim.account)), made)
    const children = await calls.createWaybill(ask(sim.account, { reference: 'P1001-1-2', pieces: 3 }))
    assert.ok(children.ok)
    assert.equal(children.value.childNos.length, 2)
    const sheets = children.value.sealed?.document
    assert.ok(Array.isArray(sheets) && sheets.length === 3)
    assert.deepEqual(await calls.waybillBalance(sim.account, 'ZTO'), {
      ok: true,
      value: [{ account: 'SIMZTO01', carrier: 'ZTO', left: 6 }],
    })
    const elsewhere = await calls.waybillBalance({ ...sim.account, branch_code: 'NONE' }, 'ZTO')
    assert.deepEqual(elsewhere, { ok: true, value: [] })
  })
})

test('each S code has a word of ours; what stands in no table keeps its own', async () => {
  await inWorld({ numbersLeft: 1 }, async ({ sim, book, calls }) => {
    assert.ok((await calls.createWaybill(ask(sim.account))).ok)
    const empty = await calls.createWaybill(ask(sim.account, { reference: 'P1001-1-2' }))
    assert.ok(!empty.ok && empty.refusal.code === 'carrier.pool_empty')
    assert.match(empty.refusal.detail, /^S14 .*号段/)
    const wanted = [
      ['ip_refused', 'carrier.ip_refused'],
      ['signature_refused', 'carrier.signature_refused'],
      ['credential_refused', 'carrier.credential_refused'],
      ['goods_refused', 'carrier.refused'],
    ] as const
    for (const [trouble, code] of wanted) {
      book.desk('cainiao')?.setTrouble(trouble)
      assert.equal(codeOf(await calls.createWaybill(ask(sim.account, { reference: 'P9' }))), code)
    }
    book.desk('cainiao')?.setTrouble(null)
    const reference = 'P1001-1-3'
    for (const [given, code] of [
      [{ carrier: 'DHL' }, 'carrier.not_supported'],
      [{ service: 'X' }, 'carrier.not_supported'],
      [{ sealedTo: { channel: 'douyin', data: {} } }, 'carrier.not_supported'],
      [{ account: {} }, 'carrier.bad_request'],
      [{ account: { ...sim.account, multi_packages: 'no' }, pieces: 2 }, 'carrier.not_supported'],
    ] as const)
      assert.equal(codeOf(await calls.createWaybill(ask(sim.account, { reference, ...given }))), code)
  })
})

test('a channel that is not the order’s own is refused by 菜鸟; the setting names another', async () => {
  await inWorld({}, async ({ sim, calls, clock }) => {
    assert.ok((await calls.createWaybill(ask(sim.account, { channel: 'youzan' }))).ok, 'OTHERS')
    const settings = { ...sim.settings, order_channels: 'youzan=WRONG' }
    const deps = { http: fetchCall, clock, random: seededRandom(1), openTcp: noTcp }
    const wrong = cainiao.calls?.(settings, deps)
    const answer = await wrong?.createWaybill?.(ask(sim.account, { channel: 'youzan', reference: 'P2' }))
    assert.ok(answer?.ok === false && answer.refusal.detail.includes('订单渠道'))
  })
})

test('cancelled by number, twice as well; after the pick-up it is too late', async () => {
  await inWorld({}, async ({ sim, book, calls, clock }) => {
    book.desk('cainiao')?.setShares({})
    const wanted = ask(sim.account)
    const made = await calls.createWaybill(wanted)
    assert.ok(made.ok)
    assert.equal((await calls.cancelWaybill(nameOf(wanted, made.value.trackingNo), '')).outcome, 'accepted')
    assert.equal((await calls.cancelWaybill(nameOf(wanted, made.value.trackingNo), '')).outcome, 'accepted')
    const nameless = await calls.cancelWaybill(nameOf(wanted), '')
    assert.equal(nameless.outcome === 'refused' && nameless.refusal.code, 'carrier.unknown_reference')
    const next = ask(sim.account, { reference: 'P3' })
    const second = await calls.createWaybill(next)
    assert.ok(second.ok)
    clock.advance({ hours: 6 })
    const late = await calls.cancelWaybill(nameOf(next, second.value.trackingNo), '')
    assert.equal(late.outcome === 'refused' && late.refusal.code, 'carrier.too_late')
  })
})

for (const form of ['json', 'xml'] as const)
  test(`against the simulated 菜鸟 over sockets (${form}): every event is pushed, verified and read`, async () => {
    const clock = manualClock(Temporal.Instant.from('2026-11-11T02:00:00Z'))
    const random = seededRandom(7)
    const book = carrierBook({ clock, random })
    const faults = { ...NO_FAULTS, duplicate: 0.3, drop: 0.2, forge: 0.3 }
    const sim = await simCainiao({ clock, random, faults }, book, {
      form,
      retryMs: Array.from({ length: 12 }, () => 10),
    })
    const hub = await receivingEnd(cainiao, sim.settings)
    try {
      book.desk('cainiao')?.setShares({})
      sim.pushTo(hub.url)
      hub.failNext(2)
      const calls = cainiao.calls?.(sim.settings, { http: fetchCall, clock, random, openTcp: noTcp })
      for (let i = 0; i < 8; i += 1)
        assert.equal((await calls?.createWaybill?.(ask(sim.account, { reference: `P${i}` })))?.ok, true)
      clock.advance({ hours: 72 })
      book.pump()
      await sim.settled()
      const counts = ['00', '02', '01', '04', '07'].map(
        (code) => hub.claims().filter((claim) => claim.code === `operation:${code}`).length,
      )
      assert.deepEqual(counts, [8, 8, 8, 8, 8])
      assert.ok(hub.refusals.length > 0 && hub.refusals.every((code) => code === 'cainiao.signature'))
    } finally {
      await sim.close()
      await hub.close()
    }
  })

test('the connection test makes a real call and names what is wrong', async () => {
  await inWorld({}, async ({ sim, calls, clock }) => {
    const answer = await calls.test()
    assert.ok(answer.ok && answer.value.words.includes('4 个网点'))
    const deps = { http: fetchCall, clock, random: seededRandom(1), openTcp: noTcp }
    const wrong = await cainiao.calls?.({ ...sim.settings, app_secret: 'x' }, deps).test()
    assert.ok(wrong?.ok === false && wrong.refusal.code === 'carrier.signature_refused')
  })
})

test('no input makes the reader throw', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (content) => {
      readPush({ body: bytes(linkPush(content, 'X')) }, {})
    }),
    { numRuns: 500 },
  )
})
