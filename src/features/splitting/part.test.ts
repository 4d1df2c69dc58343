import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RuleOrder, RuleOrderLine } from '#domain/rule-order.ts'
import type { Decision, RuleDone } from '#domain/rulebook.ts'
import { splitPart } from './part.ts'

function line(sku: string, weightG: number | null, gift = false): RuleOrderLine {
  const price = gift ? 0n : 1_000n
  const common = { shopSku: sku, title: sku, quantity: 1, volumeCm3: null, tags: [], parts: null }
  return { ...common, lineId: sku, sku, unitPriceMinor: price, paidMinor: price, gift, weightG }
}
function order(lines: readonly RuleOrderLine[]): RuleOrder {
  const nobody = {
    buyerId: null,
    earlierOrders: null,
    earlierSpentMinor: null,
    recipientKey: null,
    flag: null,
  }
  return {
    id: 9n,
    connection: 'shop',
    connectorKind: 'douyin',
    orderNo: 'N9',
    status: 'awaiting_shipment',
    placedAt: null,
    paidAt: null,
    shipBy: null,
    currency: 'CNY',
    payableMinor: 2_000n,
    goodsMinor: 2_000n,
    shippingMinor: 0n,
    discountMinor: 0n,
    promotions: [],
    to: { country: 'CN', province: '浙江', city: '', district: '' },
    buyerNote: '',
    sellerNote: '',
    ...nobody,
    lines,
    gifts: [{ gift: 'C', main: 'A', binding: 'hard' }],
  }
}
function decision(actions: readonly RuleDone[]): Decision {
  return { outcome: 'decided', reason: null, values: {}, actions, path: [] }
}
function outcome(lines: readonly RuleOrderLine[], ...actions: RuleDone[]) {
  const item = splitPart.item(order(lines))
  assert.ok(item !== null)
  return splitPart.outcome(decision(actions), item)
}

test('a dry run reads what an order comes to: parcels in words, figures and a group', () => {
  const lines = [line('A', 500), line('B', 500), line('C', 10, true)]
  const separate = { node: 'n', action: 'separate', params: { lines: ['B'], reason: 'x' } }
  const done = outcome(lines, separate)
  assert.deepEqual(done.words, { zh: '2 个包裹：A×1 + C×1 | B×1', en: '2 parcels: A×1 + C×1 | B×1' })
  assert.equal(done.group, 'parcels 2')
  assert.deepEqual(done.figures, { parcels: 2n, review: 0n, held: 0n })
})

test('what cannot be split, and what the rules hand over, counts as review', () => {
  const limit = { node: 'n', action: 'limit_weight', params: { most: 1_000n } }
  const refused = outcome([line('A', null), line('B', 500)], limit)
  assert.equal(refused.group, 'review')
  assert.match(refused.words.zh, /^转人工：A 没有重量或体积/)
  const item = splitPart.item(order([line('A', 500)]))
  assert.ok(item !== null)
  const words = { zh: '看不懂', en: 'unclear' }
  const asked = splitPart.outcome(
    { ...decision([]), outcome: 'review', reason: { code: 'rulebook.review', node: 'n', words } },
    item,
  )
  assert.deepEqual(asked.words, { zh: '转人工：看不懂', en: 'review: unclear' })
})

test('held orders are a group of their own; an order without goods is none of splitting’s', () => {
  const held = outcome([line('A', 500)], { node: 'n', action: 'hold', params: { reason: '等补货' } })
  assert.equal(held.words.zh, '1 个包裹：A×1，先不发：等补货')
  assert.equal(held.group, 'held, parcels 1')
  assert.equal(splitPart.item(order([])), null)
})

test('the rules see the number of lines, and no level of the customer', () => {
  const item = splitPart.item(order([line('A', 500), line('B', 500)]))
  assert.equal(item?.input.values['line_count'], 2n)
  assert.ok(splitPart.kind.variables.every(({ name }) => name !== 'customer_level'))
})
