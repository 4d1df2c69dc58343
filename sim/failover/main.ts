import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { Interrupted } from '../chaos/run.ts'
import { type ProofRecord, recordProof } from '../proof/record.ts'
import { FAILOVERS, type FailoverKind } from './plan.ts'
import { failoverFiguresOf, failoverRecordOf, failoverTableOf } from './report.ts'
import { restoreFigures, restoreRecordOf, runRestore } from './restore.ts'
import { runFailover } from './run.ts'

// What `npm run failover` starts. Exit codes: 0 hub and books agree; 1 they do not; 2 wrong usage; 130 interrupted.

const HELP = `Usage: npm run failover -- [--minutes <n>] [--seed <n>] [--only <loss,...>] [--record] [--json] [--keep]
       npm run failover -- --restore [--seconds <n>] [--seed <n>] [--record] [--json] [--keep]

Runs two hub processes over a PostgreSQL primary with a synchronous standby (Debian's package "postgresql"), loses one server after the
other, and compares what was acknowledged with what is there. See docs/operations/postgres-ha.md.
With --restore: an accident on a hub under load, and its database set back to the moment before. See docs/operations/backup.md.

  --minutes <n>  how long, 0.1 to 1440; 3 by default. Every loss comes at least once
  --seed <n>     in which order, and when; a random one by default, printed at the end
  --only <...>   of these alone: ${FAILOVERS.join(', ')}
  --rate <n>     orders a minute, 1 to 6000; 120 by default
  --apart <n>    seconds of peace before each loss, 0 to 600; a few by default. A hub that loses its database again within 30 s
                 waits longer before it trusts it, which is in the figures then
  --buyers <n>   who lock stock at a time, 1 to 200; 8 by default
  --restore      point-in-time restore instead
  --seconds <n>  with --restore: of trade before and after the moment, 2 to 600; 8 by default
  --record       keep the figures in docs/proof/failover.json (restore.json)
  --json         the figures as JSON on standard output, everything else on standard error
  --keep         leave the folder of the run behind`

async function main(): Promise<number> {
  const parsed = read(process.argv.slice(2))
  if (typeof parsed === 'string') {
    process.stderr.write(`${parsed}\n`)
    return 2
  }
  if (parsed.help) {
    process.stdout.write(`${HELP}\n`)
    return 0
  }
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort())
  const at = Temporal.Now.instant().toString({ smallestUnit: 'second' })
  const log = (line: string): void => void process.stderr.write(`${line}\n`)
  log(`seed ${parsed.seed}, ${parsed.minutes} minutes`)
  const options = { ...parsed, log, signal: interrupted.signal }
  const run = parsed.restore ? restoreRun(options) : failoverRun(options)
  const ended = await run.catch((error: unknown) => {
    if (error instanceof Interrupted) return null
    throw error
  })
  if (ended === null) {
    log('interrupted; every process of the run has ended')
    return 130
  }
  process.stdout.write(`${parsed.json ? JSON.stringify(ended.figures, null, 2) : ended.table}\n`)
  if (parsed.keep) log(`kept: ${ended.folder}`)
  if (parsed.record) log(`recorded: ${recordProof(ended.record(at))}`)
  return ended.isWhole ? 0 : 1
}

type Ended = {
  readonly figures: unknown
  readonly table: string
  readonly folder: string
  readonly isWhole: boolean
  readonly record: (at: string) => ProofRecord
}

async function failoverRun(options: Parameters<typeof runFailover>[0]): Promise<Ended> {
  const result = await runFailover(options)
  return {
    figures: failoverFiguresOf(result),
    table: failoverTableOf(result),
    folder: result.folder,
    isWhole: result.contradictions.length === 0,
    record: (at) => failoverRecordOf(result, at),
  }
}

async function restoreRun(options: Parameters<typeof runRestore>[0]): Promise<Ended> {
  const result = await runRestore(options)
  const lines = restoreFigures(result).map(({ what, value }) => `${what}: ${value}`)
  return {
    figures: result,
    table: [...lines, ...result.contradictions.map(({ check, words }) => `  ${check}: ${words}`)].join('\n'),
    folder: result.folder,
    isWhole: result.contradictions.length === 0,
    record: (at) => restoreRecordOf(result, at),
  }
}

type Options = {
  readonly help: boolean
  readonly seed: number
  readonly minutes: number
  readonly rate: number
  readonly buyers: number
  readonly apartMs: number
  readonly kinds: readonly FailoverKind[]
  readonly restore: boolean
  readonly tradeMs: number
  readonly record: boolean
  readonly json: boolean
  readonly keep: boolean
}

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  seed: { type: 'string' },
  minutes: { type: 'string' },
  only: { type: 'string' },
  rate: { type: 'string' },
  buyers: { type: 'string' },
  apart: { type: 'string' },
  restore: { type: 'boolean' },
  seconds: { type: 'string' },
  record: { type: 'boolean' },
  json: { type: 'boolean' },
  keep: { type: 'boolean' },
} as const

function read(args: readonly string[]): Options | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: OPTIONS,
    })
    const seed = Number(values.seed ?? randomInt(1, 2 ** 31))
    const minutes = Number(values.minutes ?? '3')
    const rate = Number(values.rate ?? '120')
    const buyers = Number(values.buyers ?? '8')
    const apart = Number(values.apart ?? '0')
    const wanted = values.only?.split(',') ?? FAILOVERS
    const seconds = Number(values.seconds ?? '8')
    if (!(seconds >= 2 && seconds <= 600)) return '--seconds is a number from 2 to 600'
    const kinds = FAILOVERS.filter((kind) => wanted.includes(kind))
    if (!Number.isSafeInteger(seed) || seed < 1) return '--seed is a whole number from 1 on'
    if (!(minutes >= 0.1 && minutes <= 1_440)) return '--minutes is a number from 0.1 to 1440'
    if (!Number.isInteger(rate) || rate < 1 || rate > 6_000) return '--rate is a whole number from 1 to 6000'
    if (!Number.isInteger(buyers) || buyers < 1 || buyers > 200)
      return '--buyers is a whole number from 1 to 200'
    if (!(apart >= 0 && apart <= 600)) return '--apart is a number from 0 to 600'
    if (kinds.length !== wanted.length) return `--only takes of ${FAILOVERS.join(', ')}`
    return {
      help: values.help === true,
      seed,
      minutes,
      rate,
      buyers,
      apartMs: apart * 1_000,
      kinds,
      restore: values.restore === true,
      tradeMs: seconds * 1_000,
      record: values.record === true,
      json: values.json === true,
      keep: values.keep === true,
    }
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}\nsee npm run failover -- --help`
  }
}

// What an interrupted loss still waits for must not hold the end up.
process.exit(await main())
