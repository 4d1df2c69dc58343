import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ALL_PARTS, type Parts, parseParts } from './parts.ts'
import { FAULTS, faultsOf, planChaos } from './plan.ts'

test('the same seed plans the same faults, another seed others', () => {
  assert.deepEqual(planChaos(7, 3, FAULTS), planChaos(7, 3, FAULTS))
  assert.notDeepEqual(planChaos(7, 3, FAULTS).faults, planChaos(8, 3, FAULTS).faults)
})

test('the shortest run has every kind of fault once, a long one is bounded by its time', () => {
  const short = planChaos(1, 0.1, FAULTS)
  assert.deepEqual(short.faults.map((one) => one.kind).sort(), [...FAULTS].sort())
  const long = planChaos(1, 30, FAULTS)
  const totalMs = long.faults.reduce((sum, one) => sum + one.pauseMs + one.holdMs, 0)
  assert.ok(totalMs >= 30 * 60_000 && totalMs < 34 * 60_000, `${totalMs} ms`)
  for (const { holdMs } of long.faults) assert.ok(holdMs >= 0 && holdMs <= 180_000)
})

test('what is left out of a run does not go wrong in it, and what is named brings what it needs', () => {
  const without = planChaos(1, 0.1, faultsOf(new Set())).faults.map((one) => one.kind)
  assert.deepEqual(FAULTS.filter((kind) => !without.includes(kind)).sort(), [
    'killed_while_asking',
    'rabbitmq_restarted',
    'redis_cluster_master_lost',
  ])
  assert.deepEqual(faultsOf(ALL_PARTS), FAULTS)
  assert.deepEqual([...(parseParts('parcels, redis') as Parts)], ['parcels', 'stock', 'redis'])
  assert.match(String(parseParts('stock,kafka')), /kafka/)
})
