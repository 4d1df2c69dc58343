import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Binding, PlanUnit, SplitAnswer } from '#domain/fulfilment.ts'
import type { RuleDone, RuleValue } from '#domain/rulebook.ts'
import type { Result } from '#kernel/result.ts'
import { explainParcels, giftsApart, observeSplit } from './explain.ts'
import { piecesOf, splitOrder, valuesOf } from './split-order.ts'

function unit(sku: string, given: Partial<PlanUnit> = {}): PlanUnit {
  return {
    key: `1/${sku}/${sku}`,
    orderId: 1n,
    lineId: sku,
    sku,
    title: sku,
    quantity: 1,
    gift: false,
    bundle: null,
    perBundle: 1,
    weightG: 1_000,
    volumeCm3: 1_000,
    valueMinor: 1_000n,
    tags: [],
    ...given,
  }
}
function act(action: string, params: Record<string, RuleValue> = {}): RuleDone {
  return { node: `n-${action}`, action, params }
}
function gift(strength: 'hard' | 'soft', ...skus: string[]): Binding {
  return { strength, why: 'gift', units: skus.map((sku) => `1/${sku}/${sku}`), node: null }
}
const C = unit('C', { gift: true, valueMinor: 0n, weightG: 100 })
const A = unit('A')
const B = unit('B')
const D = unit('D')

function shown(answer: Result<SplitAnswer>, units: readonly PlanUnit[]): string {
  if (!answer.ok) return answer.refusal.code
  return explainParcels(units, answer.value.parcels).en.replace(/^\d+ parcels?: /, '')
}
function split(units: readonly PlanUnit[], bindings: readonly Binding[], ...actions: RuleDone[]): string {
  return shown(splitOrder({ units, bindings, actions }), units)
}

const HARD = [gift('hard', 'A', 'C')]
const SOFT = [gift('soft', 'A', 'C')]
const keepABC = act('keep_together', { lines: ['A', 'B', 'C'], strength: 'hard' })

