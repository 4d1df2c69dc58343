import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { levelText, parseLevel } from './level-text.ts'

const pieces = fc.integer({ min: -1_000_000_000, max: 1_000_000_000 })

test('a level comes back as it went, big versions and all', () => {
  fc.assert(
    fc.property(
      fc.record({
        sku: fc.string(),
        warehouse: fc.string(),
        physical: pieces,
        locked: pieces,
        reserved: pieces,
        inTransit: pieces,
        safety: pieces,
        available: pieces,
        transitCounts: fc.boolean(),
        sourceQuantity: fc.option(pieces),
        sourceVersion: fc.option(fc.bigInt({ min: -(2n ** 60n), max: 2n ** 60n })),
        unseenOut: pieces,
      }),
      (level) => assert.deepEqual(parseLevel(level, levelText(level)), { ...level }),
    ),
  )
})

test('what was written otherwise is not known', () => {
  const place = { sku: 'A', warehouse: 'SH' }
  for (const text of [
    '',
    '{}',
    '[]',
    '[1,2]',
    'null',
    '[1,2,3,4,5,6,1,null,"x",0]',
    '[1,2,3,4,5,"6",1,null,null,0]',
  ])
    assert.equal(parseLevel(place, text), null, text)
})
