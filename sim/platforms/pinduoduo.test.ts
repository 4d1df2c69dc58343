import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { pinduoduo } from '#connectors/channels/pinduoduo/index.ts'
import type { FetchedMessage, ShipmentReport } from '#domain/connector.ts'
import { systemClock } from '#kernel/clock.ts'
import { connectionId, orderNo, trackingNo } from '#kernel/id.ts'
import { seededRandom, systemRandom } from '#kernel/random.ts'
import { openSockets } from '#platform/http-client/open-socket.ts'
import { fetchCall } from '#test-support/http-call.ts'
import { noTcp } from '#test-support/no-tcp.ts'
import { NO_FAULTS, type SimFaults } from '../platform.ts'
import { simPinduoduo } from './pinduoduo.ts'

const openSocket = openSockets({ allowLoopback: true, allowPrivate: false })
const closers: (() => Promise<void> | void)[] = []
after(async () => {
  for (const close of closers) await close()
})

/** A hub reduced to this one connection: it keeps what the stream brings, each key once. */
async function world(faults: Partial<SimFaults>, sinkFails = 0) {
  const sim = await simPinduoduo(
    { clock: systemClock, random: seededRandom(7), faults: { ...NO_FAULTS, ...faults } },
    { redeliverMs: 150 },
  )
  const calls = pinduoduo.calls?.(sim.settings, {
    http: fetchCall,
    clock: systemClock,
    random: systemRandom,
    openTcp: noTcp,
  })
  const stored = new Map<string, FetchedMessage>()
  const states: string[] = []
  const abort = new AbortController()
  const open = Promise.withResolvers<void>()
  let failing = sinkFails
  const running = pinduoduo.stream?.(sim.settings, {
    http: fetchCall,
    clock: systemClock,
    random: seededRandom(3),
    openTcp: noTcp,
    openSocket,
    signal: abort.signal,
    onState: (state, words) => {
      states.push(`${state} ${words}`.trim())
      if (state === 'open') open.resolve()
    },
    sink: async (message) => {
      failing -= 1
      if (failing >= 0) throw new Error('no database')
      stored.set(message.dedupKey, message)
    },
  })
  const close = async (): Promise<void> => {
    abort.abort()
    await running
    await sim.close()
  }
  closers.push(close)
  await open.promise
  return { sim, calls, stored, states, close }
}

const readingOf = (message: FetchedMessage) => {
  const reading = pinduoduo.read(
    {
      connection: connectionId('c'),
      topic: message.topic,
      headers: {},
      body: message.body,
      receivedAt: systemClock.now(),
    },
    {},
  )
  assert.ok(reading.ok, reading.ok ? '' : reading.refusal.code)
  return reading.value
}
const reportOf = (number: string, parcel = 'SF1234567890', carrier = 'SF'): ShipmentReport => ({
  orderNo: orderNo(number),
  trackingNo: trackingNo(parcel),
  carrier,
  lines: [],
  requestId: `r-${parcel}`,
})

test('paid, pushed, fetched, shipped, reported twice, signed for', async () => {
  const { sim, calls, stored } = await world({})
  assert.ok(calls?.fetchOrder && calls.reportShipment && calls.findShipment)
  assert.equal((await calls.test()).ok, true)
  const { orderNo: number } = await sim.place()
  await sim.pay(number)
  await sim.settled()
  assert.deepEqual(
    [...stored.values()].map(({ topic, orderNo: named }) => [topic, named]),
    [['pdd_trade_TradeConfirmed', number]],
  )
  const [push] = stored.values()
  assert.deepEqual(push && readingOf(push).fetch.map((one) => one.orderNo), [number])

  const fetched = await calls.fetchOrder(orderNo(number))
  assert.ok(fetched.ok)
  const paid = readingOf(fetched.value)
  assert.deepEqual(paid.claims.map(({ code }) => code).sort(), [
    'confirm_status:1',
    'created_time',
    'pay_time',
    'risk_control_status:0',
  ])
  assert.equal(paid.content[0]?.parts.totals?.payable.minor, sim.orders.get(number)?.payableMinor)

  assert.equal(await calls.findShipment(reportOf(number)), 'absent')
  assert.equal((await calls.reportShipment(reportOf(number))).outcome, 'accepted')
  assert.equal((await calls.reportShipment(reportOf(number))).outcome, 'accepted')
  assert.deepEqual(sim.orders.get(number)?.shipments, [{ trackingNo: 'SF1234567890', carrier: 'SF' }])
  assert.equal(await calls.findShipment(reportOf(number)), 'found')
  assert.equal((await calls.reportShipment(reportOf(number, 'YT88', 'YTO'))).outcome, 'accepted')
  assert.equal(sim.orders.get(number)?.shipments.length, 2)

  await sim.complete(number)
  await sim.settled()
  const done = await calls.fetchOrder(orderNo(number))
  assert.ok(done.ok)
  const codes = readingOf(done.value).claims.map(({ code }) => code)
  assert.ok(['order_status:2', 'extra_delivery', 'order_status:3'].every((code) => codes.includes(code)))
  assert.deepEqual([...stored.values()].map(({ topic }) => topic).sort(), [
    'pdd_trade_TradeConfirmed',
    'pdd_trade_TradeSellerShip',
    'pdd_trade_TradeSellerShip',
    'pdd_trade_TradeSuccess',
  ])
  assert.equal(sim.counts().refused, 0)
})

