import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planStockChaos, REDIS_KINDS, shiftOf, stockFaults } from './plan.ts'

test('the first round has every kind once, however short the run; the same seed plans the same', () => {
  for (const redis of REDIS_KINDS) {
    const plan = planStockChaos(7, 0.1, redis)
    const kinds = stockFaults(redis)
    assert.deepEqual(
      plan
        .slice(0, kinds.length)
        .map((one) => one.kind)
        .sort(),
      [...kinds].sort(),
    )
    assert.deepEqual(planStockChaos(7, 0.1, redis), plan)
    assert.notDeepEqual(planStockChaos(8, 0.1, redis), plan)
  }
  assert.ok(planStockChaos(7, 30, 'single').length > planStockChaos(7, 3, 'single').length)
})

test('a clock is never more than four minutes wrong, and goes both ways', () => {
  const shifts = Array.from({ length: 1_000 }, (_, i) => shiftOf(i / 1_000))
  assert.ok(shifts.every((ms) => Math.abs(ms) >= 2_000 && Math.abs(ms) <= 240_000))
  assert.ok(shifts.some((ms) => ms < 0) && shifts.some((ms) => ms > 0))
})
