import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { stockFaults } from '#sim/chaos-stock/plan.ts'
import type { stockFiguresOf } from '#sim/chaos-stock/report.ts'
import { seedFrom } from '#test-support/hub.ts'
import { startSim } from '#test-support/sim-run.ts'

// The short proof: every kind of fault at least once, then the buyers' own book against the ledger. Longer: npm run chaos -- --stock.

const SEED = seedFrom('CHAOS_SEED', 20_261_123)

const foldersLeft = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('holdfast-chaos-'))

test(`whatever is killed, no acknowledged lock is lost and nothing is oversold (seed ${SEED})`, async () => {
  const before = foldersLeft()
  const args = [
    '--stock',
    '--redis',
    'single',
    '--seed',
    String(SEED),
    '--minutes',
    '0.3',
    '--buyers',
    '12',
    '--json',
  ]
  const run = startSim('chaos', args)
  const code = await run.ended
  assert.match(run.out(), /^\{/, run.said().slice(-3_000))
  const figures = JSON.parse(run.out()) as ReturnType<typeof stockFiguresOf>
  assert.deepEqual(figures.contradictions, [], `seed ${SEED}`)
  assert.equal(code, 0)
  // Without these the run would have proved nothing.
  assert.deepEqual(Object.keys(figures.faults).sort(), [...stockFaults('single')].sort())
  const { counts, asked } = figures
  assert.ok(counts.acknowledged > 200, JSON.stringify(counts))
  assert.ok(counts.timedOut > 0 && counts.stepsFound + counts.stepsNotFound > 0, JSON.stringify(counts))
  assert.ok((asked['lock doubt'] ?? 0) > 0 && (asked['lock refused'] ?? 0) > 0, JSON.stringify(asked))
  assert.ok((asked['commit done'] ?? 0) > 50 && (asked['renew done'] ?? 0) > 5, JSON.stringify(asked))
  assert.ok(
    figures.receipts > 20 && figures.transfers > 5 && figures.commitsLost > 0,
    JSON.stringify(figures),
  )
  assert.ok(figures.samples > 20, String(figures.samples))
  assert.deepEqual(foldersLeft(), before, 'the folder of the run is gone')
})
