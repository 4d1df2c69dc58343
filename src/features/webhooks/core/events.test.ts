import assert from 'node:assert/strict'
import { test } from 'node:test'
import { draftOf, EVENT_TYPES, isEventType, takes } from './events.ts'

const row = (kind: string, data: unknown, orderId: bigint | null = 7n) => draftOf({ kind, orderId, data })

test('an order tells of its status when it changed, and of nothing else', () => {
  assert.deepEqual(row('order.changed', { from: 'awaiting_shipment', to: 'shipped', orderNo: 'A1' }), {
    type: 'order.status_changed',
    orderIds: [7n],
    trackingNo: null,
    data: { from: 'awaiting_shipment', status: 'shipped' },
  })
  assert.deepEqual(row('order.created', { from: null, to: 'pending_payment' })?.data, {
    from: null,
    status: 'pending_payment',
  })
  assert.equal(row('order.changed', { from: 'shipped', to: 'shipped' }), null, 'its content changed')
  assert.equal(row('order.changed', { from: 'shipped', to: 'delivered' }, null), null)
  assert.equal(row('order.changed', {}), null)
  assert.equal(row('order.changed', null), null)
})

test('a waybill tells its number and carrier, not its account', () => {
  const data = { waybillId: '3', trackingNo: 'SF1', carrier: 'SF', connection: 'sf', accountId: '9' }
  assert.deepEqual(row('waybill.issued', data), {
    type: 'waybill.issued',
    orderIds: [7n],
    trackingNo: 'SF1',
    data: { trackingNo: 'SF1', carrier: 'SF' },
  })
  assert.equal(row('waybill.cancelled', data)?.type, 'waybill.cancelled')
  assert.equal(row('waybill.wanted', data), null)
  assert.equal(row('waybill.cancelled', { carrier: 'SF' }), null, 'it never had a number')
})

test('a parcel tells time and place of its last event, and never the carrier’s words', () => {
  const last = { instant: '2026-11-11T02:00:00Z', place: '杭州', words: '快递员张三13800138000', raw: 'x' }
  const data = {
    trackingNo: 'SF1',
    carrier: 'SF',
    from: 'in_transit',
    to: 'delivered',
    orderIds: ['7', '8', 'x', 9],
    last,
  }
  assert.deepEqual(row('parcel.changed', data, null), {
    type: 'parcel.delivered',
    orderIds: [7n, 8n],
    trackingNo: 'SF1',
    data: {
      trackingNo: 'SF1',
      carrier: 'SF',
      from: 'in_transit',
      state: 'delivered',
      at: '2026-11-11T02:00:00Z',
      place: '杭州',
    },
  })
  assert.equal(row('parcel.changed', { ...data, to: 'teleported' }), null)
  assert.equal(row('parcel.changed', { ...data, trackingNo: 5 }), null)
  assert.equal(row('parcel.changed', { trackingNo: 'SF1', to: 'delivered' })?.data.at, null)
})

test('other rows of the journal are nobody’s business outside', () => {
  for (const kind of ['stock.locked', 'label.printed', 'webhook.test'])
    assert.equal(row(kind, { to: 'x' }), null)
})

test('empty lists take everything; a shop that is not known is in no list', () => {
  const event = { type: 'parcel.delivered', shop: 'a' }
  assert.equal(takes({ types: [], shops: [] }, event), true)
  assert.equal(takes({ types: ['parcel.delivered'], shops: ['a', 'b'] }, event), true)
  assert.equal(takes({ types: ['parcel.returned'], shops: [] }, event), false)
  assert.equal(takes({ types: [], shops: ['b'] }, event), false)
  assert.equal(takes({ types: [], shops: ['b'] }, { ...event, shop: null }), false)
  assert.equal(takes({ types: [], shops: [] }, { ...event, shop: null }), true)
})

test('every type has a name of its own', () => {
  assert.equal(new Set(EVENT_TYPES).size, EVENT_TYPES.length)
  assert.ok(EVENT_TYPES.every(isEventType))
  assert.ok(!isEventType('webhook.test'), 'a test goes to one endpoint, whatever it takes')
})
