import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Binding, PlanUnit, SourceAsk, SourceWarehouse } from '#domain/fulfilment.ts'
import { DEFAULT_WEIGHTS, sourcingOptionsOf } from './options.ts'
import { decideResourcing } from './resource.ts'
import { sourceParcels } from './source-parcels.ts'

const warehouse = (code: string, more: Partial<SourceWarehouse> = {}): SourceWarehouse => ({
  code,
  priority: 10,
  province: '',
  city: '',
  takes: [],
  km: null,
  hours: null,
  firstKgMinor: null,
  furtherKgMinor: null,
  load: 0,
  capacity: null,
  cutoffMinutes: null,
  ...more,
})
const unit = (sku: string, quantity = 1, gift = false): PlanUnit => ({
  key: sku,
  orderId: 1n,
  lineId: sku,
  sku,
  title: sku,
  quantity,
  gift,
  bundle: null,
  perBundle: 1,
  weightG: 500,
  volumeCm3: null,
  valueMinor: 0n,
  tags: [],
})
const bind = (strength: Binding['strength'], ...units: string[]): Binding => ({
  strength,
  why: 'gift',
  units,
  node: null,
})

/** Free pieces as `{ W: { A: 1 } }`. */
function ask(
  units: PlanUnit[],
  free: Record<string, Record<string, number>>,
  more: Partial<SourceAsk> = {},
): SourceAsk {
  const groups = units.map(({ key, quantity }) => [{ unit: key, quantity }])
  return {
    units,
    bindings: [],
    parcels: [{ groups, together: false, warehouse: null, needs: [], reasons: [] }],
    to: { country: 'CN', province: '', city: '', district: '' },
    warehouses: Object.keys(free).map((code) => warehouse(code)),
    free: new Map(
      Object.entries(free).flatMap(([code, skus]) =>
        Object.entries(skus).map(([sku, n]) => [`${sku}\n${code}`, n] as const),
      ),
    ),
    spread: 'lines',
    weights: DEFAULT_WEIGHTS,
    excluded: [],
    dueMinutes: null,
    stepsMost: 10_000,
    ...more,
  }
}
function planOf(question: SourceAsk): Record<string, string> {
  const answer = sourceParcels(question)
  if (!answer.ok) return { refused: answer.refusal.code }
  return Object.fromEntries(
    answer.value.parcels.map((one) => [
      one.warehouse ?? 'waits',
      one.pieces.map((p) => `${p.unit}${p.quantity}`).join(' '),
    ]),
  )
}

test('a nearer warehouse with a part of the order does not split it', () => {
  const near = warehouse('NEAR', { km: 10, priority: 1 })
  const far = warehouse('FAR', { km: 900, priority: 50 })
  const free = { NEAR: { A: 5 }, FAR: { A: 5, B: 5 } }
  assert.deepEqual(planOf(ask([unit('A'), unit('B')], free, { warehouses: [near, far] })), { FAR: 'A1 B1' })
  const nearest = { ...DEFAULT_WEIGHTS, parcels: 20, distance: 100 }
  // One parcel of 900 km is 92 points, two of 910 km are 131.
  assert.deepEqual(planOf(ask([unit('A'), unit('B')], free, { warehouses: [near, far], weights: nearest })), {
    FAR: 'A1 B1',
  })
  // Both have all: ten kilometres win.
  assert.deepEqual(planOf(ask([unit('A')], free, { warehouses: [near, far], weights: nearest })), {
    NEAR: 'A1',
  })
})

test('a gift bound hard goes with its product or nothing leaves; bound softly it may leave from elsewhere, or wait', () => {
  const goods = [unit('A'), unit('G', 1, true)]
  const apart = { W1: { A: 1 }, W2: { G: 1 } }
  assert.deepEqual(planOf(ask(goods, apart, { bindings: [bind('hard', 'A', 'G')] })), {
    refused: 'sourcing.short',
  })
  assert.deepEqual(planOf(ask(goods, apart, { bindings: [bind('soft', 'A', 'G')] })), { W1: 'A1', W2: 'G1' })
  const none = { W1: { A: 1 }, W2: {} }
  assert.deepEqual(planOf(ask(goods, none, { bindings: [bind('soft', 'A', 'G')] })), {
    W1: 'A1',
    waits: 'G1',
  })
  // The main product never waits for its gift, and the gift never goes first.
  assert.deepEqual(planOf(ask(goods, { W2: { G: 1 } }, { bindings: [bind('soft', 'A', 'G')] })), {
    refused: 'sourcing.short',
  })
})

test('two lines of one SKU do not both take the last piece', () => {
  const goods = [unit('A'), { ...unit('A'), key: 'A#' }]
  assert.deepEqual(planOf(ask(goods, { W1: { A: 1 }, W2: { A: 1 } })), { W1: 'A1', W2: 'A#1' })
  assert.deepEqual(planOf(ask(goods, { W1: { A: 1 }, W2: { A: 1 } }, { spread: 'never' })), {
    refused: 'sourcing.short',
  })
})

