import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { figuresOf } from '#sim/chaos/report.ts'
import { seedFrom } from '#test-support/hub.ts'
import { leftBehind, startSim, WITH_PARCELS } from '#test-support/sim-run.ts'

// The short proof of what lies behind the messages: stock, rules, numbers, labels. Longer: npm run chaos.

const SEED = seedFrom('CHAOS_SEED', 20_261_122)

test(`goods, rules, numbers and labels come through it, each effect once (seed ${SEED})`, async () => {
  const run = startSim('chaos', [
    ...['--seed', String(SEED), '--minutes', '0.1', '--rate', '150', '--json'],
    ...['--with', 'stock,rules,parcels,redis', '--only', WITH_PARCELS.join(',')],
  ])
  const code = await run.ended
  assert.match(run.out(), /^\{/, run.said().slice(-3_000))
  const figures = JSON.parse(run.out()) as ReturnType<typeof figuresOf>
  assert.deepEqual(figures.contradictions, [], `seed ${SEED}`)
  assert.equal(code, 0)
  assert.deepEqual(Object.keys(figures.faults).sort(), [...WITH_PARCELS].sort())
  const { delivery } = figures
  assert.ok(delivery !== null && delivery.issued > 5 && delivery.onTheirWay > 0, JSON.stringify(delivery))
  assert.ok(delivery.decisions > 10 && delivery.pieces.left > 0, JSON.stringify(delivery))
  assert.equal(leftBehind(run.said()), false, 'the folder of the run is gone')
})
