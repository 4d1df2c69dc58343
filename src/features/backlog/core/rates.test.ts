import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { growthOf, projectEmpty, ratesOf, secondsToEmpty } from './rates.ts'

const at = (clock: string): Temporal.Instant => Temporal.Instant.from(`2026-02-11T${clock}Z`)
const minute = (clock: string, arrived: number, interpreted: number, parked = 0) => ({
  minute: at(`${clock}:00`),
  arrived,
  interpreted,
  parked,
})

test('rates are over the running minute and the two before it', () => {
  const minutes = [
    minute('09:00', 999, 999),
    minute('09:01', 120, 60),
    minute('09:02', 240, 60, 30),
    minute('09:03', 90, 0),
  ]
  // At 09:03:30 the window began at 09:01:00 and is 150 s long: 450 came, 150 went.
  assert.deepEqual(ratesOf(minutes, at('09:03:30')), { arrival: 3, drain: 1 })
  assert.deepEqual(ratesOf([], at('09:03:30')), { arrival: 0, drain: 0 })
})

test('the projection is depth over what drains more than arrives, and null where it never ends', () => {
  assert.equal(secondsToEmpty(600, { arrival: 2, drain: 12 }), 60)
  assert.equal(secondsToEmpty(601, { arrival: 2, drain: 12 }), 61)
  assert.equal(secondsToEmpty(0, { arrival: 5, drain: 0 }), 0)
  assert.equal(secondsToEmpty(1, { arrival: 5, drain: 5 }), null)
  assert.equal(
    secondsToEmpty(1_000_000, { arrival: 0, drain: 0.1 }),
    null,
    'four months say no more than never',
  )
})

test('a projection that is given holds: so many seconds at these rates leave nothing', () => {
  const rate = fc.double({ min: 0, max: 5_000, noNaN: true })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000_000 }), rate, rate, (depth, arrival, drain) => {
      const seconds = secondsToEmpty(depth, { arrival, drain })
      if (seconds === null) return drain - arrival <= 0 || depth / (drain - arrival) > 604_799
      return depth - seconds * (drain - arrival) <= 1e-6 * depth && seconds >= 1
    }),
  )
})

test('after a burst the projection goes by the last minute’s depths, not by the rates that still count the burst', () => {
  const rates = { arrival: 70, drain: 30 }
  const drains = [9_000, 6_000, 3_000].map((depth, i) => ({ at: at(`09:00:${15 * (i + 1)}`), depth }))
  // 200 a second go: 3,000 are gone in 15 s.
  assert.equal(projectEmpty(3_000, rates, drains), 15)
  assert.equal(projectEmpty(3_000, rates, drains.slice(1)), null, 'two points may be one burst')
  assert.equal(
    projectEmpty(
      9_000,
      { arrival: 0, drain: 30 },
      drains.toReversed().map(({ depth }, i) => ({ at: at(`09:00:${15 * (i + 1)}`), depth })),
    ),
    null,
    'it grows',
  )
})

test('growth is the slope of the samples', () => {
  const line = [0, 15, 30, 45].map((s) => ({
    at: at(`09:00:${String(s).padStart(2, '0')}`),
    depth: 100 - 2 * s,
  }))
  assert.ok(Math.abs((growthOf(line) ?? 0) + 2) < 1e-9)
  assert.equal(growthOf(line.slice(0, 1)), null)
  assert.equal(growthOf([line[0], line[0]].filter((one) => one !== undefined)), null)
})
