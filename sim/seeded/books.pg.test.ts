import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openStockWorld, type World } from '#test-support/order-stock.ts'
import { paid } from '#test-support/plans.ts'
import { compareBooks, type WorldBook } from './books.ts'

const START = Temporal.Instant.from('2026-11-11T00:00:00Z')

let world: World
before(async () => {
  world = await openStockWorld()
  await world.empty()
  await world.fill('A', 'SH', 5)
  await paid(world, 'o1', { a: 2 })
  await world.tell('station', [{ by: 'reference', no: 'o1', code: 'printed', minute: 2, parcel: 'T1' }])
  await world.tell('carrier', [{ by: 'parcel', no: 'T1', code: 'picked', minute: 3 }])
  await world.tell('carrier', [{ by: 'parcel', no: 'T1', code: 'picked', minute: 3 }])
  await world.tell('carrier', [{ by: 'parcel', no: 'T1', code: 'signed', minute: 9 }])
  await world.settle()
})
after(async () => await world.database.close())

const BOOK: WorldBook = {
  orders: [
    {
      connection: 'shop',
      orderNo: 'o1',
      status: 'delivered',
      afterSale: 'none',
      paidAt: START.add({ minutes: 1 }),
      lines: [{ lineId: 'a', shopSku: 'SKU-a', quantity: 2, gift: false }],
      trackingNos: ['T1'],
    },
  ],
  parcels: [
    {
      trackingNo: 'T1',
      stage: 'delivered',
      events: [
        { kind: 'picked_up', at: START.add({ minutes: 3 }) },
        { kind: 'delivered', at: START.add({ minutes: 9 }) },
      ],
    },
  ],
  // Two of five left with the parcel.
  stock: [{ sku: 'A', warehouse: 'SH', physical: 3 }],
  reports: [],
}

test('the books of a trade that was told truly agree in every field', async () => {
  assert.deepEqual(await compareBooks(world.database.sql, BOOK), [])
})

test('what the hub believes otherwise is told by subject and field', async () => {
  const { sql } = world.database
  const lied: WorldBook = {
    ...BOOK,
    orders: BOOK.orders.map((one) => ({ ...one, status: 'returned', buyerNote: 'soon' })),
    stock: [{ sku: 'A', warehouse: 'SH', physical: 5 }],
    reports: [{ connection: 'shop', orderNo: 'o1', trackingNo: 'T1', times: 1 }],
  }
  assert.deepEqual(
    (await compareBooks(sql, lied)).map((one) => `${one.book} ${one.field}`),
    ['order status', 'order buyerNote', 'stock physical', 'report there'],
  )
})
