import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTimers } from './timers.ts'

test('a timer begun within stands still until it is told, and an ended one does nothing more', async () => {
  const timers = openTimers()
  const told: string[] = []
  const ended = await timers.within(async () => {
    setInterval(() => told.push('first'), 1)
    return setInterval(() => told.push('ended'), 1)
  })
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.deepEqual(told, [])
  let settled = 0
  const calm = async (): Promise<void> => {
    settled += 1
  }
  await timers.tick(calm)
  assert.deepEqual(told, ['first', 'ended'])
  assert.equal(settled, 2)
  clearInterval(ended)
  await timers.tick(calm)
  assert.deepEqual(told, ['first', 'ended', 'first'])
})

test("everybody else's timers go on by real time", async () => {
  const timers = openTimers()
  await timers.within(async () => undefined)
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setInterval(resolve, 1)
  await promise
  clearInterval(timer)
})
