import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Hour, judgeRate, rateOf, technicalRateOf } from './rates.ts'

const HOUR = 3_600_000
const NOW = 100 * HOUR + 10 * 60_000
const LINE = { least: 0.999, hours: 2, asks: 20 }
const hour = (ago: number, locked: number, refused = 0, timedOut = 0): Hour => ({
  hourMs: (100 - ago) * HOUR,
  locked,
  refused,
  timedOut,
})

test('a shortage lowers the rate and not the technical rate; a time-out lowers both', () => {
  assert.equal(rateOf({ locked: 90, refused: 6, timedOut: 4 }), 0.9)
  assert.equal(technicalRateOf({ locked: 90, refused: 6, timedOut: 4 }), 0.96)
  assert.equal(rateOf({ locked: 0, refused: 0, timedOut: 0 }), null)
})

test('two bad hours in a row are told, with their sum', () => {
  assert.deepEqual(judgeRate([hour(1, 90, 10), hour(0, 18, 1, 1)], NOW, LINE), {
    locked: 108,
    refused: 11,
    timedOut: 1,
    rate: 0.9,
    technical: 119 / 120,
    hours: 2,
    technicalLow: true,
  })
})

test('one bad hour is not', () => {
  assert.equal(judgeRate([hour(1, 100), hour(0, 80, 20)], NOW, LINE), null)
  assert.equal(judgeRate([hour(0, 80, 20)], NOW, LINE), null)
})

test('an hour that has hardly begun leaves the judgement to the two before it', () => {
  const low = judgeRate([hour(2, 90, 10), hour(1, 90, 10), hour(0, 3)], NOW, LINE)
  assert.deepEqual([low?.rate, low?.technicalLow], [0.9, false])
})

test('a quiet hour between two bad ones ends the trouble', () => {
  assert.equal(judgeRate([hour(2, 90, 10), hour(1, 5, 1), hour(0, 90, 10)], NOW, LINE), null)
})

test('exactly on the line is good', () => {
  assert.equal(judgeRate([hour(1, 999, 1), hour(0, 999, 1)], NOW, LINE), null)
  assert.notEqual(judgeRate([hour(1, 998, 2), hour(0, 998, 2)], NOW, LINE), null)
})
