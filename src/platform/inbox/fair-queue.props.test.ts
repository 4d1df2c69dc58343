import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { openFairQueue } from './fair-queue.ts'

const WEIGHTS: Readonly<Record<string, number>> = { a: 1, b: 2, c: 5 }
const step = fc.oneof(
  fc.record({ push: fc.constantFrom('a', 'b', 'c'), count: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ take: fc.integer({ min: 1, max: 30 }) }),
)

test('nothing is lost, doubled or overtaken within its lane, and no batch is smaller than it can be', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const queue = openFairQueue<{ lane: string; no: number }>((lane) => WEIGHTS[lane] ?? 1)
      const pushed = new Map<string, number>()
      const taken = new Map<string, number>()
      const take = (most: number): void => {
        const before = queue.size()
        const batch = queue.take(most)
        assert.equal(batch.length, Math.min(most, before))
        for (const { lane, no } of batch) {
          assert.equal(no, taken.get(lane) ?? 0, 'in the order in which they came')
          taken.set(lane, no + 1)
        }
      }
      for (const one of steps) {
        if ('take' in one) {
          take(one.take)
          continue
        }
        for (let i = 0; i < one.count; i += 1) {
          const no = pushed.get(one.push) ?? 0
          queue.push(one.push, { lane: one.push, no })
          pushed.set(one.push, no + 1)
        }
        assert.equal(queue.sizeOf(one.push), (pushed.get(one.push) ?? 0) - (taken.get(one.push) ?? 0))
      }
      take(10_000)
      assert.deepEqual(taken, pushed)
      assert.equal(queue.size(), 0)
    }),
  )
})

test('lanes that never run empty leave in shares of their weight, however batches are cut', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 20, maxLength: 60 }), (cuts) => {
      const queue = openFairQueue<string>((lane) => WEIGHTS[lane] ?? 1)
      for (const lane of Object.keys(WEIGHTS)) for (let i = 0; i < 4_000; i += 1) queue.push(lane, lane)
      const got: Record<string, number> = { a: 0, b: 0, c: 0 }
      for (const most of cuts) for (const lane of queue.take(most)) got[lane] = (got[lane] ?? 0) + 1
      const total = cuts.reduce((a, b) => a + b, 0)
      for (const [lane, weight] of Object.entries(WEIGHTS))
        assert.ok(
          Math.abs((got[lane] ?? 0) - (total * weight) / 8) <= weight,
          `${lane}: ${got[lane]} of ${total}`,
        )
    }),
  )
})

test('one message beside a flood is in the next batch', () => {
  const queue = openFairQueue<string>(() => 10)
  for (let i = 0; i < 5_000; i += 1) queue.push('flood', 'flood')
  queue.take(512)
  queue.push('quiet', 'quiet')
  assert.ok(queue.take(512).includes('quiet'))
})
