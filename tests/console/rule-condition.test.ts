import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { RuleVariable } from '../../console/src/api/rule-model-types.ts'
import { majorOf, minorOf } from '../../console/src/pages/rules/canvas/amounts.ts'
import {
  type ConditionGroup,
  type ConditionRule,
  OPERATORS,
  parseCondition,
  writeCondition,
} from '../../console/src/pages/rules/canvas/condition.ts'
import { speakerOf } from '../../console/src/pages/rules/canvas/summary.ts'

const VARIABLES: readonly RuleVariable[] = [
  { name: 'province', label: { zh: '省份', en: 'province' }, type: 'text' },
  { name: 'order_amount', label: { zh: '订单金额', en: 'amount' }, type: 'money' },
  { name: 'weight', label: { zh: '重量', en: 'weight' }, type: 'int', unit: 'g' },
  { name: 'has_gift', label: { zh: '含赠品', en: 'gift' }, type: 'bool' },
  { name: 'tags', label: { zh: '标签', en: 'tags' }, type: 'texts' },
]
const FIELDS = new Map(VARIABLES.map((one) => [one.name, one]))
const rule = (field: string, operator: ConditionRule['operator'], value: ConditionRule['value'] = '') => ({
  field,
  operator,
  value,
})
const all = (...rules: ConditionGroup['rules']): ConditionGroup => ({ combinator: 'and', not: false, rules })
const any = (...rules: ConditionGroup['rules']): ConditionGroup => ({ combinator: 'or', not: false, rules })

test('a form is written as the CEL that the hub reads', () => {
  const write = (group: ConditionGroup): string => writeCondition(group, FIELDS)
  assert.equal(write(all(rule('order_amount', '<', '99'))), 'order_amount < yuan("99")')
  assert.equal(
    write(all(rule('province', '=', '新疆'), rule('weight', '>=', '500'))),
    'province == "新疆" && weight >= 500',
  )
  assert.equal(write(all(rule('province', 'notIn', ['新疆', '西藏']))), '!(province in ["新疆", "西藏"])')
  assert.equal(
    write(any(rule('has_gift', 'no'), rule('tags', 'has', 'frozen'))),
    '!has_gift || "frozen" in tags',
  )
  assert.equal(write(all(rule('tags', 'hasAny', ['a', 'b']))), 'tags.exists(t, t in ["a", "b"])')
  assert.equal(
    write(all(rule('has_gift', 'yes'), any(rule('weight', '<', '1'), rule('weight', '>', '9')))),
    'has_gift && (weight < 1 || weight > 9)',
  )
  assert.equal(write({ ...all(rule('has_gift', 'yes')), not: true }), '!(has_gift)')
  assert.equal(write(all()), 'true')
  assert.equal(write(all(rule('province', '=', 'a"b\\'))), 'province == "a\\"b\\\\"')
})

test('CEL that a form can say is read; the rest stays text', () => {
  const read = (cel: string) => parseCondition(cel, FIELDS)
  assert.deepEqual(read('order_amount >= 9900'), all(rule('order_amount', '>=', '99.00')))
  assert.deepEqual(read('order_amount >= yuan("99.5")'), all(rule('order_amount', '>=', '99.5')))
  assert.deepEqual(read("province == '新疆'"), all(rule('province', '=', '新疆')))
  assert.deepEqual(read('has_gift == false'), all(rule('has_gift', 'no')))
  assert.deepEqual(read('!("frozen" in tags)'), all(rule('tags', 'hasNot', 'frozen')))
  assert.deepEqual(read('size(tags) == 0'), all(rule('tags', 'empty')))
  assert.deepEqual(
    read('weight > 1 || weight < 0 && has_gift'),
    any(rule('weight', '>', '1'), all(rule('weight', '<', '0'), rule('has_gift', 'yes'))),
  )
  assert.deepEqual(read('!(weight < 1)'), { ...all(rule('weight', '<', '1')), not: true })
  for (const cel of [
    'weight + 1 > 2',
    'unknown_name == "a"',
    'province',
    'weight > 1 &&',
    'weight > "1"',
    'province < "a"',
    'order_amount > yuan("a lot")',
    'known(weight)',
    'weight > 1 ? true : false',
    '(weight > 1',
    '',
    'province == "a" extra',
  ])
    assert.equal(read(cel), null, cel)
})

const word = fc.string({ maxLength: 6 })
const anyRule: fc.Arbitrary<ConditionRule> = fc.constantFrom(...VARIABLES).chain(({ name, type }) =>
  fc.constantFrom(...OPERATORS[type]).chain((operator) => {
    const value: fc.Arbitrary<ConditionRule['value']> = ['in', 'notIn', 'hasAny', 'hasNone'].includes(
      operator,
    )
      ? fc.array(word, { maxLength: 3 })
      : ['yes', 'no', 'empty', 'notEmpty'].includes(operator)
        ? fc.constant('')
        : type === 'int'
          ? fc.integer().map(String)
          : type === 'money'
            ? fc.integer({ min: 0, max: 10_000_000 }).map((n) => majorOf(String(n)))
            : word
    return value.map((one) => rule(name, operator, one))
  }),
)
const anyGroup: fc.Arbitrary<ConditionGroup> = fc.letrec<{ group: ConditionGroup }>((tie) => ({
  group: fc.record({
    combinator: fc.constantFrom('and' as const, 'or' as const),
    not: fc.boolean(),
    rules: fc.array(fc.oneof({ depthSize: 'small', withCrossShrink: true }, anyRule, tie('group')), {
      maxLength: 4,
    }),
  }),
})).group

