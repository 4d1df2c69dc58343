import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type OpenDifference, settleSubject } from './settle.ts'

const row = (
  id: bigint,
  what: OpenDifference['what'],
  before: string | null,
  after: string | null,
): OpenDifference => ({ id, message_number: id * 10n, what, before_id: before, after_id: after })
const NOBODY = new Map<string, Set<bigint>>()

test('a fact that two messages would add is added once, by the one that replaces an old reading', () => {
  const rows = [row(1n, 'added', null, 'new'), row(2n, 'moved', 'old', 'new')]
  assert.deepEqual(settleSubject(rows, NOBODY), { dropped: [1n], added: [], removed: [] })
  const both = [row(1n, 'moved', 'old 1', 'new'), row(2n, 'moved', 'old 2', 'new')]
  assert.deepEqual(settleSubject(both, NOBODY), { dropped: [], added: [], removed: [2n] })
})

test('what another message proves is not taken back; what only the message itself proves is', () => {
  const rows = [row(1n, 'removed', 'a', null), row(2n, 'moved', 'b', 'c'), row(3n, 'removed', 'd', null)]
  const provers = new Map([
    ['a', new Set([99n])],
    ['b', new Set([99n, 20n])],
    ['d', new Set([30n])],
  ])
  assert.deepEqual(settleSubject(rows, provers), { dropped: [1n], added: [2n], removed: [] })
})

test('a change of kind said twice is one', () => {
  const rows = [row(1n, 'rekinded', 'a', 'a'), row(2n, 'rekinded', 'a', 'a')]
  assert.deepEqual(settleSubject(rows, NOBODY), { dropped: [2n], added: [], removed: [] })
})

test('settling twice is settling once, and every fact is added and taken back once at most', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'd')
  const change = fc.oneof(
    name.map((after) => ['added', null, after] as const),
    name.map((before) => ['removed', before, null] as const),
    fc.tuple(name, name).map(([before, after]) => ['moved', `old ${before}`, after] as const),
  )
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 8 }),
      fc.subarray(['a', 'b', 'old a', 'old c']),
      (changes, proven) => {
        const rows = changes.map(([what, before, after], i) => row(BigInt(i + 1), what, before, after))
        const provers = new Map(proven.map((id) => [id, new Set([7n])]))
        const done = settleSubject(rows, provers)
        const left = rows.flatMap((one): OpenDifference[] => {
          if (done.dropped.includes(one.id)) return []
          if (done.added.includes(one.id)) return [{ ...one, what: 'added', before_id: null }]
          if (done.removed.includes(one.id)) return [{ ...one, what: 'removed', after_id: null }]
          return [one]
        })
        const added = left.flatMap((one) => one.after_id ?? [])
        assert.equal(new Set(added).size, added.length)
        assert.deepEqual(new Set(added), new Set(rows.flatMap((one) => one.after_id ?? [])))
        assert.ok(left.every((one) => one.before_id === null || !proven.includes(one.before_id)))
        assert.deepEqual(settleSubject(left, provers), { dropped: [], added: [], removed: [] })
      },
    ),
  )
})
