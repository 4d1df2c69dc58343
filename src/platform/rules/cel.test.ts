import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Environment } from '@marcbachmann/cel-js'
import fc from 'fast-check'
import type { RuleValue } from '#domain/rulebook.ts'
import { readCel } from './cel.ts'
import type { CelName, Frame } from './cel-types.ts'

const TYPES = {
  amount_a: 'int',
  amount_b: 'int',
  level: 'text',
  note: 'text',
  gift: 'bool',
  items: 'texts',
} as const
const label = { zh: '量', en: 'figure' }
const names = new Map<string, CelName>(
  Object.entries(TYPES).map(([name, type], slot) => [
    name,
    { slot, type, label, choices: null, given: true },
  ]),
)

type Values = Partial<Record<keyof typeof TYPES, RuleValue>>

function evaluate(text: string, values: Values = {}): { value: RuleValue | undefined; code: string | null } {
  let slots = names.size
  const read = readCel(text, { currency: 'CNY', names, newSlot: () => slots++ })
  assert.ok(read.ok, `${text}: ${read.ok ? '' : read.fault.words.en}`)
  const frame: Frame = {
    slots: Object.keys(TYPES).map((name) => values[name as keyof Values] ?? null),
    stuck: null,
    wants: -1,
    walked: 0,
  }
  const value = read.value.run(frame)
  return { value, code: value === undefined ? (frame.stuck?.code ?? null) : null }
}

function fault(text: string): string {
  const read = readCel(text, { currency: 'CNY', names, newSlot: () => 99 })
  return read.ok ? 'none' : read.fault.code
}

test('amounts are written in the major unit and are minor units of the currency', () => {
  assert.equal(evaluate('yuan("99.00")').value, 9_900n)
  assert.equal(evaluate('amount("0.5") + yuan("-1")').value, -50n)
  assert.equal(evaluate('amount_a >= yuan("99")', { amount_a: 9_899n }).value, false)
  assert.equal(fault('yuan("1.005")'), 'rulebook.bad_amount')
  assert.equal(fault('yuan(99)'), 'rulebook.bad_amount')
  assert.equal(fault('yuan(note)'), 'rulebook.bad_amount')
  assert.equal(fault('yuan("99999999999999999999")'), 'rulebook.bad_amount')
})

test('what is not known is neither true nor false, unless the other side settles it', () => {
  assert.deepEqual(evaluate('amount_a > 1'), { value: undefined, code: 'rulebook.unknown_value' })
  assert.deepEqual(evaluate('!(amount_a > 1)'), { value: undefined, code: 'rulebook.unknown_value' })
  assert.deepEqual(evaluate('amount_a == amount_b'), { value: undefined, code: 'rulebook.unknown_value' })
  assert.deepEqual(evaluate('amount_a != 5'), { value: undefined, code: 'rulebook.unknown_value' })
  assert.deepEqual(evaluate('level in ["a"]'), { value: undefined, code: 'rulebook.unknown_value' })
  assert.equal(evaluate('amount_a > 1 || gift', { gift: true }).value, true)
  assert.equal(evaluate('gift || amount_a > 1', { gift: false }).value, undefined)
  assert.equal(evaluate('amount_a > 1 && gift', { gift: false }).value, false)
  assert.equal(evaluate('amount_a > 1 && gift', { gift: true }).value, undefined)
  assert.equal(evaluate('known(amount_a)').value, false)
  assert.equal(evaluate('amount_a == null').value, true)
  assert.equal(evaluate('level != null', { level: '' }).value, true)
  assert.equal(evaluate('orElse(amount_a, 500)').value, 500n)
  assert.equal(evaluate('orElse(amount_a, 500)', { amount_a: 7n }).value, 7n)
})

