import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { FAULTS, type FaultKind } from '#sim/chaos/plan.ts'
import type { figuresOf } from '#sim/chaos/report.ts'
import { seedFrom } from '#test-support/hub.ts'

// The short proof: every kind of fault at least once, then the world's own book against the hub. Longer: npm run chaos.

const MAIN = fileURLToPath(new URL('../sim/chaos/main.ts', import.meta.url))
const SEED = seedFrom('CHAOS_SEED', 20_261_122)

function start(args: readonly string[]) {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let [out, said] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString('utf8')
  })
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8')
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  return { child, ended, out: () => out, said: () => said }
}

/** Whether the folder that the run said it made is still there; others may be running beside it. */
function leftBehind(said: string): boolean {
  const folder = / s in (\/\S+holdfast-chaos-\S+)/.exec(said)?.[1]
  assert.ok(folder !== undefined, said.slice(-2_000))
  return existsSync(folder)
}

/** Faults that are tried where the hub sends parcels: shops, stock, rules, carriers and a cluster. */
const WITH_PARCELS: readonly FaultKind[] = [
  'database_line_cut_one',
  'database_line_cut_both',
  'database_line_hole',
  'database_line_slow',
  'clock_jump_hours',
  'killed_while_asking',
  'redis_cluster_master_lost',
]
/** The broker's end and start have a test of their own (rabbitmq.services.test.ts); here they come with `npm run chaos`. */
const ELSEWHERE: readonly FaultKind[] = ['rabbitmq_restarted']
const OTHERS = FAULTS.filter((kind) => !WITH_PARCELS.includes(kind) && !ELSEWHERE.includes(kind))

test(`whatever goes wrong, nothing acknowledged is lost or doubled (seed ${SEED})`, async () => {
  const run = start([
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
  const run = start(['--seed', '1', '--minutes', '5', '--rate', '60', '--with', 'none'])
  for (let waited = 0; !run.said().includes('stage ready') && waited < 240_000; waited += 100)
    await sleep(100)
  await sleep(1_500)
  run.child.kill('SIGINT')
  assert.equal(await run.ended, 130, run.said().slice(-2_000))
  assert.equal(leftBehind(run.said()), false)
})
