import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { after, before, test } from 'node:test'
import { openWork, type RunningHub, runningHub, until } from '#test-support/hub.ts'
import { LOAD_SHOP, seedCallback } from '#test-support/hub-process.ts'

// What users of such hubs report, by the number of the report, against the whole hub over its sockets. Tested elsewhere:
// 15 and 22 (an answer lost, asked before repeated) in tests/outage.pg.test.ts and platform/outbox/dispatcher.pg.test.ts; 17 (overlap, safe
// lag, whole windows) in features/pull/pull.pg.test.ts; 19 (integers) in kernel/money.props.test.ts; 18 for every carrier in
// kernel/source-time.test.ts; any order and repetition of messages in features/intake/join.props.pg.test.ts.

let running: RunningHub
let shop = ''
let station = ''
const STATION_KEY = Buffer.from('a key of thirty-two bytes, or so')

before(async () => {
  running = await runningHub()
  const { sql } = running.database
  shop = `${running.hub.url}${await seedCallback(sql, { id: 'shop', kind: 'shopify', settings: LOAD_SHOP })}`
  const settings = { secret: `whsec_${STATION_KEY.toString('base64')}` }
  station = `${running.hub.url}${await seedCallback(sql, { id: 'station', kind: 'print-station', settings })}`
  await running.hub.core.directory.refresh()
})
after(async () => await running.close())

test('9 a duplicate delivery is a success, also when both arrive in the same millisecond (11)', async () => {
  const answers = await Promise.all(
    Array.from({ length: 20 }, () =>
      pushShop({ id: 'same', topic: 'orders/create', order: { name: '#F9' } }),
    ),
  )
  assert.deepEqual(new Set(answers.map((answer) => `${answer.status} ${answer.body}`)).size, 1)
  assert.equal(answers[0]?.status, 200)
  await idle()
  assert.deepEqual(await verdictsOf('same'), ['accepted', ...Array.from({ length: 19 }, () => 'duplicate')])
  assert.equal((await orderOf('F9')).lines.length, 1)
})

test('10 paid before created: any event makes the order, the other one completes it', async () => {
  const paid = { name: '#F10', updated_at: '2026-11-11T08:00:09+08:00', financial_status: 'paid' }
  await pushShop({ id: 'f10-paid', topic: 'orders/paid', order: paid })
  await idle()
  assert.equal((await orderOf('F10')).status, 'awaiting_shipment')
  const created = { name: '#F10', updated_at: '2026-11-11T08:00:01+08:00', financial_status: 'pending' }
  await pushShop({ id: 'f10-create', topic: 'orders/create', order: created })
  await idle()
  const order = await orderOf('F10')
  assert.equal(order.status, 'awaiting_shipment', 'the older word does not win')
  assert.equal(instantOf(order.paidAt), '2026-11-11T00:00:09Z')
})

test('12 a late word of an earlier stage enriches; it neither goes back nor takes the number away', async () => {
  await pushShop({ id: 'f12', topic: 'orders/create', order: { name: '#F12' } })
  await print({ id: 'f12-print', order: 'F12', number: 'ZT0000000000012', at: '2026-11-11T17:00:00+08:00' })
  const told = (minute: string, state: string, numbers: string[]) => ({
    name: '#F12',
    updated_at: `2026-11-11T17:${minute}:00+08:00`,
    fulfillment_status: 'fulfilled',
    fulfillments: [
      {
        id: 12,
        status: 'success',
        created_at: '2026-11-11T17:20:00+08:00',
        updated_at: `2026-11-11T17:${minute}:00+08:00`,
        shipment_status: state,
        tracking_number: numbers[0] ?? null,
        tracking_numbers: numbers,
        line_items: [],
      },
    ],
  })
  await pushShop({
    id: 'f12-27',
    topic: 'orders/updated',
    order: told('27', 'delivered', ['ZT0000000000012']),
  })
  await idle()
  const first = await orderOf('F12')
  assert.equal(first.status, 'delivered')
  await pushShop({ id: 'f12-25', topic: 'orders/updated', order: told('25', 'in_transit', []) })
  await idle()
  const order = await orderOf('F12')
  assert.equal(order.status, 'delivered')
  assert.deepEqual(order.trackingNos, ['ZT0000000000012'])
  assert.ok(order.timeline.length > first.timeline.length, 'the late word is on record')
})