test('whole numbers keep to 64 bits, and nothing is divided by zero', () => {
  const most = 2n ** 63n - 1n
  assert.equal(evaluate('amount_a + 0', { amount_a: most }).value, most)
  assert.deepEqual(evaluate('amount_a + 1', { amount_a: most }), {
    value: undefined,
    code: 'rulebook.overflow',
  })
  assert.deepEqual(evaluate('amount_a * amount_a', { amount_a: most }), {
    value: undefined,
    code: 'rulebook.overflow',
  })
  assert.deepEqual(evaluate('1 / amount_a', { amount_a: 0n }), {
    value: undefined,
    code: 'rulebook.divide_by_zero',
  })
  assert.deepEqual(evaluate('-amount_a', { amount_a: -most - 1n }), {
    value: undefined,
    code: 'rulebook.overflow',
  })
  assert.deepEqual(evaluate('(0 - 9223372036854775807 - 1) / -1'), {
    value: undefined,
    code: 'rulebook.overflow',
  })
  assert.equal(fault('9223372036854775808'), 'rulebook.number_out_of_range')
  assert.equal(evaluate('ceilDiv(1001, 1000)').value, 2n)
  assert.equal(evaluate('ceilDiv(1000, 1000)').value, 1n)
  assert.equal(evaluate('ceilDiv(-1001, 1000)').value, -1n)
  assert.equal(evaluate('min(3, 2) + max(3, 2)').value, 5n)
})

test('texts and lists', () => {
  const items = ['A-1', 'B-2']
  assert.equal(evaluate('items.exists(i, i.startsWith("B"))', { items }).value, true)
  assert.equal(evaluate('items.all(i, i.startsWith("B"))', { items }).value, false)
  assert.equal(evaluate('items.exists_one(i, i.contains("-"))', { items }).value, false)
  assert.equal(evaluate('items.exists(i, i == level)', { items, level: 'B-2' }).value, true)
  assert.deepEqual(evaluate('items.exists(i, i == level)', { items }), {
    value: undefined,
    code: 'rulebook.unknown_value',
  })
  assert.equal(evaluate('"A-1" in items && items.contains("B-2")', { items }).value, true)
  assert.equal(evaluate('size(items) + size(note)', { items, note: '加急😀' }).value, 5n)
  assert.equal(evaluate('note.endsWith("急") ? "x" + note : ""', { note: '加急' }).value, 'x加急')
  const long = Array.from({ length: 2_001 }, (_, at) => String(at))
  assert.equal(evaluate('items.exists(i, i == "5")', { items: long }).code, 'rulebook.list_too_long')
  const often = Array.from({ length: 12 }, () => 'items.all(i, i != "x")').join(' && ')
  assert.equal(evaluate(often, { items: long.slice(1) }).code, 'rulebook.too_much_work')
})

test('what is slow, unsafe or unclear is no part of the language', () => {
  for (const text of [
    'note.matches("(a+)+$")',
    'cel.bind(x, 1, x)',
    'timestamp("2026-01-01T00:00:00Z")',
    'type(1)',
    'toString(1)',
  ])
    assert.notEqual(fault(text), 'none', text)
  for (const text of [
    'constructor',
    'items.constructor()',
    '__proto__',
    'amount_a.b',
    'items[0]',
    '{"a": 1}',
    '1.5',
    '5u',
    'b"x"',
  ])
    assert.notEqual(fault(text), 'none', text)
  assert.equal(fault('items.exists(i, items.exists(j, i == j))'), 'rulebook.not_supported')
  assert.equal(fault('items.exists(level, true)'), 'rulebook.name_taken')
  assert.equal(fault('amount_a == level'), 'rulebook.expression_type')
  assert.equal(fault('level in ["a", 1]'), 'rulebook.expression_type')
  assert.equal(fault('1 == 1 ? 1 : "a"'), 'rulebook.expression_type')
  assert.equal(fault('  '), 'rulebook.expression_empty')
  assert.equal(fault(`"${'x'.repeat(2_000)}" == level`), 'rulebook.expression_too_long')
  assert.equal(fault(`${'('.repeat(200)}1${')'.repeat(200)}`), 'rulebook.expression_syntax')
  assert.equal(fault(Array.from({ length: 700 }, () => '1').join('+')), 'rulebook.expression_syntax')
})

