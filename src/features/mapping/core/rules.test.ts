import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CodeEntry } from '#domain/claim.ts'
import { isDecided } from '../publish-version.ts'
import { compareRules, compileRules, parseRules } from './rules.ts'

const defaults: CodeEntry[] = [
  { code: 'status:1', fact: 'paid', zh: '', en: '' },
  { code: 'status:2', fact: 'dispatched', zh: '', en: '' },
  { code: 'note', fact: 'none', zh: '', en: '' },
]

test('the own rules go before the kind’s, and those before the defaults', () => {
  const rules = compileRules(defaults, { 'status:2': 'picked_up', extra: 'held' }, { 'status:2': 'none' })
  assert.deepEqual(Object.fromEntries(rules), {
    'status:1': 'paid',
    'status:2': 'none',
    note: 'none',
    extra: 'held',
  })
})

test('rules name facts that exist, under codes that can be', () => {
  const codeOf = (rules: Record<string, unknown>): string => {
    const parsed = parseRules(rules)
    return parsed.ok ? 'ok' : parsed.refusal.code
  }
  assert.equal(codeOf({ 'status:2': 'picked_up', x: 'none' }), 'ok')
  assert.equal(codeOf({ 'status:2': 'shipped' }), 'mapping.unknown_fact')
  assert.equal(codeOf({ 'status:2': null }), 'mapping.unknown_fact')
  assert.equal(codeOf({ ' ': 'paid' }), 'mapping.bad_code')
  assert.equal(codeOf({ ['x'.repeat(201)]: 'paid' }), 'mapping.bad_code')
  const many = Object.fromEntries(Array.from({ length: 2_001 }, (_, i) => [`c${i}`, 'paid']))
  assert.equal(codeOf(many), 'mapping.too_many_rules')
})

test('a change names what is read differently, what is decided and what no longer is', () => {
  const before = compileRules(defaults, { gone: 'held', old: 'paid' }, {})
  const after = compileRules(defaults, { 'status:2': 'picked_up', old: 'none', fresh: 'delivered' }, {})
  assert.deepEqual(compareRules(before, after), {
    changed: ['old', 'status:2'],
    decided: ['fresh'],
    undecided: ['gone'],
  })
})

test('a message goes on when all its codes are decided, blanks in codes included', () => {
  const rules = new Map(['a', 'b', 'odd code', 'odd'].map((code) => [code, 'paid']))
  assert.equal(isDecided('a', rules), true)
  assert.equal(isDecided('a b', rules), true)
  assert.equal(isDecided('a odd code b', rules), true)
  assert.equal(isDecided('a z', rules), false)
  assert.equal(isDecided('odd z', rules), false)
  assert.equal(isDecided('', rules), false)
})
