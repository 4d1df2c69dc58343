import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FACT_KINDS, type Fact } from '#domain/fact.ts'
import type { OrderLine } from '#domain/order.ts'
import { ORDER_STATUSES } from '#domain/order-status.ts'
import { connectionId } from '#kernel/id.ts'
import { money } from '#kernel/money.ts'
import { fact } from '#test-support/facts.ts'
import { deriveOrder } from './derive-order.ts'

const line = (lineId: string, quantity: number): OrderLine => ({
  lineId,
  shopSku: lineId,
  platformSkuId: null,
  title: lineId,
  spec: null,
  quantity,
  unitPrice: money('CNY', 100n),
  paid: null,
  gift: false,
})
const derive = (facts: readonly Fact[], lines: readonly OrderLine[] = []) =>
  deriveOrder({ channel: connectionId('shop'), canReport: true, facts, content: { lines } })
const statusOf = (facts: readonly Fact[], lines: readonly OrderLine[] = []): string =>
  derive(facts, lines).status
const printed = (minute: number | null, parcel = 'T1', detail = {}): Fact =>
  fact('waybill_issued', minute, { source: 'station', on: 'reference', parcel, detail })
const scan = (kind: Parameters<typeof fact>[0], minute: number | null, parcel = 'T1'): Fact =>
  fact(kind, minute, { source: 'carrier', on: 'parcel', parcel })

test('OS3: every kind of fact alone gives a status that is in the list', () => {
  for (const kind of FACT_KINDS) {
    const status = statusOf([fact(kind, 1)])
    assert.ok(
      ORDER_STATUSES.some((known) => known === status),
      `${kind} gave ${status}`,
    )
  }
})

test('OS3: payment and hold decide what an order without goods on the way is', () => {
  assert.equal(statusOf([]), 'pending_payment')
  assert.equal(statusOf([fact('placed', 0)]), 'pending_payment')
  assert.equal(statusOf([fact('placed', 0), fact('paid', 1)]), 'awaiting_shipment')
  assert.equal(statusOf([fact('paid', 1), fact('held', 2)]), 'on_hold')
  assert.equal(statusOf([fact('paid', 1), fact('held', 2), fact('released', 3)]), 'awaiting_shipment')
  assert.equal(statusOf([fact('paid', 1), fact('released', 2), fact('held', 3)]), 'on_hold')
  assert.equal(statusOf([fact('paid', 1), fact('held', 2), fact('released', 2)]), 'awaiting_shipment')
})

test('OS3: endings win by strength, and reopening undoes what is not later', () => {
  const shipped = [fact('paid', 1), printed(2)]
  assert.equal(statusOf([...shipped, fact('completed', 9)]), 'completed')
  assert.equal(statusOf([...shipped, fact('completed', 9), fact('cancelled', 3)]), 'cancelled')
  assert.equal(statusOf([...shipped, fact('cancelled', 3), fact('refunded', 4)]), 'refunded')
  assert.equal(statusOf([...shipped, fact('cancelled', 3), fact('reopened', 4)]), 'shipped')
  assert.equal(statusOf([...shipped, fact('cancelled', 5), fact('reopened', 4)]), 'cancelled')
})

test('OS5: a printed waybill ships the order and writes number, batch and device; it is no pick-up', () => {
  const derived = derive([
    fact('paid', 1),
    printed(2, 'SF123', { waybillId: 'W1', batchNo: 'B7', deviceId: 'P3', carrier: 'SF' }),
  ])
  assert.equal(derived.status, 'shipped')
  const [parcel] = derived.parcels
  assert.deepEqual(
    [
      parcel?.trackingNo,
      parcel?.stage,
      parcel?.batchNo,
      parcel?.deviceId,
      parcel?.waybillId,
      parcel?.carrier,
    ],
    ['SF123', 'issued', 'B7', 'P3', 'W1', 'SF'],
  )
  assert.equal(parcel?.dispatchedAt, null)
  assert.equal(parcel?.pickedUpAt, null)
  assert.equal(derived.report, 'due')
  assert.deepEqual(
    derived.reportable.map((one) => one.trackingNo),
    ['SF123'],
  )
})

test('OS5: what the channel itself shipped is not reported back to it', () => {
  const derived = derive([fact('dispatched', 2, { parcel: 'T1' })])
  assert.equal(derived.status, 'shipped')
  assert.equal(derived.report, 'none')
  assert.equal(derived.reportable.length, 0)
})

test('OS6: an order is as far as its slowest parcel', () => {
  const two = [fact('paid', 0), printed(1, 'T1'), printed(1, 'T2')]
  assert.equal(statusOf([...two, scan('delivered', 5, 'T1')]), 'shipped')
  assert.equal(statusOf([...two, scan('delivered', 5, 'T1'), scan('in_transit', 6, 'T2')]), 'in_transit')
  assert.equal(statusOf([...two, scan('delivered', 5, 'T1'), scan('delivered', 7, 'T2')]), 'delivered')
})

