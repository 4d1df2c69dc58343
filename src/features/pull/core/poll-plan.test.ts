import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changePlan } from './poll-plan.ts'

const PLAN = { everySeconds: 180, overlapSeconds: 120, lagSeconds: 60 }

test('what is not named stays, and every number has its bounds', () => {
  assert.deepEqual(changePlan(PLAN, { lagSeconds: 0 }), { ok: true, value: { ...PLAN, lagSeconds: 0 } })
  for (const change of [
    { everySeconds: 9 },
    { everySeconds: 3_601 },
    { overlapSeconds: -1 },
    { lagSeconds: 1.5 },
  ]) {
    const changed = changePlan(PLAN, change)
    assert.ok(!changed.ok && changed.refusal.code === 'pull.out_of_range', JSON.stringify(change))
  }
})
