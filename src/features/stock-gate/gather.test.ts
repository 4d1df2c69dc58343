import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gatherer } from './gather.ts'

test('callers of one moment come together, those of meanwhile together after them, in parts of the most', async () => {
  const batches: number[][] = []
  const gates: (() => void)[] = []
  const ask = gatherer<number, number>(async (items) => {
    batches.push([...items])
    await new Promise<void>((resolve) => gates.push(resolve))
    return items.map((item) => item * 10)
  }, 3)
  const first = [1, 2].map(ask)
  await Promise.resolve()
  const later = [3, 4, 5, 6].map(ask)
  while (gates.length < 1) await Promise.resolve()
  gates[0]?.()
  assert.deepEqual(await Promise.all(first), [10, 20])
  while (gates.length < 2) await new Promise(setImmediate)
  gates[1]?.()
  while (gates.length < 3) await new Promise(setImmediate)
  gates[2]?.()
  assert.deepEqual(await Promise.all(later), [30, 40, 50, 60])
  assert.deepEqual(batches, [[1, 2], [3, 4, 5], [6]])
})

test('a failure is told to those of its batch alone', async () => {
  const ask = gatherer<number, number>(async (items) => {
    if (items.includes(1)) throw new Error('no')
    return items
  }, 10)
  await assert.rejects(ask(1), /no/)
  assert.equal(await ask(2), 2)
})