test('13 refused deliveries are kept and counted per connection: nobody covers up for them', async () => {
  const answer = await pushShop({
    id: 'f13',
    topic: 'orders/create',
    order: { name: '#F13' },
    secret: 'wrong',
  })
  assert.equal(answer.status, 401)
  const connection = (await running.call('GET', '/api/connections/shop')).body as { rejected24h: number }
  assert.equal(connection.rejected24h, 1)
  const kept = (await running.call('GET', '/api/messages?verdict=rejected')).body as {
    items: { refusalCode: string }[]
  }
  assert.deepEqual(
    kept.items.map((item) => item.refusalCode),
    ['shopify.signature_wrong'],
  )
  const metrics = await (await fetch(`${running.hub.url}/metrics`)).text()
  assert.match(
    metrics,
    /holdfast_messages_rejected_total\{kind="shopify",code="shopify\.signature_wrong"\} 1/,
  )
})

test('13 a changed order is no duplicate, under whichever topic and id it comes', async () => {
  const first = { name: '#F13B', note: 'first', updated_at: '2026-11-11T08:00:01+08:00' }
  const second = { name: '#F13B', note: 'second', updated_at: '2026-11-11T08:00:02+08:00' }
  await pushShop({ id: 'f13b', topic: 'orders/updated', order: first })
  await pushShop({ id: 'f13b', topic: 'orders/updated', order: second })
  await idle()
  assert.deepEqual(await verdictsOf('f13b'), ['accepted', 'accepted'])
  assert.equal((await orderOf('F13B')).buyerNote, 'second')
})

test('14 nothing is reported before the carrier has minted the number, and then with it', async () => {
  await pushShop({ id: 'f14', topic: 'orders/create', order: { name: '#F14' } })
  await idle()
  assert.deepEqual(await reportsOf('F14'), [])
  await print({ id: 'f14-print', order: 'F14', number: 'ZT0000000000014' })
  await until(
    async () => (await reportsOf('F14')).length === 1,
    () => 'no intent',
  )
  assert.deepEqual(await reportsOf('F14'), ['ZT0000000000014'])
})

test("16 a retry hours later is taken: its age is judged by the sender's own stamp, or not at all", async () => {
  const old = '2026-11-11T03:00:00Z'
  assert.equal(
    (await pushShop({ id: 'f16', topic: 'orders/create', order: { name: '#F16' }, triggeredAt: old })).status,
    200,
  )
  // The event is hours old, the sending is of now.
  assert.equal(
    (await print({ id: 'f16-print', order: 'F16', number: 'ZT0000000000016', at: old })).status,
    200,
  )
  const stale = await print({
    id: 'f16-stale',
    order: 'F16',
    number: 'ZT0000000000017',
    sentSecondsAgo: 3_600,
  })
  assert.equal(stale.status, 401)
  await idle()
  assert.deepEqual((await orderOf('F16')).trackingNos, ['ZT0000000000016'])
})

test('18 a time keeps its text, its zone and how it is known', async () => {
  await pushShop({
    id: 'f18',
    topic: 'orders/create',
    order: { name: '#F18', created_at: '2026-02-11T18:44:22+01:00' },
  })
  await idle()
  const order = await orderOf('F18')
  assert.equal(instantOf(order.placedAt), '2026-02-11T17:44:22Z')
  const placed = order.timeline.find((entry) => entry.kind === 'placed')
  assert.equal(placed?.at.raw, '2026-02-11T18:44:22+01:00')
  assert.equal(placed?.at.provenance, 'explicit_offset')
  assert.equal(instantOf(placed?.at.instant ?? null), '2026-02-11T17:44:22Z')
})

