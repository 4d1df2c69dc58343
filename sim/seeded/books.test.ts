import assert from 'node:assert/strict'
import { test } from 'node:test'
import { differencesOf, type WorldBook } from './books.ts'

const AT = Temporal.Instant.from('2026-11-11T02:00:00.123Z')
const BOOK: WorldBook = {
  orders: [
    {
      connection: 'shop',
      orderNo: 'A1',
      status: 'delivered',
      afterSale: 'none',
      placedAt: AT,
      paidAt: null,
      currency: 'CNY',
      payableMinor: 19_900n,
      buyerNote: '轻放',
      lines: [
        { lineId: '1', shopSku: 'CUP', quantity: 2, gift: false },
        { lineId: '2', shopSku: 'PEN', quantity: 1, gift: true },
      ],
      trackingNos: ['SF1', 'SF2'],
    },
  ],
  parcels: [
    {
      trackingNo: 'SF1',
      carrier: 'SF',
      stage: 'delivered',
      events: [
        { kind: 'picked_up', at: AT },
        { kind: 'delivered', at: AT.add({ hours: 20 }) },
      ],
    },
  ],
  stock: [{ sku: 'CUP', warehouse: 'SH', physical: 7 }],
  reports: [{ connection: 'shop', orderNo: 'A1', trackingNo: 'SF1', times: 1 }],
}

const wordsOf = (world: WorldBook, hub: WorldBook): string[] =>
  differencesOf(world, hub).map((one) => one.words)
const withOrder = (more: object): WorldBook => ({
  ...BOOK,
  orders: BOOK.orders.map((one) => ({ ...one, ...more })),
})

test('equal books have no differences, whatever the order of lines and numbers', () => {
  const order = BOOK.orders[0]
  const turned = withOrder({ lines: order?.lines?.toReversed(), trackingNos: ['SF2', 'SF1'] })
  assert.deepEqual(wordsOf(BOOK, turned), [])
})

test('every field of an order that the world wrote down is compared', () => {
  const changes: readonly (readonly [field: string, more: object])[] = [
    ['status', { status: 'in_transit' }],
    ['afterSale', { afterSale: 'requested' }],
    ['placedAt', { placedAt: AT.add({ milliseconds: 1 }) }],
    ['paidAt', { paidAt: AT }],
    ['currency', { currency: 'USD' }],
    ['payable', { payableMinor: 19_901n }],
    ['buyerNote', { buyerNote: '' }],
    ['lines', { lines: [] }],
    ['trackingNos', { trackingNos: ['SF1'] }],
  ]
  for (const [field, more] of changes)
    assert.deepEqual(
      differencesOf(BOOK, withOrder(more)).map((one) => [one.book, one.subject, one.field]),
      [['order', 'shop A1', field]],
    )
})

test('what the world did not write down is not compared; none is', () => {
  const bare: WorldBook = { ...BOOK, orders: [{ connection: 'shop', orderNo: 'A1', status: 'delivered' }] }
  assert.deepEqual(wordsOf(bare, BOOK), [])
  assert.deepEqual(wordsOf(withOrder({ placedAt: null }), BOOK), [
    'order shop A1: placedAt is none, the hub says 2026-11-11T02:00:00.123Z',
  ])
})

test('microseconds that no source tells are no difference', () => {
  assert.deepEqual(wordsOf(BOOK, withOrder({ placedAt: AT.add({ microseconds: 400 }) })), [])
})

test('what only one book has is a difference, but for places without goods', () => {
  const none: WorldBook = { orders: [], parcels: [], stock: [], reports: [] }
  assert.deepEqual(wordsOf(BOOK, none), [
    'order shop A1 is real, and the hub has none',
    'parcel SF1 is real, and the hub has none',
    'stock CUP @ SH is real, and the hub has none',
    'report shop A1 SF1 is real, and the hub has none',
  ])
  assert.deepEqual(
    differencesOf(none, BOOK).map((one) => [one.book, one.field]),
    [
      ['order', 'there'],
      ['parcel', 'there'],
      ['stock', 'there'],
      ['report', 'there'],
    ],
  )
  const empty = { ...none, stock: [{ sku: 'PEN', warehouse: 'SH', physical: 0 }] }
  assert.deepEqual(wordsOf(none, empty), [])
  assert.deepEqual(wordsOf(empty, none), [])
})

test('a scan that was not heard, and one that never was', () => {
  const hub: WorldBook = {
    ...BOOK,
    parcels: [
      { trackingNo: 'SF1', carrier: 'SF', stage: 'delivered', events: [{ kind: 'picked_up', at: AT }] },
    ],
  }
  assert.deepEqual(wordsOf(BOOK, hub), [
    'parcel SF1: delivered 2026-11-11T22:00:00.123Z happened, and the hub never heard of it',
  ])
  assert.deepEqual(wordsOf(hub, BOOK), [
    'parcel SF1: the hub believes delivered 2026-11-11T22:00:00.123Z, which never happened',
  ])
})

test('of a source that lies about its clock only that it happened is compared', () => {
  const lied: WorldBook = {
    ...BOOK,
    parcels: [
      {
        trackingNo: 'SF1',
        events: [
          { kind: 'picked_up', at: AT },
          { kind: 'delivered', at: null },
        ],
      },
    ],
  }
  assert.deepEqual(wordsOf(lied, BOOK), [])
})

test('a shipment that was told twice is a difference', () => {
  const twice: WorldBook = { ...BOOK, reports: BOOK.reports.map((one) => ({ ...one, times: 2 })) }
  assert.deepEqual(wordsOf(twice, BOOK), ['report shop A1 SF1: times is 2, the hub says 1'])
})
