import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileModel } from '#platform/rules/compile.ts'
import { splitKind } from '../kind.ts'

const DONE = new Map(splitKind.actions.map((action) => [action.name, action]))

for (const template of splitKind.templates) {
  test(`template ${template.id}: compiles, and decides its cases as they say`, () => {
    const compiled = compileModel(splitKind, template.model)
    assert.ok(compiled.ok, JSON.stringify(compiled))
    for (const { name, input, expected } of template.cases) {
      const { outcome, reason, actions } = compiled.value.decide(input)
      assert.equal(outcome, expected.outcome, `${name}: ${reason?.words.en ?? ''}`)
      if (expected.actions === undefined) continue
      const done = actions.map(({ action, params }) => ({ action, params: { ...params } }))
      assert.deepEqual(done, expected.actions, name)
    }
  })

  test(`template ${template.id}: every node is named in Chinese and names actions of the kind`, () => {
    for (const node of template.model.nodes) {
      assert.match(node.label, /[\u4e00-\u9fff]/, node.id)
      if (node.type !== 'action') continue
      const names = DONE.get(node.action)?.params.map(({ name }) => name) ?? []
      for (const param of Object.keys(node.params)) assert.ok(names.includes(param), `${node.id}: ${param}`)
    }
  })
}

test('the sources’ A+B+C case is kept with a dozen variants', () => {
  const template = splitKind.templates.find(({ id }) => id === 'gift-with-main')
  assert.ok((template?.cases.length ?? 0) >= 12)
})
