// The seeded simulation: the whole hub on a virtual clock, in a world of its own.
// Usage: node sim/seeded/main.ts [--seed S] [--steps N] [--random K] [--jobs J] [--json] [--say] [--keep-going] [--record]
import { mkdirSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { recordProof } from '../proof/record.ts'
import { INVARIANTS } from './invariants/index.ts'
import { type SimReport, simulate } from './run.ts'
import { type Asked, pinnedSeeds, randomSeeds } from './seeds.ts'

const HELP = `npm run sim -- [options]

  --seed S       this seed alone, 1 to 4294967295; the pinned seeds (sim/seeds.txt) and a few random ones unless given
  --steps N      steps of each run, 1 to 5000; as pinned, 30 for random ones, unless given
  --random K     so many random seeds beside the pinned ones, 0 to 1000; 2 unless given
  --jobs J       runs at the same time, 1 to 8; 2 unless given
  --end-hours H  hours of peace at the end, 0 to 96, and the books are not compared; until nothing is under way any more, unless given
  --trace DIR    writes every statement and call of each run to DIR/<seed>.trace; the first line that differs is where two runs of a seed part
  --other-plans  the database goes other ways to its answers (no index scans, no hash joins); the hash must be the same
  --say          tells every step in a line
  --keep-going   goes on after the first thing that does not hold
  --json         the reports as JSON lines
  --record       keeps the result in docs/proof/sim.json

The same seed and steps give the same hash on any machine. Exit code 0: everything held; 1: something did not, and it is told where.`

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    steps: { type: 'string' },
    random: { type: 'string' },
    jobs: { type: 'string' },
    json: { type: 'boolean' },
    'end-hours': { type: 'string' },
    say: { type: 'boolean' },
    'other-plans': { type: 'boolean' },
    trace: { type: 'string' },
    'keep-going': { type: 'boolean' },
    record: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  },
})
process.exitCode = values.help === true ? help() : await run()

function help(): number {
  process.stdout.write(`${HELP}\n`)
  return 0
}

async function run(): Promise<number> {
  const at = Temporal.Now.instant().round('second').toString()
  const startedAt = performance.now()
  const asked = chooseSeeds()
  const reports: SimReport[] = []
  let next = 0
  let stopping = false
  process.once('SIGINT', () => {
    stopping = true
    process.stderr.write('ending after the runs under way\n')
  })
  const lane = async (): Promise<void> => {
    for (let one = asked[next++]; one !== undefined && !stopping; one = asked[next++]) {
      const report = await simulate({
        ...one,
        stopAtFirst: values['keep-going'] !== true,
        otherPlans: values['other-plans'] === true,
        ...(values['end-hours'] === undefined ? {} : { endHours: number('end-hours', 0, 0, 96) }),
        ...(values.trace === undefined ? {} : { trace: traceInto(values.trace, one.seed) }),
        ...(values.say === true ? { say: (line: string) => process.stdout.write(`${line}\n`) } : {}),
      })
      reports.push(report)
      tell(report)
    }
  }
  await Promise.all(Array.from({ length: number('jobs', 2, 1, 8) }, lane))
  const failed = reports.filter(({ failures }) => failures.length > 0)
  if (values.json !== true)
    process.stdout.write(
      `${reports.length} of ${asked.length} seeds run, ${failed.length} failed, ${sum(reports, (one) => one.checks).toLocaleString('en')} checks of ${INVARIANTS.length} invariants\n`,
    )
  if (values.record === true) keep(at, (performance.now() - startedAt) / 1_000, reports)
  return failed.length > 0 || reports.length < asked.length ? 1 : 0
}

function chooseSeeds(): Asked[] {
  const steps = values.steps === undefined ? null : number('steps', 30, 1, 5_000)
  if (values.seed !== undefined) return [{ seed: number('seed', 1, 1, 4_294_967_295), steps: steps ?? 30 }]
  const pinned = pinnedSeeds().map((one) => ({ seed: one.seed, steps: steps ?? one.steps }))
  const random = randomSeeds(number('random', 2, 0, 1_000), steps ?? 30, Math.random)
  return [...pinned, ...random]
}

