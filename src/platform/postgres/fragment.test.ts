import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fragment, joinFragments, NOTHING } from './fragment.ts'

test('pieces are put into each other, their values staying in the order of their places', () => {
  const inner = fragment`b = ${2} and c = ${'x'}`
  const whole = fragment`select ${1} where ${inner} limit ${3}`
  assert.deepEqual(whole.text, ['select ', ' where b = ', ' and c = ', ' limit ', ''])
  assert.deepEqual(whole.values, [1, 2, 'x', 3])
})

test('text from outside is always a value', () => {
  const hostile = "'; drop table fact; --"
  assert.ok(!fragment`select ${hostile}`.text.join('').includes('drop'))
})

test('joined pieces keep their separator and order; nothing is nothing', () => {
  const joined = joinFragments([fragment`a = ${1}`, fragment`true`, fragment`b = ${2}`], ' and ')
  assert.equal(joined.text.join('?'), 'a = ? and true and b = ?')
  assert.deepEqual(joined.values, [1, 2])
  assert.deepEqual(joinFragments([], ' and '), NOTHING)
})
