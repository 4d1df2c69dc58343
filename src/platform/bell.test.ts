import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openBell } from './bell.ts'

const HOUR = 3_600_000

test('a rest ends at a ring, and a ring before it is not lost', { timeout: 5_000 }, async () => {
  const bell = openBell(HOUR)
  bell.ring()
  await bell.rest()
  const resting = bell.rest()
  bell.ring()
  await resting
})

test('a rest that nobody ends is over by itself; one ring ends one rest', async () => {
  const bell = openBell(30)
  bell.ring()
  await bell.rest()
  const start = performance.now()
  await bell.rest()
  assert.ok(performance.now() - start >= 25)
})
