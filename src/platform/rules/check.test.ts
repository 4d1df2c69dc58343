import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RuleFinding, RuleModel, RuleNode } from '#domain/rulebook.ts'
import { checkModel } from './check.ts'
import { compileModel } from './compile.ts'
import { FREIGHT_CLOSED, FREIGHT_KIND, FREIGHT_WITH_GAPS } from './fixtures/freight-example.ts'

const at = { x: 0, y: 0 }
const free: RuleNode = {
  id: 'free',
  type: 'result',
  label: '包邮',
  at,
  outcome: 'decided',
  values: [{ name: 'freight', expression: '0' }],
  reason: '',
}

function model(nodes: readonly RuleNode[], more: Partial<RuleModel> = {}): RuleModel {
  return { format: 1, currency: 'CNY', start: nodes[0]?.id ?? null, nodes, tables: [], ...more }
}

function branch(
  id: string,
  ways: Readonly<Record<string, readonly [string, string | null]>>,
  otherwise: string | null,
) {
  const branches = Object.entries(ways).map(([way, [when, to]]) => ({ id: way, label: way, when, to }))
  return { id, type: 'branch', label: id, at, branches, otherwise } as const
}

function findings(of: RuleModel, code?: string): readonly RuleFinding[] {
  return checkModel(FREIGHT_KIND, of).findings.filter((one) => code === undefined || one.code === code)
}

test("the sources' freight example has three gaps, each with an order that nobody decides", () => {
  const check = checkModel(FREIGHT_KIND, FREIGHT_WITH_GAPS)
  const errors = check.findings.filter((one) => one.level === 'error')
  assert.deepEqual(errors.map((one) => [one.code, one.node]).sort(), [
    ['rulebook.no_branch', 'who'],
    ['rulebook.no_row', 'bands'],
    ['rulebook.not_in_table', 'region'],
  ])
  const rules = compileModel(FREIGHT_KIND, FREIGHT_WITH_GAPS)
  assert.ok(rules.ok)
  for (const { example, code } of errors) {
    assert.ok(example !== null)
    const decision = rules.value.decide(example)
    assert.deepEqual([decision.outcome, decision.reason?.code], ['review', code])
  }
  const exampleOf = (node: string) => errors.find((one) => one.node === node)?.example?.values ?? {}
  assert.equal(exampleOf('bands').order_amount, 19_900n)
  assert.equal(exampleOf('region').province, '新疆')
  assert.ok(!['new', 'old'].includes(String(exampleOf('who').customer_level)))
  assert.equal(check.complete, true)
})

test('with the gaps closed there is no error, all that differs was tried, and both sides of each band are offered', () => {
  const check = checkModel(FREIGHT_KIND, FREIGHT_CLOSED)
  assert.deepEqual(
    check.findings.map((one) => [one.level, one.code]),
    [['warning', 'rulebook.unknown_goes_to_review']],
  )
  assert.equal(check.complete, true)
  const amounts = new Set(check.boundaries.map(({ input }) => input.values.order_amount))
  for (const amount of [9_899n, 9_900n, 19_899n, 19_900n]) assert.ok(amounts.has(amount), `${amount}`)
  assert.ok(check.boundaries.some((one) => one.name.includes('订单金额=98.99')))
  const rules = compileModel(FREIGHT_KIND, FREIGHT_CLOSED)
  assert.ok(rules.ok)
  for (const { input, decision } of check.boundaries) assert.deepEqual(rules.value.decide(input), decision)
  assert.equal(new Set(check.boundaries.map((one) => one.name)).size, check.boundaries.length)
})

