import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TRIED } from './catalogue.ts'
import { earlierOf } from './go-on.ts'
import { recordOf } from './report.ts'
import type { Tried } from './try-mutant.ts'

const [a = '', b = '', c = ''] = TRIED.map(({ id }) => id)
const all: readonly Tried[] = [
  {
    ids: a,
    verdict: { is: 'caught', by: 'ST-1: none is oversold', line: 'S1 at HZ: -1', seed: 5, step: 3 },
    seconds: 12,
  },
  { ids: b, verdict: { is: 'survived', seeds: [5] }, seconds: 20 },
  {
    ids: c,
    verdict: { is: 'caught', by: 'the books agree', line: 'order 7: 1 paid, 0 told', seed: 5, step: 17 },
    seconds: 0,
  },
]
const RUN = { at: '2026-11-23T08:00:00Z', seconds: 32, seeds: [5], steps: 16, command: 'npm run mutants' }

test('what a record says was caught stands, and the rest is tried with other seeds: both are in the next record', () => {
  const earlier = earlierOf(JSON.stringify(recordOf(all, RUN)))
  assert.deepEqual(
    earlier?.caught.map(({ ids }) => ids),
    [a, c],
  )
  const again: Tried = {
    ids: b,
    verdict: { is: 'caught', by: 'OS2: as its facts say', line: '', seed: 7, step: 9 },
    seconds: 30,
  }
  const next = recordOf([...(earlier?.caught ?? []), again], {
    ...RUN,
    seconds: 30,
    seeds: [7],
    steps: 40,
    earlier,
  })
  const figures = new Map(next.figures.map(({ what, value }) => [what, value]))
  assert.equal(figures.get('caught'), '3 of 3')
  assert.equal(figures.get('seeds tried until one shows it'), '5, then 7')
  assert.equal(figures.get('steps of each seed'), '16, then 40')
  assert.equal(next.seconds, 62)
  assert.deepEqual(next.tables?.find(({ title }) => title === 'What caught them')?.rows, [
    ['OS2', '1'],
    ['ST-1', '1'],
    ['the books agree', '1'],
  ])
})

test('another text is no record', () => {
  assert.equal(earlierOf('{"figures":[]}'), null)
})
