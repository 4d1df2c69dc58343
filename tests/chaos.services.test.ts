import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { FAULTS, type FaultKind } from '#sim/chaos/plan.ts'
import type { figuresOf } from '#sim/chaos/report.ts'
import { seedFrom } from '#test-support/hub.ts'
import { leftBehind, startSim, WITH_PARCELS } from '#test-support/sim-run.ts'

// The short proof: every kind of fault at least once, then the world's own book against the hub. Longer: npm run chaos.

const SEED = seedFrom('CHAOS_SEED', 20_261_122)

/** The broker's end and start have a test of their own (rabbitmq.services.test.ts); here they come with `npm run chaos`. */
const ELSEWHERE: readonly FaultKind[] = ['rabbitmq_restarted']
const OTHERS = FAULTS.filter((kind) => !WITH_PARCELS.includes(kind) && !ELSEWHERE.includes(kind))

test(`whatever goes wrong, nothing acknowledged is lost or doubled (seed ${SEED})`, async () => {
  const run = startSim('chaos', [
    ...['--seed', String(SEED), '--minutes', '0.3', '--rate', '150', '--json'],
    ...['--with', 'none', '--only', OTHERS.join(',')],
  ])
  const code = await run.ended
  assert.match(run.out(), /^\{/, run.said().slice(-3_000))
  const figures = JSON.parse(run.out()) as ReturnType<typeof figuresOf>
  assert.deepEqual(figures.contradictions, [], `seed ${SEED}`)
  assert.equal(code, 0)
  // Without these the run would have proved nothing.
  assert.deepEqual(Object.keys(figures.faults).sort(), [...OTHERS].sort())
  assert.ok(figures.messages.acknowledged > 100, JSON.stringify(figures.messages))
  assert.ok(figures.messages.unanswered > 0 && figures.messages.duplicates > 0)
  assert.ok(figures.effects.taken > 10, JSON.stringify(figures.effects))
  assert.ok(figures.levelOne.merged > 0 && figures.levelOne.seconds > 0, JSON.stringify(figures.levelOne))
  assert.equal(figures.impostors.accepted, 0)
  assert.ok(Object.keys(figures.impostors).length >= 5, JSON.stringify(figures.impostors))
  assert.equal(leftBehind(run.said()), false, 'the folder of the run is gone')
})

test('Ctrl-C ends every process of a run and removes its folder', async () => {
  const run = startSim('chaos', ['--seed', '1', '--minutes', '5', '--rate', '60', '--with', 'none'])
  for (let waited = 0; !run.said().includes('stage ready') && waited < 240_000; waited += 100)
    await sleep(100)
  await sleep(1_500)
  run.child.kill('SIGINT')
  assert.equal(await run.ended, 130, run.said().slice(-2_000))
  assert.equal(leftBehind(run.said()), false)
})
