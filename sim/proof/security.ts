// npm run proof -- --only security: the tests of docs/security.md, generated requests, known holes of packages.
// Usage: node sim/proof/security.ts [--seconds 60] [--seed N] [--record]
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type ProofRecord, recordProof } from './record.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** For one step; each has limits of its own as well. */
const STEP_TIMEOUT_MS = 900_000

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '20260211' },
    record: { type: 'boolean', default: false },
  },
})

type Ran = { readonly code: number | null; readonly out: string }

/** Shows what a step says and keeps it. */
function run(file: string, ...args: readonly string[]): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(ROOT, file), ...args], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: STEP_TIMEOUT_MS,
    })
    let out = ''
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString('utf8')
      process.stdout.write(chunk)
    })
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, out }))
  })
}

/** The counts of a run's closing line, and of one file's heading in it. */
function closingLine(out: string): string {
  return /^(\d+ passed, \d+ failed, \d+ skipped)$/m.exec(out)?.[1] ?? 'no closing line'
}

const at = Temporal.Now.instant().toString({ smallestUnit: 'second' })
const begun = performance.now()
const tests = await run('scripts/test.ts', 'unit', 'tests/security/', 'tests/auth-matrix')
const fuzz = await run('scripts/fuzz-api.ts', '--seconds', values.seconds, '--seed', values.seed)
const audit = await run('scripts/audit.ts')
const routes = Object.values(
  (JSON.parse(readFileSync(join(ROOT, 'openapi.json'), 'utf8')) as { paths: Record<string, object> }).paths,
).reduce((sum, methods) => sum + Object.keys(methods).length, 0)
const linesOf = (out: string): readonly string[] => out.split('\n').filter((line) => line !== '')
const [calls = '', ...further] = linesOf(fuzz.out)
const record: ProofRecord = {
  name: 'security',
  command: `npm run proof -- --only security`,
  at,
  seconds: Math.round((performance.now() - begun) / 1_000),
  passed: [tests, fuzz, audit].every(({ code }) => code === 0),
  figures: [
    {
      what: 'operations in openapi.json, each asked without a key, with a wrong scope and for another shop',
      value: String(routes),
    },
    {
      what: 'tests of access, addresses, texts, webhooks, secrets, bombs and sheets',
      value: closingLine(tests.out),
    },
    { what: `generated requests, seed ${values.seed}`, value: calls },
    { what: 'found by them', value: further.at(-1) ?? '' },
    ...linesOf(audit.out).map((line) => ({ what: 'known holes of packages', value: line })),
  ],
}
for (const { what, value } of record.figures) process.stdout.write(`${what}: ${value}\n`)
if (values.record) process.stdout.write(`recorded in ${recordProof(record)}\n`)
process.exitCode = record.passed ? 0 : 1
