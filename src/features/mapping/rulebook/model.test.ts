import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FACT_KINDS } from '#domain/fact.ts'
import type { RuleModel } from '#domain/rulebook.ts'
import { compileModel } from '#platform/rules/compile.ts'
import { mappingKind } from './kind.ts'
import { modelOfRules, rulesOfModel } from './model.ts'

const code = fc
  .string({ minLength: 1, maxLength: 12 })
  .filter((text) => text.trim() === text && text !== '' && text !== '*')
const rules = fc.dictionary(code, fc.constantFrom(...FACT_KINDS, 'none' as const), {
  maxKeys: 30,
  noNullPrototype: true,
})

test('a mapping and its model say the same, code by code', () => {
  fc.assert(
    fc.property(rules, code, (mapping, other) => {
      const model = modelOfRules(mapping)
      const back = rulesOfModel(model)
      assert.ok(back.ok)
      assert.deepEqual(Object.entries(back.value).sort(), Object.entries(mapping).sort())
      const compiled = compileModel(mappingKind, model)
      assert.ok(compiled.ok, JSON.stringify(compiled))
      for (const one of [...Object.keys(mapping), other]) {
        const decision = compiled.value.decide({ currency: 'CNY', values: { code: one }, lines: [] })
        const fact = Object.hasOwn(mapping, one) ? mapping[one] : undefined
        assert.equal(decision.outcome, fact === undefined ? 'review' : 'decided', one)
        if (fact !== undefined) assert.equal(decision.values.fact, fact)
      }
    }),
    { numRuns: 60 },
  )
})

const example = (): RuleModel => structuredClone(modelOfRules({ a: 'paid', b: 'none' }))
const codeOf = (model: RuleModel): string => {
  const read = rulesOfModel(model)
  return read.ok ? 'ok' : read.refusal.code
}

test('what decides codes that nobody named is refused', () => {
  const all = example()
  const star = { ...all, tables: all.tables.map((table) => ({ ...table, rows: [['*', 'paid']] })) }
  assert.equal(codeOf(star), 'mapping.model_default')
  const spaced = { ...all, tables: all.tables.map((table) => ({ ...table, rows: [[' * ', 'paid']] })) }
  assert.equal(codeOf(spaced), 'mapping.model_default')
  const decided = {
    ...all,
    nodes: all.nodes.map((node) =>
      node.id === 'undecided' && node.type === 'result' ? { ...node, outcome: 'decided' as const } : node,
    ),
  }
  assert.equal(codeOf(decided), 'mapping.model_default')
})

test('a fact that there is not, or anything but tables of codes, is refused', () => {
  const all = example()
  const odd = { ...all, tables: all.tables.map((table) => ({ ...table, rows: [['a', 'shiped']] })) }
  assert.equal(codeOf(odd), 'mapping.unknown_fact')
  const branch = {
    ...all,
    start: 'ask',
    nodes: [
      {
        type: 'branch' as const,
        id: 'ask',
        label: '?',
        at: { x: 0, y: 0 },
        branches: [{ id: 'x', label: 'x', when: 'code == "a"', to: 'decided' }],
        otherwise: 'look_up',
      },
      ...all.nodes,
    ],
  }
  assert.equal(codeOf(branch), 'mapping.model_form')
  assert.equal(codeOf({ ...all, start: null }), 'mapping.model_form')
})

test('of two tables one after the other the first says what a code is', () => {
  const all = example()
  const [look] = all.nodes
  assert.ok(look?.type === 'lookup')
  const model: RuleModel = {
    ...all,
    nodes: [{ ...look, missing: 'second' }, { ...look, id: 'second', table: 'more' }, ...all.nodes.slice(1)],
    tables: [
      ...all.tables,
      ...all.tables.map((table) => ({
        ...table,
        id: 'more',
        rows: [
          ['a', 'cancelled'],
          ['c', 'refunded'],
        ],
      })),
    ],
  }
  const read = rulesOfModel(model)
  assert.ok(read.ok)
  assert.deepEqual({ ...read.value }, { a: 'paid', b: 'none', c: 'refunded' })
})
