import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkModel } from '#platform/rules/check.ts'
import { compileModel } from '#platform/rules/compile.ts'
import { sourcingOptionsOf } from './core/options.ts'
import { sourcingKind } from './kind.ts'
import { sourcingPart } from './part.ts'

for (const { id, model, cases } of sourcingKind.templates)
  test(`template ${id}: nothing is left undecided, and its cases hold`, () => {
    const { findings } = checkModel(sourcingKind, model)
    assert.deepEqual(
      findings.filter(({ level }) => level === 'error'),
      [],
    )
    const rules = compileModel(sourcingKind, model)
    assert.ok(rules.ok)
    for (const { name, input, expected } of cases) {
      const decision = rules.value.decide(input)
      assert.equal(decision.outcome, expected.outcome, name)
      assert.deepEqual(
        decision.actions.map(({ action, params }) => ({ action, params })),
        expected.actions,
        name,
      )
      const weights = Object.values(sourcingOptionsOf(decision.actions).weights)
      assert.ok(weights.every((one) => one >= 0 && one <= 100))
    }
  })

test('of two versions the outcome is compared on the same shelves, or by what they ask for', () => {
  const [nearest, fewest] = sourcingKind.templates
  assert.ok(nearest && fewest)
  const input = nearest.cases[0]?.input
  assert.ok(input)
  const outcomes = [nearest, fewest].map(({ model }) => {
    const rules = compileModel(sourcingKind, model)
    assert.ok(rules.ok)
    const item = { orderId: 1n, orderNo: '1', connection: 'c', connectorKind: 'douyin', input, context: null }
    return sourcingPart.outcome(rules.value.decide(input), item)
  })
  assert.deepEqual(
    outcomes.map(({ words }) => words.zh),
    ['权重 20/100/0/0/0', '权重 100/30/30/20/10'],
  )
})
