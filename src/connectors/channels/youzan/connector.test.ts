import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Calls, ReportAnswer, ShipmentReport } from '#domain/connector.ts'
import { systemClock } from '#kernel/clock.ts'
import { connectionId, orderNo, trackingNo } from '#kernel/id.ts'
import { Outage } from '#kernel/outage.ts'
import { seededRandom } from '#kernel/random.ts'
import { openHttp } from '#platform/http-client/http-call.ts'
import { NO_FAULTS, type SimFaults } from '#sim/platform.ts'
import { simYouzan } from '#sim/platforms/youzan.ts'
import { noTcp } from '#test-support/no-tcp.ts'
import { receivingEnd } from '#test-support/receiving-end.ts'
import { contractFixtures, paidTrade, push } from './fixtures/index.ts'
import { computeVector, youzan } from './index.ts'
import { chinaTime } from './write.ts'

const http = openHttp({ allowLoopback: true, allowPrivate: false })
const { settings, now } = contractFixtures

async function world(faults: Partial<SimFaults> = {}) {
  const deps = {
    clock: systemClock,
    random: seededRandom(7),
    openTcp: noTcp,
    faults: { ...NO_FAULTS, ...faults },
  }
  const sim = await simYouzan(deps, { retryMs: [5, 10, 20, 40, 80, 160, 320, 640] })
  const end = await receivingEnd(youzan, sim.settings)
  sim.pushTo(end.url)
  const calls = youzan.calls?.(sim.settings, {
    http,
    clock: systemClock,
    random: seededRandom(1),
    openTcp: noTcp,
  })
  assert.ok(calls)
  const close = async (): Promise<void> => {
    await sim.close()
    await end.close()
  }
  return { sim, end, calls, close }
}

function report(order: string, changes: Partial<ShipmentReport> = {}): ShipmentReport {
  return {
    orderNo: orderNo(order),
    trackingNo: trackingNo('SF1234567890'),
    carrier: 'SF',
    lines: [],
    requestId: 'r1',
    ...changes,
  }
}

const codesOf = (claims: readonly { code: string }[]): string[] =>
  [...new Set(claims.map(({ code }) => code))].sort()
const refusalOf = (answer: ReportAnswer | undefined): string | null =>
  answer?.outcome === 'refused' ? answer.refusal.code : null

async function outageOf(act: Promise<unknown>): Promise<Outage> {
  const error = await act.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof Outage, String(error))
  return error
}

test('the published vectors come out', () => {
  const vectors = JSON.parse(readFileSync(new URL('./fixtures/vectors.json', import.meta.url), 'utf8')) as {
    id: string
    kind: string
    inputs: Record<string, unknown>
    expected: unknown
  }[]
  assert.ok(vectors.length > 0)
  for (const vector of vectors) assert.equal(computeVector(vector), vector.expected, vector.id)
  assert.equal(computeVector({ kind: 'webhook', inputs: {} }), null)
})

test('the ack is exactly what the platform expects, and msg is signed as it came, still url-encoded', () => {
  const plus = youzan.receive?.(push(paidTrade, { type: 'trade_TradePaid', plus: true }), settings, now)
  const percent = youzan.receive?.(push(paidTrade, { type: 'trade_TradePaid' }), settings, now)
  assert.equal(plus?.verdict, 'accepted')
  assert.equal(percent?.verdict, 'accepted')
  assert.deepEqual(plus?.reply, {
    status: 200,
    contentType: 'application/json; charset=utf-8',
    body: '{"code":0,"msg":"success"}',
  })
})

test('a resend keeps its key; another version, status or type gets another', () => {
  const keyOf = (given: Parameters<typeof push>[1]): string => {
    const receipt = youzan.receive?.(push(paidTrade, given), settings, now)
    return receipt?.verdict === 'accepted' ? receipt.dedupKey : ''
  }
  const first = keyOf({ type: 'trade_TradePaid', version: 5 })
  assert.equal(keyOf({ type: 'trade_TradePaid', version: 5, sendCount: 3 }), first)
  const others = [
    keyOf({ type: 'trade_TradePaid', version: 6 }),
    keyOf({ type: 'trade_TradePaid', version: 5, status: 'X' }),
    keyOf({ type: 'trade_TradeSuccess', version: 5 }),
  ]
  assert.equal(new Set([first, ...others]).size, 4)
})

test('a resend is the same message, though it counts itself; another msg under the same words is not', () => {
  const bytes = (fields: Parameters<typeof push>[1]): Uint8Array => push(paidTrade, fields).body
  const first = bytes({ type: 'trade_TradePaid', version: 5, sendCount: 0 })
  assert.equal(
    youzan.isRedelivery?.(first, bytes({ type: 'trade_TradePaid', version: 5, sendCount: 3 })),
    true,
  )
  assert.equal(
    youzan.isRedelivery?.(first, bytes({ type: 'trade_TradePaid', version: 6, sendCount: 0 })),
    false,
  )
  assert.equal(youzan.isRedelivery?.(first, Buffer.from('{"order":1}')), false)
  assert.equal(youzan.isRedelivery?.(Buffer.from('not json'), Buffer.from('not json')), false)
})

