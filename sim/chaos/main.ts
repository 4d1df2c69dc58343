import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { REDIS_KINDS, type RedisKind } from '../chaos-stock/plan.ts'
import { stockFiguresOf, stockTableOf } from '../chaos-stock/report.ts'
import { runStockChaos } from '../chaos-stock/run.ts'
import { recordProof } from '../proof/record.ts'
import { ALL_PARTS, type Parts, parseParts } from './parts.ts'
import { type FaultKind, faultsOf } from './plan.ts'
import { recordOf } from './record.ts'
import { figuresOf, tableOf } from './report.ts'
import { Interrupted, runChaos } from './run.ts'

// What `npm run chaos` starts. Exit codes: 0 hub and world agree; 1 they do not; 2 wrong usage; 130 interrupted.

const HELP = `Usage: npm run chaos -- [--minutes <n>] [--seed <n>] [--rate <orders per minute>] [--with <parts>] [--only <kinds>] [--json] [--keep] [--record]
       npm run chaos -- --stock [--redis <kind>] [--buyers <n>] [--minutes <n>] [--seed <n>] [--json] [--keep]

Runs two hub processes, their PostgreSQL and a simulated world as processes of their own on this machine, lets everything go
wrong that the seed says, waits until all is calm and compares the world's own book with the hub. See docs/operations/chaos.md.
With --stock: buyers, receipts and transfers on the stock ledger instead, and Redis in front of it.

  --minutes <n>  how long things go wrong, 0.1 to 1440; 3 by default. Every kind of fault comes at least once
  --seed <n>     what goes wrong, and when; a random one by default, printed at the end
  --rate <n>     orders a minute, 1 to 6000; 120 by default
  --with <parts> stock, rules, parcels, redis, rabbitmq, with commas between; all of them by default, or none.
                 redis needs redis-server, rabbitmq rabbitmq-server
  --only <kinds> of all kinds of fault only these, with commas between
  --record       write the figures to docs/proof/chaos.json
  --json         the figures as JSON on standard output, everything else on standard error
  --stock        the stock ledger
  --redis <kind> with --stock: single, cluster or none; single by default. Needs redis-server
  --buyers <n>   with --stock: so many at a time, 1 to 200; 24 by default
  --keep         leave the folder of the run (database, spool, the world's book) behind`

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
  const { seed, minutes, rate, keep, json, redis, buyers, record } = parsed
  const log = (line: string): void => void process.stderr.write(`${line}\n`)
  log(`seed ${seed}, ${minutes} minutes`)
  const options = { seed, minutes, rate, keep, log, signal: interrupted.signal }
  const run = parsed.stock
    ? stockRun({ ...options, redis, buyers }, json)
    : worldRun(
        { ...options, with: parsed.parts, ...(parsed.only === null ? {} : { only: parsed.only }) },
        json,
        record,
      )
  const ended = await run.catch((error: unknown) => {
    if (error instanceof Interrupted) return null
    throw error
  })
  if (ended === null) {
    log('interrupted; every process of the run has ended')
    return 130
  }
  process.stdout.write(`${ended.words}\n`)
  if (keep) log(`kept: ${ended.folder}`)
  return ended.isWhole ? 0 : 1
}

type Ended = { readonly words: string; readonly folder: string; readonly isWhole: boolean }

async function worldRun(
  options: Parameters<typeof runChaos>[0],
  json: boolean,
  record: boolean,
): Promise<Ended> {
  const at = Temporal.Now.instant()
  const result = await runChaos(options)
  if (record) options.log(`recorded: ${recordProof(recordOf(result, at))}`)
  const words = json ? JSON.stringify(figuresOf(result), null, 2) : tableOf(result)
  return { words, folder: result.folder, isWhole: result.contradictions.length === 0 }
}

async function stockRun(options: Parameters<typeof runStockChaos>[0], json: boolean): Promise<Ended> {
  const result = await runStockChaos(options)
  const words = json ? JSON.stringify(stockFiguresOf(result), null, 2) : stockTableOf(result)
  return { words, folder: result.folder, isWhole: result.contradictions.length === 0 }
}

type Options = {
  readonly help: boolean
  readonly seed: number
  readonly minutes: number
  readonly rate: number
  readonly json: boolean
  readonly keep: boolean
  readonly stock: boolean
  readonly parts: Parts
  readonly only: readonly FaultKind[] | null
  readonly record: boolean
  readonly redis: RedisKind
  readonly buyers: number
}

function read(args: readonly string[]): Options | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', short: 'h' },
        seed: { type: 'string' },
        minutes: { type: 'string' },
        rate: { type: 'string' },
        json: { type: 'boolean' },
        stock: { type: 'boolean' },
        with: { type: 'string' },
        only: { type: 'string' },
        record: { type: 'boolean' },
        redis: { type: 'string' },
        buyers: { type: 'string' },
        keep: { type: 'boolean' },
      },
    })
    const seed = Number(values.seed ?? randomInt(1, 2 ** 31))
    const minutes = Number(values.minutes ?? '3')
    const rate = Number(values.rate ?? '120')
    if (!Number.isSafeInteger(seed) || seed < 1) return '--seed is a whole number from 1 on'
    if (!(minutes >= 0.1 && minutes <= 1_440)) return '--minutes is a number from 0.1 to 1440'
    if (!Number.isInteger(rate) || rate < 1 || rate > 6_000) return '--rate is a whole number from 1 to 6000'
    const redis = REDIS_KINDS.find((kind) => kind === (values.redis ?? 'single'))
    const buyers = Number(values.buyers ?? '24')
    if (redis === undefined) return '--redis is single, cluster or none'
    if (!Number.isInteger(buyers) || buyers < 1 || buyers > 200)
      return '--buyers is a whole number from 1 to 200'
    if (values.stock !== true && (values.redis ?? values.buyers) !== undefined)
      return '--redis and --buyers go with --stock'
    const parts = values.with === undefined ? ALL_PARTS : parseParts(values.with)
    if (typeof parts === 'string') return parts
    const only = values.only?.split(',')
    const unknown = only?.find((kind) => !faultsOf(parts).some((one) => one === kind))
    if (unknown !== undefined) return `--only knows ${faultsOf(parts).join(', ')}, not "${unknown}"`
    if (values.stock === true && (values.with !== undefined || values.record === true))
      return '--with and --record do not go with --stock'
    return {
      help: values.help === true,
      seed,
      minutes,
      rate,
      json: values.json === true,
      keep: values.keep === true,
      stock: values.stock === true,
      parts,
      only: only === undefined ? null : faultsOf(parts).filter((kind) => only.includes(kind)),
      record: values.record === true,
      redis,
      buyers,
    }
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}\nsee npm run chaos -- --help`
  }
}

// What an interrupted fault still waits for must not hold the end up.
process.exit(await main())
