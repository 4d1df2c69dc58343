import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manualClock } from '#kernel/clock.ts'
import { openRetryBudget } from './retry-budget.ts'

const clock = () => manualClock(Temporal.Instant.from('2026-11-11T00:00:00Z'))

test('after what was saved, retries are a tenth of the first attempts', () => {
  const budget = openRetryBudget(clock())
  let retries = 0
  const retryWhileAllowed = (): void => {
    while (!budget.spent().includes('shop')) {
      budget.noteAttempt('shop', true)
      retries += 1
    }
  }
  budget.noteAttempt('shop', false)
  retryWhileAllowed()
  assert.equal(retries, 20)
  for (let i = 0; i < 100; i += 1) {
    budget.noteAttempt('shop', false)
    retryWhileAllowed()
  }
  assert.ok(retries >= 29 && retries <= 30, `${retries} retries for 101 first attempts`)
})

test('a quiet connection gets one retry in two seconds, and never saves more than twenty', () => {
  const time = clock()
  const budget = openRetryBudget(time)
  for (let i = 0; i < 40; i += 1) {
    budget.noteAttempt('shop', true)
    budget.takeBack('shop', true)
  }
  for (let i = 0; i < 20; i += 1) budget.noteAttempt('shop', true)
  assert.deepEqual(budget.spent(), ['shop'])
  time.advance({ seconds: 2 })
  assert.deepEqual(budget.spent(), [])
  time.advance({ hours: 1 })
  for (let i = 0; i < 19; i += 1) budget.noteAttempt('shop', true)
  assert.deepEqual(budget.spent(), [])
  budget.noteAttempt('shop', true)
  assert.deepEqual(budget.spent(), ['shop'])
})
