import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectionId } from '#kernel/id.ts'
import { connectors } from './index.ts'

/** One order with one line as each channel writes it where it gives a whole order. */
const ORDERS: Readonly<Record<string, (orderNo: string, pieces: string) => [topic: string, body: string]>> = {
  shopify: (no, pieces) => [
    'orders/create',
    `{"name":${JSON.stringify(no)},"created_at":"2026-02-11T09:00:00Z","currency":"CNY",
      "line_items":[{"id":1,"quantity":${pieces},"price":"2.00"}]}`,
  ],
  youzan: (no, pieces) => [
    'api_trade',
    `{"full_order_info":{"order_info":{"tid":${JSON.stringify(no)}},
      "orders":[{"oid":"1","num":${pieces},"price":"2.00"}]}}`,
  ],
  douyin: (no, pieces) => [
    'order',
    `{"order_id":${JSON.stringify(no)},"sku_order_list":[{"order_id":"1","item_num":${pieces}}]}`,
  ],
  pinduoduo: (no, pieces) => [
    'order',
    `{"order_sn":${JSON.stringify(no)},"item_list":[{"sku_id":"1","goods_count":${pieces}}]}`,
  ],
}

function read(kind: string, orderNo: string, pieces: string) {
  const [topic, text] = ORDERS[kind]?.(orderNo, pieces) ?? ['', '']
  const connector = connectors.find((one) => one.kind === kind)
  const reading = connector?.read(
    {
      connection: connectionId('shop'),
      topic,
      headers: {},
      body: new TextEncoder().encode(text),
      receivedAt: Temporal.Instant.from('2026-02-12T00:00:00Z'),
    },
    {},
  )
  assert.ok(reading)
  return reading
}
function outcome(kind: string, orderNo: string, pieces = '2'): string {
  const reading = read(kind, orderNo, pieces)
  if (!reading.ok) return reading.refusal.code
  return (reading.value.content[0]?.parts.lines ?? []).map((line) => line.quantity).join()
}

for (const kind of Object.keys(ORDERS)) {
  test(`${kind}: a line whose pieces nobody can tell parks the message, and none vanishes`, () => {
    assert.equal(outcome(kind, 'A1', '2'), '2')
    assert.equal(outcome(kind, 'A1', '2.0'), '2')
    for (const wrong of ['-1', '1.5', '"two"', '1000001', '1e3'])
      assert.equal(outcome(kind, 'A1', wrong), `${kind}.bad_quantity`, wrong)
  })

  test(`${kind}: an order number has 200 characters on one line at most`, () => {
    assert.equal(outcome(kind, 'x'.repeat(200)), '2')
    assert.equal(outcome(kind, 'x'.repeat(201)), 'order_no.too_long')
    for (const wrong of ['A\n1', 'A\r1', 'A\u00011', 'A\u20281', 'A\u00851', 'A\u00001'])
      assert.equal(outcome(kind, wrong), 'order_no.bad_character', JSON.stringify(wrong))
  })
}

test('a line that was taken away may be left out', () => {
  assert.equal(outcome('shopify', 'A1', '0'), '')
  assert.equal(outcome('shopify', 'A1', '3,"current_quantity":1'), '1')
  assert.equal(outcome('shopify', 'A1', '3,"current_quantity":-1'), 'shopify.bad_quantity')
  assert.equal(outcome('youzan', 'A1', '0'), '')
})

test('a parcel number has 64 characters on one line at most: a carrier’s message is parked, a shop’s order is not', () => {
  const outcomeOf = (mailno: string): string => {
    const node = { id: '1', mailno, acceptTime: '2026-02-11 18:44:22', opCode: '50' }
    const reading = connectors
      .find(({ kind }) => kind === 'sf')
      ?.read(
        {
          connection: connectionId('sf'),
          topic: 'route',
          headers: {},
          body: new TextEncoder().encode(JSON.stringify({ Body: { WaybillRoute: [node] } })),
          receivedAt: Temporal.Instant.from('2026-02-12T00:00:00Z'),
        },
        {},
      )
    assert.ok(reading)
    return reading.ok ? 'read' : reading.refusal.code
  }
  assert.equal(outcomeOf(`SF${'1'.repeat(62)}`), 'read')
  assert.equal(outcomeOf(`SF${'1'.repeat(63)}`), 'tracking_no.too_long')
  assert.equal(outcomeOf('SF\u00011'), 'tracking_no.bad_character')
})