function number(
  name: 'seed' | 'steps' | 'random' | 'jobs' | 'end-hours',
  fallback: number,
  least: number,
  most: number,
): number {
  const text = values[name]
  if (text === undefined) return fallback
  const value = Number(text)
  if (Number.isInteger(value) && value >= least && value <= most) return value
  process.stderr.write(`holdfast: --${name} is a whole number from ${least} to ${most} [sim.usage]\n`)
  process.exit(2)
}

function traceInto(dir: string, seed: number): (line: string) => void {
  mkdirSync(dir, { recursive: true })
  const file = openSync(join(dir, `${seed}.trace`), 'w')
  return (line) => void writeSync(file, `${line}\n`)
}

function tell(report: SimReport): void {
  if (values.json === true) {
    process.stdout.write(`${JSON.stringify(report)}\n`)
    return
  }
  const { seed, steps, hash, seconds, counts, failures } = report
  process.stdout.write(
    `seed ${seed}, ${steps} steps: ${failures.length === 0 ? 'ok' : 'FAILED'}, hash ${hash}, ${counts['orders']} orders, ${counts['parcels']} parcels, ${counts['crashes']} crashes, ${seconds} s\n`,
  )
  if ((counts['overdue'] ?? 0) > 0)
    process.stdout.write(
      `  ${counts['overdue']} waits were ended by the real clock: another run may be another life\n`,
    )
  for (const { step, what, lines } of failures)
    process.stdout.write(`  step ${step}: ${what}\n${lines.map((line) => `    ${line}\n`).join('')}`)
}

function keep(at: string, seconds: number, reports: readonly SimReport[]): void {
  const total = (name: string): string => sum(reports, ({ counts }) => counts[name] ?? 0).toLocaleString('en')
  recordProof({
    name: 'sim',
    command: ['npm run sim', ...(process.argv.length > 2 ? ['--'] : []), ...process.argv.slice(2)].join(' '),
    at,
    seconds: Math.round(seconds),
    passed: reports.every(({ failures }) => failures.length === 0),
    figures: [
      { what: 'seeds run', value: String(reports.length) },
      { what: 'steps', value: sum(reports, (one) => one.steps).toLocaleString('en') },
      { what: 'invariants checked after every step', value: String(INVARIANTS.length) },
      { what: 'checks', value: sum(reports, (one) => one.checks).toLocaleString('en') },
      { what: 'points at which the hub could have died', value: total('points') },
      { what: 'times it died there', value: total('crashes') },
      { what: 'orderly restarts', value: total('restarts') },
      { what: 'calls of the hub to the outside', value: total('calls') },
      { what: 'of these refused, overloaded, garbled or with a lost answer', value: total('outsideFaults') },
      {
        what: 'times the database was away, and took up to 150 s',
        value: ['outages', 'dawdles'].map(total).join(', '),
      },
      { what: 'messages of platforms', value: total('accepted') },
      {
        what: 'late, doubled, lost on an attempt, never told, forged',
        value: ['late', 'doubled', 'lost', 'dropped', 'forged'].map(total).join(', '),
      },
      { what: 'forged ones that were taken', value: total('forgedTaken') },
      { what: 'orders and parcels', value: `${total('orders')}, ${total('parcels')}` },
      {
        what: 'seeds at which something did not hold',
        value: String(reports.filter(({ failures }) => failures.length > 0).length),
      },
    ],
    tables: [
      {
        title: 'Seeds',
        columns: ['seed', 'steps', 'hash', 'crashes', 'orders', 'result'],
        rows: reports.map(({ seed, steps, hash, counts, failures }) => [
          String(seed),
          String(steps),
          hash,
          String(counts['crashes'] ?? 0),
          String(counts['orders'] ?? 0),
          failures[0]?.what ?? 'held',
        ]),
      },
    ],
  })
}

function sum<T>(list: readonly T[], of: (one: T) => number): number {
  return list.reduce((total, one) => total + of(one), 0)
}
