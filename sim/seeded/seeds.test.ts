import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseSeeds, pinnedSeeds, randomSeeds } from './seeds.ts'

test('a line of the pinned seeds is a seed, its steps and what it found; other lines are for people', () => {
  const text = '# seed steps  what it found\n4 20  nothing\n\n77 8  抖店电子面单\nnot 5 3\n'
  assert.deepEqual(parseSeeds(text), [
    { seed: 4, steps: 20 },
    { seed: 77, steps: 8 },
  ])
})

test('there are pinned seeds, each once and short enough for every run', () => {
  const pinned = pinnedSeeds()
  assert.ok(pinned.length >= 3)
  assert.equal(new Set(pinned.map(({ seed }) => seed)).size, pinned.length)
  assert.deepEqual(
    pinned.filter(({ steps }) => steps < 1 || steps > 40),
    [],
  )
})

test('random seeds are those that the command line takes', () => {
  assert.deepEqual(
    [0, 0.5, 1 - Number.EPSILON].map((chance) => randomSeeds(1, 12, () => chance)[0]),
    [
      { seed: 1, steps: 12 },
      { seed: 2_147_483_648, steps: 12 },
      { seed: 4_294_967_294, steps: 12 },
    ],
  )
})
