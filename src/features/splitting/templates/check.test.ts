import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkModel } from '#platform/rules/check.ts'
import { parseModel } from '#platform/rules/parse-model.ts'
import { splitKind } from '../kind.ts'

for (const template of splitKind.templates)
  test(`template ${template.id}: can be published as it stands`, () => {
    const parsed = parseModel(JSON.parse(JSON.stringify(template.model)))
    assert.ok(parsed.ok, JSON.stringify(parsed))
    const errors = checkModel(splitKind, parsed.value).findings.filter(({ level }) => level === 'error')
    assert.deepEqual(errors, [])
  })
