import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cheapestPlan, type Gap, type RivalHold, rankRemedies } from './remedies.ts'

const NOW = Temporal.Instant.from('2026-11-11T00:00:00Z')
const order = (more: Partial<NonNullable<RivalHold['order']>> = {}): NonNullable<RivalHold['order']> => ({
  isPacked: false,
  dueAt: NOW.add({ hours: 10 }),
  penaltyMinor: 500n,
  paidMinor: 5_000n,
  currency: 'CNY',
  servedElsewhere: false,
  ...more,
})
const hold = (id: number, more: Partial<RivalHold> = {}, pieces = 1, warehouse = 'SH'): RivalHold => ({
  id: BigInt(id),
  key: `hub:order:${id}:1`,
  owner: { kind: 'order', id: `${id}`, reference: `no-${id}` },
  reason: '',
  createdAt: NOW,
  deadlineAt: NOW.add({ minutes: 15 }),
  lines: [{ sku: 'A', warehouse, quantity: pieces }],
  order: order(),
  ...more,
})
const gap = (wanted: number, free: Record<string, number> = { SH: 0, GZ: 0 }): Gap => ({
  sku: 'A',
  wanted,
  free: Object.entries(free).map(([warehouse, pieces]) => ({ warehouse, pieces })),
})
const ids = (list: readonly { hold: RivalHold }[] | null) => list?.map((one) => Number(one.hold.id)) ?? null

test('the cheapest first: overdue, served elsewhere, small penalty, much time, small amount; what may not be released last', () => {
  const ranked = rankRemedies(
    [gap(1)],
    [
      hold(1, { order: order({ isPacked: true }) }),
      hold(2, { order: order({ paidMinor: 9_000n }) }),
      hold(3),
      hold(4, { order: order({ dueAt: NOW.add({ hours: 30 }) }) }),
      hold(5, { order: order({ penaltyMinor: 100n, dueAt: NOW.add({ hours: 1 }) }) }),
      hold(6, { order: order({ servedElsewhere: true, penaltyMinor: 900n }) }),
      hold(7, { deadlineAt: NOW.subtract({ minutes: 1 }) }),
      hold(8, { owner: { kind: 'transfer', id: '1', reference: 'T1' }, key: 'hub:transfer:1', order: null }),
      hold(9, { lines: [{ sku: 'B', warehouse: 'SH', quantity: 9 }] }),
    ],
    NOW,
  )
  assert.deepEqual(
    ranked.map((one) => [Number(one.hold.id), one.blocked]),
    [
      [7, null],
      [6, null],
      [5, null],
      [4, null],
      [3, null],
      [2, null],
      [8, 'other_owner'],
      [1, 'packed'],
    ],
  )
  assert.equal(ranked[2]?.minutesLeft, 60)
})

test('the plan frees enough where the order may take it, and nothing needless', () => {
  const ranked = rankRemedies(
    [gap(3)],
    [hold(1, {}, 1, 'SH'), hold(2, {}, 1, 'GZ'), hold(3, { order: order({ penaltyMinor: 9n }) }, 3, 'SH')],
    NOW,
  )
  assert.deepEqual(ids(ranked), [3, 2, 1])
  assert.deepEqual(ids(cheapestPlan([gap(3)], ranked, 'lines')), [3])
  assert.deepEqual(ids(cheapestPlan([gap(2, { SH: 1, GZ: 0 })], ranked, 'lines')), [3])
  assert.equal(
    cheapestPlan([gap(5)], ranked, 'lines'),
    null,
    'four at SH and one at GZ are no five of one warehouse',
  )
  assert.deepEqual(ids(cheapestPlan([gap(5)], ranked, 'units')), [3, 2, 1])
  const small = rankRemedies([gap(3)], [hold(1, { order: order({ penaltyMinor: 1n }) }), hold(2, {}, 3)], NOW)
  assert.deepEqual(
    ids(cheapestPlan([gap(3)], small, 'lines')),
    [2],
    'the cheap small one is needless beside it',
  )
})

test('a plan always frees enough, holds nothing blocked, and no member can be left out', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          pieces: fc.integer({ min: 1, max: 4 }),
          penalty: fc.integer({ min: 0, max: 3 }),
          packed: fc.boolean(),
        }),
        { maxLength: 8 },
      ),
      fc.integer({ min: 1, max: 10 }),
      (rivals, wanted) => {
        const holds = rivals.map(({ pieces, penalty, packed }, i) =>
          hold(i + 1, { order: order({ isPacked: packed, penaltyMinor: BigInt(penalty) }) }, pieces),
        )
        const gaps = [gap(wanted, { SH: 0 })]
        const plan = cheapestPlan(gaps, rankRemedies(gaps, holds, NOW), 'lines')
        const usable = rivals.reduce((sum, one) => sum + (one.packed ? 0 : one.pieces), 0)
        assert.equal(plan === null, usable < wanted)
        if (plan === null) return
        const freed = plan.map((one) => one.frees.reduce((sum, line) => sum + line.quantity, 0))
        const total = freed.reduce((sum, pieces) => sum + pieces, 0)
        assert.ok(total >= wanted && plan.every((one) => one.blocked === null))
        for (const pieces of freed) assert.ok(total - pieces < wanted)
      },
    ),
  )
})
