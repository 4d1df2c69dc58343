import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simulate } from './run.ts'

// The seeds of sim/seeds.txt and random ones are run by `npm run sim`; here only that it holds, that it dies and comes back, and that equal
// seeds are equal lives.

const PEACEFUL_END = { endHours: 1 }

test('a seeded life holds every invariant after every step, and the same seed is the same life to the last byte', async () => {
  const [one, same, other] = await Promise.all([
    simulate({ seed: 6, steps: 9, ...PEACEFUL_END }),
    simulate({ seed: 6, steps: 9, ...PEACEFUL_END }),
    simulate({ seed: 7, steps: 4, ...PEACEFUL_END }),
  ])
  assert.deepEqual([one.failures, same.failures, other.failures], [[], [], []])
  assert.equal(one.hash, same.hash)
  assert.notEqual(one.hash, other.hash)
  assert.ok((one.counts['crashes'] ?? 0) > 0, 'the hub died at least once')
  assert.ok(one.checks >= 100 * 9)
})
