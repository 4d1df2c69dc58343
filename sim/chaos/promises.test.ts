import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Invariant } from '../seeded/invariant.ts'
import { brokenPromises } from './promises.ts'

test('a promise that could not be looked at is told by its name, and the others are looked at all the same', async () => {
  const one = (id: string, check: Invariant['check']): Invariant => ({
    id,
    feature: 'mapping',
    says: '',
    check,
  })
  const slow = one('M2', () => Promise.reject(new Error('canceling statement due to statement timeout')))
  const broken = one('M3', async () => ['a code is not decided'])
  assert.deepEqual(
    (await brokenPromises({} as never, [slow, broken])).map(({ words }) => words),
    [
      'mapping M2: could not be looked at: canceling statement due to statement timeout',
      'mapping M3: a code is not decided',
    ],
  )
})