// The sources' case, buy A and B and get C, and what can be done to it.
const VARIANTS: readonly (readonly [
  name: string,
  units: readonly PlanUnit[],
  bindings: readonly Binding[],
  actions: readonly RuleDone[],
  expected: string,
])[] = [
  ['no rules: one parcel', [A, B, C], HARD, [], 'A×1 + B×1 + C×1'],
  [
    'B apart: the gift stays with A',
    [A, B, C],
    HARD,
    [act('separate', { lines: ['B'], reason: 'x' })],
    'A×1 + C×1 | B×1',
  ],
  [
    'A apart: the gift comes along',
    [A, B, C],
    HARD,
    [act('separate', { lines: ['A'], reason: 'x' })],
    'B×1 | A×1 + C×1',
  ],
  [
    'A apart, gift bound softly: it comes along too',
    [A, B, C],
    SOFT,
    [act('separate', { lines: ['A'], reason: 'x' })],
    'B×1 | A×1 + C×1',
  ],
  [
    'the gift alone is refused',
    [A, B, C],
    HARD,
    [act('separate', { lines: ['C'], reason: 'x' })],
    'splitting.bindings_conflict',
  ],
  [
    'the gift alone, bound softly, is allowed',
    [A, B, C],
    SOFT,
    [act('separate', { lines: ['C'], reason: 'x' })],
    'A×1 + B×1 | C×1',
  ],
  [
    'A+B+C kept whole, D leaves by SKU',
    [A, B, C, D],
    HARD,
    [keepABC, act('separate_by', { by: 'sku' })],
    'A×1 + B×1 + C×1 | D×1',
  ],
  [
    'by SKU without the rule: the gift stays with A',
    [A, B, C],
    HARD,
    [act('separate_by', { by: 'sku' })],
    'A×1 + C×1 | B×1',
  ],
  [
    'by SKU, soft: the gift goes with A',
    [A, B, C],
    SOFT,
    [act('separate_by', { by: 'sku' })],
    'A×1 + C×1 | B×1',
  ],
  [
    'A and B may never share a parcel, the rule binds them: refused',
    [A, B, C],
    HARD,
    [keepABC, act('never_together', { lines: ['A'], others: ['B'] })],
    'splitting.bindings_conflict',
  ],
  [
    'A and B may never share a parcel: the gift follows A',
    [A, B, C],
    HARD,
    [act('never_together', { lines: ['A'], others: ['B'] })],
    'A×1 + C×1 | B×1',
  ],
  [
    'the gift and A may never share a parcel, bound hard: refused',
    [A, B, C],
    HARD,
    [act('never_together', { lines: ['A'], others: ['C'] })],
    'splitting.bindings_conflict',
  ],
  [
    'the gift and A may never share a parcel, bound softly: with B',
    [A, B, C],
    SOFT,
    [act('never_together', { lines: ['A'], others: ['C'] })],
    'A×1 + B×1 | C×1',
  ],
  [
    'one piece a parcel: the bound pair does not fit',
    [A, B, C],
    HARD,
    [act('limit_pieces', { most: 1n })],
    'splitting.cannot_fit',
  ],
  [
    'one piece a parcel, larger sets on their own',
    [A, B, C],
    HARD,
    [act('limit_pieces', { most: 1n, oversize: 'own' })],
    'B×1 | A×1 + C×1',
  ],
  [
    'two pieces a parcel: A with its gift',
    [A, B, C],
    HARD,
    [act('limit_pieces', { most: 2n })],
    'A×1 + C×1 | B×1',
  ],
  [
    'two pieces a parcel, soft: still A with its gift',
    [A, B, C],
    SOFT,
    [act('limit_pieces', { most: 2n })],
    'A×1 + C×1 | B×1',
  ],
  [
    'forced together against a limit: refused',
    [A, B, C],
    [],
    [act('force_together', { ignore_stock_difference: true }), act('limit_pieces', { most: 2n })],
    'splitting.cannot_fit',
  ],
  [
    'forced together against "by SKU": one parcel',
    [A, B, C],
    [],
    [act('separate_by', { by: 'sku' }), act('force_together', { ignore_stock_difference: false })],
    'A×1 + B×1 + C×1',
  ],
]

for (const [name, units, bindings, actions, expected] of VARIANTS)
  test(`A+B+C: ${name}`, () => {
    assert.equal(split(units, bindings, ...actions), expected)
    assert.equal(split([...units].reverse(), [...bindings].reverse(), ...actions), expected)
  })

test('a refusal names both nodes and the goods', () => {
  const actions = [keepABC, act('never_together', { lines: ['A'], others: ['B'] })]
  const refused = splitOrder({ units: [A, B, C], bindings: [], actions })
  assert.ok(!refused.ok)
  const data = refused.refusal.data as { nodes: string[]; skus: string[] }
  assert.deepEqual(data.nodes, ['n-keep_together', 'n-never_together'])
  assert.deepEqual(data.skus, ['A', 'B', 'C'])
})

test('forced together: one group and one warehouse with stock ignored, free groups without', () => {
  const forced = (ignores: boolean) =>
    splitOrder({
      units: [A, B],
      bindings: [],
      actions: [act('force_together', { ignore_stock_difference: ignores })],
    })
  const strict = forced(true)
  const loose = forced(false)
  assert.ok(strict.ok && loose.ok)
  assert.deepEqual(
    strict.value.parcels.map(({ groups, together }) => [groups.length, together]),
    [[1, true]],
  )
  assert.deepEqual(
    loose.value.parcels.map(({ groups, together }) => [groups.length, together]),
    [[2, false]],
  )
})

