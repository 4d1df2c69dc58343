import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkMerge, type Mergeable } from './merge.ts'

const order = (more: Partial<Mergeable> = {}): Mergeable => ({
  orderNo: 'o',
  status: 'awaiting_shipment',
  currency: 'CNY',
  recipientKey: 'p:1',
  hasParcels: false,
  isGrouped: false,
  region: '浙江杭州',
  ...more,
})
const codeOf = (orders: readonly Mergeable[], confirmed = false): string => {
  const checked = checkMerge(orders, confirmed)
  return checked.ok ? 'ok' : checked.refusal.code
}

test('equal recipients may travel together, over all channels', () => {
  assert.equal(codeOf([order(), order()]), 'ok')
  assert.equal(codeOf([order({ recipientKey: 'c:shop:1' }), order({ recipientKey: 'c:shop:1' })]), 'ok')
  assert.equal(codeOf([order({ status: 'on_hold' }), order()]), 'ok')
})

test('what nobody can tell is confirmed by a person; what differs never', () => {
  const hidden = order({ recipientKey: 'c:shop:1' })
  const other = order({ recipientKey: 'c:shop:2' })
  assert.equal(codeOf([hidden, other]), 'fulfilment.recipients_unknown')
  assert.equal(codeOf([hidden, other], true), 'ok')
  assert.equal(codeOf([hidden, order()], true), 'ok')
  assert.equal(
    codeOf([order({ recipientKey: null }), order({ recipientKey: null })]),
    'fulfilment.recipients_unknown',
  )
  assert.equal(codeOf([order(), order({ recipientKey: 'p:2' })], true), 'fulfilment.recipients_differ')
  assert.equal(codeOf([hidden, { ...other, region: '广东深圳' }], true), 'fulfilment.recipients_differ')
})

test('prints by different keys say nothing of each other, nor does a place that nobody told', () => {
  const before = order({ recipientKey: 'p:k1:1' })
  const after = order({ recipientKey: 'p:k2:7' })
  assert.equal(codeOf([before, after]), 'fulfilment.recipients_unknown')
  assert.equal(codeOf([before, after], true), 'ok')
  assert.equal(
    codeOf([before, order({ recipientKey: 'p:k1:2' }), after], true),
    'fulfilment.recipients_differ',
  )
  assert.equal(codeOf([order({ recipientKey: null, region: null }), order()], true), 'ok')
})

test('too few, gone, merged or in another currency is refused', () => {
  assert.equal(codeOf([order()]), 'fulfilment.merge_count')
  assert.equal(codeOf(Array.from({ length: 51 }, () => order())), 'fulfilment.merge_count')
  assert.equal(codeOf([order(), order({ hasParcels: true })]), 'fulfilment.not_waiting')
  assert.equal(codeOf([order(), order({ status: 'cancelled' })]), 'fulfilment.not_waiting')
  assert.equal(codeOf([order(), order({ isGrouped: true })]), 'fulfilment.merged_already')
  assert.equal(codeOf([order(), order({ currency: 'USD' })]), 'fulfilment.other_currency')
})
