import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { FaultKind } from '#sim/chaos/plan.ts'

/** Faults that are tried where the hub sends parcels: shops, stock, rules, carriers and a cluster. */
export const WITH_PARCELS: readonly FaultKind[] = [
  'database_line_cut_one',
  'database_line_cut_both',
  'database_line_hole',
  'database_line_slow',
  'clock_jump_hours',
  'killed_while_asking',
  'redis_cluster_master_lost',
]

/** What `npm run <name>` runs, with these arguments, as a process of its own. */
export function startSim(name: 'chaos' | 'failover', args: readonly string[]) {
  const main = fileURLToPath(new URL(`../sim/${name}/main.ts`, import.meta.url))
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
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
export function leftBehind(said: string): boolean {
  const folder = / s in (\/\S+holdfast-chaos-\S+)/.exec(said)?.[1]
  assert.ok(folder !== undefined, said.slice(-2_000))
  return existsSync(folder)
}