test('weights: lines stay whole where that costs no parcel, bulky ones are cut', () => {
  const rice = unit('RICE', { quantity: 3, weightG: 4_000 })
  const tea = unit('TEA', { quantity: 2, weightG: 2_000 })
  // 16 kg by 10 kg: two parcels at least; RICE has 12 kg and must be cut, TEA (4 kg) fits beside the rest of it.
  assert.equal(split([rice, tea], [], act('limit_weight', { most: 10_000n })), 'RICE×2 | RICE×1 + TEA×2')
  // 6 kg each: both whole in two parcels, though 10 kg of the 12 would fit into one.
  const [left, right] = [
    unit('L', { quantity: 2, weightG: 3_000 }),
    unit('R', { quantity: 2, weightG: 3_000 }),
  ]
  assert.equal(split([left, right], [], act('limit_weight', { most: 10_000n })), 'L×2 | R×2')
})

test('the search finds the packing that first-fit misses', () => {
  // 6+4 | 5+3+2 fill two parcels of 10 kg; the bulkiest first puts 6+4, 5+3, and 2 beside them: also two. 5,4,4,3,2,2 by 10: 5+3+2 | 4+4+2.
  const kilos = [5, 4, 4, 3, 2, 2]
  const units = kilos.map((kg, index) => unit(`U${index}`, { weightG: kg * 1_000 }))
  const answer = splitOrder({ units, bindings: [], actions: [act('limit_weight', { most: 10_000n })] })
  assert.ok(answer.ok)
  assert.equal(answer.value.parcels.length, 2)
})

test('bundles leave in whole sets, and are cut between them only', () => {
  const parts = [
    unit('P1', { lineId: 'K', bundle: 'K', perBundle: 1, quantity: 4 }),
    unit('P2', { lineId: 'K', bundle: 'K', perBundle: 2, quantity: 8 }),
  ]
  const bound: Binding = { strength: 'hard', why: 'bundle', units: parts.map(({ key }) => key), node: null }
  assert.equal(split(parts, [bound], act('limit_pieces', { most: 7n })), 'P1×2 + P2×4 | P1×2 + P2×4')
  assert.equal(split(parts, [bound], act('limit_pieces', { most: 2n })), 'splitting.cannot_fit')
})

test('a value is limited to the cent, and parcels add up to what was paid', () => {
  const three = unit('V', { quantity: 3, valueMinor: 10_000n })
  // 100.00 for three: all fit under 100.00, though a third rounded up thrice would not.
  assert.equal(split([three], [], act('limit_value', { most: 10_000n })), 'V×3')
  const answer = splitOrder({ units: [three], bindings: [], actions: [act('limit_value', { most: 6_667n })] })
  assert.ok(answer.ok)
  const values = valuesOf(answer.value.parcels.map(piecesOf), [three])
  assert.deepEqual(values, [6_666n, 3_334n])
})

test('an unknown weight goes to review where there is something to split, and only there', () => {
  const unknown = unit('X', { weightG: null })
  const limit = act('limit_weight', { most: 10_000n })
  assert.equal(split([unknown, A], [], limit), 'splitting.unknown_measure')
  assert.equal(split([unknown], [], limit), 'X×1')
  assert.equal(split([unknown, A], [], act('limit_weight', { most: 10_000n, lines: ['A'] })), 'A×1 + X×1')
})

test('warehouses: named goods apart, the rest where nothing is said, two wishes refused', () => {
  const answer = splitOrder({
    units: [A, B],
    bindings: [],
    actions: [
      act('assign_warehouse', { warehouse: 'W1', lines: ['B'] }),
      act('assign_warehouse', { warehouse: 'W2' }),
    ],
  })
  assert.ok(answer.ok)
  assert.deepEqual(
    answer.value.parcels.map(({ warehouse }) => warehouse),
    ['W2', 'W1'],
  )
  const twice = ['W1', 'W2'].map((warehouse) => act('assign_warehouse', { warehouse, lines: ['A'] }))
  assert.equal(split([A, B], [], ...twice), 'splitting.warehouse_conflict')
})

