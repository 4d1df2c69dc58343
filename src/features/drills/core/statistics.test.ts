import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Attempt, standingsOf, trendOf } from './statistics.ts'

const attempt = (
  personId: string,
  scenarioId: string,
  points: number,
  toFix: number | null = null,
): Attempt => ({
  personKind: 'user',
  personId,
  personName: `name ${personId}`,
  scenarioId,
  points,
  toFix,
})

test('best, last, quickest fix and trend of each person in each scenario', () => {
  const standings = standingsOf([
    attempt('1', 'a', 40),
    attempt('2', 'a', 90, 12),
    attempt('1', 'a', 70, 30),
    attempt('1', 'b', 55),
    attempt('1', 'a', 60, 45),
  ])
  assert.deepEqual(
    standings.map((one) => [
      one.personId,
      one.scenarioId,
      one.times,
      one.best,
      one.last,
      one.bestFix,
      one.trend,
    ]),
    [
      ['1', 'a', 3, 70, 60, 30, 20],
      ['2', 'a', 1, 90, 90, 12, null],
      ['1', 'b', 1, 55, 55, null, null],
    ],
  )
  assert.deepEqual(standings[0]?.points, [40, 70, 60])
})

test('a trend compares halves: worked by hand', () => {
  assert.equal(trendOf([]), null)
  assert.equal(trendOf([50]), null)
  assert.equal(trendOf([50, 80]), 30)
  assert.equal(trendOf([50, 0, 80]), 30)
  assert.equal(trendOf([80, 90, 10, 21]), -69)
})

test('only the last ten are drawn; best and times count all of them', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 40 }), (points) => {
      const [one] = standingsOf(points.map((value) => attempt('1', 'a', value)))
      assert.deepEqual(one?.points, points.slice(-10))
      assert.equal(one?.best, Math.max(...points))
      assert.equal(one?.times, points.length)
    }),
  )
})
