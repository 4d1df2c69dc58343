import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { douyin } from '#connectors/channels/douyin/index.ts'
import type { Claim } from '#domain/claim.ts'
import type { FetchedMessage, ShipmentReport, StoredMessage } from '#domain/connector.ts'
import { systemClock } from '#kernel/clock.ts'
import { canonicalJson } from '#kernel/hash.ts'
import { connectionId, orderNo, trackingNo } from '#kernel/id.ts'
import { seededRandom, systemRandom } from '#kernel/random.ts'
import { fetchCall } from '#test-support/http-call.ts'
import { noTcp } from '#test-support/no-tcp.ts'
import { receivingEnd } from '#test-support/receiving-end.ts'
import { NO_FAULTS, type SimFaults } from '../platform.ts'
import { simDouyin } from './douyin.ts'

const closers: (() => Promise<void>)[] = []
after(async () => {
  for (const close of closers) await close()
})

async function world(faults: Partial<SimFaults>) {
  const sim = await simDouyin(
    { clock: systemClock, random: seededRandom(11), faults: { ...NO_FAULTS, ...faults } },
    { retryMs: Array.from({ length: 12 }, () => 20) },
  )
  const hub = await receivingEnd(douyin, sim.settings)
  sim.pushTo(hub.url)
  closers.push(sim.close, hub.close)
  const calls = douyin.calls?.(sim.settings, {
    http: fetchCall,
    clock: systemClock,
    random: systemRandom,
    openTcp: noTcp,
  })
  return { sim, hub, calls }
}

const readingOf = (message: FetchedMessage) => {
  const stored = {
    connection: connectionId('c'),
    topic: message.topic,
    headers: {},
    body: message.body,
    receivedAt: systemClock.now(),
  }
  const reading = douyin.read(stored, {})
  assert.ok(reading.ok, reading.ok ? '' : reading.refusal.code)
  return reading.value
}
/** Every claim of what the hub keeps, each once. */
function claimsOf(stored: readonly StoredMessage[]): readonly Claim[] {
  const all = stored.flatMap((message) => {
    const reading = douyin.read(message, {})
    assert.ok(reading.ok, reading.ok ? '' : reading.refusal.code)
    return reading.value.claims
  })
  return [...new Map(all.map((claim) => [canonicalJson(claim), claim])).values()]
}
const reportOf = (number: string, parcel: string, lines: ShipmentReport['lines'] = []): ShipmentReport => ({
  orderNo: orderNo(number),
  trackingNo: trackingNo(parcel),
  carrier: 'YUNDA',
  lines,
  requestId: `r-${parcel}`,
})

test('placed, paid, shipped in two parcels, completed: pushes and the API say the same', async () => {
  const { sim, hub, calls } = await world({})
  assert.ok(calls?.fetchOrder && calls.reportShipment && calls.findShipment)
  assert.equal((await calls.test()).ok, true)
  let placed = await sim.place()
  while (placed.lines.length < 2) placed = await sim.place()
  const number = placed.orderNo
  await sim.pay(number)
  const parts = placed.lines.map(({ lineId, quantity }) => [{ lineId, quantity }])
  assert.equal((await calls.reportShipment(reportOf(number, 'YD1', parts[0]))).outcome, 'accepted')
  assert.equal((await calls.reportShipment(reportOf(number, 'YD1', parts[0]))).outcome, 'accepted')
  assert.equal(sim.orders.get(number)?.shipments.length, 1)
  assert.equal((await calls.reportShipment(reportOf(number, 'YD2', parts[1]))).outcome, 'accepted')
  assert.equal(await calls.findShipment(reportOf(number, 'YD2')), 'found')
  assert.equal(await calls.findShipment(reportOf(number, 'YD3')), 'absent')
  assert.equal((await calls.reportShipment(reportOf(number, 'YD3'))).outcome, 'refused')
  await sim.complete(number)
  await sim.settled()

  const pushed = claimsOf(hub.stored).filter(
    (claim) => claim.subject.by === 'order' && claim.subject.orderNo === number,
  )
  assert.deepEqual(pushed.map(({ code }) => code).sort(), [
    'tag:100',
    'tag:101',
    'tag:102',
    'tag:103',
    'tag:108',
  ])
  const fetched = await calls.fetchOrder(orderNo(number))
  assert.ok(fetched.ok)
  const { claims, content } = readingOf(fetched.value)
  assert.deepEqual(claims.map(({ code }) => code).sort(), [
    'create_time',
    'logistics_info',
    'logistics_info',
    'order_status:3',
    'order_status:5',
    'pay_time',
  ])
  assert.deepEqual(
    claims.filter(({ code }) => code === 'logistics_info').map(({ detail }) => detail.lines),
    parts,
  )
  assert.equal(content[0]?.parts.totals?.payable.minor, placed.payableMinor)
  const instantOf = (list: readonly { code: string; at: { raw: string } }[], code: string) =>
    list.find((one) => one.code === code)?.at.raw
  assert.equal(instantOf(pushed, 'tag:101'), instantOf(claims, 'pay_time'))
  assert.equal(instantOf(pushed, 'tag:103'), instantOf(claims, 'order_status:5'))
})