test('faults of expressions, names and actions are errors with their place', () => {
  const faulty = (nodes: readonly RuleNode[], code: string, part: string): void => {
    const [found] = findings(model(nodes), code)
    assert.deepEqual(
      [found?.level, found?.part],
      ['error', part],
      `${code}: ${JSON.stringify(findings(model(nodes)))}`,
    )
  }
  const when = (text: string): RuleNode[] => [branch('a', { x: [text, 'free'] }, 'free'), free]
  faulty(when('order_amonut > 1'), 'rulebook.unknown_variable', 'branches.x')
  faulty(when('order_amount > "1"'), 'rulebook.expression_type', 'branches.x')
  faulty(when('order_amount'), 'rulebook.expression_type', 'branches.x')
  faulty(when('order_amount >'), 'rulebook.expression_syntax', 'branches.x')
  faulty(when('buyer_note.matches("(a+)+$")'), 'rulebook.unknown_function', 'branches.x')
  const action = (params: Record<string, string>, name = 'charge'): RuleNode[] => [
    { id: 'a', type: 'action', label: '', at, action: name, params, to: 'free' },
    free,
  ]
  faulty(action({}), 'rulebook.param_missing', 'params.amount')
  faulty(action({ amount: '1', more: '1' }), 'rulebook.unknown_param', 'params.more')
  faulty(action({ amount: '1' }, 'ship'), 'rulebook.unknown_action', 'action')
  faulty(action({ amount: '1', lines: 'sku > 1' }), 'rulebook.expression_type', 'params.lines')
  const values = (name: string, expression: string): RuleNode[] => [
    {
      ...free,
      values: [
        { name: 'freight', expression: '0' },
        { name, expression },
      ],
    },
  ]
  faulty(values('fright', '0'), 'rulebook.unknown_value_name', 'values[1]')
  faulty(values('carrier', '"yto"'), 'rulebook.unknown_choice', 'values[1]')
  const set = (name: string, type: 'int' | 'text', expression: string): RuleNode[] => [
    { id: 'a', type: 'set', label: '', at, values: [{ name, type, expression }], to: 'free' },
    free,
  ]
  faulty(set('order_amount', 'int', '1'), 'rulebook.name_taken', 'values[0]')
  faulty(set('freight', 'text', '"1"'), 'rulebook.name_type_differs', 'values[0]')
})

test('a value that is not set on one way is a gap of that way', () => {
  const half = { ...free, id: 'half', values: [] }
  const [found] = findings(
    model([branch('a', { x: ['has_gift', 'half'] }, 'free'), half, free]),
    'rulebook.value_missing',
  )
  assert.deepEqual([found?.node, found?.example?.values.has_gift], ['half', true])
})

test('what is never reached is warned of: nodes, branches behind a wider one, rows behind a wider one', () => {
  const lonely = { ...free, id: 'lonely' }
  const table: RuleNode = {
    id: 't',
    type: 'table',
    label: '',
    at,
    hit: 'first',
    columns: [{ id: 'c', label: '', input: 'weight', type: 'int' }],
    outputs: [],
    rows: [
      { id: 'wide', cells: ['< 5000'], outputs: [] },
      { id: 'hidden', cells: ['[1000, 2000)'], outputs: [] },
      { id: 'rest', cells: [''], outputs: [] },
    ],
    to: 'free',
    otherwise: null,
  }
  const of = model([
    branch(
      'a',
      { big: ['order_amount >= yuan("99")', 't'], huge: ['order_amount >= yuan("199")', 'free'] },
      'free',
    ),
    table,
    free,
    lonely,
  ])
  assert.deepEqual(
    findings(of)
      .filter((one) => one.code.startsWith('rulebook.unreachable'))
      .map((one) => [one.level, one.code, one.node, one.part]),
    [
      ['warning', 'rulebook.unreachable_branch', 'a', 'huge'],
      ['warning', 'rulebook.unreachable_row', 't', 'rows.hidden'],
      ['warning', 'rulebook.unreachable_node', 'lonely', null],
    ],
  )
  assert.ok(!findings(of).some((one) => one.level === 'error'))
})

test('two rows of a unique table that hold at once are an error with the order in question', () => {
  const table: RuleNode = {
    id: 't',
    type: 'table',
    label: '',
    at,
    hit: 'unique',
    columns: [
      { id: 'c', label: '', input: 'province', type: 'text' },
      { id: 'd', label: '', input: 'weight', type: 'int' },
    ],
    outputs: [],
    rows: [
      { id: 'one', cells: ['新疆, 西藏', ''], outputs: [] },
      { id: 'two', cells: ['', '> 5000'], outputs: [] },
      { id: 'three', cells: ['!新疆,西藏', '<= 5000'], outputs: [] },
    ],
    to: 'free',
    otherwise: null,
  }
  const [found] = findings(model([table, free]), 'rulebook.two_rows')
  assert.ok(found?.example)
  assert.ok(['新疆', '西藏'].includes(String(found.example.values.province)))
  assert.ok(Number(found.example.values.weight) > 5_000)
})

