import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Version, wins } from './registers.ts'

const version: fc.Arbitrary<Version> = fc.record(
  {
    version: fc.bigInt({ min: 0n, max: 3n }),
    hash: fc.uint8Array({ minLength: 1, maxLength: 1 }),
  },
  // Which of two equal ones is kept does not matter, nor does how they were made.
  { noNullPrototype: true },
)

test('OS8: a register ends at the same version whatever the order of arrival', () => {
  fc.assert(
    fc.property(
      fc.array(version, { minLength: 1, maxLength: 8 }),
      fc.infiniteStream(fc.nat()),
      (versions, shuffle) => {
        const end = (sequence: readonly Version[]): Version | undefined =>
          sequence.reduce<Version | undefined>((best, next) => (wins(next, best) ? next : best), undefined)
        const twisted = versions
          .map((one) => ({ one, at: Number(shuffle.next().value) }))
          .sort((a, b) => a.at - b.at)
          .map(({ one }) => one)
        assert.deepEqual(end(twisted), end(versions))
      },
    ),
  )
})

test('OS8: the higher version wins, and equal ones are settled by content', () => {
  const of = (n: bigint, byte: number): Version => ({ version: n, hash: Uint8Array.of(byte) })
  assert.equal(wins(of(2n, 0), of(1n, 9)), true)
  assert.equal(wins(of(1n, 9), of(2n, 0)), false)
  assert.equal(wins(of(1n, 2), of(1n, 1)), true)
  assert.equal(wins(of(1n, 1), of(1n, 1)), false)
})