test('what the envelope says beside msg is not believed: it is not signed', () => {
  const request = push(paidTrade, { type: 'trade_TradeClose', status: 'TRADE_CLOSED' })
  const message = {
    connection: connectionId('t'),
    topic: 'trade_TradeClose',
    headers: {},
    body: request.body,
    receivedAt: now,
  }
  const reading = youzan.read(message, settings)
  assert.ok(reading.ok)
  assert.deepEqual(codesOf(reading.value.claims), ['created', 'pay_time', 'status:WAIT_SELLER_SEND_GOODS'])
})

test('content: discounts by line and coupon, ciphertext marked, notes and buyer', () => {
  const message = {
    connection: connectionId('t'),
    topic: 'trade_TradePaid',
    headers: {},
    body: push(paidTrade, { type: 'trade_TradePaid', plus: true }).body,
    receivedAt: now,
  }
  const reading = youzan.read(message, settings)
  const parts = reading.ok ? reading.value.content[0]?.parts : undefined
  const yuan = (fen: bigint) => ({ currency: 'CNY', minor: fen })
  assert.deepEqual(parts?.totals, {
    goods: yuan(4990n),
    shipping: yuan(600n),
    discount: yuan(1690n),
    payable: yuan(3900n),
    discounts: [
      {
        bearer: 'merchant',
        label: '限时折扣',
        amount: yuan(200n),
        lineId: '3210000000000000001',
        couponId: null,
      },
      { bearer: 'merchant', label: '满30减5', amount: yuan(500n), lineId: null, couponId: '88001' },
    ],
  })
  assert.equal(parts?.recipient?.ciphertext, true)
  assert.equal(parts?.recipient?.city, '杭州市')
  assert.deepEqual(parts?.notes, { buyer: '尽快 + 小心', seller: '老客户', flag: '3' })
  assert.deepEqual(parts?.buyer, { id: '9007199254740995', nickname: '小明' })
  assert.deepEqual(
    parts?.lines?.map(({ shopSku, spec, gift }) => [shopSku, spec, gift]),
    [
      ['CUP-01', '颜色:红', false],
      ['TOY', null, true],
    ],
  )
})

test('Chinese wall time goes to the API', () => {
  assert.equal(chinaTime(Temporal.Instant.from('2026-02-11T17:30:12.9Z')), '2026-02-12 01:30:12')
})

test('an order is placed, paid, shipped and completed over real sockets; the fetched order says the same as the last push', async () => {
  const { sim, end, calls, close } = await world()
  try {
    assert.equal((await calls.test()).ok, true)
    const order = await sim.place()
    await sim.pay(order.orderNo)
    assert.equal((await calls.reportShipment?.(report(order.orderNo)))?.outcome, 'accepted')
    await sim.complete(order.orderNo)
    await sim.settled()
    assert.deepEqual(end.refusals, [])
    assert.deepEqual(codesOf(end.claims()), [
      'created',
      'delivery_order:1',
      'pay_time',
      'status:TRADE_SUCCESS',
      'status:WAIT_BUYER_CONFIRM_GOODS',
      'status:WAIT_BUYER_PAY',
      'status:WAIT_SELLER_SEND_GOODS',
    ])
    // Every happening once, in however many messages it is repeated.
    assert.equal(end.claims().length, 7)
    const fetched = await calls.fetchOrder?.(orderNo(order.orderNo))
    assert.ok(fetched?.ok)
    const reading = youzan.read(
      { ...fetched.value, connection: connectionId('test'), receivedAt: now },
      sim.settings,
    )
    const last = end.stored.at(-1)
    assert.ok(last)
    assert.deepEqual(reading, youzan.read(last, sim.settings))
    assert.ok(reading.ok)
    assert.equal(reading.value.content[0]?.parts.totals?.payable.minor, order.payableMinor)
  } finally {
    await close()
  }
})

test('a shipment is reported once, whole lines only, and refused with a code where it cannot be', async () => {
  const { sim, calls, close } = await world()
  try {
    let order = await sim.place()
    while (order.lines.length < 2 || (order.lines[0]?.quantity ?? 0) < 2) order = await sim.place()
    const [first, second] = order.lines
    assert.ok(first && second)
    const part = (quantity: number): ShipmentReport =>
      report(order.orderNo, { lines: [{ lineId: first.lineId, quantity }] })
    assert.equal(refusalOf(await calls.reportShipment?.(report(order.orderNo))), 'youzan.refused')
    await sim.pay(order.orderNo)
    assert.equal(refusalOf(await calls.reportShipment?.(part(1))), 'youzan.part_of_line')
    assert.equal((await calls.reportShipment?.(part(first.quantity)))?.outcome, 'accepted')
    assert.equal((await calls.reportShipment?.(part(first.quantity)))?.outcome, 'accepted')
    assert.equal(order.shipments.length, 1)
    assert.equal(
      refusalOf(await calls.reportShipment?.(report(order.orderNo, { carrier: 'TTK' }))),
      'youzan.carrier_unknown',
    )
    assert.equal(refusalOf(await calls.reportShipment?.(report('E404'))), 'youzan.refused')
    const closed = await sim.place()
    await sim.pay(closed.orderNo)
    await sim.cancel(closed.orderNo)
    assert.equal(refusalOf(await calls.reportShipment?.(report(closed.orderNo))), 'youzan.order_cancelled')
  } finally {
    await close()
  }
})