test('tags, full days and exclusions keep a warehouse out, each with its reason', () => {
  const question = ask(
    [unit('ICE')],
    { W1: { ICE: 9 }, W2: { ICE: 9 }, W3: { ICE: 9 }, W4: {} },
    {
      warehouses: [
        warehouse('W1'),
        warehouse('W2', { takes: ['frozen'], load: 100, capacity: 100 }),
        warehouse('W3', { takes: ['frozen'] }),
        warehouse('W4', { takes: ['frozen'] }),
      ],
      excluded: [{ warehouse: 'W3', words: { zh: '盘点', en: 'counting' } }],
    },
  )
  const [parcel] = question.parcels
  assert.ok(parcel)
  const answer = sourceParcels({ ...question, parcels: [{ ...parcel, needs: ['frozen'] }] })
  assert.ok(!answer.ok)
  assert.equal(answer.refusal.code, 'sourcing.short')
  const { out } = answer.refusal.data as { out: { warehouse: string; words: { zh: string } }[] }
  assert.deepEqual(Object.fromEntries(out.map((one) => [one.warehouse, one.words.zh])), {
    W1: '不能收 frozen',
    W2: '今日产能已满 100/100',
    W3: '盘点',
    W4: '库存缺 ICE 1 件',
  })
})

test('the cheapest way counts kilograms begun, and says what the others cost more', () => {
  const heavy = [
    { ...unit('A'), weightG: 1_500 },
    { ...unit('B'), weightG: 1_400 },
  ]
  const warehouses = [
    warehouse('W1', { firstKgMinor: 500n, furtherKgMinor: 200n }),
    warehouse('W2', { firstKgMinor: 600n, furtherKgMinor: 100n }),
  ]
  const weights = { ...DEFAULT_WEIGHTS, parcels: 10, cost: 100, priority: 1 }
  const answer = sourceParcels(
    ask(heavy, { W1: { A: 1, B: 1 }, W2: { A: 1, B: 1 } }, { warehouses, weights }),
  )
  assert.ok(answer.ok)
  // 2.9 kg are 3: W1 5 + 2 x 2 = 9.00, W2 6 + 2 x 1 = 8.00.
  assert.equal(answer.value.parcels[0]?.warehouse, 'W2')
  assert.equal(answer.value.score.costMinor, 800n)
  assert.equal(answer.value.rejected[0]?.why.zh, '贵 ¥1.00')
})

test('who cannot keep the promise comes last', () => {
  const warehouses = [
    warehouse('W1', { hours: 12, cutoffMinutes: -5 }),
    warehouse('W2', { hours: 30, cutoffMinutes: 60 }),
  ]
  const weights = { ...DEFAULT_WEIGHTS, parcels: 30, promise: 100 }
  const question = ask([unit('A')], { W1: { A: 1 }, W2: { A: 1 } }, { warehouses, weights })
  // W1 leaves tomorrow: 36 h against 30.
  assert.deepEqual(planOf(question), { W2: 'A1' })
})

test('what rules ask for: later weights win, names are narrowed, exclusions add up', () => {
  const weights = { parcels: 1n, distance: 2n, cost: 3n, promise: 4n, balance: 500n }
  const options = sourcingOptionsOf([
    { node: 'a', action: 'weights', params: { ...weights, parcels: 9n } },
    { node: 'b', action: 'weights', params: weights },
    { node: 'c', action: 'only_warehouses', params: { codes: ['W1', 'W2'] } },
    { node: 'd', action: 'only_warehouses', params: { codes: ['W2', 'W3'] } },
    { node: 'e', action: 'exclude_warehouse', params: { code: 'W2', reason: '盘点' } },
    { node: 'f', action: 'prefer', params: { code: 'W3' } },
    { node: 'g', action: 'spread', params: { choice: 'units' } },
    { node: 'h', action: 'hold', params: { reason: '等确认' } },
  ])
  assert.deepEqual(options.weights, {
    parcels: 1,
    distance: 2,
    cost: 3,
    promise: 4,
    balance: 100,
    priority: 1,
  })
  assert.deepEqual(options.only, ['W2'])
  assert.deepEqual(options.excluded, [
    { warehouse: 'W2', words: { zh: '规则排除：盘点', en: 'excluded by a rule: 盘点' } },
  ])
  assert.deepEqual(
    [options.prefer, options.spread, options.hold],
    [['W3'], 'units', { node: 'h', reason: '等确认' }],
  )
})

test('sourcing anew takes plans that nothing of has left, and says why the others stay', () => {
  const plan = (id: bigint, state: string, isManual = false) => ({
    orderId: id,
    orderNo: `N${id}`,
    state,
    isManual,
    warehouses: ['W1'],
  })
  const plans = [
    plan(1n, 'locked'),
    plan(2n, 'left'),
    plan(3n, 'short'),
    plan(4n, 'held'),
    plan(5n, 'planned', true),
  ]
  const found = decideResourcing({ warehouse: 'W1', ids: [9n], numbers: ['N1', 'N8'], short: false }, plans)
  assert.deepEqual(found.ids, [1n, 3n])
  assert.deepEqual(found.exclude, ['W1'])
  assert.deepEqual(
    found.skipped.map((one) => one.orderNo),
    ['N2', 'N4', 'N5', '', 'N8'],
  )
})
