import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decideHandOver, decideRedundant, type HandOver, type OpenHold } from './hand-over.ts'

const SKUS = ['A', 'B']
const PLACES = ['BJ', 'SH', 'GZ']
const pieces = fc.dictionary(fc.constantFrom(...SKUS), fc.integer({ min: 0, max: 9 }))
const holds = fc
  .array(
    fc.uniqueArray(
      fc.record({
        sku: fc.constantFrom(...SKUS),
        warehouse: fc.constantFrom(...PLACES),
        open: fc.integer({ min: 1, max: 6 }),
      }),
      { selector: (line) => line.sku + line.warehouse, maxLength: 4 },
    ),
    { maxLength: 4 },
  )
  .map((all): OpenHold[] => all.map((lines, i) => ({ id: BigInt(i + 1), key: `k${i}`, lines })))
const asMap = (given: Record<string, number>) => new Map(Object.entries(given))

function heldAfter(before: readonly OpenHold[], { lock, release }: HandOver, sku: string): number {
  const sum = (rows: readonly { sku: string; n: number }[]) =>
    rows.reduce((total, row) => (row.sku === sku ? total + row.n : total), 0)
  return (
    sum(before.flatMap((hold) => hold.lines.map((line) => ({ sku: line.sku, n: line.open })))) +
    sum(lock.map((line) => ({ sku: line.sku, n: line.quantity }))) -
    sum(release.flatMap((one) => one.lines.map((line) => ({ sku: line.sku, n: line.quantity }))))
  )
}
function neverMoreThanOpen(before: readonly OpenHold[], release: HandOver['release']): void {
  for (const { key, lines } of release)
    for (const line of lines) {
      const open = before
        .find((hold) => hold.key === key)
        ?.lines.find((one) => one.sku === line.sku && one.warehouse === line.warehouse)?.open
      assert.ok(line.quantity > 0 && line.quantity <= (open ?? 0))
    }
}

test('a lock follows its goods: never more than wanted by it, never less held than before or wanted', () => {
  fc.assert(
    fc.property(pieces, holds, pieces, (wanted, before, came) => {
      const done = decideHandOver(asMap(wanted), before, asMap(came), 'SH')
      neverMoreThanOpen(before, done.release)
      assert.ok(done.release.every((one) => one.lines.every((line) => line.warehouse !== 'SH')))
      for (const line of done.lock) {
        assert.equal(line.warehouse, 'SH')
        assert.ok(line.quantity > 0 && line.quantity <= (came[line.sku] ?? 0))
      }
      for (const sku of SKUS) {
        const was = heldAfter(before, { lock: [], release: [] }, sku)
        const is = heldAfter(before, done, sku)
        assert.ok(is >= Math.min(was, wanted[sku] ?? 0), `${sku}: ${was} held, now ${is}`)
        if (is > was) assert.ok(is <= (wanted[sku] ?? 0))
      }
    }),
  )
})

test('what is held twice is given back to exactly the demand, the newest hold last', () => {
  fc.assert(
    fc.property(pieces, holds, (wanted, before) => {
      const release = decideRedundant(asMap(wanted), before)
      neverMoreThanOpen(before, release)
      for (const sku of SKUS) {
        const was = heldAfter(before, { lock: [], release: [] }, sku)
        const is = heldAfter(before, { lock: [], release }, sku)
        const places = before.flatMap((hold) => hold.lines).filter((line) => line.sku === sku).length
        const isJudged = sku in wanted && places > 1
        assert.equal(is, isJudged ? Math.min(was, Math.max(wanted[sku] ?? 0, 0)) : was)
      }
    }),
  )
})

test('the newer route stays', () => {
  const line = (warehouse: string) => ({ sku: 'A', warehouse, open: 2 })
  const before = [
    { id: 9n, key: 'new', lines: [line('SH')] },
    { id: 4n, key: 'old', lines: [line('BJ')] },
  ]
  assert.deepEqual(decideRedundant(new Map([['A', 3]]), before), [
    { key: 'old', lines: [{ sku: 'A', warehouse: 'BJ', quantity: 1 }] },
  ])
})