test('20 a line that is taken away leaves the shares of the others as they were', async () => {
  const line = (id: number, price: string, off: string, left: number) => ({
    id,
    sku: `S${id}`,
    title: `T${id}`,
    quantity: 1,
    current_quantity: left,
    price,
    discount_allocations: [{ amount: off, discount_application_index: 0 }],
  })
  const both = [line(1, '20.00', '3.34', 1), line(2, '10.00', '1.66', 1)]
  await pushShop({ id: 'f20', topic: 'orders/create', order: { name: '#F20', line_items: both } })
  await idle()
  assert.deepEqual(await paidOf('F20'), { S1: '16.66', S2: '8.34' })
  const one = [line(1, '20.00', '3.34', 1), line(2, '10.00', '1.66', 0)]
  const edited = { name: '#F20', line_items: one, updated_at: '2026-11-11T09:00:00+08:00' }
  await pushShop({ id: 'f20-edit', topic: 'orders/edited', order: edited })
  await pushShop({ id: 'f20-update', topic: 'orders/updated', order: edited })
  await idle()
  assert.deepEqual(await paidOf('F20'), { S1: '16.66' })
})

test('26 the business day is cut in the zone of the settings', async () => {
  const late = { name: '#F26', created_at: '2026-01-24T17:30:00Z', updated_at: '2026-01-24T17:30:00Z' }
  await pushShop({ id: 'f26', topic: 'orders/create', order: late })
  await idle()
  const onThe25th = async (): Promise<boolean> => {
    const found = await running.call('GET', '/api/orders?from=2026-01-25&to=2026-01-25&q=F26')
    return (found.body as { items: unknown[] }).items.length === 1
  }
  assert.equal(await onThe25th(), true, '01:30 in Shanghai')
  assert.equal((await running.call('PATCH', '/api/settings', { zone: 'America/Sao_Paulo' })).status, 200)
  assert.equal(await onThe25th(), false, '14:30 of the day before in São Paulo')
  assert.match((await orderOf('F26')).placedAt ?? '', /^2026-01-24T14:30:00\.000-03:00$/)
  await running.call('PATCH', '/api/settings', { zone: 'Asia/Shanghai' })
})

test('27 the same event under another delivery id is the same fact, with the same id', async () => {
  const order = { name: '#F27' }
  await pushShop({ id: 'f27-a', topic: 'orders/create', order })
  await idle()
  const first = (await orderOf('F27')).timeline.map((entry) => entry.id)
  await pushShop({ id: 'f27-b', topic: 'orders/create', order })
  await idle()
  assert.deepEqual(await verdictsOf('f27-b'), ['accepted'], 'a delivery of its own')
  assert.deepEqual(
    (await orderOf('F27')).timeline.map((entry) => entry.id),
    first,
  )
})

test('28 a printed label is a fact of its own: shipped, and neither picked up nor on its way', async () => {
  await pushShop({ id: 'f28', topic: 'orders/create', order: { name: '#F28' } })
  await print({ id: 'f28-print', order: 'F28', number: 'ZT0000000000028' })
  await idle()
  const order = await orderOf('F28')
  assert.equal(order.status, 'shipped')
  const [parcel] = order.parcels
  assert.deepEqual([parcel?.status, parcel?.pickedUpAt, parcel?.dispatchedAt], ['issued', null, null])
  assert.ok(parcel?.issuedAt)
  assert.ok(order.timeline.some((entry) => entry.kind === 'waybill_issued'))
  assert.ok(order.timeline.every((entry) => !['picked_up', 'in_transit', 'dispatched'].includes(entry.kind)))
})

type OrderJson = {
  readonly status: string
  readonly buyerNote: string | null
  readonly placedAt: string | null
  readonly paidAt: string | null
  readonly trackingNos: readonly string[]
  readonly lines: readonly { shopSku: string; paid: { amount: string } | null }[]
  readonly parcels: readonly {
    status: string
    issuedAt: string | null
    pickedUpAt: string | null
    dispatchedAt: string | null
  }[]
  readonly timeline: readonly {
    id: string
    kind: string
    at: { raw: string; instant: string | null; provenance: string }
  }[]
}

