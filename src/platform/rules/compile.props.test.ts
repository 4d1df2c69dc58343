import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { NextNode, PathStep, RuleInput, RuleKind, RuleModel, RuleNode } from '#domain/rulebook.ts'
import { checkModel } from './check.ts'
import { compileModel } from './compile.ts'
import { isBoundToCurrency } from './currency.ts'

const at = { x: 0, y: 0 }
const words = (text: string) => ({ zh: text, en: text })
const KIND: RuleKind = {
  kind: 'random',
  label: words('随机'),
  purpose: words(''),
  variables: [
    { name: 'amount', label: words('金额'), type: 'money', bounds: { least: 0n, most: 40_000n } },
    { name: 'count', label: words('数量'), type: 'int', bounds: { least: 0n, most: 9n } },
    { name: 'level', label: words('等级'), type: 'text', examples: ['old', 'new', 'gold'] },
    { name: 'gift', label: words('赠品'), type: 'bool' },
  ],
  lineVariables: [],
  values: [{ name: 'fee', label: words('费'), type: 'int', required: true }],
  actions: [],
  guards: [],
  templates: [],
  gray: true,
}

type Known = {
  readonly amount: number
  readonly count: number
  readonly level: string
  readonly gift: boolean
}

/** A condition twice: as an operator writes it, and as plain arithmetic on numbers. */
type Condition = { readonly text: string; readonly holds: (input: Known) => boolean }

const amountTest = fc.tuple(fc.constantFrom('<', '<=', '>', '>='), fc.integer({ min: 0, max: 400 })).map(
  ([op, yuan]): Condition => ({
    text: `amount ${op} yuan("${yuan}")`,
    holds: ({ amount }) => ordered(amount, op, yuan * 100),
  }),
)
const countTest = fc.tuple(fc.constantFrom('<', '>='), fc.integer({ min: 0, max: 9 })).map(
  ([op, limit]): Condition => ({
    text: `count ${op} ${limit}`,
    holds: ({ count }) => ordered(count, op, limit),
  }),
)
const levelTest = fc.subarray(['old', 'new', 'vip'], { minLength: 1 }).map(
  (list): Condition => ({
    text: `level in ${JSON.stringify(list)}`,
    holds: ({ level }) => list.includes(level),
  }),
)
const giftTest = fc.constant<Condition>({ text: 'gift', holds: ({ gift }) => gift })
const condition: fc.Arbitrary<Condition> = fc.letrec<{ any: Condition }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 2 },
    amountTest,
    countTest,
    levelTest,
    giftTest,
    tie('any').map((one) => ({ text: `!(${one.text})`, holds: (input: Known) => !one.holds(input) })),
    fc.tuple(tie('any'), tie('any')).map(([a, b]) => ({
      text: `(${a.text} && ${b.text})`,
      holds: (input: Known) => a.holds(input) && b.holds(input),
    })),
    fc.tuple(tie('any'), tie('any')).map(([a, b]) => ({
      text: `(${a.text} || ${b.text})`,
      holds: (input: Known) => a.holds(input) || b.holds(input),
    })),
  ),
})).any

function ordered(a: number, op: string, b: number): boolean {
  return op === '<' ? a < b : op === '<=' ? a <= b : op === '>' ? a > b : a >= b
}

const amountCell = fc.oneof(
  fc.constant({ text: '', holds: () => true }),
  fc.tuple(fc.constantFrom('<', '<=', '>', '>='), fc.integer({ min: 0, max: 400 })).map(([op, yuan]) => ({
    text: `${op} ${yuan}`,
    holds: (amount: number) => ordered(amount, op, yuan * 100),
  })),
  fc
    .tuple(
      fc.integer({ min: 0, max: 200 }),
      fc.integer({ min: 1, max: 200 }),
      fc.constantFrom('[]', '[)', '(]'),
    )
    .map(([from, more, ends]) => ({
      text: `${ends[0]}${from}, ${from + more}${ends[1]}`,
      holds: (amount: number) =>
        ordered(amount, ends[0] === '[' ? '>=' : '>', from * 100) &&
        ordered(amount, ends[1] === ']' ? '<=' : '<', (from + more) * 100),
    })),
)
const levelCell = fc.oneof(
  fc.constant({ text: '', holds: () => true }),
  fc
    .subarray(['old', 'new', 'vip'], { minLength: 1 })
    .map((list) => ({ text: list.join(', '), holds: (level: string) => list.includes(level) })),
  fc.constantFrom('old', 'new').map((one) => ({ text: `!${one}`, holds: (level: string) => level !== one })),
)
const row = fc.record({ amount: amountCell, level: levelCell, fee: fc.integer({ min: 0, max: 99 }) })

