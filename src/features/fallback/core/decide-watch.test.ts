import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ORDER_STATUSES, type OrderStatus, PARCEL_STAGES } from '#domain/order-status.ts'
import { decideWatches, type WatchedOrder, type WatchedParcel } from './decide-watch.ts'
import { STANDARD } from './settings.ts'

const at = (text: string): Temporal.Instant => Temporal.Instant.from(`2026-11-11T${text}Z`)
const NOW = at('12:00:00')

const order = (more: Partial<WatchedOrder> = {}): WatchedOrder => ({
  id: 7n,
  shop: 'shop',
  orderNo: 'N7',
  status: 'awaiting_shipment',
  report: 'none',
  placedAt: at('06:00:00'),
  paidAt: at('06:01:00'),
  shopSpokeAt: at('06:01:05'),
  canFetch: true,
  parcels: [],
  ...more,
})
const parcel = (more: Partial<WatchedParcel> = {}): WatchedParcel => ({
  trackingNo: 'SF1',
  carrier: 'SF',
  stage: 'issued',
  issuedAt: at('07:00:00'),
  movedAt: null,
  ...more,
})
const watched = (given: WatchedOrder): string[] =>
  decideWatches(given, STANDARD, NOW).map(
    ({ subject, rule, missingFrom }) => `${subject} ${rule} ${missingFrom.toString().slice(11, 16)}`,
  )

test('each status says whether its shop owes a word', () => {
  const owing: readonly OrderStatus[] = ['on_hold', 'awaiting_shipment', 'partially_shipped']
  for (const status of ORDER_STATUSES)
    assert.deepEqual(
      watched(order({ status })),
      // Two hours after the shop's last word at 06:01.
      owing.includes(status) ? ['order:7 order_silent 08:01'] : [],
      status,
    )
})

test('an unpaid order, and a shop that cannot be asked, are left alone', () => {
  assert.deepEqual(watched(order({ paidAt: null })), [])
  assert.deepEqual(watched(order({ canFetch: false })), [])
})

test('each stage of a parcel says what is missing, and from when on', () => {
  const expected: Readonly<Record<WatchedParcel['stage'], string | null>> = {
    // Four hours after printing at 07:00.
    announced: 'parcel:SF1 no_event 11:00',
    issued: 'parcel:SF1 no_event 11:00',
    dispatched: 'parcel:SF1 no_event 11:00',
    // Six hours after the last scan was heard at 09:30.
    picked_up: 'parcel:SF1 silent 15:30',
    in_transit: 'parcel:SF1 silent 15:30',
    out_for_delivery: 'parcel:SF1 silent 15:30',
    returning: 'parcel:SF1 silent 15:30',
    delivered: null,
    signed_back: null,
    void: null,
  }
  for (const stage of [...PARCEL_STAGES, 'void'] as const) {
    const line = expected[stage]
    const moved = line?.includes('silent') === true ? at('09:30:00') : null
    assert.deepEqual(
      watched(order({ status: 'shipped', parcels: [parcel({ stage, movedAt: moved })] })),
      line === null ? [] : [line],
      stage,
    )
  }
})

test('a carrier that is not known cannot be asked', () => {
  for (const carrier of [null, 'other:pigeon'])
    assert.deepEqual(watched(order({ status: 'shipped', parcels: [parcel({ carrier })] })), [])
})

test('a report in doubt is cleared up within minutes, before anything else of the order', () => {
  assert.deepEqual(watched(order({ report: 'unknown' })), ['order:7 report_unknown 06:04'])
})

test('an order is given up after its days', () => {
  const old = order({ placedAt: NOW.subtract({ hours: 24 * 30, minutes: 1 }) })
  assert.deepEqual(watched(old), [])
  assert.equal(watched(order({ placedAt: NOW.subtract({ hours: 24 * 30 - 1 }) })).length, 1)
})

test('whatever is known, a finished order asks for nothing and no subject is watched twice', () => {
  const anyParcel = fc.record({
    trackingNo: fc.stringMatching(/^[A-Z]{2}\d{3}$/),
    carrier: fc.constantFrom('SF', 'YTO', null, 'other:x'),
    stage: fc.constantFrom(...PARCEL_STAGES, 'void' as const),
    issuedAt: fc.constantFrom(null, at('01:00:00')),
    movedAt: fc.constantFrom(null, at('02:00:00')),
  })
  fc.assert(
    fc.property(
      fc.constantFrom(...ORDER_STATUSES),
      fc.constantFrom('none' as const, 'unknown' as const, 'due' as const),
      fc.uniqueArray(anyParcel, { selector: (one) => one.trackingNo, maxLength: 4 }),
      (status, report, parcels) => {
        const watches = decideWatches(order({ status, report, parcels }), STANDARD, NOW)
        assert.equal(new Set(watches.map((one) => one.subject)).size, watches.length)
        if (['delivered', 'completed', 'returned', 'refunded', 'cancelled'].includes(status))
          assert.deepEqual(watches, [])
      },
    ),
  )
})
