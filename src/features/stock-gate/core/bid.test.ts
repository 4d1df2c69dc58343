import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { LockCommand } from '#features/stock/index.ts'
import { bidOf, groupOf, groupsOf, joinVerdicts, type Verdict } from './bid.ts'

type Lines = readonly (readonly [sku: string, warehouse: string | null, quantity: number])[]

function command(lines: Lines, more: Partial<LockCommand> = {}): LockCommand {
  return {
    do: 'lock',
    key: 'k',
    kind: 'lock',
    owner: { kind: 'api', id: '1', reference: '' },
    channel: 'dy',
    lines: lines.map(([sku, warehouse, quantity]) => ({ sku, warehouse, quantity })),
    candidates: [],
    spread: 'never',
    drawSafety: false,
    reason: 'test',
    actor: 'test',
    ttlSeconds: 60,
    onDeadline: 'ask',
    ...more,
  }
}

test('lines of one place are one, whatever their number and order', () => {
  const bid = bidOf(
    command([
      ['A', 'SH', 2],
      ['B', 'SH', 1],
      ['A', 'SH', 3],
      ['A', 'GZ', 1],
    ]),
    't',
    1,
  )
  assert.deepEqual(bid?.lines.map((line) => `${line.sku}@${line.warehouse}x${line.quantity}`).sort(), [
    'A@GZx1',
    'A@SHx5',
    'B@SHx1',
  ])
})

test('what Redis can say nothing about is no bid', () => {
  const cases: Lines[] = [
    [],
    [['A', null, 1]],
    [['A', 'SH', 0]],
    [['A', 'SH', 0.5]],
    [['A', 'SH', Number.NaN]],
    [['A', 'S:H', 1]],
    [['', 'SH', 1]],
    [['A', 'SH', 1_000_000_001]],
  ]
  for (const lines of cases) assert.equal(bidOf(command(lines), 't', 64), null, JSON.stringify(lines))
})

test('a reservation draws no quota', () => {
  assert.equal(bidOf(command([['A', 'SH', 1]]), 't', 1)?.channel, 'dy')
  assert.equal(bidOf(command([['A', 'SH', 1]], { kind: 'reservation' }), 't', 1)?.channel, null)
})

test('groups come in order and every line is in the group of its SKU', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1, maxLength: 8 }), { minLength: 1 }), (skus) => {
      const bid = bidOf(command(skus.map((sku) => [sku, 'SH', 1] as const)), 't', 64)
      assert.ok(bid !== null)
      const groups = groupsOf(bid)
      assert.deepEqual(
        groups,
        [...groups].sort((a, b) => a - b),
      )
      assert.ok(bid.lines.every((line) => line.group === groupOf(line.sku, 64)))
      assert.equal(
        bid.lines.reduce((sum, line) => sum + line.quantity, 0),
        skus.length,
      )
    }),
  )
})

test('one no is no, one doubt is doubt, only yes everywhere is yes', () => {
  const cases: [Verdict[], Verdict][] = [
    [['yes', 'yes'], 'yes'],
    [['yes', 'doubt'], 'doubt'],
    [['doubt', 'no'], 'no'],
    [['no'], 'no'],
    [[], 'yes'],
  ]
  for (const [verdicts, expected] of cases) assert.equal(joinVerdicts(verdicts), expected)
})
