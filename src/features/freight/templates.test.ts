import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Decision, RuleCaseContent, RuleCheck } from '#domain/rulebook.ts'
import { checkModel } from '#platform/rules/check.ts'
import { compileModel } from '#platform/rules/compile.ts'
import { parseModel } from '#platform/rules/parse-model.ts'
import { FREIGHT_KIND } from './core/kind.ts'
import { quoteOf } from './core/quote.ts'

for (const template of FREIGHT_KIND.templates) {
  test(`the template ${template.id} is a model, and its own cases come out`, () => {
    assert.deepEqual(parseModel(JSON.parse(JSON.stringify(template.model))), {
      ok: true,
      value: template.model,
    })
    const compiled = compileModel(FREIGHT_KIND, template.model)
    assert(compiled.ok, JSON.stringify(compiled))
    assert.ok(template.cases.length >= 2)
    for (const one of template.cases) {
      const decision = compiled.value.decide(one.input)
      assert.deepEqual(
        expectable(decision, one),
        { outcome: one.expected.outcome, actions: one.expected.actions },
        one.name,
      )
      const quote = quoteOf(decision, { currency: 'CNY', parcels: 1 })
      assert.equal(quote.ok, one.expected.outcome === 'decided', one.name)
    }
  })
}

function expectable(decision: Decision, { expected }: RuleCaseContent) {
  const actions = decision.actions.map(({ action, params }) => ({ action, params }))
  return { outcome: decision.outcome, actions: expected.actions === undefined ? undefined : actions }
}

for (const template of FREIGHT_KIND.templates.filter((one) => one.hasGaps !== true))
  test(`the template ${template.id} can be published as it stands`, () => {
    const check = checkModel(FREIGHT_KIND, template.model)
    // An unknown weight is no value between two bounds; the way for it is there all the same.
    assert.deepEqual(
      findings(check).filter((one) => !one.includes('unreachable_node no_weight')),
      [],
    )
  })

test('the usual wording shows its gaps: 新疆, customers who are neither, a province without a coefficient, bands that nothing reaches', () => {
  const template = FREIGHT_KIND.templates.find((one) => one.id === 'source_example')
  assert(template !== undefined)
  const check = checkModel(FREIGHT_KIND, template.model)
  const errors = check.findings.filter((one) => one.level === 'error')
  const nodes = new Set(errors.map((one) => one.node))
  for (const node of ['full99', 'who', 'coefficient'])
    assert.ok(nodes.has(node), `${node} has a gap: ${findings(check)}`)
  assert.ok(
    check.findings.some((one) => one.node === 'bands' && one.part === 'rows.high'),
    `rows that nothing reaches: ${findings(check)}`,
  )
})

function findings(check: RuleCheck): string[] {
  return check.findings.map(
    ({ level, code, node, part, words }) => `${level} ${code} ${node} ${part}: ${words.en}`,
  )
}