const whole = fc.constantFrom('amount_a', 'amount_b', '0', '1', '7', '-3')
const word = fc.constantFrom('level', 'note', '"a"', '"ab"', '""')
const { truth, figure } = fc.letrec<{ truth: string; figure: string }>((tie) => ({
  figure: fc.oneof(
    { maxDepth: 3 },
    whole,
    fc
      .tuple(tie('figure'), fc.constantFrom('+', '-', '*', '/', '%'), tie('figure'))
      .map(([a, op, b]) => `(${a} ${op} ${b})`),
    fc.tuple(tie('truth'), tie('figure'), tie('figure')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
  ),
  truth: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(
      'gift',
      'true',
      'false',
      '"a" in items',
      'items.exists(i, i == "a")',
      'items.all(i, i.startsWith("a"))',
    ),
    fc
      .tuple(tie('figure'), fc.constantFrom('<', '<=', '>', '>=', '==', '!='), tie('figure'))
      .map(([a, op, b]) => `${a} ${op} ${b}`),
    fc.tuple(word, fc.constantFrom('==', '!='), word).map(([a, op, b]) => `${a} ${op} ${b}`),
    fc.tuple(word, word).map(([a, b]) => `${a}.contains(${b})`),
    fc
      .tuple(tie('truth'), fc.constantFrom('&&', '||'), tie('truth'))
      .map(([a, op, b]) => `(${a} ${op} ${b})`),
    tie('truth').map((a) => `!(${a})`),
  ),
}))

test("where everything is known, an expression means what the package's own evaluator says", () => {
  const oracle = new Environment()
  const cel = { int: 'int', text: 'string', bool: 'bool', texts: 'list<string>' }
  for (const [name, type] of Object.entries(TYPES)) oracle.registerVariable(name, cel[type])
  const int = fc.bigInt({ min: -9n, max: 9n })
  const values = fc.record({
    amount_a: int,
    amount_b: int,
    level: fc.constantFrom('a', 'ab', 'b', ''),
    note: fc.constantFrom('a', 'ba', ''),
    gift: fc.boolean(),
    items: fc.array(fc.constantFrom('a', 'ab', 'b'), { maxLength: 3 }),
  })
  fc.assert(
    fc.property(fc.oneof(truth, figure), values, (text, given) => {
      let expected: unknown
      try {
        expected = oracle.evaluate(text, given)
      } catch {
        expected = undefined
      }
      assert.equal(evaluate(text, given).value, expected, text)
    }),
    { numRuns: 1_500 },
  )
})

test('any text is read or refused within 100 ms, and never throws', () => {
  const scrap = fc.constantFrom(
    'amount_a',
    '(',
    ')',
    '"',
    "'",
    '&&',
    '||',
    '!',
    '[',
    ']',
    '.',
    'exists',
    'i',
    ',',
    '?',
    ':',
    '\\',
    '9',
    'yuan',
    '{',
    '}',
    '//',
    '\n',
    '新',
    '`',
    'r"',
    '"""',
    '-',
    'null',
    'in',
  )
  const text = fc.oneof(
    fc.array(scrap, { maxLength: 300 }).map((parts) => parts.join('')),
    fc.string({ maxLength: 300 }),
    fc.string({ unit: 'binary', maxLength: 100 }),
  )
  fc.assert(
    fc.property(text, (given) => {
      const from = process.cpuUsage()
      const read = readCel(given, { currency: 'CNY', names, newSlot: () => names.size })
      if (read.ok)
        read.value.run({ slots: [1n, 2n, 'a', 'b', true, ['a']], stuck: null, wants: -1, walked: 0 })
      const { user, system } = process.cpuUsage(from)
      // What the process does beside, its garbage above all, counts as well.
      assert.ok(user + system < 500_000, given)
    }),
    { numRuns: 500 },
  )
})
