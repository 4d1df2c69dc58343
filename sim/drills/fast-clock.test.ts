import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'

const CLOCK = new URL('./fast-clock.ts', import.meta.url).href

/** Runs a few lines on a clock of their own; answers what they printed. */
function on(lines: string): Record<string, number> {
  const program = `
    import { setTimeout as sleep } from 'node:timers/promises'
    const clock = globalThis[Symbol.for('holdfast.drill.clock')]
    const real = () => performance.now()
    const out = {}
    ${lines}
    console.log(JSON.stringify(out))`
  const run = spawnSync(
    process.execPath,
    ['--import', `${CLOCK}?at=1800000000000`, '--input-type=module', '-e', program],
    { encoding: 'utf8', timeout: 30_000 },
  )
  assert.equal(run.status, 0, run.stderr)
  return JSON.parse(run.stdout)
}

test('at 50 times the speed a sleep of 10 s takes 0.2 s, and the clock has moved by 10 s', () => {
  const out = on(`
    clock.setSpeed(50)
    const from = real(), at = Temporal.Now.instant().epochMilliseconds
    await sleep(10_000)
    out.real = real() - from
    out.virtual = Temporal.Now.instant().epochMilliseconds - at
    out.year = new (Reflect.get(globalThis, 'Da' + 'te'))().getUTCFullYear()`)
  assert.ok((out.real ?? 0) >= 180 && (out.real ?? 0) < 3_000, String(out.real))
  assert.ok((out.virtual ?? 0) >= 9_000, String(out.virtual))
  assert.equal(out.year, 2027)
})

test('short waits keep the time of the machine', () => {
  const out = on(`
    clock.setSpeed(100)
    const from = real()
    await sleep(150)
    out.real = real() - from`)
  assert.ok((out.real ?? 0) >= 140, String(out.real))
})

test('who waits while the speed changes goes on at the new one, timers and intervals alike', () => {
  const out = on(`
    const from = real()
    let ticks = 0
    const every = setInterval(() => { ticks += 1 }, 60_000)
    setTimeout(() => clock.setSpeed(120), 50)
    await new Promise((resolve) => setTimeout(resolve, 120_000))
    clearInterval(every)
    out.real = real() - from
    out.ticks = ticks`)
  assert.ok((out.real ?? 0) < 10_000, String(out.real))
  assert.ok((out.ticks ?? 0) >= 1)
})

test('an aborted sleep ends at once, by the usual error', () => {
  const out = on(`
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 20)
    const from = real()
    const ended = await sleep(3_600_000, 1, { signal: stop.signal }).catch((error) => error.name)
    out.aborted = ended === 'AbortError' ? 1 : 0
    out.real = real() - from`)
  assert.equal(out.aborted, 1)
  assert.ok((out.real ?? 0) < 3_000)
})
