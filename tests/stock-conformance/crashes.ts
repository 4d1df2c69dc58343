import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { contradictions, fill, free, holdOf, lock } from './asks.ts'
import { eventually, pendingIn, type World } from './world.ts'

const CHILD = fileURLToPath(new URL('./dying-engine.ts', import.meta.url))
/** Whether the hold is in the ledger when the process ends at this step. */
const STEPS: readonly (readonly [step: string, isHeld: boolean])[] = [
  ['engine:gathered', false],
  ['engine:decided', false],
  ['engine:written', false],
  ['engine:committed', true],
  ['engine:answered', true],
]
const GATE_STEPS: typeof STEPS = [
  ['gate:admitted', false],
  ['gate:answered', true],
  ['gate:dropped', true],
]

/** A process ends between every two steps of a lock. */
export function crashes(world: () => World): void {
  test('killed between any two steps: held or not, never half, and the same key goes on', async () => {
    const { db, databaseUrl, redisUrl, first } = world()
    const steps = redisUrl === null ? STEPS : [...STEPS, ...GATE_STEPS]
    const skus = steps.map(([step]) => `die-${step.replace(':', '-')}`)
    for (const sku of skus) await fill(first.engine, sku, 'SH', 10)
    const ends = await Promise.all(
      steps.map(([dieAt], i) =>
        child({ databaseUrl, redisUrl, dieAt, key: `key-${skus[i]}`, sku: skus[i] ?? '' }),
      ),
    )
    for (const [i, [step, isHeld]] of steps.entries()) {
      const sku = skus[i] ?? ''
      assert.equal(ends[i]?.signal, 'SIGKILL', `${step}: ${JSON.stringify(ends[i])}`)
      const [hold] = await db<{ state: string }>`select state from stock_hold where key = ${`key-${sku}`}`
      assert.equal(hold?.state ?? null, isHeld ? 'held' : null, step)
      if (ends[i]?.said === 'locked') assert.ok(isHeld, `${step}: told locked and is not`)
    }
    assert.deepEqual(await contradictions(db), [])
    for (const sku of skus) {
      holdOf(await first.engine.ask(lock(`key-${sku}`, [[sku, 'SH', 3]])))
      // What another process did and could not tell is followed.
      await eventually(
        async () => (await free(first.engine, sku, 'SH')) === 7,
        () => `${sku} does not come to 7`,
      )
    }
    assert.deepEqual(await contradictions(db), [])
    await eventually(
      async () => (await pendingIn(world())) === 0,
      () => 'entries of dead processes stay pending',
    )
  })
}

type Ended = { readonly signal: string | null; readonly code: number | null; readonly said: string }

async function child(told: Readonly<Record<string, string | null>>): Promise<Ended> {
  const running = spawn(process.execPath, [CHILD, JSON.stringify(told)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  let complaint = ''
  running.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8')
  })
  running.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString('utf8')
  })
  return await new Promise((resolve) =>
    running.once('exit', (code, signal) => resolve({ signal, code, said: said + complaint })),
  )
}
