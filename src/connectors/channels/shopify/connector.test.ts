import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Calls, ShipmentReport } from '#domain/connector.ts'
import { systemClock } from '#kernel/clock.ts'
import { connectionId, orderNo, trackingNo } from '#kernel/id.ts'
import { Outage } from '#kernel/outage.ts'
import { seededRandom } from '#kernel/random.ts'
import { openHttp } from '#platform/http-client/http-call.ts'
import { NO_FAULTS, type SimFaults } from '#sim/platform.ts'
import { simShopify } from '#sim/platforms/shopify.ts'
import { noTcp } from '#test-support/no-tcp.ts'
import { receivingEnd } from '#test-support/receiving-end.ts'
import { contractFixtures, paidOrder, webhook } from './fixtures/index.ts'
import { computeVector, shopify } from './index.ts'

const http = openHttp({ allowLoopback: true, allowPrivate: false })
const VECTORS = new URL('./fixtures/vectors.json', import.meta.url)

async function world(faults: Partial<SimFaults> = {}) {
  const deps = {
    clock: systemClock,
    random: seededRandom(11),
    openTcp: noTcp,
    faults: { ...NO_FAULTS, ...faults },
  }
  const sim = await simShopify(deps, { retryMs: [5, 10, 20, 40, 80, 160, 320, 640] })
  const end = await receivingEnd(shopify, sim.settings)
  sim.pushTo(end.url)
  const calls = shopify.calls?.(sim.settings, {
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

async function outageOf(act: Promise<unknown>): Promise<Outage> {
  const error = await act.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof Outage, String(error))
  return error
}

test('the published vectors come out', () => {
  const vectors = JSON.parse(readFileSync(VECTORS, 'utf8')) as {
    id: string
    kind: string
    inputs: Record<string, unknown>
    expected: unknown
  }[]
  assert.ok(vectors.length > 0)
  for (const vector of vectors) assert.equal(computeVector(vector), vector.expected, vector.id)
})

test('a vector with hmac and unsorted parameters is signed without the one and over the others sorted', () => {
  const inputs = {
    client_secret: 'my super secret key',
    query:
      'timestamp=1700000000&state=some%20nonce%20passed%20from%20auth&hmac=00&shop=the%20shop%20URL&code=some%20code%20goes%20here',
  }
  assert.equal(
    computeVector({ kind: 'request', inputs }),
    '10207991f5c2c65c114b70a3c3544ce1d00a236ea4ab034793de0d6407be9165',
  )
  assert.equal(computeVector({ kind: 'request', inputs: {} }), null)
})

test('the signature is over the raw bytes: the same JSON written otherwise does not pass', () => {
  const request = webhook('orders/create', paidOrder)
  const rewritten = new TextEncoder().encode(JSON.stringify(JSON.parse(paidOrder.replace(/\n/g, ''))))
  assert.equal(
    shopify.receive?.(request, contractFixtures.settings, contractFixtures.now).verdict,
    'accepted',
  )
  const receipt = shopify.receive?.(
    { ...request, body: rewritten },
    contractFixtures.settings,
    contractFixtures.now,
  )
  assert.equal(receipt?.verdict, 'rejected')
  assert.equal(receipt?.reply.status, 401)
})

test('another API version than the setting is accepted', () => {
  const request = webhook('orders/create', paidOrder)
  const receipt = shopify.receive?.(
    { ...request, headers: { ...request.headers, 'x-shopify-api-version': '2027-01' } },
    contractFixtures.settings,
    contractFixtures.now,
  )
  assert.equal(receipt?.verdict, 'accepted')
})

test('an order is placed, paid, shipped and delivered over real sockets; the fetched order says the same as the webhooks', async () => {
  const { sim, end, calls, close } = await world()
  try {
    const order = await sim.place()
    await sim.pay(order.orderNo)
    const answer = await calls.reportShipment?.(report(order.orderNo))
    assert.equal(answer?.outcome, 'accepted')
    await sim.complete(order.orderNo)
    await sim.settled()
    assert.deepEqual(end.refusals, [])
    assert.deepEqual(codesOf(end.claims()), [
      'closed_at',
      'created_at',
      'financial_status:paid',
      'financial_status:pending',
      'fulfillment:success',
      'fulfillment_status:fulfilled',
      'shipment_status:delivered',
    ])
    assert.deepEqual(sim.orders.get(order.orderNo)?.shipments, [
      { trackingNo: 'SF1234567890', carrier: 'SF Express' },
    ])

    const fetched = await calls.fetchOrder?.(orderNo(order.orderNo))
    assert.ok(fetched?.ok)
    const message = { ...fetched.value, connection: connectionId('test'), receivedAt: Temporal.Now.instant() }
    const reading = shopify.read(message, sim.settings)
    assert.ok(reading.ok)
    const last = end.stored.at(-1)
    assert.ok(last)
    const pushed = shopify.read(last, sim.settings)
    assert.ok(pushed.ok)
    assert.deepEqual(reading.value.content[0]?.parts, pushed.value.content[0]?.parts)
    assert.equal(reading.value.content[0]?.version, pushed.value.content[0]?.version)
    assert.equal(reading.value.content[0]?.parts.totals?.payable.minor, order.payableMinor)
    assert.ok(
      reading.value.claims.some(({ code, at }) => code === 'financial_status:paid' && at.instant !== null),
    )
    assert.ok(
      reading.value.claims.some(
        ({ code, detail }) => code === 'fulfillment:success' && detail.carrier === 'SF',
      ),
    )
    const listed = codesOf(reading.value.claims).filter((code) => !codesOf(end.claims()).includes(code))
    assert.deepEqual(listed, [])
  } finally {
    await close()
  }
})

test('an order that is known by its database number only is fetched by it', async () => {
  const { sim, end, calls, close } = await world()
  try {
    const order = await sim.place()
    await sim.pay(order.orderNo)
    await calls.reportShipment?.(report(order.orderNo))
    await sim.settled()
    const message = end.stored.find(({ topic }) => topic === 'fulfillments/create')
    assert.ok(message)
    const reading = shopify.read(message, sim.settings)
    const wanted = reading.ok ? reading.value.fetch[0]?.orderNo : undefined
    assert.ok(wanted)
    const fetched = await calls.fetchOrder?.(wanted)
    assert.equal(fetched?.ok === true ? fetched.value.orderNo : null, order.orderNo)
  } finally {
    await close()
  }
})

test('an order that is cancelled while its shipment is told is refused as that, so that nobody has to look at it', async () => {
  const { sim, close } = await world()
  try {
    const order = await sim.place()
    await sim.pay(order.orderNo)
    const calls = shopify.calls?.(sim.settings, {
      http: async (request) => {
        if (String(request.body).includes('fulfillmentCreate')) await sim.cancel(order.orderNo)
        return await http(request)
      },
      clock: systemClock,
      random: seededRandom(1),
      openTcp: noTcp,
    })
    assert.equal(refusalOf(await calls?.reportShipment?.(report(order.orderNo))), 'shopify.order_cancelled')
    assert.equal(order.shipments.length, 0)
  } finally {
    await close()
  }
})

test('a shipment is reported once, in parts where asked, and refused with a code where it cannot be', async () => {
  const { sim, calls, close } = await world()
  try {
    const order = await sim.place()
    await sim.pay(order.orderNo)
    const [line] = order.lines
    assert.ok(line)
    const first = report(order.orderNo, { lines: [{ lineId: line.lineId, quantity: 1 }] })
    assert.equal((await calls.reportShipment?.(first))?.outcome, 'accepted')
    assert.equal((await calls.reportShipment?.(first))?.outcome, 'accepted')
    assert.equal(order.shipments.length, 1)
    const tooMany = report(order.orderNo, {
      trackingNo: trackingNo('B'),
      lines: [{ lineId: line.lineId, quantity: 99 }],
    })
    assert.equal(refusalOf(await calls.reportShipment?.(tooMany)), 'shopify.more_than_open')
    await calls.reportShipment?.(report(order.orderNo, { trackingNo: trackingNo('C') }))
    const again = await calls.reportShipment?.(report(order.orderNo, { trackingNo: trackingNo('D') }))
    assert.equal(refusalOf(again), 'shopify.nothing_to_fulfil')
    assert.equal(refusalOf(await calls.reportShipment?.(report('404'))), 'shopify.order_not_found')
    const cancelled = await sim.place()
    await sim.cancel(cancelled.orderNo)
    assert.equal(
      refusalOf(await calls.reportShipment?.(report(cancelled.orderNo))),
      'shopify.order_cancelled',
    )
  } finally {
    await close()
  }
})

function refusalOf(
  answer: Awaited<ReturnType<NonNullable<Calls['reportShipment']>>> | undefined,
): string | null {
  return answer?.outcome === 'refused' ? answer.refusal.code : null
}

test('a lost answer is unknown, and the query finds the shipment; throttling is an outage that says when', async () => {
  const { sim, calls, close } = await world()
  try {
    const order = await sim.place()
    await sim.pay(order.orderNo)
    assert.equal(await calls.findShipment?.(report(order.orderNo)), 'absent')
    sim.loseNextAnswer()
    const lost = await outageOf(Promise.resolve(calls.reportShipment?.(report(order.orderNo))))
    assert.equal(lost.unknown, true)
    assert.equal(await calls.findShipment?.(report(order.orderNo)), 'found')
    assert.equal((await calls.reportShipment?.(report(order.orderNo)))?.outcome, 'accepted')
    assert.equal(order.shipments.length, 1)
    sim.throttleNext(1)
    const slow = await outageOf(calls.test())
    assert.deepEqual([slow.code, slow.retryable, slow.unknown], ['shopify.throttled', true, false])
    assert.ok((slow.retryAfterMs ?? 0) > 0)
  } finally {
    await close()
  }
})

test('statuses are translated in one place, and no token shows in what is thrown or refused', async () => {
  const settings = { ...contractFixtures.settings, apiBase: 'https://example.invalid' }
  const answering = (status: number, body: string, headers: Record<string, string> = {}): Calls => {
    const fake = async () => ({ status, headers, body: new TextEncoder().encode(body) })
    const calls = shopify.calls?.(settings, {
      http: fake,
      clock: systemClock,
      random: seededRandom(1),
      openTcp: noTcp,
    })
    assert.ok(calls)
    return calls
  }
  const codeOf = async (status: number, body = '{}'): Promise<string> => {
    const answer = await answering(status, body).test()
    assert.ok(!JSON.stringify(answer).includes(contractFixtures.settings.accessToken ?? '-'))
    return answer.ok ? 'ok' : answer.refusal.code
  }
  assert.equal(await codeOf(401), 'shopify.unauthorized')
  assert.equal(await codeOf(402), 'shopify.shop_frozen')
  assert.equal(await codeOf(403), 'shopify.forbidden')
  assert.equal(await codeOf(404), 'shopify.not_found')
  assert.equal(await codeOf(423), 'shopify.shop_frozen')
  assert.equal(
    await codeOf(200, '{"errors":[{"message":"no","extensions":{"code":"ACCESS_DENIED"}}]}'),
    'shopify.forbidden',
  )
  const slow = await outageOf(answering(429, '', { 'retry-after': '2.5' }).test())
  assert.deepEqual([slow.code, slow.retryAfterMs], ['shopify.throttled', 2500])
  assert.equal((await outageOf(answering(502, '').test())).code, 'shopify.server_error')
  assert.equal((await outageOf(answering(200, '<html>').test())).code, 'shopify.bad_answer')
})

test('changed orders are listed page by page, each with its own key', async () => {
  const { sim, calls, close } = await world()
  try {
    for (let i = 0; i < 27; i += 1) await sim.place()
    const window = {
      from: Temporal.Now.instant().subtract({ minutes: 1 }),
      to: Temporal.Now.instant().add({ minutes: 1 }),
    }
    const first = await calls.listUpdated?.({ ...window, cursor: null })
    assert.ok(first?.ok)
    assert.equal(first.value.messages.length, 20)
    assert.ok(first.value.next)
    const second = await calls.listUpdated?.({ ...window, cursor: first.value.next })
    assert.ok(second?.ok)
    assert.equal(second.value.messages.length, 7)
    assert.equal(second.value.next, null)
    const keys = [...first.value.messages, ...second.value.messages].map(({ dedupKey }) => dedupKey)
    assert.equal(new Set(keys).size, 27)
    const again = await calls.listUpdated?.({ ...window, cursor: null })
    assert.deepEqual(
      again?.ok === true ? again.value.messages.map(({ dedupKey }) => dedupKey) : [],
      keys.slice(0, 20),
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
  assert.ok(refusals.length > 0 && refusals.every((code) => code === 'shopify.signature_wrong'))
})

test('the platform sends again until it is acknowledged', async () => {
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

test('an answer that was cut says nothing of the lines, so that the whole ones of a webhook stay', () => {
  const cut = paidOrder
    .replace('"line_items":[', '"line_items":{"pageInfo":{"hasNextPage":true},"nodes":[')
    .replace('}]}],\n"fulfillments"', '}]}]},\n"fulfillments"')
  const read = (topic: string, body: string) =>
    shopify.read(
      {
        connection: connectionId('t'),
        topic,
        headers: {},
        body: new TextEncoder().encode(body),
        receivedAt: contractFixtures.now,
      },
      contractFixtures.settings,
    )
  const whole = read('graphql/order', paidOrder)
  const part = read('graphql/order', cut)
  assert.ok(whole.ok && part.ok)
  assert.equal(whole.value.content[0]?.parts.lines?.length, 2)
  assert.equal(part.value.content[0]?.parts.lines, undefined)
  assert.equal(part.value.content[0]?.parts.totals, undefined)
  assert.deepEqual(part.value.claims, whole.value.claims)
})

test('the shop tells where it pushes to, each address once, queues left out; no subscription is no address', async () => {
  const { sim, end, calls, close } = await world()
  try {
    const told = await calls.callbackAddresses?.()
    assert.deepEqual(told, { ok: true, value: [end.url] })
    sim.pushTo('arn:aws:events:us-east-1::event-source/shopify')
    assert.deepEqual(await calls.callbackAddresses?.(), { ok: true, value: [] })
  } finally {
    await close()
  }
})
