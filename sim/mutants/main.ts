import { readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { startPostgres } from '#platform/embedded-postgres/index.ts'
import { runFolder } from '#test-support/quick-folder.ts'
import { recordProof } from '../proof/record.ts'
import { MUTANTS, mutantsNamed, TOGETHER, TRIED } from './catalogue.ts'
import { type Earlier, earlierOf } from './go-on.ts'
import { countsOf, recordOf, wordsOf } from './report.ts'
import { type Bench, Interrupted, runOnce, type Tried, tryMutant } from './try-mutant.ts'
import { whyUnlike, whyUnsound } from './verdict.ts'

// What `npm run mutants` starts. Exit codes: 0 every fault was caught; 1 some survived; 2 wrong usage, or no seed holds without a fault;
// 130 interrupted.

const HELP = `Usage: npm run mutants -- [--only <id>,<id>] [--seeds <n>,<n>] [--steps <n>] [--at-once <n>] [--end-hours <h>] [--limit <seconds>] [--json] [--record] [--go-on] [--list]

Plants one fault after another in the product while it is loaded (no file changes) and runs the deterministic simulation until a
seed shows it. Says of each by which invariant or difference of the books it was caught, or that it survived.

  --only <ids>   these faults; an area (stock) names all of its own, a+b plants two at once
  --seeds <n>    the seeds to try, in this order; 4,5 by default (as pinned in sim/seeds.txt). One that fails without any fault is left out
  --steps <n>    steps of each; 20 by default
  --at-once <n>  processes at a time; 2 by default
  --end-hours <h>  no more than this after the steps, and no books: half as long, and finds less
  --limit <s>    seconds after which a run is ended, and counts as one that does not come to its end; by default four times what
                 the slowest seed takes without a fault, and at least 60
  --json         the verdicts as JSON on standard output, everything else on standard error
  --record       write the figures to docs/proof/mutants.json
  --go-on        what docs/proof/mutants.json says was caught stands; the rest is tried with these seeds
  --list         the faults and what each does; nothing is run`

type Options = {
  readonly ids: readonly string[]
  readonly seeds: readonly number[]
  readonly steps: number
  readonly atOnce: number
  readonly limit: number | null
  readonly json: boolean
  readonly record: boolean
  readonly endHours: number | null
  readonly goOn: boolean
  readonly list: boolean
}

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args)
  if (typeof options === 'string') {
    process.stderr.write(`${options}\n`)
    return options === HELP ? 0 : 2
  }
  if (options.list) {
    for (const { id, says, unseen } of MUTANTS)
      process.stdout.write(`${id}\n    ${says}\n${unseen === undefined ? '' : `    not tried: ${unseen}\n`}`)
    for (const ids of TOGETHER) process.stdout.write(`${ids}\n`)
    return 0
  }
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort())
  const dataDir = runFolder()
  const server = await startPostgres({ dataDir, durable: false })
  try {
    return await tryAll(options, server.url, interrupted.signal, args)
  } finally {
    await server.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

const say = (line: string): void => void process.stderr.write(`${line}\n`)
const LIMIT_LEAST_S = 60
const LIMIT_TIMES = 4
/** For the runs without a fault, which nothing is known of yet. */
const FIRST_LIMIT_S = 900

async function tryAll(
  options: Options,
  postgres: string,
  signal: AbortSignal,
  args: readonly string[],
): Promise<number> {
  const at = Temporal.Now.instant().round('second').toString()
  const startedAt = performance.now()
  const earlier = options.goOn ? readEarlier() : null
  const all: Tried[] = (earlier?.caught ?? []).filter(({ ids }) => options.ids.includes(ids))
  const rest = options.ids.filter((ids) => all.every((one) => one.ids !== ids))
  let isInterrupted = false
  let seeds: readonly number[] = []
  try {
    const { steps, endHours } = options
    const first = { postgres, steps, endHours, limitSeconds: options.limit ?? FIRST_LIMIT_S, signal }
    const sound = await soundSeeds(first, options)
    seeds = sound.map(({ seed }) => seed)
    if (seeds.length === 0) {
      say('no seed holds without a fault: nothing can be told of any')
      return 2
    }
    const slowest = Math.max(...sound.map(({ seconds }) => seconds))
    const limitSeconds = options.limit ?? Math.max(LIMIT_LEAST_S, Math.ceil(LIMIT_TIMES * slowest))
    say(
      `${rest.length} faults, seeds ${seeds.join(', ')} of ${options.steps} steps, ${limitSeconds} s at most`,
    )
    await inTurns(rest, options.atOnce, async (ids) => {
      const tried = await tryMutant({ ...first, limitSeconds }, ids, seeds)
      all.push(tried)
      say(wordsOf(tried))
    })
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error
    isInterrupted = true
    say('interrupted; every process of the run has ended')
  }
  return tell(options, inOrder(all, options.ids), { at, startedAt, seeds, args, isInterrupted, earlier })
}

function readEarlier(): Earlier | null {
  try {
    return earlierOf(
      readFileSync(fileURLToPath(new URL('../../docs/proof/mutants.json', import.meta.url)), 'utf8'),
    )
  } catch {
    return null
  }
}

/** A seed that fails without a fault, or that ends one way today and another tomorrow, would catch anything. */
async function soundSeeds(bench: Bench, options: Options): Promise<{ seed: number; seconds: number }[]> {
  const sound: { seed: number; seconds: number }[] = []
  await inTurns(options.seeds, options.atOnce, async (seed) => {
    const ran = await runOnce(bench, null, seed)
    const why = whyUnsound(ran) ?? whyUnlike(ran, await runOnce(bench, null, seed))
    say(`seed ${seed} without a fault: ${why ?? `holds, ${ran.seconds.toFixed(0)} s`}`)
    if (why === null) sound.push({ seed, seconds: ran.seconds })
  })
  return sound.sort((a, b) => options.seeds.indexOf(a.seed) - options.seeds.indexOf(b.seed))
}

async function inTurns<T>(
  list: readonly T[],
  atOnce: number,
  work: (one: T) => Promise<void>,
): Promise<void> {
  const queue = [...list]
  const lane = async (): Promise<void> => {
    for (let one = queue.shift(); one !== undefined; one = queue.shift()) await work(one)
  }
  const ended = await Promise.allSettled(Array.from({ length: atOnce }, lane))
  for (const one of ended) if (one.status === 'rejected') throw one.reason
}

function inOrder(all: readonly Tried[], ids: readonly string[]): Tried[] {
  return all.toSorted((a, b) => ids.indexOf(a.ids) - ids.indexOf(b.ids))
}

function tell(
  options: Options,
  all: readonly Tried[],
  run: {
    readonly at: string
    readonly startedAt: number
    readonly seeds: readonly number[]
    readonly args: readonly string[]
    readonly isInterrupted: boolean
    readonly earlier: Earlier | null
  },
): number {
  const seconds = Math.round((performance.now() - run.startedAt) / 1_000)
  const { caught, survived, unplanted } = countsOf(all)
  say(`\n${caught} caught, ${survived} survived, ${unplanted} untried of ${all.length}, ${seconds} s`)
  for (const one of all) if (one.verdict.is !== 'caught') say(`  ${wordsOf(one)}`)
  const command = ['npm run mutants', ...(run.args.length === 0 ? [] : ['--', ...run.args])].join(' ')
  const record = recordOf(all, { ...run, seconds, steps: options.steps, command })
  if (options.json) process.stdout.write(`${JSON.stringify({ seconds, seeds: run.seeds, faults: all })}\n`)
  // Half a run must not stand where a whole one stood.
  if (options.record && !run.isInterrupted) say(`written to ${recordProof(record)}`)
  if (run.isInterrupted) return 130
  return caught === all.length ? 0 : 1
}

function readOptions(args: readonly string[]): Options | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        only: { type: 'string' },
        seeds: { type: 'string', default: '4,5' },
        steps: { type: 'string', default: '20' },
        'at-once': { type: 'string', default: '2' },
        limit: { type: 'string' },
        json: { type: 'boolean', default: false },
        record: { type: 'boolean', default: false },
        'end-hours': { type: 'string' },
        'go-on': { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    if (values.help) return HELP
    return {
      ids: chosen(values.only),
      seeds: values.seeds.split(',').map((one) => whole('--seeds', one, 2 ** 31)),
      steps: whole('--steps', values.steps, 100_000),
      atOnce: whole('--at-once', values['at-once'], 64),
      limit: values.limit === undefined ? null : whole('--limit', values.limit, 86_400),
      json: values.json,
      record: values.record,
      endHours: values['end-hours'] === undefined ? null : whole('--end-hours', values['end-hours'], 96),
      goOn: values['go-on'],
      list: values.list,
    }
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}\n\n${HELP}`
  }
}

function chosen(only: string | undefined): string[] {
  if (only === undefined) return [...TRIED.map(({ id }) => id), ...TOGETHER]
  return only.split(',').flatMap((name) => {
    const own = TRIED.filter(({ area }) => area === name).map(({ id }) => id)
    return own.length > 0 ? own : mutantsNamed(name).length > 0 ? [name] : []
  })
}

function whole(name: string, text: string, most: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < 1 || value > most)
    throw new Error(`${name} takes whole numbers from 1 to ${most}, not "${text}"`)
  return value
}

process.exitCode = await main(process.argv.slice(2))
