import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  changeProfile,
  differingFields,
  emptyProfile,
  type ProfileChange,
  tidyTags,
  volumeOf,
} from './profile.ts'

const figure = fc.option(fc.integer({ min: 1, max: 1_000 }))
const change: fc.Arbitrary<ProfileChange> = fc.record(
  {
    title: fc.string({ maxLength: 50 }),
    weightG: figure,
    volumeCm3: figure,
    lengthMm: figure,
    widthMm: figure,
    heightMm: figure,
    tags: fc.array(fc.constantFrom('Frozen', '易碎', 'own', ' hazmat '), { maxLength: 5 }),
  },
  { requiredKeys: [] },
)

test('a change made twice is one; what it leaves out stays', () => {
  fc.assert(
    fc.property(change, change, (first, second) => {
      const before = changeProfile(emptyProfile('A'), first)
      assert.ok(before.ok)
      const once = changeProfile(before.value, second)
      assert.ok(once.ok)
      const twice = changeProfile(once.value, second)
      assert.deepEqual(twice, once)
      const said = Object.keys(second)
      for (const field of differingFields(before.value, once.value)) assert.ok(said.includes(field), field)
    }),
  )
})

test('tags are lower case, sorted and without repeats, whatever was written', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 10 })), (tags) => {
      const tidy = tidyTags(tags)
      assert.deepEqual(tidyTags(tidy), tidy)
      assert.deepEqual(tidy, [...new Set(tidy)].sort())
    }),
  )
})

test('the volume is what was told, else the box rounded up', () => {
  const box = { ...emptyProfile('A'), lengthMm: 101, widthMm: 100, heightMm: 99 }
  assert.equal(volumeOf(box), 1_000)
  assert.equal(volumeOf({ ...box, lengthMm: 102 }), 1_010)
  assert.equal(volumeOf({ ...box, volumeCm3: 5 }), 5)
  assert.equal(volumeOf({ ...box, heightMm: null }), null)
})
