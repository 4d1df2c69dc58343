import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTurns } from './turns.ts'

test('the quicker answer waits for the one that was begun before, and what follows from that at once is done first', async () => {
  const { take: turn } = openTurns(() => undefined)
  const told: string[] = []
  const tellNext = (word: string): void => void told.push(word)
  const slow = turn()
  const quick = turn()
  const second = quick.arrive().then(() => tellNext('quick'))
  await new Promise((resolve) => setTimeout(resolve, 5))
  assert.equal(told.length, 0)
  await slow.arrive()
  tellNext('slow')
  await Promise.resolve()
  tellNext('after slow')
  await second
  assert.deepEqual(told, ['slow', 'after slow', 'quick'])
})

test('who has no answer holds up nobody', async () => {
  const { take: turn } = openTurns(() => undefined)
  const failed = turn()
  const next = turn()
  failed.leave()
  const before = performance.now()
  await next.arrive()
  assert.ok(performance.now() - before < 300)
})
