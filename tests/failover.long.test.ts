import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { failoverFiguresOf } from '#sim/failover/report.ts'
import { seedFrom } from '#test-support/hub.ts'
import { startSim } from '#test-support/sim-run.ts'

// The short proof: the machine of the primary burns with its disk. Every other loss, for as long as one likes: npm run failover.

const SEED = seedFrom('FAILOVER_SEED', 20_261_123)

test(`a failover to the synchronous standby loses nothing that was acknowledged (seed ${SEED})`, async () => {
  const args = ['--seed', String(SEED), '--minutes', '0.1', '--only', 'primary_killed', '--json']
  const run = startSim('failover', args)
  const code = await run.ended
  assert.match(run.out(), /^\{/, run.said().slice(-3_000))
  const figures = JSON.parse(run.out()) as ReturnType<typeof failoverFiguresOf>
  assert.deepEqual(figures.contradictions, [], `seed ${SEED}`)
  assert.equal(code, 0)
  // Without these the run would have proved nothing.
  assert.deepEqual(
    figures.losses.map(({ kind, bytesLost }) => ({ kind, bytesLost })),
    [{ kind: 'primary_killed', bytesLost: 0 }],
  )
  assert.equal(figures.promotions, 1)
  assert.ok(figures.messages.acknowledged > 0, JSON.stringify(figures.messages))
  assert.ok(figures.locks.acknowledged > 0, JSON.stringify(figures.locks))
  assert.ok(figures.spooledAtMost > 0)
  assert.ok(figures.marks.acknowledged > 0)
  assert.equal(figures.marks.missing, 0)
})