test('tags, needs and hold', () => {
  const ice = unit('ICE', { tags: ['frozen'] })
  const answer = splitOrder({
    units: [ice, A],
    bindings: [],
    actions: [
      act('separate_by', { by: 'tag' }),
      act('needs', { tag: 'frozen', lines: ['ICE'] }),
      act('hold', { reason: '等冰袋' }),
    ],
  })
  assert.ok(answer.ok)
  assert.deepEqual(
    answer.value.parcels.map(({ needs }) => needs),
    [[], ['frozen']],
  )
  assert.deepEqual(answer.value.hold, { node: 'n-hold', reason: '等冰袋' })
  const supplied = [unit('S1', { tags: ['supplier:x', 'red'] }), unit('S2', { tags: ['supplier:x'] })]
  assert.equal(split(supplied, [], act('separate_by', { by: 'tag', prefix: 'supplier:' })), 'S1×1 + S2×1')
})

test('what no version knows, and what is too much, is refused', () => {
  assert.equal(split([A], [], act('explode')), 'splitting.bad_action')
  assert.equal(split([A], [], act('limit_pieces', { most: 0n })), 'splitting.bad_action')
  assert.equal(
    split([unit('M', { quantity: 201 })], [], act('limit_pieces', { most: 1n })),
    'splitting.too_many_parcels',
  )
  const many = Array.from({ length: 1_001 }, (_, index) => unit(`M${index}`))
  assert.equal(split(many, []), 'splitting.too_many_units')
})

test('lines of merged orders are told apart where the rule names the order', () => {
  const other = unit('A', { key: '2/A/A', orderId: 2n })
  assert.equal(split([A, other], [], act('separate', { lines: ['2/A'], reason: 'x' })), 'A×1 | A×1')
  assert.equal(split([A, other], [], act('separate', { lines: ['A'], reason: 'x' })), 'A×2')
})

test('the guards see a gift that is alone', () => {
  const alone = [{ groups: [[{ unit: C.key, quantity: 1 }]] }, { groups: [[{ unit: A.key, quantity: 1 }]] }]
  assert.equal(giftsApart([A, C], alone, []), 1)
  assert.equal(giftsApart([C], alone.slice(0, 1), []), 0)
  const answer = splitOrder({ units: [A, B, C], bindings: HARD, actions: [] })
  assert.deepEqual(
    observeSplit({ units: [A, B, C] }, answer).map(({ metric, bad, sum }) => [metric, bad, sum]),
    [
      ['review', 0, 0],
      ['parcels', 0, 1],
      ['gift_apart', 0, 0],
    ],
  )
})

test('what a rule keeps together softly shares a parcel where it may, and makes nothing wait', () => {
  const soft = act('keep_together', { lines: ['A', 'D'], strength: 'soft' })
  const two = act('limit_pieces', { most: 2n })
  assert.equal(split([A, B, D], [], two), 'A×1 + B×1 | D×1')
  assert.equal(split([A, B, D], [], soft, two), 'A×1 + D×1 | B×1')
  const answer = splitOrder({ units: [A, B, D], bindings: [], actions: [soft] })
  assert.deepEqual(answer.ok ? answer.value.bindings : null, [])
})

test('500 lines that may not share a parcel are told apart at once', () => {
  const many = Array.from({ length: 500 }, (_, at) => unit(`S${at}`))
  const [left, right] = [many.slice(0, 250), many.slice(250)].map((some) => some.map(({ lineId }) => lineId))
  const startedAt = performance.now()
  const answer = splitOrder({
    units: many,
    bindings: [],
    actions: [act('never_together', { lines: left ?? [], others: right ?? [] })],
  })
  assert.equal(answer.ok && answer.value.parcels.length, 2)
  // 0.1 s where choices are kept, two seconds and more where each was worked out anew.
  assert.ok(performance.now() - startedAt < 1_000)
})