type Answer = { readonly status: number; readonly body: string }

async function pushShop(message: {
  id: string
  topic: string
  order: Record<string, unknown> & { name: string }
  secret?: string
  triggeredAt?: string
}): Promise<Answer> {
  const body = JSON.stringify({
    id: 6_700_000_000_000,
    created_at: '2026-11-11T08:00:00+08:00',
    updated_at: '2026-11-11T08:00:00+08:00',
    currency: 'CNY',
    financial_status: 'paid',
    total_price: '20.00',
    line_items: [{ id: 1, sku: 'CUP', title: 'Cup', quantity: 1, current_quantity: 1, price: '20.00' }],
    ...message.order,
  })
  const hmac = createHmac('sha256', message.secret ?? LOAD_SHOP.clientSecret ?? '').update(body)
  return await post(shop, body, {
    'x-shopify-topic': message.topic,
    'x-shopify-hmac-sha256': hmac.digest('base64'),
    'x-shopify-shop-domain': LOAD_SHOP.shopDomain ?? '',
    'x-shopify-api-version': '2026-07',
    'x-shopify-webhook-id': message.id,
    ...(message.triggeredAt === undefined ? {} : { 'x-shopify-triggered-at': message.triggeredAt }),
  })
}

async function print(label: {
  id: string
  order: string
  number: string
  event?: string
  at?: string
  sentSecondsAgo?: number
}): Promise<Answer> {
  const now = Temporal.Now.instant()
  const body = JSON.stringify({
    event: label.event ?? 'waybill.printed',
    id: label.id,
    order_no: label.order,
    tracking_no: label.number,
    waybill_id: `WB-${label.number}`,
    carrier: 'ZTO',
    generated_at: label.at ?? now.toString(),
    batch_no: 'B1',
    device_id: 'PRN-1',
  })
  const stamp = String(Math.floor(now.epochMilliseconds / 1_000) - (label.sentSecondsAgo ?? 0))
  const signature = createHmac('sha256', STATION_KEY).update(`${label.id}.${stamp}.${body}`).digest('base64')
  return await post(station, body, {
    'webhook-id': label.id,
    'webhook-timestamp': stamp,
    'webhook-signature': `v1,${signature}`,
  })
}

async function post(url: string, body: string, headers: Record<string, string>): Promise<Answer> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  })
  return { status: answer.status, body: await answer.text() }
}

async function idle(): Promise<void> {
  await until(
    async () => (await openWork(running.database)).pending === 0,
    () => 'messages wait',
  )
}

async function orderOf(orderNo: string): Promise<OrderJson> {
  const found = (await running.call('GET', `/api/orders?q=${orderNo}`)).body as { items: { id: string }[] }
  assert.equal(found.items.length, 1, `${orderNo} is there ${found.items.length} times`)
  return (await running.call('GET', `/api/orders/${found.items[0]?.id}`)).body as OrderJson
}

async function paidOf(orderNo: string): Promise<Record<string, string | undefined>> {
  return Object.fromEntries((await orderOf(orderNo)).lines.map((line) => [line.shopSku, line.paid?.amount]))
}

async function verdictsOf(delivery: string): Promise<string[]> {
  const rows = await running.database.sql<{ verdict: string }>`
    select verdict from inbox_message where split_part(dedup_key, ':', 3) = ${delivery} order by verdict, id`
  return rows.map((row) => row.verdict)
}

async function reportsOf(orderNo: string): Promise<string[]> {
  const rows = await running.database.sql<{ number: string }>`
    select payload->>'trackingNo' as number from outbox_intent
    where effect = 'report_shipment' and payload->>'orderNo' = ${orderNo}`
  return rows.map((row) => row.number)
}

function instantOf(time: string | null): string | null {
  return time === null ? null : Temporal.Instant.from(time).toString()
}
