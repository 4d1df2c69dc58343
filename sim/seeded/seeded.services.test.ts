import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simulate } from './run.ts'

// The seeds of sim/seeds.txt and random ones are run by `npm run sim`; here only that it holds, that it dies and comes back, and that the
// same seed is the same life. More lives are compared in same-life.long.test.ts.

test('a seeded life holds every invariant after every step, through crashes between any two statements, and is the same when it is lived again', async () => {
  const asked = { seed: 6, steps: 9, endHours: 1 }
  const [one, same] = await Promise.all([simulate(asked), simulate(asked)])
  assert.deepEqual(one.failures, [])
  assert.ok(one.checks >= 100 * 9)
  assert.ok((one.counts['crashes'] ?? 0) > 0, 'the hub died at least once')
  assert.equal(same.hash, one.hash)
})
