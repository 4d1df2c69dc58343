import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mappingPart } from '#features/mapping/index.ts'
import { promisePart } from '#features/promises/index.ts'
import { reviewPart } from '#features/review/index.ts'
import { checkModel } from '#platform/rules/check.ts'
import { compileModel } from '#platform/rules/compile.ts'
import { parseModel } from '#platform/rules/parse-model.ts'

// Every template of these kinds can be published as it stands.
for (const { kind } of [reviewPart, promisePart, mappingPart])
  for (const template of kind.templates)
    test(`${kind.kind}: template ${template.id} passes the check, and its cases pass`, () => {
      const parsed = parseModel(JSON.parse(JSON.stringify(template.model)))
      assert.ok(parsed.ok, JSON.stringify(parsed))
      const errors = checkModel(kind, parsed.value).findings.filter((one) => one.level === 'error')
      assert.deepEqual(errors, [])
      const rules = compileModel(kind, parsed.value)
      assert.ok(rules.ok, JSON.stringify(rules))
      assert.ok(template.cases.length > 0)
      for (const { name, input, expected } of template.cases) {
        const got = rules.value.decide(input)
        assert.equal(got.outcome, expected.outcome, name)
        for (const [value, is] of Object.entries(expected.values ?? {}))
          assert.deepEqual(got.values[value], is, `${name}: ${value}`)
        if (expected.actions !== undefined)
          assert.deepEqual(
            got.actions.map((one) => one.action),
            expected.actions.map((one) => one.action),
            name,
          )
      }
    })
