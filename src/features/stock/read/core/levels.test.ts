import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Figures, sellableOf, totalsOf } from './levels.ts'
import { whyHeld } from './why-held.ts'

const place = (part: Partial<Figures>): Figures => ({
  physical: 0,
  locked: 0,
  reserved: 0,
  inTransit: 0,
  safety: 0,
  available: 0,
  active: true,
  ...part,
})

test('totals keep both figures, whatever a warehouse counts', () => {
  // Hangzhou counts what is on its way (10-3-1+5 = 11), Guangzhou does not (4-6 = -2).
  const totals = totalsOf([
    place({ physical: 10, locked: 3, reserved: 1, inTransit: 5, safety: 2, available: 11 }),
    place({ physical: 4, locked: 6, inTransit: 7, available: -2 }),
  ])
  assert.deepEqual(totals, {
    physical: 14,
    locked: 9,
    reserved: 1,
    inTransit: 12,
    safety: 2,
    available: 9,
    onHand: 4,
    withTransit: 16,
    sellable: 9,
    negative: 1,
  })
})

test('what one warehouse lacks is not taken from what another may sell', () => {
  assert.equal(sellableOf(place({ available: -5 })), 0)
  assert.equal(sellableOf(place({ available: 5, safety: 7 })), 0)
  assert.equal(sellableOf(place({ available: 9, safety: 7 })), 2)
  assert.equal(sellableOf(place({ available: 9, active: false })), 0)
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: -99, max: 99 }), fc.nat(20)), { maxLength: 6 }),
      (all) => {
        const places = all.map(([available, safety]) => place({ available, safety }))
        const { sellable } = totalsOf(places)
        assert.ok(sellable >= 0 && sellable >= Math.max(0, ...places.map(sellableOf)))
      },
    ),
  )
})

test('why a hold stands: its order first, then its deadline', () => {
  const why = (ownerKind: string, orderStatus: string | null, isOverdue: boolean): string =>
    whyHeld({ ownerKind, orderStatus, isOverdue })
  assert.equal(why('order', 'awaiting_shipment', false), 'alive')
  assert.equal(why('order', 'awaiting_shipment', true), 'order_waiting')
  assert.equal(why('order', 'cancelled', false), 'order_over')
  assert.equal(why('order', 'in_transit', true), 'goods_left')
  assert.equal(why('order', null, false), 'order_unknown')
  assert.equal(why('api', null, true), 'silent')
  assert.equal(why('person', null, false), 'alive')
})
