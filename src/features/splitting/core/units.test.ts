import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RuleOrder, RuleOrderLine } from '#domain/rule-order.ts'
import { unitsOf } from './units.ts'

function line(lineId: string, given: Partial<RuleOrderLine> = {}): RuleOrderLine {
  return {
    lineId,
    sku: lineId,
    shopSku: lineId,
    title: lineId,
    quantity: 1,
    unitPriceMinor: 1_000n,
    paidMinor: null,
    gift: false,
    weightG: 100,
    volumeCm3: null,
    tags: [],
    parts: null,
    ...given,
  }
}
const part = (sku: string, quantity: number) => ({
  sku,
  quantity,
  weightG: 10,
  volumeCm3: null,
  tags: ['own'],
})
function order(lines: readonly RuleOrderLine[], gifts: RuleOrder['gifts'] = []): RuleOrder {
  const none = { buyerId: null, earlierOrders: null, earlierSpentMinor: null, recipientKey: null, flag: null }
  return {
    id: 7n,
    connection: 'shop',
    connectorKind: 'douyin',
    orderNo: '7',
    status: 'awaiting_shipment',
    placedAt: null,
    paidAt: null,
    shipBy: null,
    currency: 'CNY',
    payableMinor: 0n,
    goodsMinor: 0n,
    shippingMinor: 0n,
    discountMinor: 0n,
    promotions: [],
    to: { country: 'CN', province: '', city: '', district: '' },
    buyerNote: '',
    sellerNote: '',
    ...none,
    lines,
    gifts,
  }
}
const free = { gift: true, unitPriceMinor: 0n }
const bound = (given: RuleOrder) =>
  unitsOf(given).bindings.map(({ strength, why, units }) => [strength, why, ...units])

test('a gift of a gift is bound to that gift, as its rule says; a product that somebody bought goes first', () => {
  const rules: RuleOrder['gifts'] = [
    { gift: 'B', main: 'A', binding: 'hard' },
    { gift: 'C', main: 'B', binding: 'hard' },
  ]
  assert.deepEqual(bound(order([line('A'), line('B', free), line('C', free)], rules)), [
    ['hard', 'gift', '7/A/A', '7/B/B'],
    ['hard', 'gift', '7/B/B', '7/C/C'],
  ])
  const bought = line('B2', { sku: 'B' })
  assert.deepEqual(bound(order([line('A'), line('B', free), bought, line('C', free)], rules)).at(-1), [
    'hard',
    'gift',
    '7/B2/B',
    '7/C/C',
  ])
})

test('a bundle is a unit per part, bound hard; what was paid is shared to the cent', () => {
  const { units, bindings } = unitsOf(
    order([
      line('K', { quantity: 2, paidMinor: 1_001n, tags: ['fragile'], parts: [part('Y', 1), part('X', 2)] }),
    ]),
  )
  assert.deepEqual(
    units.map(({ key, quantity, perBundle, bundle, valueMinor }) => [
      key,
      quantity,
      perBundle,
      bundle,
      valueMinor,
    ]),
    [
      ['7/K/X', 4, 2, 'K', 667n],
      ['7/K/Y', 2, 1, 'K', 334n],
    ],
  )
  assert.deepEqual(units[0]?.tags, ['fragile', 'own'])
  assert.deepEqual(bindings, [{ strength: 'hard', why: 'bundle', units: ['7/K/X', '7/K/Y'], node: null }])
})

test('a gift is bound to the product of its rule, the larger line of two', () => {
  const lines = [line('A1', { sku: 'A' }), line('A2', { sku: 'A', quantity: 3 }), line('G', free)]
  assert.deepEqual(bound(order(lines, [{ gift: 'G', main: 'A', binding: 'hard' }])), [
    ['hard', 'gift', '7/A2/A', '7/G/G'],
  ])
})

test('a gift of two products is bound to both', () => {
  const gifts = ['A', 'B'].map((main) => ({ gift: 'C', main, binding: 'hard' as const }))
  assert.deepEqual(bound(order([line('A'), line('B'), line('C', free)], gifts)), [
    ['hard', 'gift', '7/A/A', '7/C/C'],
    ['hard', 'gift', '7/B/B', '7/C/C'],
  ])
})

test('a gift without its product, or without a rule, goes softly with the dearest one; alone it is free', () => {
  const lines = [line('A'), line('B', { unitPriceMinor: 2_000n }), line('C', free)]
  const softly = [['soft', 'gift', '7/B/B', '7/C/C']]
  assert.deepEqual(bound(order(lines)), softly)
  assert.deepEqual(bound(order(lines, [{ gift: 'C', main: 'Z', binding: 'hard' }])), softly)
  assert.deepEqual(bound(order([line('C', free)])), [])
})

test('a SKU that a gift rule names is a gift where it costs nothing, a product where it was paid for', () => {
  const gifts = [{ gift: 'C', main: 'A', binding: 'hard' as const }]
  assert.deepEqual(bound(order([line('A'), line('C')], gifts)), [])
  assert.deepEqual(bound(order([line('A'), line('C', { unitPriceMinor: 0n })], gifts)), [
    ['hard', 'gift', '7/A/A', '7/C/C'],
  ])
})

test('a gift of a bundle is bound to it, whether the rule names the set or a part', () => {
  const bundle = line('K', { parts: [part('X', 1), part('Y', 1)] })
  for (const main of ['K', 'Y'])
    assert.deepEqual(bound(order([bundle, line('G', free)], [{ gift: 'G', main, binding: 'hard' }])), [
      ['hard', 'gift', '7/K/X', '7/G/G'],
      ['hard', 'bundle', '7/K/X', '7/K/Y'],
    ])
})

test("an unmatched line keeps the shop's code; a refunded amount is shared with its sign", () => {
  const { units } = unitsOf(
    order([
      line('U', { sku: null, shopSku: 's-1' }),
      line('R', { paidMinor: -101n, parts: [part('X', 1), part('Y', 1)] }),
    ]),
  )
  assert.deepEqual(
    units.map(({ sku, valueMinor }) => [sku, valueMinor]),
    [
      ['X', -51n],
      ['Y', -50n],
      ['s-1', 1_000n],
    ],
  )
})
