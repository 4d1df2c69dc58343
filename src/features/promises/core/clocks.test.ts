import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ORDER_STATUSES } from '#domain/order-status.ts'
import { clocksOf, type ParcelTimes, type PromiseOrder, type PromiseRule, penaltyOf } from './clocks.ts'

const at = (time: string): Temporal.Instant => Temporal.Instant.from(`2026-11-11T${time}:00Z`)
const ORDER: PromiseOrder = {
  id: 1n,
  connection: 'shop',
  kind: 'douyin',
  status: 'awaiting_shipment',
  placedAt: at('08:00'),
  paidAt: at('08:05'),
  shippedAt: null,
  deliveredAt: null,
  currency: 'CNY',
  payableMinor: 10_000n,
  shipBy: null,
  deliverBy: null,
  parcels: [],
}
const RULE: PromiseRule = {
  id: 7n,
  name: '10 min',
  kind: 'douyin',
  connection: null,
  starts: 'placed',
  keeps: 'waybill_issued',
  minutes: 10,
  calendar: null,
  cutoff: null,
  platformFirst: false,
  warnMinutes: 4,
  penalty: { currency: 'CNY', fixedMinor: 500n, bps: 300, capMinor: 700n },
}
const parcel = (times: Partial<ParcelTimes>): ParcelTimes => ({
  issuedAt: null,
  dispatchedAt: null,
  pickedUpAt: null,
  deliveredAt: null,
  ...times,
})
const state = (order: Partial<PromiseOrder>, rule: Partial<PromiseRule> = {}, now = at('08:01')) =>
  clocksOf({ ...ORDER, ...order }, [{ ...RULE, ...rule }], now).map((one) => one.state)

test('a rule starts at its fact, warns ahead and breaks at its time', () => {
  const [clock] = clocksOf(ORDER, [RULE], at('08:01'))
  assert.equal(clock?.dueAt.toString(), '2026-11-11T08:10:00Z')
  assert.equal(clock?.warnAt.toString(), '2026-11-11T08:06:00Z')
  assert.equal(clock?.state, 'running')
  assert.equal(clock?.penaltyMinor, 700n, '5.00 and 3% of 100.00, at most 7.00')
  assert.deepEqual(state({}, {}, at('08:10')), ['breached'])
  assert.deepEqual(state({}, {}, at('08:09')), ['running'])
})

test('an order that has not started owes nothing', () => {
  assert.deepEqual(state({ paidAt: null }, { starts: 'paid' }), [])
})

test('the last parcel decides when a promise was kept', () => {
  const shipped = {
    status: 'shipped' as const,
    parcels: [parcel({ issuedAt: at('08:02') }), parcel({ issuedAt: at('08:12') })],
  }
  assert.deepEqual(state(shipped, {}, at('08:30')), ['late'])
  assert.deepEqual(state({ ...shipped, parcels: shipped.parcels.slice(0, 1) }, {}, at('08:30')), ['kept'])
  assert.deepEqual(state({ ...shipped, status: 'partially_shipped' }, {}, at('08:30')), ['breached'])
})

test('a waybill is no dispatch and no pick-up', () => {
  const printed = { status: 'shipped' as const, parcels: [parcel({ issuedAt: at('08:02') })] }
  assert.deepEqual(state(printed, { keeps: 'dispatched' }, at('08:30')), ['breached'])
  assert.deepEqual(state(printed, { keeps: 'picked_up' }, at('08:30')), ['breached'])
  const scanned = { status: 'picked_up' as const, parcels: [parcel({ pickedUpAt: at('08:09') })] }
  assert.deepEqual(state(scanned, { keeps: 'dispatched' }, at('08:30')), ['kept'])
  assert.deepEqual(
    state(
      { status: 'in_transit', parcels: [parcel({ issuedAt: at('08:02') })] },
      { keeps: 'picked_up' },
      at('08:30'),
    ),
    ['kept'],
    'it moves, so somebody picked it up',
  )
})

test('delivered counts from the carrier, or from the end of the trade', () => {
  const rule = { keeps: 'delivered' as const, minutes: 60 }
  assert.deepEqual(state({ status: 'delivered', deliveredAt: at('09:30') }, rule, at('10:00')), ['late'])
  assert.deepEqual(state({ status: 'out_for_delivery' }, rule, at('10:00')), ['breached'])
})

test('an order that ended owes nothing any more, unless the promise had been kept', () => {
  assert.deepEqual(state({ status: 'cancelled' }, {}, at('09:00')), ['void'])
  assert.deepEqual(state({ status: 'refunded' }, {}, at('09:00')), ['void'])
})

test("the platform's own deadline goes first where the rule says so", () => {
  const shipBy = at('20:00')
  const due = (platformFirst: boolean) =>
    clocksOf({ ...ORDER, shipBy }, [{ ...RULE, platformFirst }], at('08:01')).map((one) => [
      one.source,
      one.dueAt.toString(),
    ])
  assert.deepEqual(due(true), [['rule:7', '2026-11-11T20:00:00Z']])
  assert.deepEqual(due(false), [['rule:7', '2026-11-11T08:10:00Z']])
})

test('a deadline that no rule speaks of is a clock of its own', () => {
  const order = { ...ORDER, shipBy: at('20:00'), deliverBy: at('22:00') }
  assert.deepEqual(
    clocksOf(order, [], at('08:01')).map((one) => [one.source, one.keeps, one.penaltyMinor]),
    [
      ['platform:deliver_by', 'delivered', null],
      ['platform:ship_by', 'waybill_issued', null],
    ],
  )
})

test('the rule of a shop goes before that of its kind, and that before the rule for all', () => {
  const all = { ...RULE, id: 1n, kind: '*' }
  const kind = { ...RULE, id: 2n }
  const shop = { ...RULE, id: 3n, connection: 'shop' }
  const other = { ...RULE, id: 4n, connection: 'other' }
  const delivered = { ...all, id: 5n, keeps: 'delivered' as const }
  const chosen = (rules: PromiseRule[]) => clocksOf(ORDER, rules, at('08:01')).map((one) => one.source)
  assert.deepEqual(chosen([all, kind, shop, other, delivered]), ['rule:3', 'rule:5'])
  assert.deepEqual(chosen([all, kind, other]), ['rule:2'])
  assert.deepEqual(chosen([all, other]), ['rule:1'])
  assert.deepEqual(chosen([other]), [])
})

test('every status has a state for every kind of promise', () => {
  assert.deepEqual(
    state({ status: 'pending_payment' }, { starts: 'placed' }, at('12:00')),
    [],
    'nobody has paid',
  )
  for (const status of ORDER_STATUSES.filter((one) => one !== 'pending_payment'))
    for (const keeps of ['waybill_issued', 'dispatched', 'picked_up', 'delivered'] as const)
      assert.equal(
        state({ status }, { keeps, starts: 'placed' }, at('12:00')).length,
        1,
        `${status} ${keeps}`,
      )
})

test('a penalty is rounded half up, capped, and fixed amounts count in their own currency only', () => {
  const penalty = { currency: 'CNY', fixedMinor: 100n, bps: 333, capMinor: null }
  assert.equal(
    penaltyOf({ currency: 'CNY', payableMinor: 1_515n }, penalty),
    150n,
    '1.00 and 3.33% of 15.15 = 0.504',
  )
  assert.equal(penaltyOf({ currency: 'USD', payableMinor: 1_515n }, penalty), 50n)
  assert.equal(penaltyOf({ currency: null, payableMinor: null }, penalty), null)
  assert.equal(penaltyOf({ currency: 'CNY', payableMinor: null }, penalty), 100n)
})
