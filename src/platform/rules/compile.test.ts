import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RuleModel, RuleNode } from '#domain/rulebook.ts'
import { readCell } from './cells.ts'
import { compileModel } from './compile.ts'
import { FREIGHT_CLOSED, FREIGHT_KIND, FREIGHT_WITH_GAPS, freightInput } from './fixtures/freight-example.ts'

const at = { x: 0, y: 0 }

function rulesOf(model: RuleModel) {
  const rules = compileModel(FREIGHT_KIND, model)
  assert.ok(rules.ok, rules.ok ? '' : JSON.stringify(rules.refusal))
  return rules.value
}

function fee(values: Parameters<typeof freightInput>[0]) {
  const { values: given, reason } = rulesOf(FREIGHT_CLOSED).decide(freightInput(values))
  return reason === null ? given.freight : reason.code
}

test("the sources' freight example: bands, region, first order free", () => {
  assert.equal(fee({ order_amount: 9_899n }), 1_200n)
  assert.equal(fee({ order_amount: 9_900n }), 800n)
  assert.equal(fee({ order_amount: 19_899n, province: '北京' }), 1_150n)
  assert.equal(fee({ order_amount: 19_900n }), 0n)
  assert.equal(fee({ order_amount: 19_900n, province: '新疆' }), 1_500n)
  assert.equal(fee({ order_amount: 100n, customer_level: 'new', order_count: 0n, province: '新疆' }), 0n)
  assert.equal(
    fee({ order_amount: 100n, customer_level: 'new', order_count: 0n, order_source: 'pinduoduo' }),
    1_200n,
  )
  assert.equal(fee({ province: '云南', customer_level: 'gold' }), 1_300n)
})

test('a decision keeps its path; what stops it names the node, and nothing of it may be acted upon', () => {
  const decision = rulesOf(FREIGHT_WITH_GAPS).decide(freightInput({ province: '新疆' }))
  assert.equal(decision.outcome, 'review')
  assert.deepEqual(decision.reason?.code, 'rulebook.not_in_table')
  assert.equal(decision.reason?.node, 'region')
  assert.match(decision.reason?.words.zh ?? '', /「地区」对照表「地区加价」里没有/)
  assert.deepEqual(decision.values, {})
  assert.deepEqual(decision.path, [
    { node: 'who', way: 'old' },
    { node: 'bands', way: 'to', row: 1 },
    { node: 'region', way: 'missing' },
  ])
  assert.equal(fee({ customer_level: null }), 'rulebook.unknown_value')
  assert.equal(fee({ order_amount: '100' }), 'rulebook.bad_input')
  assert.equal(fee({ order_amount: 2n ** 63n }), 'rulebook.bad_input')
})

test('an unknown figure that does not matter for this order does not stop it', () => {
  assert.equal(fee({ order_source: 'pinduoduo', order_count: null }), 800n)
  assert.equal(fee({ weight: null }), 800n)
})

test('actions: parameters are worked out, lines picked by a condition over line and order', () => {
  const nodes: RuleNode[] = [
    {
      id: 'a',
      type: 'action',
      label: '',
      at,
      action: 'charge',
      params: {
        amount: 'order_amount / 10',
        lines: 'sku.startsWith("A") && quantity >= 2 && order_amount > 0',
      },
      to: 'r',
    },
    {
      id: 'r',
      type: 'result',
      label: '',
      at,
      outcome: 'decided',
      values: [{ name: 'freight', expression: '0' }],
      reason: '',
    },
  ]
  const model: RuleModel = { format: 1, currency: 'CNY', start: 'a', nodes, tables: [] }
  const { decide } = rulesOf(model)
  assert.deepEqual(decide(freightInput()).actions, [
    { node: 'a', action: 'charge', params: { amount: 1_000n, lines: ['1'] } },
  ])
  const unknown = { ...freightInput(), lines: [{ id: '1', values: { sku: 'A', quantity: null } }] }
  assert.deepEqual([decide(unknown).reason?.code, decide(unknown).actions], ['rulebook.unknown_value', []])
  const wrong = { ...freightInput(), lines: [{ id: '1', values: { sku: 'A', quantity: 'two' } }] }
  assert.equal(decide(wrong).reason?.code, 'rulebook.bad_input')
})

