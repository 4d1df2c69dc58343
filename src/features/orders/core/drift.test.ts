import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Fact } from '#domain/fact.ts'
import { connectionId } from '#kernel/id.ts'
import { DAY, fact } from '#test-support/facts.ts'
import { deriveDrift } from './drift.ts'
import { deriveParcels } from './parcels.ts'

const drift = (facts: readonly Fact[]) =>
  deriveDrift({ facts, parcels: deriveParcels(facts), withheld: [], channel: connectionId('shop') })
const scan = (kind: Parameters<typeof fact>[0], minute: number, parcel = 'T1', detail = {}): Fact =>
  fact(kind, minute, { source: 'carrier', on: 'parcel', parcel, detail })

test('OS10: sources that agree make no drift', () => {
  assert.deepEqual(
    drift([
      fact('placed', 0),
      fact('paid', 1),
      fact('dispatched', 5, { parcel: 'T1' }),
      scan('picked_up', 6),
      scan('delivered', 90),
    ]),
    [],
  )
  assert.deepEqual(drift([]), [])
})

test('OS10: goods on the way that the channel does not know of', () => {
  const [row] = drift([fact('paid', 1), scan('picked_up', 10)])
  assert.deepEqual(
    [row?.field, row?.cause, row?.since?.toString(), row?.until],
    ['shipped', 'report_missing', DAY.add({ minutes: 10 }).toString(), null],
  )
  assert.deepEqual(row?.claims, [
    { source: 'carrier', says: 'picked_up', at: '2026-11-11T00:10:00Z' },
    { source: 'shop', says: 'not_shipped', at: null },
  ])
})

test('OS10: the disagreement closes when the channel knows, with its duration', () => {
  const [row] = drift([scan('picked_up', 10), fact('dispatched', 32, { parcel: 'T1' })])
  assert.deepEqual(
    [row?.field, row?.cause, row?.until?.toString()],
    ['shipped', 'late_message', '2026-11-11T00:32:00Z'],
  )
})

test('OS10: an accepted report counts as the channel knowing', () => {
  const reported = fact('shipment_reported', 9, {
    source: 'hub',
    parcel: 'T1',
    detail: { outcome: 'accepted' },
  })
  assert.deepEqual(drift([scan('picked_up', 10), reported]), [])
})

test('OS10: another tracking number at the channel than was printed', () => {
  const [row] = drift([
    fact('waybill_issued', 5, { source: 'station', on: 'reference', parcel: 'T1' }),
    fact('dispatched', 6, { parcel: 'T9' }),
  ])
  assert.deepEqual([row?.field, row?.cause], ['tracking_no', 'number_differs'])
  assert.deepEqual(
    row?.claims.map((claim) => claim.says),
    ['T9', 'T1'],
  )
})

test('OS10: two carriers for one number', () => {
  const rows = drift([
    scan('picked_up', 5, 'T1', { carrier: 'SF' }),
    fact('dispatched', 4, { parcel: 'T1', detail: { carrier: 'ZTO' } }),
  ])
  assert.deepEqual(
    rows.map((row) => row.field),
    ['carrier'],
  )
  assert.deepEqual(
    drift([
      scan('picked_up', 5, 'T1', { carrier: 'SF' }),
      fact('dispatched', 4, { parcel: 'T1', detail: { carrier: 'other:xx' } }),
    ]),
    [],
  )
})

test('OS10: times that run backwards; a whole number of half hours points at the zone', () => {
  const [entry] = drift([fact('placed', 0), fact('paid', 100), fact('dispatched', 90)])
  assert.deepEqual([entry?.field, entry?.cause], ['times', 'clock_or_entry'])
  const [zone] = drift([fact('placed', 480), fact('paid', 0)])
  assert.deepEqual([zone?.field, zone?.cause], ['times', 'time_zone'])
  assert.deepEqual(drift([fact('placed', 5), fact('paid', 5)]), [])
})

test('OS10: cancelled, and the goods moved afterwards', () => {
  assert.ok(
    drift([fact('cancelled', 5), fact('dispatched', 4), scan('picked_up', 9)]).some(
      (row) => row.field === 'cancelled_shipped',
    ),
  )
  assert.ok(
    !drift([fact('dispatched', 1), scan('picked_up', 2), scan('delivered', 8), fact('refunded', 20)]).some(
      (row) => row.field === 'cancelled_shipped',
    ),
  )
})

test('OS10: delivered and going back', () => {
  const [row] = drift([
    fact('dispatched', 1),
    scan('picked_up', 2),
    scan('delivered', 5),
    scan('delivery_revoked', 6),
  ])
  assert.deepEqual([row?.field, row?.until], ['delivered', null])
  const [closed] = drift([
    fact('dispatched', 1),
    scan('picked_up', 2),
    scan('delivered', 5),
    scan('delivery_revoked', 6),
    scan('delivered', 9),
  ])
  assert.equal(closed?.until?.toString(), '2026-11-11T00:09:00Z')
})

test('OS10: a waybill that stands although the order was cancelled or refunded, whichever came first', () => {
  const printed = (minute: number): Fact =>
    fact('waybill_issued', minute, { source: 'station', on: 'reference', parcel: 'T1' })
  const voided = fact('waybill_cancelled', 9, { source: 'station', on: 'reference', parcel: 'T1' })
  for (const end of ['cancelled', 'refunded'] as const)
    for (const minute of [3, 8]) {
      const [row] = drift([fact('paid', 1), fact(end, 5), printed(minute)])
      assert.deepEqual([row?.field, row?.cause], ['cancelled_shipped', 'waybill_stands'], `${end} ${minute}`)
    }
  assert.deepEqual(drift([fact('paid', 1), fact('cancelled', 5), printed(3), voided]), [])
})

test('OS10: a quoted number that two shops have is shown on both, until the channel itself shows the parcel', () => {
  const withheld = [fact('waybill_issued', 5, { source: 'station', on: 'reference', parcel: 'T1' })]
  const of = (facts: readonly Fact[]) =>
    deriveDrift({ facts, parcels: deriveParcels(facts), withheld, channel: connectionId('shop') })
  const [row] = of([fact('paid', 1)])
  assert.deepEqual([row?.field, row?.cause, row?.until], ['shared_number', 'number_shared', null])
  assert.deepEqual(row?.claims, [
    { source: 'station', says: 'waybill_issued T1', at: '2026-11-11T00:05:00Z' },
  ])
  assert.deepEqual(of([fact('paid', 1), fact('dispatched', 6, { parcel: 'T1' })]), [])
})