test('drops, doubles, delays, reorderings, unknown codes, forgeries and a hub without database lose nothing', async () => {
  const { sim, hub } = await world({
    drop: 0.2,
    duplicate: 0.3,
    delay: 0.2,
    delayMs: 40,
    reorder: 0.2,
    unknownCode: 0.2,
    forge: 0.2,
  })
  hub.failNext(5)
  const numbers: string[] = []
  for (let i = 0; i < 25; i += 1) {
    const { orderNo: number } = await sim.place()
    await sim.pay(number)
    if (i % 5 === 0) await sim.cancel(number)
    numbers.push(number)
  }
  await sim.settled()
  const codesOf = (number: string): string[] =>
    claimsOf(hub.stored).flatMap((claim) =>
      claim.subject.by === 'order' && claim.subject.orderNo === number ? [claim.code] : [],
    )
  for (const [i, number] of numbers.entries()) {
    const codes = codesOf(number).filter((code) => code !== 'tag:199')
    assert.deepEqual(codes.sort(), ['tag:100', 'tag:101', ...(i % 5 === 0 ? ['tag:106'] : [])])
  }
  assert.ok(claimsOf(hub.stored).some(({ code }) => code === 'tag:199'))
  assert.ok(hub.duplicates() > 0)
  assert.deepEqual([...new Set(hub.refusals)], ['douyin.signature_wrong'])
})

test('wrong keys and an old token are named for what they are', async () => {
  const { sim } = await world({})
  const deps = { http: fetchCall, clock: systemClock, random: systemRandom, openTcp: noTcp }
  const codeWith = async (change: Record<string, string>): Promise<string> => {
    const result = await douyin.calls?.({ ...sim.settings, ...change }, deps).test()
    return result?.ok === false ? result.refusal.code : 'ok'
  }
  assert.equal(await codeWith({}), 'ok')
  assert.equal(await codeWith({ appSecret: 'another-secret' }), 'douyin.wrong_keys')
  assert.equal(await codeWith({ accessToken: 'old-token' }), 'douyin.token_expired')
})

test('what a wrong clock spoiled is no answer about the order: it is called for again once the clock is right', async () => {
  const { sim } = await world({})
  const clock = { now: () => systemClock.now().subtract({ hours: 1 }) }
  const deps = { http: fetchCall, clock, random: systemRandom, openTcp: noTcp }
  await assert.rejects(async () => await douyin.calls?.(sim.settings, deps).test(), {
    name: 'Outage',
    code: 'douyin.clock_wrong',
    retryable: true,
    unknown: false,
  })
})

test('the update window finds what was never pushed', async () => {
  const { sim, calls } = await world({ drop: 1 })
  const { orderNo: number } = await sim.place()
  await sim.pay(number)
  const now = systemClock.now()
  const page = await calls?.listUpdated?.({
    from: now.subtract({ minutes: 5 }),
    to: now.add({ minutes: 1 }),
    cursor: null,
  })
  assert.ok(page?.ok)
  const [message] = page.value.messages
  assert.equal(message?.orderNo, number)
  const codes = message === undefined ? [] : readingOf(message).claims.map(({ code }) => code)
  assert.deepEqual(codes.sort(), ['create_time', 'order_status:2', 'pay_time'])
})