test('a lost answer is unknown, and the query finds the shipment; throttling is an outage that says when', async () => {
  const { sim, calls, close } = await world()
  try {
    const order = await sim.place()
    await sim.pay(order.orderNo)
    assert.equal(await calls.findShipment?.(report(order.orderNo)), 'absent')
    sim.loseNextAnswer()
    assert.equal(
      (await outageOf(Promise.resolve(calls.reportShipment?.(report(order.orderNo))))).unknown,
      true,
    )
    assert.equal(await calls.findShipment?.(report(order.orderNo)), 'found')
    sim.throttleNext(1)
    const slow = await outageOf(calls.test())
    assert.deepEqual([slow.code, slow.unknown], ['youzan.throttled', false])
    assert.ok((slow.retryAfterMs ?? 0) > 0)
  } finally {
    await close()
  }
})

test('answers are translated in one place; success may say 200 as number or text; no token shows', async () => {
  const answering = (status: number, body: string): Calls => {
    const fake = async () => ({ status, headers: {}, body: new TextEncoder().encode(body) })
    const calls = youzan.calls?.(settings, {
      http: fake,
      clock: systemClock,
      random: seededRandom(1),
      openTcp: noTcp,
    })
    assert.ok(calls)
    return calls
  }
  const codeOf = async (status: number, body: string): Promise<string> => {
    const answer = await answering(status, body).test()
    assert.ok(!JSON.stringify(answer).includes(settings.accessToken ?? '-'))
    return answer.ok ? 'ok' : answer.refusal.code
  }
  assert.equal(await codeOf(200, '{"success":true,"code":"200","data":{"name":"x"}}'), 'ok')
  assert.equal(await codeOf(200, '{"success":true,"code":200,"data":{"name":"x"}}'), 'ok')
  assert.equal(await codeOf(200, '{"success":false,"code":10003,"message":"token"}'), 'youzan.unauthorized')
  assert.equal(await codeOf(200, '{"success":false,"code":10004,"message":"no"}'), 'youzan.forbidden')
  assert.equal(await codeOf(200, '{"success":false,"code":77,"message":"no"}'), 'youzan.refused')
  assert.equal((await outageOf(answering(503, '').test())).code, 'youzan.server_error')
  assert.equal((await outageOf(answering(200, 'oops').test())).code, 'youzan.bad_answer')
})

test('changed orders are listed page by page', async () => {
  const { sim, calls, close } = await world()
  try {
    for (let i = 0; i < 22; i += 1) await sim.place()
    const window = {
      from: Temporal.Now.instant().subtract({ minutes: 1 }),
      to: Temporal.Now.instant().add({ minutes: 1 }),
    }
    const first = await calls.listUpdated?.({ ...window, cursor: null })
    const second = await calls.listUpdated?.({ ...window, cursor: '2' })
    assert.ok(first?.ok && second?.ok)
    assert.deepEqual(
      [first.value.messages.length, first.value.next, second.value.messages.length, second.value.next],
      [20, '2', 2, null],
    )
  } finally {
    await close()
  }
})

test('duplicates, delays, reordering, loss and forgery end in the same claims', async () => {
  const claimsOf = async (faults: Partial<SimFaults>): Promise<[string[], string[], number]> => {
    const { sim, end, close } = await world(faults)
    try {
      for (let i = 0; i < 8; i += 1) {
        const order = await sim.place()
        await sim.pay(order.orderNo)
        if (i % 3 === 0) await sim.cancel(order.orderNo)
      }
      await sim.settled()
      return [
        end
          .claims()
          .map(({ code }) => code)
          .sort(),
        end.refusals.slice(),
        end.duplicates(),
      ]
    } finally {
      await close()
    }
  }
  const [calm, none] = await claimsOf({})
  assert.deepEqual(none, [])
  const [rough, refusals, duplicates] = await claimsOf({
    duplicate: 0.4,
    delay: 0.3,
    delayMs: 30,
    reorder: 0.3,
    drop: 0.2,
    forge: 0.6,
  })
  assert.deepEqual(rough, calm)
  assert.ok(duplicates > 0)
  assert.ok(refusals.length > 0, 'some were forged')
  assert.deepEqual([...new Set(refusals)], ['youzan.signature_wrong'])
})

test('the platform sends again until the ack is exactly right', async () => {
  const { sim, end, close } = await world()
  try {
    end.failNext(3)
    await sim.place()
    await sim.settled()
    assert.equal(end.stored.length, 1)
    assert.deepEqual(sim.counts(), { acknowledged: 1, refused: 3, sent: 4 })
  } finally {
    await close()
  }
})