type Part =
  | { readonly is: 'branch'; readonly ways: readonly Condition[]; readonly next: readonly number[] }
  | {
      readonly is: 'table'
      readonly hit: 'first' | 'unique'
      readonly rows: readonly Row[]
      readonly next: readonly number[]
    }
type Row = {
  readonly amount: { text: string; holds: (amount: number) => boolean }
  readonly level: { text: string; holds: (level: string) => boolean }
  readonly fee: number
}

const next = fc.array(fc.nat(99), { minLength: 5, maxLength: 5 })
const part: fc.Arbitrary<Part> = fc.oneof(
  fc.record({ is: fc.constant('branch' as const), ways: fc.array(condition, { maxLength: 3 }), next }),
  fc.record({
    is: fc.constant('table' as const),
    hit: fc.constantFrom('first' as const, 'unique' as const),
    rows: fc.array(row, { maxLength: 4 }),
    next,
  }),
)
const parts = fc.array(part, { minLength: 1, maxLength: 6 })

/** The way `which` of node `index` leads to a later node, to the result, or (rarely) nowhere. */
function leadsTo(all: readonly Part[], index: number, which: number): NextNode {
  const pick = all[index]?.next[which] ?? 0
  if (pick % 12 === 11) return null
  const to = index + 1 + (pick % (all.length - index))
  return to >= all.length ? 'end' : `n${to}`
}

function modelOf(all: readonly Part[]): RuleModel {
  const nodes = all.map((one, index): RuleNode => {
    const common = { id: `n${index}`, label: '', at }
    if (one.is === 'branch')
      return {
        ...common,
        type: 'branch',
        branches: one.ways.map((way, which) => ({
          id: `w${which}`,
          label: '',
          when: way.text,
          to: leadsTo(all, index, which),
        })),
        otherwise: leadsTo(all, index, 4),
      }
    return {
      ...common,
      type: 'table',
      hit: one.hit,
      columns: [
        { id: 'a', label: '', input: 'amount', type: 'money' },
        { id: 'l', label: '', input: 'level', type: 'text' },
      ],
      outputs: [{ name: 'fee', label: '', type: 'int' }],
      rows: one.rows.map(({ amount, level, fee }, which) => ({
        id: `r${which}`,
        cells: [amount.text, level.text],
        outputs: [String(fee)],
      })),
      to: leadsTo(all, index, 3),
      otherwise: leadsTo(all, index, 4),
    }
  })
  const end: RuleNode = {
    id: 'end',
    type: 'result',
    label: '',
    at,
    outcome: 'decided',
    values: [],
    reason: '',
  }
  return { format: 1, currency: 'CNY', start: 'n0', nodes: [...nodes, end], tables: [] }
}

/** The contract in its own words: walk, first way that holds; null where nobody decides. */
function naive(all: readonly Part[], input: Known): { fee: number | null; path: PathStep[] } {
  const path: PathStep[] = []
  let fee: number | null = null
  let id: NextNode = 'n0'
  while (id !== null && id !== 'end') {
    const index: number = Number(id.slice(1))
    const one: Part | undefined = all[index]
    assert.ok(one)
    if (one.is === 'branch') {
      const which = one.ways.findIndex((way) => way.holds(input))
      path.push({ node: id, way: which < 0 ? 'otherwise' : `w${which}` })
      id = leadsTo(all, index, which < 0 ? 4 : which)
      continue
    }
    const rows = one.rows
    const hits = rows.flatMap((each, which) =>
      each.amount.holds(input.amount) && each.level.holds(input.level) ? [which] : [],
    )
    const [first] = hits
    if (one.hit === 'unique' && hits.length > 1) {
      path.push({ node: id, way: null })
      return { fee: null, path }
    }
    path.push(first === undefined ? { node: id, way: 'otherwise' } : { node: id, way: 'to', row: first })
    if (first !== undefined) fee = rows[first]?.fee ?? null
    id = leadsTo(all, index, first === undefined ? 4 : 3)
  }
  if (id === 'end') path.push({ node: 'end', way: null })
  return { fee: id === 'end' ? fee : null, path }
}

