import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { failoverFiguresOf } from '#sim/failover/report.ts'
import { seedFrom } from '#test-support/hub.ts'

// The short proof: the machine of the primary burns with its disk. Every other loss, for as long as one likes: npm run failover.

const MAIN = fileURLToPath(new URL('../sim/failover/main.ts', import.meta.url))
const SEED = seedFrom('FAILOVER_SEED', 20_261_123)

test(`a failover to the synchronous standby loses nothing that was acknowledged (seed ${SEED})`, async () => {
  const args = ['--seed', String(SEED), '--minutes', '0.1', '--only', 'primary_killed', '--json']
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let [out, said] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString('utf8')
  })
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8')
  })
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  assert.match(out, /^\{/, said.slice(-3_000))
  const figures = JSON.parse(out) as ReturnType<typeof failoverFiguresOf>
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