test('a boundary that arithmetic or a name of the own makes is found by asking', () => {
  const set: RuleNode = {
    id: 's',
    type: 'set',
    label: '',
    at,
    values: [{ name: 'units', type: 'int', expression: 'ceilDiv(weight, 1000) * 200' }],
    to: 'a',
  }
  const of = model([
    set,
    branch('a', { light: ['units <= 600', 'free'], heavy: ['units > 800', 'free'] }, null),
    free,
  ])
  const [found] = findings(of, 'rulebook.no_branch')
  const weight = found?.example?.values.weight
  // Begun kilograms cost 2.00 each: 600 is up to 3,000 g, 800 from 3,001 to 4,000 g.
  assert.ok(typeof weight === 'bigint' && weight > 3_000n && weight <= 4_000n, String(weight))
  assert.equal(checkModel(FREIGHT_KIND, of).complete, true)
})

test('lists are tried with and without each element; sums that overflow at the bounds are found', () => {
  const tags = model([
    branch(
      'a',
      { frozen: ['"frozen" in tags && !("hazmat" in tags)', 'free'], none: ['!("frozen" in tags)', 'free'] },
      null,
    ),
    free,
  ])
  const [both] = findings(tags, 'rulebook.no_branch')
  assert.deepEqual(both?.example?.values.tags, ['frozen', 'hazmat'])
  const huge = model([
    { ...free, values: [{ name: 'freight', expression: 'order_amount * weight * volume' }] },
  ])
  assert.equal(findings(huge, 'rulebook.overflow').length, 1)
})

test('a model without end is looked at for about a second, and says that not all was tried', () => {
  const columns = ['order_source', 'shop', 'customer_level', 'province', 'city', 'district', 'country'].map(
    (input) => ({
      id: input,
      label: input,
      input,
      type: 'text' as const,
    }),
  )
  const rows = Array.from({ length: 400 }, (_, row) => ({
    id: `r${row}`,
    cells: columns.map((_, at) => (at === row % 7 ? `x${row}` : row % 3 === at ? `y${row}` : '')),
    outputs: [],
  }))
  const table: RuleNode = {
    id: 't',
    type: 'table',
    label: '',
    at,
    hit: 'unique',
    columns,
    outputs: [],
    rows,
    to: 'free',
    otherwise: 'free',
  }
  const from = performance.now()
  const check = checkModel(FREIGHT_KIND, model([table, free]))
  assert.ok(performance.now() - from < 8_000)
  assert.equal(check.complete, false)
  assert.ok(check.tried > 4_000)
})

test('unused tables and names, faulty rows of a table, and circles are found', () => {
  const table = {
    id: 'region',
    name: '地区',
    keys: [{ name: 'province', label: '', type: 'text' as const }],
    columns: [{ name: 'fee', label: '', type: 'money' as const }],
    rows: [['浙江', '1.00']],
  }
  const set: RuleNode = {
    id: 's',
    type: 'set',
    label: '',
    at,
    values: [{ name: 'x', type: 'int', expression: '1' }],
    to: 'free',
  }
  assert.deepEqual(
    findings(model([set, free], { tables: [table] })).map((one) => one.code),
    ['rulebook.unused_table', 'rulebook.unused_name'],
  )
  const rows = [...table.rows, ['浙江', '2.00'], ['江苏', '1.005']]
  assert.deepEqual(
    findings(model([free], { tables: [{ ...table, rows }] })).map((one) => [one.code, one.part]),
    [
      ['rulebook.lookup_duplicate', 'tables.region.rows[1]'],
      ['rulebook.bad_cell', 'tables.region.rows[2]'],
    ],
  )
  const round = model([{ ...set, to: 's' }])
  assert.deepEqual(
    findings(round).map((one) => one.code),
    ['rulebook.circle'],
  )
})

test('a table of 20,000 cities is checked within the time, and its missing province is found', () => {
  const rows = Array.from({ length: 20_000 }, (_, row) => [`省${row % 31}`, `市${row}`, `${row % 997}.00`])
  const text = { label: '', type: 'text' as const }
  const table = {
    id: 'cities',
    name: '城市',
    keys: [
      { name: 'p', ...text },
      { name: 'c', ...text },
    ],
    columns: [{ name: 'fee', label: '', type: 'money' as const }],
    rows,
  }
  const lookup: RuleNode = {
    id: 'l',
    type: 'lookup',
    label: '',
    at,
    table: 'cities',
    keys: ['province', 'city'],
    bind: [{ column: 'fee', as: 'found' }],
    to: 'r',
    missing: null,
  }
  const result: RuleNode = { ...free, id: 'r', values: [{ name: 'freight', expression: 'found + weight' }] }
  const from = performance.now()
  const check = checkModel(FREIGHT_KIND, model([lookup, result], { tables: [table] }))
  assert.ok(performance.now() - from < 8_000)
  assert.ok(check.findings.some((one) => one.code === 'rulebook.not_in_table'))
})