test('OS16: parcels that hold only a part make the order partially shipped', () => {
  const lines = [line('1', 2), line('2', 1)]
  const first = printed(1, 'T1', { lines: [{ lineId: '1', quantity: 2 }] })
  const second = printed(2, 'T2', { lines: [{ lineId: '2', quantity: 1 }] })
  assert.equal(statusOf([fact('paid', 0), first], lines), 'partially_shipped')
  assert.equal(statusOf([fact('paid', 0), first, second], lines), 'shipped')
  assert.equal(statusOf([fact('paid', 0), fact('part_dispatched', 1)], lines), 'partially_shipped')
  assert.equal(
    statusOf([fact('paid', 0), fact('part_dispatched', 1), fact('dispatched', 2)], lines),
    'shipped',
  )
})

test('OS15: a voided waybill ships nothing, unless the parcel moved or was printed again', () => {
  const voided = fact('waybill_cancelled', 3, { source: 'station', on: 'reference', parcel: 'T1' })
  assert.equal(statusOf([fact('paid', 0), printed(1), voided]), 'awaiting_shipment')
  assert.equal(statusOf([fact('paid', 0), printed(1), voided, scan('picked_up', 4)]), 'picked_up')
  assert.equal(statusOf([fact('paid', 0), printed(1), voided, printed(5)]), 'shipped')
})

test('OS7: a time nobody knows is a fact without a place in the order of events', () => {
  assert.equal(statusOf([fact('paid', null), fact('held', null), fact('released', 1)]), 'awaiting_shipment')
  assert.equal(statusOf([fact('paid', 0), printed(1), scan('delivered', null)]), 'delivered')
  assert.equal(derive([printed(1), scan('delivered', null)]).deliveredAt, null)
})

test('OS9: a revoked delivery is not delivered, until it is claimed again later', () => {
  const way = [
    fact('paid', 0),
    printed(1),
    scan('in_transit', 2),
    scan('delivered', 5),
    scan('delivery_revoked', 6),
  ]
  assert.equal(statusOf(way), 'in_transit')
  assert.equal(statusOf([...way, scan('delivered', 9)]), 'delivered')
})

test('trouble marks the parcel and never takes it back', () => {
  const derived = derive([printed(1), scan('out_for_delivery', 5), scan('delivery_failed', 6)])
  assert.deepEqual([derived.parcels[0]?.stage, derived.parcels[0]?.trouble], ['out_for_delivery', true])
  assert.equal(
    derive([printed(1), scan('delivery_failed', 6), scan('delivered', 7)]).parcels[0]?.trouble,
    false,
  )
})

test('after-sale: open until answered, then as it ended', () => {
  const asked = fact('refund_requested', 1, { detail: { refundId: 'R1' } })
  assert.equal(derive([asked]).afterSale, 'requested')
  assert.equal(derive([asked, fact('refund_closed', 2, { detail: { refundId: 'R1' } })]).afterSale, 'closed')
  assert.equal(
    derive([asked, fact('refund_closed', 2, { detail: { refundId: 'R2' } })]).afterSale,
    'requested',
  )
  assert.equal(
    derive([asked, fact('part_refunded', 2, { detail: { refundId: 'R1' } })]).afterSale,
    'part_refunded',
  )
  assert.equal(derive([asked, fact('refunded', 2)]).afterSale, 'refunded')
})

test('the report state follows what the channel answered', () => {
  const reported = (outcome: 'accepted' | 'refused' | 'unknown'): Fact =>
    fact('shipment_reported', 5, { source: 'hub', parcel: 'T1', detail: { outcome } })
  assert.equal(derive([printed(1), reported('unknown')]).report, 'unknown')
  assert.equal(derive([printed(1), reported('refused')]).report, 'refused')
  assert.equal(derive([printed(1), reported('refused'), reported('accepted')]).report, 'accepted')
  assert.equal(derive([printed(1), fact('dispatched', 3, { parcel: 'T1' })]).report, 'accepted')
})

test('an ended order owes no report, but what was answered stays', () => {
  assert.equal(derive([fact('paid', 0), printed(1), fact('cancelled', 2)]).report, 'none')
  const refused = fact('shipment_reported', 5, {
    source: 'hub',
    parcel: 'T1',
    detail: { outcome: 'refused' },
  })
  assert.equal(derive([fact('paid', 0), printed(1), refused, fact('cancelled', 6)]).report, 'refused')
})

test('OS14: that the hub reported a number makes no parcel of it', () => {
  const refused = fact('shipment_reported', 5, {
    source: 'hub',
    parcel: 'T1',
    detail: { outcome: 'refused' },
  })
  assert.equal(statusOf([fact('paid', 0), refused]), 'awaiting_shipment')
  assert.equal(derive([fact('paid', 0), refused]).parcels.length, 0)
})
