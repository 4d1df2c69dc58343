import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OrderStatus } from '#domain/order-status.ts'
import type { ReadOrder } from '#features/orders/index.ts'
import { decideReport, endOfAnswer } from './decide-report.ts'

const PARCEL = { trackingNo: 'SF1', carrier: 'SF', void: false, lines: [{ lineId: '1', quantity: 2 }] }

function order(
  given: { status?: OrderStatus; parcel?: Partial<typeof PARCEL>; accepted?: readonly string[] } = {},
): ReadOrder {
  return {
    key: { id: 1n, connection: 'shop', orderNo: 'A1', shared: false },
    derived: { status: given.status ?? 'shipped', parcels: [{ ...PARCEL, ...given.parcel }] },
    acceptedNumbers: given.accepted ?? [],
  } as unknown as ReadOrder
}

function codeOf(decision: ReturnType<typeof decideReport>): string {
  return decision.verdict === 'moot' ? decision.refusal.code : decision.verdict
}

test('a printed parcel is reported with its number, carrier and lines', () => {
  assert.deepEqual(decideReport(order(), 'SF1', true), {
    verdict: 'report',
    report: { trackingNo: 'SF1', carrier: 'SF', lines: [{ lineId: '1', quantity: 2 }] },
  })
})

test('what there is nothing to report of, and why', () => {
  assert.equal(codeOf(decideReport(null, 'SF1', true)), 'report.order_gone')
  assert.equal(codeOf(decideReport(order(), 'SF2', true)), 'report.waybill_cancelled')
  assert.equal(
    codeOf(decideReport(order({ parcel: { void: true } }), 'SF1', true)),
    'report.waybill_cancelled',
  )
  for (const status of ['cancelled', 'refunded'] as const)
    assert.equal(codeOf(decideReport(order({ status }), 'SF1', true)), 'report.order_ended')
  assert.equal(codeOf(decideReport(order(), 'SF1', false)), 'report.not_supported')
})

test('a number that the channel shows already is done, also where nothing can be reported', () => {
  for (const canReport of [true, false])
    assert.equal(codeOf(decideReport(order({ accepted: ['SF1'] }), 'SF1', canReport)), 'done')
})

test('an order that goes back or is completed is reported all the same: the channel still waits for its number', () => {
  for (const status of ['completed', 'returning', 'delivered'] as const)
    assert.equal(codeOf(decideReport(order({ status }), 'SF1', true)), 'report')
})

test('an order that ended in this moment needs nobody; any other refusal does', () => {
  const answered = (code: string) => endOfAnswer({ outcome: 'refused', refusal: { code, detail: '' } }).state
  assert.equal(answered('douyin.order_cancelled'), 'moot')
  assert.equal(answered('shopify.nothing_to_fulfil'), 'refused')
  assert.equal(endOfAnswer({ outcome: 'accepted', words: 'x' }).state, 'done')
})
