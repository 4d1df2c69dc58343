import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scoreOf } from './score.ts'

const targets = { notice: 10, find: 20, fix: 40, hurt: 100 }
const perfect = { toNotice: 10, toFind: 20, toFix: 40, ordersHurt: 0, hintsOpened: 0, wrongAnswers: 0 }
const points = (did: Partial<typeof perfect> | Record<string, number | null>): number =>
  scoreOf({ ...perfect, ...did }, targets).points

test('within every target and nobody hurt is 100', () => assert.equal(points({}), 100))

test('a time falls evenly to nothing at four times its target', () => {
  assert.equal(points({ toNotice: 25 }), 88, '25 points, half gone at 2.5 times: 87.5')
  assert.equal(points({ toNotice: 40 }), 75)
  assert.equal(points({ toNotice: 400 }), 75)
  assert.equal(points({ toFind: null }), 75)
})

test('what was never mended has neither its share nor that of the spared', () => {
  assert.equal(points({ toFix: null }), 50)
})

test('orders hurt, hints and wrong answers cost; never below nothing', () => {
  assert.equal(points({ ordersHurt: 50 }), 90)
  assert.equal(points({ ordersHurt: 1_000 }), 80)
  assert.equal(points({ hintsOpened: 3, wrongAnswers: 2 }), 65, '15 and 20 off')
  assert.equal(points({ toNotice: null, toFind: null, toFix: null, wrongAnswers: 4 }), 0)
})
