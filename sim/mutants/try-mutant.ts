import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { judgeRun, type Ran, type Verdict } from './verdict.ts'

export type Bench = {
  /** Of the PostgreSQL on which the runs make their databases. */
  readonly postgres: string
  readonly steps: number
  /** Of the end, after which no books are compared; null: a whole end with its books. */
  readonly endHours?: number | null
  readonly limitSeconds: number
  /** Ends what is under way. */
  readonly signal: AbortSignal
}

export class Interrupted extends Error {}

const PLANT = new URL('./plant.ts', import.meta.url)
const SIMULATION = fileURLToPath(new URL('../seeded/main.ts', import.meta.url))
const COMPILED = fileURLToPath(new URL('../../node_modules/.cache/compile', import.meta.url))
/** Enough for any report; a product gone wrong may tell of it without end. */
const KEPT_CHARS = 4_000_000

/** One run of the simulation as a process of its own. `ids` null: without any fault. Throws `Interrupted`. */
export async function runOnce(bench: Bench, ids: string | null, seed: number): Promise<Ran> {
  if (bench.signal.aborted) throw new Interrupted()
  const startedAt = performance.now()
  const plant = ids === null ? [] : ['--import', `${PLANT.href}?plant=${encodeURIComponent(ids)}`]
  const end = bench.endHours == null ? [] : ['--end-hours', String(bench.endHours)]
  const what = ['--seed', String(seed), '--steps', String(bench.steps), '--json', ...end]
  const child = spawn(process.execPath, [...plant, SIMULATION, ...what], {
    env: {
      PATH: '/usr/bin:/bin',
      HOLDFAST_TEST_PG: bench.postgres,
      NODE_COMPILE_CACHE: COMPILED,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const endChild = (): void => void child.kill('SIGKILL')
  bench.signal.addEventListener('abort', endChild)
  let isOverdue = false
  const limit = setTimeout(() => {
    isOverdue = true
    endChild()
  }, bench.limitSeconds * 1_000)
  try {
    const { out, err } = await saidBy(child)
    if (bench.signal.aborted) throw new Interrupted()
    return { seed, seconds: (performance.now() - startedAt) / 1_000, out, err, isOverdue }
  } finally {
    clearTimeout(limit)
    bench.signal.removeEventListener('abort', endChild)
  }
}

async function saidBy(child: ChildProcess): Promise<{ out: string; err: string }> {
  let [out, err] = ['', '']
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out = (out + text).slice(-KEPT_CHARS)
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    // What was planted is told first.
    if (err.length < KEPT_CHARS) err += text
  })
  await new Promise<void>((resolve, reject) => child.once('close', () => resolve()).once('error', reject))
  return { out, err }
}

export type Tried = { readonly ids: string; readonly verdict: Verdict; readonly seconds: number }

/** Plants the fault and simulates seed after seed until one shows it. */
export async function tryMutant(bench: Bench, ids: string, seeds: readonly number[]): Promise<Tried> {
  let seconds = 0
  for (const seed of seeds) {
    const ran = await runOnce(bench, ids, seed)
    seconds += ran.seconds
    const verdict = judgeRun(ids, ran)
    if (verdict !== null) return { ids, verdict, seconds }
  }
  return { ids, verdict: { is: 'survived', seeds }, seconds }
}
