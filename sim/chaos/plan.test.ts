import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FAULTS, planChaos } from './plan.ts'

test('the same seed plans the same faults, another seed others', () => {
  assert.deepEqual(planChaos(7, 3), planChaos(7, 3))
  assert.notDeepEqual(planChaos(7, 3).faults, planChaos(8, 3).faults)
})

test('the shortest run has every kind of fault once, a long one is bounded by its time', () => {
  const short = planChaos(1, 0.1)
  assert.deepEqual(short.faults.map((one) => one.kind).sort(), [...FAULTS].sort())
  const long = planChaos(1, 30)
  const totalMs = long.faults.reduce((sum, one) => sum + one.pauseMs + one.holdMs, 0)
  assert.ok(totalMs >= 30 * 60_000 && totalMs < 34 * 60_000, `${totalMs} ms`)
  for (const { holdMs } of long.faults) assert.ok(holdMs >= 0 && holdMs <= 180_000)
})
