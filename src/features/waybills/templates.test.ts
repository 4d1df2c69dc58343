import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkModel } from '#platform/rules/check.ts'
import { compileModel } from '#platform/rules/compile.ts'
import { carrierKind, carrierPart } from './kind.ts'

for (const { id, model, cases } of carrierKind.templates)
  test(`template ${id}: nothing is left undecided, and its cases hold`, () => {
    const { findings } = checkModel(carrierKind, model)
    const errors = findings.filter(({ level }) => level === 'error')
    assert.deepEqual(errors, [])
    const rules = compileModel(carrierKind, model)
    assert.ok(rules.ok)
    for (const { name, input, expected } of cases) {
      const decision = rules.value.decide(input)
      assert.equal(decision.outcome, expected.outcome, name)
      assert.deepEqual(decision.values, { ...decision.values, ...expected.values }, name)
      const item = {
        orderId: 1n,
        orderNo: '1',
        connection: 'c',
        connectorKind: 'douyin',
        input,
        context: null,
      }
      assert.equal(carrierPart.outcome(decision, item).group, String(expected.values?.carrier), name)
    }
  })
