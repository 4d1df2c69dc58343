import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simulate } from './run.ts'

// The seeds of sim/seeds.txt and random ones are run by `npm run sim`; here only that it holds, and that it dies and comes back.

test('a seeded life holds every invariant after every step, through crashes between any two statements', async () => {
  const { failures, checks, counts } = await simulate({ seed: 6, steps: 9, endHours: 1 })
  assert.deepEqual(failures, [])
  assert.ok(checks >= 100 * 9)
  assert.ok((counts['crashes'] ?? 0) > 0, 'the hub died at least once')
})