type Order = Readonly<Record<string, string | number | boolean | readonly string[]>>
const anyOrder: fc.Arbitrary<Order> = fc.record({
  province: fc.oneof(word, fc.constantFrom('', 'a')),
  order_amount: fc.integer({ min: 0, max: 10_000_000 }),
  weight: fc.integer(),
  has_gift: fc.boolean(),
  tags: fc.array(word, { maxLength: 3 }),
})

test('whatever a form says means the same after it was written and read', () => {
  fc.assert(
    fc.property(anyGroup, fc.array(anyOrder, { minLength: 1, maxLength: 6 }), (group, orders) => {
      const cel = writeCondition(group, FIELDS)
      const read = parseCondition(cel, FIELDS)
      assert.notEqual(read, null, cel)
      for (const order of orders)
        assert.equal(holds(read ?? group, order) ?? true, holds(group, order) ?? true, cel)
    }),
    { numRuns: 400 },
  )
})

/** What a form means, worked out from the form itself; undefined for a group without conditions, which asks nothing. */
function holds(one: ConditionGroup | ConditionRule, order: Order): boolean | undefined {
  if (!('rules' in one)) return ruleHolds(one, order[one.field])
  const inner = one.rules.map((each) => holds(each, order)).filter((each) => each !== undefined)
  if (inner.length === 0) return undefined
  const joined = one.combinator === 'and' ? inner.every((each) => each) : inner.some((each) => each)
  return joined !== one.not
}

function ruleHolds({ field, operator, value }: ConditionRule, seen: Order[string] | undefined): boolean {
  const isMoney = FIELDS.get(field)?.type === 'money'
  const list = typeof value === 'string' ? [value] : value
  const wanted =
    typeof seen === 'number' ? Number(isMoney ? minorOf(list[0] ?? '') : list[0]) : (list[0] ?? '')
  const text = String(seen)
  const tags = Array.isArray(seen) ? (seen as readonly string[]) : []
  const tests: Readonly<Record<ConditionRule['operator'], () => boolean>> = {
    '=': () => seen === wanted,
    '!=': () => seen !== wanted,
    '<': () => Number(seen) < Number(wanted),
    '<=': () => Number(seen) <= Number(wanted),
    '>': () => Number(seen) > Number(wanted),
    '>=': () => Number(seen) >= Number(wanted),
    in: () => list.includes(text),
    notIn: () => !list.includes(text),
    contains: () => text.includes(String(wanted)),
    doesNotContain: () => !text.includes(String(wanted)),
    beginsWith: () => text.startsWith(String(wanted)),
    endsWith: () => text.endsWith(String(wanted)),
    yes: () => seen === true,
    no: () => seen === false,
    has: () => tags.includes(String(wanted)),
    hasNot: () => !tags.includes(String(wanted)),
    hasAny: () => tags.some((tag) => list.includes(tag)),
    hasNone: () => !tags.some((tag) => list.includes(tag)),
    empty: () => tags.length === 0,
    notEmpty: () => tags.length > 0,
  }
  return tests[operator]()
}

test('amounts cross between major and minor unit without a float', () => {
  assert.equal(minorOf('99.5'), '9950')
  assert.equal(minorOf('0.07'), '7')
  assert.equal(minorOf('-1.20'), '-120')
  assert.equal(minorOf('1.234'), null)
  assert.equal(minorOf('12e3'), null)
  assert.equal(minorOf('1000', 0), '1000')
  assert.equal(majorOf('5'), '0.05')
  assert.equal(majorOf('-120'), '-1.20')
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), (minor) => {
      assert.equal(minorOf(majorOf(minor.toString())), minor.toString())
    }),
  )
})

test('conditions are said in words, and CEL beyond a form as it stands', () => {
  const kind = {
    kind: 'freight',
    label: { zh: '', en: '' },
    variables: VARIABLES,
    lineVariables: [],
    values: [],
    actions: [],
  }
  const model = { format: 1 as const, currency: 'CNY', start: null, nodes: [], tables: [] }
  const words: Record<string, string> = {
    'canvas.and': ' 且 ',
    'canvas.or': ' 或 ',
    'canvas.listJoin': '、',
    'canvas.always': '总是成立',
  }
  const speaker = speakerOf(kind, model, {
    pick: ({ zh }) => zh,
    t: (key, values = {}) => words[key] ?? `${values['name']} 属于 ${values['value']}`,
  })
  assert.equal(
    speaker.condition('order_amount < yuan("99.00") && province in ["新疆", "西藏"]'),
    '订单金额 < 99.00 且 省份 属于 新疆、西藏',
  )
  assert.equal(speaker.condition('weight >= 500'), '重量 ≥ 500 g')
  assert.equal(speaker.condition('true'), '总是成立')
  assert.equal(speaker.condition('weight * 2 > 7'), 'weight * 2 > 7')
  assert.equal(speaker.expression('order_amount + yuan("3.00")'), '订单金额 + 3.00')
})
