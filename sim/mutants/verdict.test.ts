import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judgeRun, type Ran, readReport, whyUnlike, whyUnsound } from './verdict.ts'

const report = (failures: readonly unknown[]): string =>
  `step 1\n${JSON.stringify({ seed: 3, steps: 9, hash: 'ab', failures, checks: 4, seconds: 1, counts: {} })}\n`
const ran = (over: Partial<Ran> = {}): Ran => ({
  seed: 3,
  seconds: 8,
  out: report([]),
  err: 'planted: stock.a\n',
  isOverdue: false,
  ...over,
})
const OVERSOLD = { step: 7, what: 'ST-1: no more is locked than is there', lines: ['S1 at HZ: -1'] }

test('the first thing that the simulation told is what caught it', () => {
  assert.deepEqual(judgeRun('stock.a', ran({ out: report([OVERSOLD, { ...OVERSOLD, step: 8 }]) })), {
    is: 'caught',
    by: 'ST-1: no more is locked than is there',
    line: 'S1 at HZ: -1',
    seed: 3,
    step: 7,
  })
})

test('a run that shows nothing decides nothing yet', () => {
  assert.equal(judgeRun('stock.a', ran()), null)
})

test('a fault that was never in force was not tried, whatever the run showed', () => {
  for (const out of [report([]), report([OVERSOLD])])
    assert.deepEqual(judgeRun('stock.a+stock.b', ran({ out })), { is: 'unplanted', seed: 3 })
})

test('a hub that hangs or does not start is caught', () => {
  assert.deepEqual(judgeRun('stock.a', ran({ out: '', isOverdue: true })), {
    is: 'caught',
    by: 'comes to its end',
    line: 'it was still running after 8 s',
    seed: 3,
    step: null,
  })
  const err = 'planted: stock.a\nnode:internal\nTypeError: x is no function\n    at y\n'
  const verdict = judgeRun('stock.a', ran({ out: '', err }))
  assert.deepEqual(verdict?.is === 'caught' ? [verdict.by, verdict.line] : verdict, [
    'runs at all',
    'TypeError: x is no function',
  ])
})

test('a seed that fails without a fault compares nothing', () => {
  assert.equal(whyUnsound(ran({ err: '' })), null)
  assert.equal(
    whyUnsound(ran({ err: '', out: report([OVERSOLD]) })),
    'step 7: ST-1: no more is locked than is there: S1 at HZ: -1',
  )
  assert.equal(whyUnsound(ran({ out: 'x', err: 'Error: no\n' })), 'Error: no')
})

test('the report stands at the end, on a line of its own or on several', () => {
  assert.equal(readReport('nothing'), null)
  assert.equal(readReport('{"a":1}'), null)
  assert.equal(readReport('words {"failures":[]}'), null)
  assert.equal(readReport('words\n{\n "failures": [],\n "seed": 4\n}\n')?.seed, 4)
})

test('two runs of a seed that differ compare nothing either', () => {
  const other = report([]).replace('"ab"', '"cd"')
  assert.equal(whyUnlike(ran(), ran()), null)
  assert.equal(whyUnlike(ran(), ran({ out: other })), 'ended as ab and then as cd')
  assert.match(whyUnlike(ran(), ran({ out: report([OVERSOLD]) })) ?? '', /^held once, and then step 7/)
})