const known = fc.record({
  amount: fc.oneof(
    fc.integer({ min: 0, max: 40_000 }),
    fc.integer({ min: 0, max: 400 }).map((yuan) => yuan * 100),
  ),
  count: fc.integer({ min: 0, max: 9 }),
  level: fc.constantFrom('old', 'new', 'vip', 'gold', ''),
  gift: fc.boolean(),
})

function inputOf({ amount, count, level, gift }: Known): RuleInput {
  return { currency: 'CNY', values: { amount: BigInt(amount), count: BigInt(count), level, gift }, lines: [] }
}

test('a model decides what a plain reading of it says, by the same path, and the same every time', () => {
  fc.assert(
    fc.property(parts, fc.array(known, { minLength: 1, maxLength: 8 }), (all, inputs) => {
      const rules = compileModel(KIND, modelOf(all))
      assert.ok(rules.ok, rules.ok ? '' : rules.refusal.detail)
      for (const input of inputs) {
        const { fee, path } = naive(all, input)
        const decision = rules.value.decide(inputOf(input))
        assert.deepEqual(decision.path, path)
        assert.deepEqual(decision.values, fee === null ? {} : { fee: BigInt(fee) })
        assert.equal(decision.outcome, fee === null ? 'review' : 'decided')
        assert.equal(decision.reason === null, fee !== null)
        assert.deepEqual(rules.value.decide(inputOf(input)), decision)
      }
    }),
    { numRuns: 400 },
  )
})

test('a check that is complete and finds no error means that every input is decided; each gap it shows is one', () => {
  let clean = 0
  fc.assert(
    fc.property(parts, fc.array(known, { minLength: 30, maxLength: 30 }), (all, inputs) => {
      const model = modelOf(all)
      const check = checkModel(KIND, model)
      const rules = compileModel(KIND, model)
      assert.ok(rules.ok && check.complete)
      const errors = check.findings.filter((one) => one.level === 'error')
      for (const { example } of errors) {
        assert.ok(example !== null)
        assert.equal(rules.value.decide(example).outcome, 'review')
      }
      if (errors.length > 0) return
      clean += 1
      for (const input of inputs)
        assert.equal(rules.value.decide(inputOf(input)).outcome, 'decided', JSON.stringify(input))
    }),
    { numRuns: 400, seed: 7 },
  )
  assert.ok(clean > 20, `${clean} of 400 models had no error`)
})

test('what the check calls unreachable is not reached', () => {
  fc.assert(
    fc.property(parts, fc.array(known, { minLength: 30, maxLength: 30 }), (all, inputs) => {
      const model = modelOf(all)
      const dead = checkModel(KIND, model).findings.flatMap(({ code, node, part }) =>
        code === 'rulebook.unreachable_node'
          ? [`${node}`]
          : code.startsWith('rulebook.unreachable')
            ? [`${node} ${part}`]
            : [],
      )
      for (const input of inputs)
        for (const step of naive(all, input).path) {
          assert.ok(!dead.includes(step.node), step.node)
          const place = step.row === undefined ? `${step.node} ${step.way}` : `${step.node} rows.r${step.row}`
          assert.ok(!dead.includes(place), place)
        }
    }),
    { numRuns: 300 },
  )
})

test('any input is answered: wrong types, missing values, other currencies go to review with a code', () => {
  const value = fc.oneof(fc.bigInt(), fc.string(), fc.boolean(), fc.array(fc.string()), fc.constant(null))
  const name = fc.constantFrom('amount', 'count', 'level', 'gift', '__proto__', 'toString')
  fc.assert(
    fc.property(
      parts,
      fc.array(fc.tuple(name, value)),
      fc.constantFrom('CNY', 'USD', ''),
      (all, entries, currency) => {
        const rules = compileModel(KIND, modelOf(all))
        assert.ok(rules.ok)
        const decision = rules.value.decide({ currency, values: Object.fromEntries(entries), lines: [] })
        if (decision.outcome === 'review') assert.match(decision.reason?.code ?? '', /^rulebook\.[a-z_]+$/)
        if (currency !== 'CNY' && isBoundToCurrency(KIND, modelOf(all)))
          assert.equal(decision.reason?.code, 'rulebook.other_currency')
      },
    ),
    { numRuns: 400 },
  )
})
