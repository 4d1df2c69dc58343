import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simulate } from './run.ts'

test('the same seed is the same life to the last byte, beside others and after them; another seed is another one', async () => {
  const again = { seed: 6, steps: 9, endHours: 1 }
  const [one, same, other] = await Promise.all([
    simulate(again),
    simulate(again),
    simulate({ ...again, seed: 7 }),
  ])
  const later = await simulate(again)
  assert.deepEqual([same.hash, later.hash], [one.hash, one.hash])
  assert.notEqual(other.hash, one.hash)
})
