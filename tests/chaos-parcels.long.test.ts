import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { FaultKind } from '#sim/chaos/plan.ts'
import type { figuresOf } from '#sim/chaos/report.ts'
import { seedFrom } from '#test-support/hub.ts'

// The short proof of what lies behind the messages: stock, rules, numbers, labels. Longer: npm run chaos.

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

test(`goods, rules, numbers and labels come through it, each effect once (seed ${SEED})`, async () => {
  const run = start([
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
