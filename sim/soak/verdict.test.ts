import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fitLine, judgeCurve, type Point } from './verdict.ts'

const every15 = (count: number, value: (i: number) => number): Point[] =>
  Array.from({ length: count }, (_, i) => [i * 15, value(i)] as const)
const TENTH = { share: 0.1, absolute: 0 }

test('the line through points on a line is that line', () => {
  const { slope, at } = fitLine([
    [0, 5],
    [10, 25],
    [20, 45],
  ])
  assert.deepEqual([slope, at(30)], [2, 65])
})

test('noise around a level is flat, a leak below the noise is not', () => {
  const noise = (i: number): number => (i % 2 === 0 ? 20 : -20)
  assert.equal(
    judgeCurve(
      every15(40, (i) => 100 + noise(i)),
      TENTH,
    ).flat,
    true,
  )
  const leak = judgeCurve(
    every15(40, (i) => 100 + i + noise(i)),
    TENTH,
  )
  assert.equal(leak.flat, false)
  // From look 10 (146.25 s of 585) to look 39 it rises by one a look, 29; the noise, which begins high and ends low, takes
  // 29 × 20 × 15 / (30 × 899 / 12) = 3.87 from it.
  assert.ok(Math.abs(leak.rise - 25.13) < 0.01, `${leak.rise}`)
})

test('what rises only while it settles is flat, what falls is flat, and too few looks are not', () => {
  assert.equal(
    judgeCurve(
      every15(40, (i) => Math.min(100, 10 * (i + 1))),
      TENTH,
    ).flat,
    true,
  )
  assert.equal(
    judgeCurve(
      every15(40, (i) => 500 - 5 * i),
      TENTH,
    ).flat,
    true,
  )
  assert.equal(
    judgeCurve(
      every15(5, () => 100),
      TENTH,
    ).flat,
    false,
  )
})

test('the larger of both tolerances counts', () => {
  const rising = every15(40, (i) => i / 10)
  assert.equal(judgeCurve(rising, { share: 0.1, absolute: 5 }).flat, true)
  assert.equal(judgeCurve(rising, { share: 0.1, absolute: 1 }).flat, false)
})