test('a lookup takes the most specific row; at a tie the one whose left keys are named', () => {
  const lookup: RuleNode = {
    id: 'l',
    type: 'lookup',
    label: '',
    at,
    table: 't',
    keys: ['province', 'city'],
    bind: [{ column: 'fee', as: 'found' }],
    to: 'r',
    missing: 'none',
  }
  const result = (id: string, expression: string): RuleNode => ({
    id,
    type: 'result',
    label: '',
    at,
    outcome: 'decided',
    values: [{ name: 'freight', expression }],
    reason: '',
  })
  const rows = [
    ['*', '*', '1'],
    ['*', '杭州市', '2'],
    ['浙江', '*', '3'],
    ['浙江', '宁波市', '4'],
  ]
  const key = { label: '', type: 'text' as const }
  const tables = [
    {
      id: 't',
      name: '',
      keys: [
        { name: 'p', ...key },
        { name: 'c', ...key },
      ],
      columns: [{ name: 'fee', label: '', type: 'money' as const }],
      rows,
    },
  ]
  const model: RuleModel = {
    format: 1,
    currency: 'CNY',
    start: 'l',
    nodes: [lookup, result('r', 'found'), result('none', '9')],
    tables,
  }
  const found = (province: string, city: string) => rulesOf(model).decide(freightInput({ province, city }))
  assert.equal(found('浙江', '宁波市').values.freight, 400n)
  assert.equal(found('浙江', '杭州市').values.freight, 300n)
  assert.equal(found('江西', '杭州市').values.freight, 200n)
  assert.deepEqual(found('江西', '*').path[0], { node: 'l', way: 'to', row: 0 })
  const closed = rulesOf({ ...model, tables: tables.map((table) => ({ ...table, rows: rows.slice(1) })) })
  assert.equal(closed.decide(freightInput({ province: '江西', city: '南昌市' })).values.freight, 9n)
})

test('a model that asks for a person is answered with its reason and what it worked out', () => {
  const nodes: RuleNode[] = [
    {
      id: 'r',
      type: 'result',
      label: '',
      at,
      outcome: 'review',
      values: [{ name: 'explanation', expression: '"太重"' }],
      reason: '超过 30 kg',
    },
  ]
  const decision = rulesOf({ format: 1, currency: 'CNY', start: 'r', nodes, tables: [] }).decide(
    freightInput(),
  )
  assert.deepEqual(
    [decision.outcome, decision.reason?.code, decision.reason?.words.zh],
    ['review', 'rulebook.review_asked', '超过 30 kg'],
  )
  assert.deepEqual(decision.values, { explanation: '太重' })
})

test('a faulty model is refused with its faults, in words', () => {
  const model = { ...FREIGHT_CLOSED, start: null }
  const rules = compileModel(FREIGHT_KIND, model)
  assert.ok(!rules.ok && rules.refusal.code === 'rulebook.model_faulty')
})

const CELLS: readonly (readonly [
  string,
  'text' | 'int' | 'money' | 'bool' | 'texts',
  readonly unknown[],
  readonly unknown[],
])[] = [
  ['', 'int', [1n, -5n], []],
  ['9900', 'int', [9_900n], [99n]],
  ['99', 'money', [9_900n], [99n]],
  ['99.5, 100', 'money', [9_950n, 10_000n], [9_900n]],
  ['!99', 'money', [1n], [9_900n]],
  ['< 99', 'money', [9_899n], [9_900n]],
  ['>= 99', 'money', [9_900n], [9_899n]],
  ['[99, 199)', 'money', [9_900n, 19_899n], [9_899n, 19_900n]],
  ['(99，199]', 'money', [9_901n, 19_900n], [9_900n, 19_901n]],
  ['≥ 3', 'int', [3n], [2n]],
  ['[-5, 5]', 'int', [-5n, 5n], [-6n, 6n]],
  ['新疆', 'text', ['新疆'], ['西藏', '新疆 ']],
  ['新疆, 西藏', 'text', ['新疆', '西藏'], ['新疆, 西藏']],
  ['！新疆，西藏', 'text', ['浙江', ''], ['新疆', '西藏']],
  ['"a,b", "say ""hi"""', 'text', ['a,b', 'say "hi"'], ['a']],
  ['"!a"', 'text', ['!a'], ['a']],
  ['frozen', 'texts', [['x', 'frozen']], [[], ['x']]],
  ['!frozen', 'texts', [[], ['x']], [['frozen']]],
  ['是', 'bool', [true], [false]],
  ['!true', 'bool', [false], [true]],
]

test('table cells read as documented', () => {
  for (const [text, type, yes, no] of CELLS) {
    const read = readCell(text, type, 'CNY')
    assert.ok(read.ok, text)
    for (const value of yes)
      assert.equal(read.value.test(value as bigint), true, `${text} of ${String(value)}`)
    for (const value of no)
      assert.equal(read.value.test(value as bigint), false, `${text} of ${String(value)}`)
  }
  for (const [text, type] of [
    ['<', 'int'],
    ['1.5', 'int'],
    ['[5, 3]', 'int'],
    ['(3, 3]', 'int'],
    ['1,', 'int'],
    ['99.999', 'money'],
    ['> a', 'text'],
    ['"a', 'text'],
    [',', 'text'],
    ['yes', 'bool'],
    ['9999999999999999999', 'int'],
  ] as const)
    assert.equal(readCell(text, type, 'CNY').ok, false, text)
  assert.equal(readCell('100', 'money', 'JPY').ok && readCell('1.5', 'money', 'JPY').ok, false)
})
