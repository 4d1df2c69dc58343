import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fact } from '#test-support/facts.ts'
import { deriveParcels } from './parcels.ts'

test('a number that was changed on the way ships nothing once the goods move under the new one', () => {
  const old = [
    fact('in_transit', 5, { on: 'parcel', parcel: 'SF10000001' }),
    fact('returning', 6, { on: 'parcel', parcel: 'SF10000001', detail: { reason: '新单号 SF20000002' } }),
  ]
  const announced = fact('dispatched', 6, { parcel: 'SF20000002' })
  const moved = fact('in_transit', 7, { on: 'parcel', parcel: 'SF20000002' })
  const voided = (facts: Parameters<typeof deriveParcels>[0]) =>
    deriveParcels(facts).map((parcel) => [parcel.trackingNo, parcel.void])
  assert.deepEqual(voided(old), [['SF10000001', false]])
  assert.deepEqual(
    voided([...old, announced])[0],
    ['SF10000001', false],
    'nobody has seen it under the new one',
  )
  assert.deepEqual(voided([moved, ...old, announced]), [
    ['SF10000001', true],
    ['SF20000002', false],
  ])
})
