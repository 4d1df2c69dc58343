import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Decision, RuleDone } from '#domain/rulebook.ts'
import { ORDER } from '../testing/order.ts'
import { jointOrder, observationsOf, quoteOf } from './quote.ts'

const done = (action: string, label: string, amount?: bigint): RuleDone => ({
  node: label,
  action,
  params: action === 'carrier' ? { code: label } : amount === undefined ? { label } : { label, amount },
})
const decided = (...actions: RuleDone[]): Decision => ({
  outcome: 'decided',
  reason: null,
  values: {},
  actions,
  path: [{ node: 'end', way: null }],
})
const CNY = { currency: 'CNY', parcels: 1 }
const amounts = (decision: Decision, parcels = 1) => {
  const quote = quoteOf(decision, { currency: 'CNY', parcels })
  return quote.ok
    ? [quote.value.amountMinor, ...quote.value.parts.map((part) => part.amountMinor)]
    : quote.refusal.code
}

test('charges add up in their order; what is waived or reduced is taken off what came before', () => {
  assert.deepEqual(amounts(decided(done('charge', 'a', 1_200n), done('charge', 'b', 300n))), [
    1_500n,
    1_200n,
    300n,
  ])
  assert.deepEqual(
    amounts(decided(done('charge', 'a', 1_200n), done('waive', 'w'), done('charge', 'x', 1_500n))),
    [1_500n, 1_200n, -1_200n, 1_500n],
  )
  assert.deepEqual(amounts(decided(done('charge', 'a', 500n), done('reduce', 'r', 800n))), [0n, 500n, -500n])
  assert.deepEqual(amounts(decided(done('waive', 'w'))), [0n, 0n])
})

test('per parcel is once for each parcel, all else once for the order', () => {
  assert.deepEqual(amounts(decided(done('charge_per_parcel', 'p', 800n), done('charge', 'a', 100n)), 3), [
    2_500n,
    2_400n,
    100n,
  ])
})

test('the last carrier that is named carries; without one it is left open', () => {
  const quote = quoteOf(decided(done('charge', 'a', 1n), done('carrier', 'ZTO'), done('carrier', 'SF')), CNY)
  assert(quote.ok)
  assert.equal(quote.value.carrier, 'SF')
  const open = quoteOf(decided(done('charge', 'a', 1n)), CNY)
  assert(open.ok)
  assert.equal(open.value.carrier, null)
})

test('what is no freight is refused: nothing named, below zero, unknown, beyond any freight, undecided', () => {
  assert.equal(amounts(decided()), 'freight.nothing_charged')
  assert.equal(amounts(decided(done('carrier', 'SF'))), 'freight.nothing_charged')
  assert.equal(amounts(decided(done('charge', 'a', -1n))), 'freight.bad_amount')
  assert.equal(amounts(decided(done('charge', 'a'))), 'freight.bad_amount')
  assert.equal(amounts(decided(done('charge', 'a', 100_000_001n))), 'freight.bad_amount')
  assert.deepEqual(amounts(decided(done('charge', 'a', 100_000_000n))), [100_000_000n, 100_000_000n])
  const reason = { code: 'rulebook.no_way', node: 'n', words: { zh: '无', en: 'none' } }
  assert.equal(amounts({ ...decided(), outcome: 'review', reason }), 'freight.undecided')
})

test('merged orders are one order: amounts and lines together, the history before the first of them', () => {
  const other = {
    ...ORDER,
    id: 2n,
    orderNo: 'T-2',
    payableMinor: 700n,
    earlierOrders: 3,
    earlierSpentMinor: null,
  }
  const joint = jointOrder([ORDER, other])
  assert(joint.ok)
  assert.deepEqual(
    [joint.value.payableMinor, joint.value.earlierOrders, joint.value.earlierSpentMinor],
    [5_700n, 1, null],
  )
  assert.deepEqual(
    joint.value.lines.map((line) => line.lineId),
    ['T-1/1', 'T-2/1'],
  )
  const foreign = jointOrder([ORDER, { ...other, currency: 'USD' }])
  assert.equal(foreign.ok ? 'ok' : foreign.refusal.code, 'freight.other_currency')
})

test('guards hear of reviews, of ways that no amount comes of, of the amount and of free freight', () => {
  const told = (decision: Decision) =>
    observationsOf(decision, quoteOf(decision, CNY)).map(({ metric, bad, sum }) => [metric, bad, sum])
  assert.deepEqual(told(decided(done('waive', 'w'))), [
    ['review', 0, 0],
    ['broken', 0, 0],
    ['freight', 0, 0n],
    ['free', 0, 1],
  ])
  assert.deepEqual(told(decided()), [
    ['review', 0, 0],
    ['broken', 1, 0],
  ])
  assert.deepEqual(told({ ...decided(), outcome: 'review' }), [['review', 1, 0]])
  const code = 'rulebook.other_currency'
  const reason = { code, node: null, words: { zh: '币种', en: 'currency' } }
  assert.deepEqual(told({ ...decided(), outcome: 'review', reason }), [], 'says nothing of the version')
})
