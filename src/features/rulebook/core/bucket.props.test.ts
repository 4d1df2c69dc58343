import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bucketOf, isInShare } from './bucket.ts'

const share = fc.integer({ min: 0, max: 10_000 })

test('an order that is in a share stays in every greater one, and the same everywhere', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), share, share, (salt, key, a, b) => {
      const [small, great] = a < b ? [a, b] : [b, a]
      assert.ok(!isInShare(salt, key, small) || isInShare(salt, key, great))
      assert.equal(isInShare(salt, key, small), isInShare(salt, key, small))
      assert.equal(isInShare(salt, key, 0), false)
      assert.equal(isInShare(salt, key, 10_000), true)
    }),
  )
})

test('5% of 100,000 orders are about 5%', () => {
  let inShare = 0
  for (let i = 0; i < 100_000; i += 1) if (isInShare('7:ab', `NO-${i}`, 500)) inShare += 1
  // Four standard deviations of a fair draw: 5,000 ± 276.
  assert.ok(Math.abs(inShare - 5_000) < 276, String(inShare))
})

test('the bucket is the first 32 bits of SHA-256, as other programs may work it out', () => {
  // printf '7:ab\\nNO-1' | sha256sum begins with cd0a8758.
  assert.equal(bucketOf('7:ab', 'NO-1'), 0xcd0a8758 % 10_000)
  assert.equal(bucketOf('7:ab', 'NO-1'), 9288)
})