test('nothing is lost or stored twice when frames are dropped, doubled, delayed, reordered, broken or the database is away', async () => {
  const faults = {
    drop: 0.2,
    duplicate: 0.3,
    delay: 0.3,
    delayMs: 60,
    reorder: 0.2,
    forge: 0.2,
    unknownCode: 0.2,
  }
  const { sim, stored, states } = await world(faults, 4)
  const numbers: string[] = []
  for (let i = 0; i < 30; i += 1) {
    const { orderNo: number } = await sim.place()
    await sim.pay(number)
    numbers.push(number)
  }
  sim.cut()
  await sim.settled()
  const confirmed = [...stored.values()].filter(({ topic }) => topic === 'pdd_trade_TradeConfirmed')
  assert.deepEqual(confirmed.map((message) => message.orderNo).sort(), numbers.sort())
  assert.ok([...stored.values()].some(({ topic }) => topic === 'pdd_trade_TradeSimulatedUnknown'))
  assert.ok(states.some((words) => words.includes('could not be stored')))
  assert.ok(states.some((words) => words.includes('unreadable')))
  assert.ok(states.some((words) => words.startsWith('closed')))
  assert.equal(sim.counts().refused, 0)
})

test('wrong keys: the message server shuts the door, the gateway refuses, the token is named expired', async () => {
  const { sim } = await world({})
  const deps = { http: fetchCall, clock: systemClock, random: systemRandom, openTcp: noTcp }
  const wrongSecret = pinduoduo.calls?.({ ...sim.settings, clientSecret: 'another-secret' }, deps)
  const unsigned = await wrongSecret?.test()
  assert.equal(unsigned?.ok === false ? unsigned.refusal.code : '', 'pinduoduo.refused')
  const expired = await pinduoduo.calls?.({ ...sim.settings, accessToken: 'old-token' }, deps).test()
  assert.equal(expired?.ok === false ? expired.refusal.code : '', 'pinduoduo.token_expired')
  const abort = new AbortController()
  const words: string[] = []
  await pinduoduo.stream?.(
    { ...sim.settings, clientSecret: 'another-secret' },
    {
      ...deps,
      openSocket,
      signal: abort.signal,
      sink: async () => undefined,
      onState: (state, text) => {
        words.push(text)
        if (state === 'closed') abort.abort()
      },
    },
  )
  assert.match(words.join('|'), /HTTP 401/)
  assert.ok(!words.join('|').includes('another-secret'))
})

test('the increment poll finds orders that were never pushed', async () => {
  const { sim, calls } = await world({})
  const placed = await Promise.all([sim.place(), sim.place(), sim.place()])
  const later = { now: () => systemClock.now().add({ minutes: 5 }) }
  const poll = pinduoduo.calls?.(sim.settings, {
    http: fetchCall,
    clock: later,
    random: systemRandom,
    openTcp: noTcp,
  })
  const now = systemClock.now()
  const page = await poll?.listUpdated?.({
    from: now.subtract({ minutes: 10 }),
    to: now.add({ minutes: 1 }),
    cursor: null,
  })
  assert.ok(page?.ok && calls)
  assert.deepEqual(
    page.value.messages.map((one) => one.orderNo).sort(),
    placed.map((one) => one.orderNo).sort(),
  )
  assert.equal(page.value.next, null)
})
